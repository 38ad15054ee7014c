package analyze

import (
	"strings"

	"github.com/flowc/flowc/compiler/ir"
	"github.com/flowc/flowc/lang/diag"
)

// Findings returns what is found wrong with a program by reading it as a
// whole: steps whose effects stay (W0604), blocks that cannot end in time
// (W0806), and, where the program is meant for a service, histories, values and
// numbers of open tasks that outgrow what Amazon SWF takes (W0801, F0802,
// W0807), and maps that `shard` cannot divide (W0808). files are the texts of p.Sources, in the same order, so that a finding
// lies in the file that the caller knows.
//
// A program is meant for a service when something in it, outside of the
// library, says what only a service reads: `task_list`, `version`,
// `decision_timeout`, `child_policy`, `tags` or `shard`. A flow that is only
// ever run on one machine has none of them, and no such limits.
func Findings(p *ir.Program, files []*diag.Source) []diag.Diagnostic {
	f := &finder{index: &index{prog: p}, files: files}
	return f.find(f.served())
}

// ServiceFindings is Findings for a program that is meant for a service whatever
// it says.
func ServiceFindings(p *ir.Program, files []*diag.Source) []diag.Diagnostic {
	f := &finder{index: &index{prog: p}, files: files}
	return f.find(true)
}

// find finds everything.
func (f *finder) find(served bool) []diag.Diagnostic {
	p := f.prog
	for _, w := range p.Workflows {
		f.index = newIndex(p, w)
		f.undone()
		f.late()
		if served {
			f.sharded()
			f.history()
			f.open()
			f.inputs()
		}
	}
	if served {
		f.results()
	}
	return f.found
}

// finder looks for what is wrong, one workflow after the other.
type finder struct {
	*index
	files []*diag.Source
	found []diag.Diagnostic
	edges map[[2]int]bool // from a member of a dag to one that waits for it
}

func (f *finder) add(d diag.Diagnostic) {
	d.Severity = d.Code.Severity()
	f.found = append(f.found, d)
}

func (f *finder) span(at ir.Pos) diag.Span {
	if at.File < 0 || int(at.File) >= len(f.files) {
		return diag.Span{}
	}
	return f.files[at.File].Span(int(at.Start), int(at.End))
}

func (f *finder) label(at ir.Pos, text string) diag.Label {
	return diag.Label{Span: f.span(at), Text: text}
}

// line returns the number of the line at which something starts; 0 is nowhere.
func (f *finder) line(at ir.Pos) int {
	s := f.span(at)
	if s.Source == nil {
		return 0
	}
	return s.Source.Position(s.Start).Line
}

// served reports whether the program is meant for a service.
func (f *finder) served() bool {
	for _, a := range f.prog.Activities {
		if !f.library(a.At) && (a.Options.TaskList != nil || a.Version != "") {
			return true
		}
	}
	for _, w := range f.prog.Workflows {
		if f.library(w.At) {
			continue
		}
		if w.Version != "" && w.Version != "1" {
			return true
		}
		for k := range w.Nodes {
			o := &w.Nodes[k].Options
			if o.TaskList != nil || o.VersionAt != nil || o.DecisionTimeout != nil || o.ChildPolicy != "" || o.Tags != nil || o.Shard != nil {
				return true
			}
		}
	}
	return false
}

// library reports whether something is declared in the library.
func (f *finder) library(at ir.Pos) bool {
	return at.File >= 0 && int(at.File) < len(f.prog.Sources) && strings.HasPrefix(f.prog.Sources[at.File].Name, "std/")
}

// keyword returns the place of the keyword of a block: `rows = map …` is known
// by its name.
func (f *finder) keyword(n *ir.Node) ir.Pos {
	s := f.span(n.At)
	if s.Source == nil {
		return n.At
	}
	after := string(s.Source.Text[s.End:])
	rest, named := strings.CutPrefix(strings.TrimLeft(after, " \t"), "=")
	if !named || strings.HasPrefix(rest, "=") {
		return n.At
	}
	word := strings.TrimLeft(rest, " \t")
	end := 0
	for end < len(word) && ('a' <= word[end] && word[end] <= 'z' || word[end] == '_') {
		end++
	}
	if word[:end] != n.Kind.String() {
		return n.At
	}
	start := n.At.End + int32(len(after)-len(word))
	return ir.Pos{File: n.At.File, Start: start, End: start + int32(end)}
}

// resultAt returns the place of the type that an activity gives, or else that
// of its name.
func (f *finder) resultAt(a *ir.Activity) ir.Pos {
	s := f.span(a.At)
	if s.Source == nil {
		return a.At
	}
	text := string(s.Source.Text)
	params := closing(text, s.End)
	arrow := params + len(text[params:]) - len(strings.TrimLeft(text[params:], " \t\n"))
	if !strings.HasPrefix(text[arrow:], "->") {
		return a.At
	}
	start := arrow + 2
	for start < len(text) && (text[start] == ' ' || text[start] == '\t') {
		start++
	}
	end := start
	switch {
	case end < len(text) && (text[end] == '[' || text[end] == '{'):
		end = closing(text, end)
	default:
		for end < len(text) && !strings.ContainsRune(" \t\r\n{#", rune(text[end])) {
			end++
		}
	}
	return ir.Pos{File: a.At.File, Start: int32(start), End: int32(end)}
}

// argsAt returns the places of the arguments of a call, in the order in which
// they are written; nil if the source does not tell.
func (f *finder) argsAt(n *ir.Node) []ir.Pos {
	s := f.span(n.Extent)
	if s.Source == nil {
		return nil
	}
	text := string(s.Source.Text[:s.End])
	open := strings.IndexByte(text[s.Start:], '(')
	if open < 0 {
		return nil
	}
	var list []ir.Pos
	start := s.Start + open + 1
	for k := start; k < len(text); {
		switch c := text[k]; c {
		case '(', '[', '{', '"':
			k = closing(text, k)
		case ',', ')':
			piece := text[start:k]
			trimmed := strings.TrimSpace(piece)
			if trimmed != "" {
				from := start + strings.Index(piece, trimmed)
				list = append(list, ir.Pos{File: n.Extent.File, Start: int32(from), End: int32(from + len(trimmed))})
			}
			k++
			start = k
			if c == ')' {
				return list
			}
		default:
			k++
		}
	}
	return nil
}

// closing returns the offset behind the bracket that closes the first one at or
// after an offset. Texts count as one thing, whatever is in them.
func closing(text string, from int) int {
	depth := 0
	for k := from; k < len(text); k++ {
		switch text[k] {
		case '(', '[', '{':
			depth++
		case ')', ']', '}':
			if depth--; depth <= 0 {
				return k + 1
			}
		case '"':
			for k++; k < len(text) && text[k] != '"' && text[k] != '\n'; k++ {
				if text[k] == '\\' {
					k++
				}
			}
			if depth == 0 {
				return min(k+1, len(text))
			}
		}
	}
	return len(text)
}
