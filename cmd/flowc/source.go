package main

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/flowc/flowc/compiler"
	"github.com/flowc/flowc/compiler/analyze"
	"github.com/flowc/flowc/compiler/ir"
	"github.com/flowc/flowc/internal/spell"
	"github.com/flowc/flowc/lang"
	"github.com/flowc/flowc/lang/diag"
	"github.com/flowc/flowc/stdlib/activity"
)

// flowSuffix ends the names of flow files.
const flowSuffix = ".flow"

// stdin is how standard input is called on the command line.
const stdin = "-"

// stdinName is how it is called in what is printed.
const stdinName = "<stdin>"

// load reads a file that was named on the command line.
func load(name string) (*diag.Source, error) {
	text, err := readFile(name)
	if err != nil {
		return nil, unreadable(name, err)
	}
	return diag.NewSource(name, text), nil
}

// source reads a flow file that was named on the command line, or stdin.
func (c *console) source(name string) (*diag.Source, error) {
	if name != stdin {
		return load(name)
	}
	text, err := io.ReadAll(io.LimitReader(c.in, lang.MaxFile+1))
	if err != nil {
		return nil, unreadable("stdin", err)
	}
	return diag.NewSource(stdinName, text), nil
}

// readFile returns the text of a file. Of one that is too large for a flow file
// it returns as much as it takes to see that.
func readFile(name string) ([]byte, error) { return readAtMost(name, lang.MaxFile+1) }

// readAtMost returns the text of a file, or the first n bytes of it.
func readAtMost(name string, n int64) ([]byte, error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return io.ReadAll(io.LimitReader(f, n))
}

// unreadable returns the error of a file or folder that cannot be opened.
func unreadable(name string, err error) error {
	var at *fs.PathError
	if errors.As(err, &at) {
		err = at.Err
	}
	if name == "" {
		return usagef("the name of a file is empty")
	}
	if errors.Is(err, fs.ErrNotExist) {
		if _, err := os.Stat(name + flowSuffix); err == nil {
			return usagef("there is no file %s; did you mean %s?", name, name+flowSuffix)
		}
		return usagef("there is no file %s", name)
	}
	return usagef("%s cannot be read: %w", name, err)
}

// flowFiles returns the files that args name: a file stands for itself, a
// folder for the flow files in it and below, those in hidden folders excepted.
// What cannot be read is said and left out; the error tells of the worst.
func (c *console) flowFiles(args []string) ([]string, error) {
	var files []string
	var failed error
	for _, arg := range args {
		info, err := os.Stat(arg)
		switch {
		case arg == stdin || err == nil && !info.IsDir():
			files = append(files, arg)
			continue
		case err != nil:
			failed = worse(failed, c.say(unreadable(arg, err)))
			continue
		}
		before := len(files)
		err = fs.WalkDir(os.DirFS(arg), ".", func(p string, d fs.DirEntry, err error) error {
			switch {
			case err != nil:
				failed = worse(failed, c.say(unreadable(filepath.Join(arg, p), err)))
			case d.IsDir() && p != "." && strings.HasPrefix(d.Name(), "."):
				return fs.SkipDir
			case !d.IsDir() && strings.HasSuffix(p, flowSuffix):
				files = append(files, filepath.Join(arg, p))
			}
			return nil
		})
		if err == nil && len(files) == before {
			err = usagef("there is no %s file in %s", flowSuffix, arg)
		}
		failed = worse(failed, c.say(err))
	}
	return files, failed
}

// projectRoot returns the folder that the imports of a file may not leave, and
// that the folders of its activities are relative to: that of the nearest
// flow.toml around the file, else the file's own.
func projectRoot(file string) string {
	if around := projectFileAround(file); around != "" {
		return filepath.Dir(around)
	}
	abs, err := filepath.Abs(file)
	if err != nil {
		return filepath.Dir(file)
	}
	return filepath.Dir(abs)
}

// compile compiles src as a file of its project.
func compile(src *diag.Source) *compiler.Result {
	return compiler.Compile(src, configOf(src))
}

// checked compiles src, and finds what is wrong with the whole. What a service
// would not take is a mistake to whoever checks a file of a project that has a
// domain, or one that says what only a service reads; it does not keep the file
// from being run here. Where a project names a store, values that outgrow the
// service go there.
func checked(src *diag.Source, in *project) *compiler.Result {
	find := analyze.Findings
	if in.served {
		find = analyze.ServiceFindings
	}
	cfg := configOf(src)
	cfg.Analyze = func(p *ir.Program, files []*diag.Source) []diag.Diagnostic {
		list := find(p, files)
		if in.settings.Blobs == "" {
			return list
		}
		return slices.DeleteFunc(list, func(d diag.Diagnostic) bool { return d.Code == diag.ValueLimit })
	}
	return compiler.Compile(src, cfg)
}

func configOf(src *diag.Source) compiler.Config {
	return compiler.Config{Root: projectRoot(src.Name), Read: readFile, Std: activity.Source}
}

// program compiles the file of that name. If there is no program then there is
// an error, and what is wrong has been shown. Warnings are for check to show, and
// would only be in the way of what somebody wants from a program.
func (c *console) program(file string) (*compiler.Result, error) {
	src, err := c.source(file)
	if err != nil {
		return nil, err
	}
	r := compile(src)
	if r.Program == nil {
		c.show(r.Diags.Sorted())
		return nil, errFailed
	}
	return r, nil
}

// span returns a place in a program as one in the files that were compiled.
func span(r *compiler.Result, at ir.Pos) diag.Span {
	if at.File < 0 || int(at.File) >= len(r.Files) {
		return diag.Span{}
	}
	return r.Files[at.File].Source.Span(int(at.Start), int(at.End))
}

// workflow returns the name of the workflow of p that is meant by name, which
// is "" if none was given.
func workflow(p *ir.Program, file, name string) (string, error) {
	if name == "" && p.Main != "" {
		return p.Main, nil
	}
	var own []string
	for _, w := range p.Workflows {
		if w.Name == name {
			return name, nil
		}
		if !strings.Contains(w.Name, ".") {
			own = append(own, w.Name)
		}
	}
	near, ok := spell.Nearest(name, own)
	switch {
	case len(own) == 0:
		return "", failuref("%s has no workflow", file)
	case name == "":
		return "", usagef("which workflow of %s? It has %s", file, list(own))
	case ok:
		return "", usagef("%s has no workflow %q; did you mean %q?", file, name, near)
	default:
		return "", usagef("%s has no workflow %q; it has %s", file, name, list(own))
	}
}

// nodePath returns the id of the node that path names without the `[]` of what
// there is once for each item: `etl/rows/raw` is `etl/rows[]/raw`, which shells
// want in quotes. Any other path is returned as it is.
func nodePath(p *ir.Program, workflow, path string) string {
	if _, _, err := analyze.Find(p, workflow, path); err == nil {
		return path
	}
	bare := func(path string) string { return strings.ReplaceAll(path, "[]", "") }
	var found []string
	for _, w := range p.Workflows {
		if workflow != "" && w.Name != workflow {
			continue
		}
		for k := range w.Nodes {
			id := bare(w.Nodes[k].ID)
			if id == bare(path) || id == w.Nodes[0].ID+"/"+bare(path) {
				found = append(found, w.Nodes[k].ID)
			}
		}
	}
	if found = slices.Compact(found); len(found) == 1 {
		return found[0]
	}
	return path
}

// list returns names as a part of a sentence.
func list(names []string) string {
	if n := len(names) - 1; n > 0 {
		return fmt.Sprintf("%s and %s", strings.Join(names[:n], ", "), names[n])
	}
	return strings.Join(names, ", ")
}

// plural returns a number of things: `1 error`, `2 errors`.
func plural(n int, thing string) string {
	if n == 1 {
		return "1 " + thing
	}
	return fmt.Sprintf("%d %ss", n, thing)
}
