package activity

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"syscall"
	"unicode/utf8"
)

// A pattern is read as an automaton: state i says that the folder at hand has
// matched everything before segment i. A folder is visited once, with all of
// its states, however many ways lead to them; so the search is linear in what
// there is to see, and no file is found twice. A folder whose states all want
// a certain name is not listed, but asked for it.

// segment is what a pattern has between two slashes.
type segment struct {
	deep bool           // `**`: any folders, or none
	name string         // the one name that matches, if expr is nil
	expr *regexp.Regexp // what names match
	dots bool           // names that start with a dot may match
}

func (s *segment) matches(name string) bool {
	if s.expr == nil {
		return s.name == name
	}
	return (s.dots || name[0] != '.') && s.expr.MatchString(name)
}

type globIn struct {
	Pattern string `json:"pattern"`
	Root    string `json:"root"`
	Max     Int    `json:"max"`
}

// search is one walk for a pattern.
type search struct {
	ctx      context.Context
	segments []segment
	folders  bool // the pattern ends with `/`
	max      int
	found    []string
}

// errTooMany ends a search.
var errTooMany = errors.New("too many")

func glob(ctx context.Context, in globIn) ([]string, error) {
	segments, err := parsePattern(in.Pattern)
	if err != nil {
		return nil, fmt.Errorf("the pattern %q %w", in.Pattern, err)
	}
	s := &search{
		ctx: ctx, segments: segments, max: int(in.Max), found: []string{},
		folders: strings.HasSuffix(in.Pattern, "/"),
	}
	shown := in.Root // in front of what is found
	if filepath.IsAbs(in.Pattern) {
		shown = "/"
	}
	dir, err := resolve(ctx, shown)
	if err != nil {
		return nil, err
	}
	if shown = filepath.ToSlash(filepath.Clean(shown)); shown == "." {
		shown = ""
	}
	switch err := s.visit(dir, shown, s.enter([]int{0})); {
	case errors.Is(err, errTooMany):
		return nil, fmt.Errorf("the pattern %q matches more than %d files; `max` allows more", in.Pattern, s.max)
	case err != nil:
		return nil, err
	}
	slices.Sort(s.found)
	return s.found, nil
}

// enter returns states with those added that are reached by letting a `**`
// stand for no folder.
func (s *search) enter(states []int) []int {
	var all []int
	for _, i := range states {
		for ; !slices.Contains(all, i); i++ {
			all = append(all, i)
			if i == len(s.segments) || !s.segments[i].deep {
				break
			}
		}
	}
	return all
}

// visit looks in the folder dir, which is shown as shown, in the given states.
// A folder that may not be read holds nothing, and the log says so.
func (s *search) visit(dir, shown string, states []int) error {
	if err := s.ctx.Err(); err != nil {
		return err
	}
	if s.listed(states) {
		entries, err := os.ReadDir(dir) // sorted
		if err != nil && !errors.Is(err, fs.ErrNotExist) && !errors.Is(err, syscall.ENOTDIR) {
			Info(s.ctx).Log(failing(cmp.Or(shown, "."), err).Error())
		}
		for i, e := range entries {
			if i%1024 == 0 && s.ctx.Err() != nil {
				return s.ctx.Err()
			}
			if err := s.entry(dir, shown, e.Name(), e.Type(), states); err != nil {
				return err
			}
		}
		return nil
	}
	var asked []string
	for _, i := range states {
		if i == len(s.segments) || slices.Contains(asked, s.segments[i].name) {
			continue
		}
		name := s.segments[i].name
		asked = append(asked, name)
		if info, err := os.Lstat(filepath.Join(dir, name)); err == nil {
			if err := s.entry(dir, shown, name, info.Mode().Type(), states); err != nil {
				return err
			}
		}
	}
	return nil
}

// listed reports whether a folder has to be listed for these states.
func (s *search) listed(states []int) bool {
	return slices.ContainsFunc(states, func(i int) bool {
		return i < len(s.segments) && (s.segments[i].deep || s.segments[i].expr != nil)
	})
}

// entry looks at one name in a folder.
func (s *search) entry(dir, shown, name string, mode fs.FileMode, states []int) error {
	var next []int
	named := false // by a segment that is no `**`
	for _, i := range states {
		switch {
		case i == len(s.segments):
		case !s.segments[i].deep && s.segments[i].matches(name):
			next, named = append(next, i+1), true
		case s.segments[i].deep && mode.IsDir() && name[0] != '.':
			next = append(next, i)
		}
	}
	if len(next) == 0 {
		return nil
	}
	path := filepath.Join(dir, name)
	if mode&fs.ModeSymlink != 0 { // only a segment with a name follows a link
		info, err := os.Stat(path)
		if err != nil {
			return nil // it leads nowhere
		}
		mode = info.Mode().Type()
	}
	switch {
	case shown == "":
		shown = name
	case strings.HasSuffix(shown, "/"):
		shown += name
	default:
		shown += "/" + name
	}
	next = s.enter(next)
	if named && mode.IsDir() == s.folders && slices.Contains(next, len(s.segments)) {
		if len(s.found) == s.max {
			return errTooMany
		}
		if !utf8.ValidString(shown) {
			return fmt.Errorf("the name %q is no UTF-8, as the path of a flow has to be", shown)
		}
		s.found = append(s.found, shown)
	}
	if !mode.IsDir() || !slices.ContainsFunc(next, func(i int) bool { return i < len(s.segments) }) {
		return nil
	}
	return s.visit(path, shown, next)
}

var anyName = regexp.MustCompile(`(?s)^.+$`)

// parsePattern reads a pattern. Its error is the end of a sentence.
func parsePattern(pattern string) ([]segment, error) {
	if strings.ContainsRune(pattern, 0) {
		return nil, errors.New("holds a zero byte")
	}
	var out []segment
	for part := range strings.SplitSeq(pattern, "/") {
		switch {
		case part == "" || part == ".":
		case part == "**":
			if n := len(out); n == 0 || !out[n-1].deep {
				out = append(out, segment{deep: true})
			}
		case !strings.ContainsAny(part, `*?[{\`):
			out = append(out, segment{name: part})
		default:
			expr, err := nameExpr(part)
			if err != nil {
				return nil, err
			}
			out = append(out, segment{expr: expr, dots: part[0] == '.'})
		}
	}
	if n := len(out); n > 0 && out[n-1].deep {
		out = append(out, segment{expr: anyName}) // `**` at the end means everything below
	}
	if len(out) == 0 {
		return nil, errors.New("names no file")
	}
	return out, nil
}

// nameExpr returns the regular expression of a segment. Its matching is linear.
func nameExpr(part string) (*regexp.Regexp, error) {
	var b strings.Builder
	b.WriteString("(?s)^")
	braces := 0
	for i := 0; i < len(part); i++ {
		switch c := part[i]; {
		case c == '*':
			b.WriteString(".*")
		case c == '?':
			b.WriteByte('.')
		case c == '[':
			end := strings.IndexByte(part[i+1:], ']')
			if end <= 0 {
				return nil, errors.New("has a `[` without its `]`")
			}
			b.WriteString(class(part[i+1 : i+1+end]))
			i += 1 + end
		case c == '{':
			braces++
			b.WriteString("(?:")
		case c == '}' && braces > 0:
			braces--
			b.WriteByte(')')
		case c == ',' && braces > 0:
			b.WriteByte('|')
		case c == '\\':
			if i++; i == len(part) {
				return nil, errors.New("ends with a `\\`, which makes the next character an ordinary one")
			}
			fallthrough
		default:
			end := i + 1 // a character is taken whole
			for end < len(part) && part[end]&0xC0 == 0x80 {
				end++
			}
			b.WriteString(regexp.QuoteMeta(part[i:end]))
			i = end - 1
		}
	}
	if braces > 0 {
		return nil, errors.New("has a `{` without its `}`")
	}
	expr, err := regexp.Compile(b.String() + "$")
	if err != nil {
		return nil, errors.New("has a part that cannot be understood") // such as [z-a]
	}
	return expr, nil
}

// class returns the regular expression for the characters between brackets.
func class(chars string) string {
	var b strings.Builder
	b.WriteByte('[')
	if rest, not := strings.CutPrefix(chars, "!"); not {
		chars = rest
		b.WriteByte('^')
	} else if rest, not := strings.CutPrefix(chars, "^"); not {
		chars = rest
		b.WriteByte('^')
	}
	for _, c := range chars {
		if strings.ContainsRune(`\[]^&~:`, c) {
			b.WriteByte('\\')
		}
		b.WriteRune(c)
	}
	b.WriteByte(']')
	return b.String()
}
