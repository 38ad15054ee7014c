package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/BurntSushi/toml"
	"github.com/flowc/flowc/compiler/ir"
	"github.com/flowc/flowc/internal/spell"
	"github.com/urfave/cli/v2"
)

// projectFile names the file whose folder is the root of a project.
const projectFile = "flow.toml"

// A project is what its file says, with a profile of it laid over the rest.
// Without a file it says nothing.
type project struct {
	file     string // "" if there is none
	settings settings
	served   bool // it, or a profile of it, names a domain
}

// settings are what can be said at the top of a project file, and again in
// each of its profiles.
type settings struct {
	State      string         `toml:"state"`
	Blobs      string         `toml:"blobs"`
	Domain     string         `toml:"domain"`
	Region     string         `toml:"region"`
	Endpoint   string         `toml:"endpoint"`
	AWSProfile string         `toml:"aws_profile"`
	LambdaRole string         `toml:"lambda_role"`
	TaskLists  []string       `toml:"task_lists"`
	Params     map[string]any `toml:"params"`
}

// A projectText is a project file as it is written.
type projectText struct {
	settings
	Profiles map[string]settings `toml:"profiles"`
}

// projectOf returns the project that a file is in, which may be stdin, or the
// current folder if it is "", under the profile of that name, if it has one.
func projectOf(file, profile string) (*project, error) {
	if file == "" || file == stdin {
		file = projectFile // as if it were in the current folder
	}
	name := projectFileAround(file)
	if name == "" {
		if profile != "" {
			return nil, usagef("there is no profile %q: %s has profiles, and there is none around %s (an AWS profile is named by AWS_PROFILE)", profile, projectFile, filepath.Dir(file))
		}
		return &project{}, nil
	}
	text, err := readFile(name)
	if err != nil {
		return nil, unreadable(name, err)
	}
	return readProject(name, string(text), profile)
}

// projectFileAround returns the nearest project file around a file, "" if there
// is none.
func projectFileAround(file string) string {
	abs, err := filepath.Abs(file)
	if err != nil {
		return ""
	}
	for dir := filepath.Dir(abs); ; dir = filepath.Dir(dir) {
		name := filepath.Join(dir, projectFile)
		if info, err := os.Stat(name); err == nil && info.Mode().IsRegular() {
			return name
		}
		if dir == filepath.Dir(dir) {
			return ""
		}
	}
}

// readProject reads a project file.
func readProject(name, text, profile string) (*project, error) {
	var t projectText
	shown := shortest(name)
	md, err := toml.Decode(text, &t)
	var wrong toml.ParseError
	if errors.As(err, &wrong) {
		return nil, failuref("%s:%d:%d: %s", shown, wrong.Position.Line, wrong.Position.Col, wrong.Message)
	}
	if wrong := misfit(shown, text); wrong != nil { // also where toml takes a value for nothing
		return nil, wrong
	} else if err != nil {
		return nil, failuref("%s: %w", shown, err)
	}
	if unknown := md.Undecoded(); len(unknown) > 0 {
		return nil, unknownKey(shown, text, unknown[0])
	}
	p := &project{file: name, settings: t.settings, served: t.Domain != ""}
	for _, s := range t.Profiles {
		p.served = p.served || s.Domain != ""
	}
	if profile == "" {
		return p, p.check()
	}
	over, ok := t.Profiles[profile]
	if !ok {
		names := make([]string, 0, len(t.Profiles))
		for n := range t.Profiles {
			names = append(names, n)
		}
		slices.Sort(names)
		near, found := spell.Nearest(profile, names)
		switch {
		case found:
			return nil, usagef("%s has no profile %q; did you mean %q?", shown, profile, near)
		case len(names) == 0:
			return nil, usagef("%s has no profiles", shown)
		}
		return nil, usagef("%s has no profile %q; it has %s", shown, profile, list(names))
	}
	p.settings.lay(over)
	return p, p.check()
}

// lay lays what o says over s.
func (s *settings) lay(o settings) {
	for _, field := range []struct{ under, over *string }{
		{&s.State, &o.State}, {&s.Blobs, &o.Blobs}, {&s.Domain, &o.Domain}, {&s.Region, &o.Region},
		{&s.Endpoint, &o.Endpoint}, {&s.AWSProfile, &o.AWSProfile}, {&s.LambdaRole, &o.LambdaRole},
	} {
		if *field.over != "" {
			*field.under = *field.over
		}
	}
	if o.TaskLists != nil {
		s.TaskLists = o.TaskLists
	}
	params := map[string]any{}
	for _, from := range []map[string]any{s.Params, o.Params} {
		for name, v := range from {
			params[name] = v
		}
	}
	s.Params = params
}

// check reports a parameter whose value can be none.
func (p *project) check() error {
	for name, v := range p.settings.Params {
		if _, err := paramText(v); err != nil {
			return failuref("%s: the parameter `%s` %w", shortest(p.file), name, err)
		}
	}
	return nil
}

// fillParams adds to the parameters that a command line gives to a program
// those that the environment does, and those that the project does.
func fillParams(p *project, program *ir.Program, given map[string]string) {
	for _, param := range program.Params {
		value, ok := os.LookupEnv("FLOW_PARAM_" + strings.ToUpper(param.Name))
		if _, before := given[param.Name]; ok && !before {
			given[param.Name] = value
		}
	}
	p.fill(program, given)
}

// fill adds to the parameters that were given to a program those that the
// project gives it. A project may have several programs: parameters of the
// others are left out.
func (p *project) fill(program *ir.Program, given map[string]string) {
	for name, v := range p.settings.Params {
		text, err := paramText(v)
		known := slices.ContainsFunc(program.Params, func(q ir.Param) bool {
			return q.Name == name || strings.HasSuffix(q.Name, "/"+name)
		})
		if _, before := given[name]; err == nil && known && !before {
			given[name] = text
		}
	}
}

// paramText returns a value of a project file as --param would give it.
func paramText(v any) (string, error) {
	switch v := v.(type) {
	case string:
		return v, nil
	case time.Time:
		switch v.Location().String() { // what toml calls times without a zone
		case "date-local":
			return v.Format(time.DateOnly), nil
		case "datetime-local", "time-local":
			return "", errors.New("is a time without a zone")
		}
		return v.Format(time.RFC3339Nano), nil
	}
	text, err := json.Marshal(v)
	if err != nil {
		return "", fmt.Errorf("has a value that JSON has not: %w", err)
	}
	return string(text), nil
}

// folder returns a folder that the project file names, which is relative to
// where that stands.
func (p *project) folder(dir string) string {
	if dir == "" || filepath.IsAbs(dir) || p.file == "" {
		return dir
	}
	return filepath.Join(filepath.Dir(p.file), dir)
}

// stateDir returns the folder that --state, FLOW_STATE or the project names, ""
// if none does.
func (p *project) stateDir(flag string) string {
	switch {
	case flag != "":
		return flag
	case os.Getenv("FLOW_STATE") != "":
		return os.Getenv("FLOW_STATE")
	}
	return p.folder(p.settings.State)
}

// stateDirOf returns the folder that --state, FLOW_STATE or the project of a
// file names, "" if none does.
func stateDirOf(ctx *cli.Context, file string) (string, error) {
	p, err := projectOf(file, ctx.String("profile"))
	if err != nil {
		return "", err
	}
	return p.stateDir(ctx.String("state")), nil
}

// profileFlag is a flag of commands that a project file may have something to
// say to.
func profileFlag() cli.Flag {
	return &cli.StringFlag{Name: "profile", EnvVars: []string{"FLOW_PROFILE"}, Usage: "use the profile `NAME` of " + projectFile}
}

// unknownKey returns the error of a key that a project file cannot have.
func unknownKey(file, text string, key toml.Key) error {
	known := []string{"state", "blobs", "domain", "region", "endpoint", "aws_profile", "lambda_role", "task_lists", "params"}
	if key[0] != "profiles" {
		known, key = append(known, "profiles"), key[:1]
	}
	last := key[len(key)-1]
	at := keyPosition(text, key)
	if near, ok := spell.Nearest(last, known); ok {
		return failuref("%s:%d:%d: there is no setting `%s`; did you mean `%s`?", file, at.Line, at.Col, last, near)
	}
	return failuref("%s:%d:%d: there is no setting `%s`; there are %s", file, at.Line, at.Col, last, list(known))
}

// misfit returns the error of a project file in which a value has another type
// than its key wants: the first one. Without one it returns nil.
func misfit(file, text string) error {
	var all map[string]any
	md, err := toml.Decode(text, &all)
	if err != nil {
		return failuref("%s: %w", file, err)
	}
	for _, whole := range md.Keys() {
		var value any = all
		for n, word := range whole {
			table, ok := value.(map[string]any)
			if !ok {
				break
			}
			value = table[word]
			if want := wanted(whole[:n+1]); want != "" && !fits(value, want) {
				at := keyPosition(text, whole[:n+1])
				return failuref("%s:%d:%d: `%s` wants %s, not %s", file, at.Line, at.Col, word, want, kindOf(value))
			}
		}
	}
	return nil
}

// What keys of a project file want.
const (
	aString   = "a string"
	aTable    = "a table"
	allString = "a list of strings"
)

// wanted returns what a key of a project file wants, "" if that is anything.
func wanted(key toml.Key) string {
	if key[0] == "profiles" {
		if len(key) <= 2 {
			return aTable
		}
		key = key[2:]
	}
	switch {
	case len(key) > 1:
		return ""
	case key[0] == "params":
		return aTable
	case key[0] == "task_lists":
		return allString
	case slices.Contains([]string{"state", "blobs", "domain", "region", "endpoint", "aws_profile", "lambda_role"}, key[0]):
		return aString
	}
	return ""
}

// fits reports whether a value is what its key wants.
func fits(value any, want string) bool {
	kind := kindOf(value)
	return kind == want || want == allString && kind == "an empty list"
}

// kindOf returns what a value of a project file is, in words.
func kindOf(value any) string {
	switch v := value.(type) {
	case string:
		return aString
	case int64:
		return "an integer"
	case float64:
		return "a number"
	case bool:
		return "a boolean"
	case time.Time:
		return "a time"
	case map[string]any:
		return aTable
	case []map[string]any:
		return "a list of tables"
	case []any:
		if len(v) == 0 {
			return "an empty list"
		}
		for _, item := range v {
			if kind := kindOf(item); kind != aString {
				return "a list with " + kind
			}
		}
		return allString
	}
	return "a value of another type"
}

// unreadableValue is a value that cannot be read, which makes toml say where it
// is.
type unreadableValue struct{}

// UnmarshalTOML returns an error.
func (*unreadableValue) UnmarshalTOML(any) error { return fs.ErrInvalid }

// keyPosition returns where a key stands in a text that has it.
func keyPosition(text string, key toml.Key) toml.Position {
	word := key[len(key)-1]
	level := map[string]toml.Primitive{}
	md, err := toml.Decode(text, &level)
	for ; err == nil && len(key) > 1; key = key[1:] {
		inner := map[string]toml.Primitive{}
		err = md.PrimitiveDecode(level[key[0]], &inner)
		level = inner
	}
	if err == nil {
		err = md.PrimitiveDecode(level[key[0]], &unreadableValue{})
	}
	at := toml.ParseError{Position: toml.Position{Line: 1}}
	errors.As(err, &at)
	// That is where the value stands, or the table; the key is in the same line.
	lines := strings.Split(text, "\n")
	for n := max(at.Position.Line, 1); n <= len(lines); n++ {
		if col := strings.Index(lines[n-1], word); col >= 0 {
			return toml.Position{Line: n, Col: col + 1}
		}
	}
	return toml.Position{Line: 1, Col: 1}
}

// shortest returns the shorter of a path and the same one from the current
// folder.
func shortest(name string) string {
	if dir, err := os.Getwd(); err == nil {
		if rel, err := filepath.Rel(dir, name); err == nil && len(rel) < len(name) {
			return rel
		}
	}
	return name
}
