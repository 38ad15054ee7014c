package analyze

import (
	"fmt"
	"io"
	"slices"
	"strings"
)

// maxEdges is how many calls the text of a plan tells the values of: those with
// the longest. Its JSON form has all.
const maxEdges = 10

// WriteText writes the plan for people.
func (p *Plan) WriteText(w io.Writer) error {
	var b strings.Builder
	fmt.Fprintf(&b, "%s\n", p.Workflow)
	p.writeLists(&b)
	p.writeEvents(&b)
	section(&b, "open at once")
	t := table{}
	for _, o := range []struct {
		name string
		most EventBound
	}{{"tasks", p.Open.Tasks}, {"timers", p.Open.Timers}, {"children", p.Open.Children}} {
		t = append(t, []string{o.name, "≤ " + o.most.text()})
	}
	t.write(&b, "  ")
	p.writeTime(&b)
	p.writeEdges(&b)
	section(&b, "limits of SWF")
	t = table{}
	for _, l := range p.Limits {
		used := "depends on what is known only when it runs"
		if l.Used != nil {
			used = grouped(*l.Used)
		}
		verdict := ""
		if l.Over {
			verdict = "too many"
		}
		t = append(t, []string{l.Name, grouped(l.Limit), used, verdict})
	}
	t.write(&b, "  ")
	_, err := io.WriteString(w, b.String())
	return err
}

func section(b *strings.Builder, title string) { fmt.Fprintf(b, "\n%s\n", title) }

// text is the number, or else the formula.
func (e EventBound) text() string {
	switch {
	case e.Max == nil:
		return e.Formula
	case e.Formula != grouped(*e.Max):
		return fmt.Sprintf("%s = %s at most", e.Formula, grouped(*e.Max))
	}
	return grouped(*e.Max)
}

func (p *Plan) writeLists(b *strings.Builder) {
	if len(p.Lists) == 0 {
		return
	}
	section(b, "how often")
	var t table
	for _, l := range p.Lists {
		var known string
		switch {
		case l.Length != nil:
			known = grouped(*l.Length)
		case l.Most != nil:
			known = "≤ " + grouped(*l.Most)
		default:
			known = "no bound"
		}
		if len(l.After) > 0 {
			known += ", known after " + strings.Join(l.After, ", ")
		}
		t = append(t, []string{l.Node, l.List, known})
	}
	t.write(b, "  ")
}

func (p *Plan) writeEvents(b *strings.Builder) {
	section(b, "events of the history")
	table{
		{"if nothing fails", "≤ " + p.Events.Smooth.text()},
		{"with every retry", "≤ " + p.Events.Retried.text()},
		{"at worst", "≤ " + p.Events.Worst.text()},
	}.write(b, "  ")
}

func (p *Plan) writeTime(b *strings.Builder) {
	section(b, "critical path")
	fmt.Fprintf(b, "  %s\n", p.Time.Critical)
	var t table
	for _, l := range p.Time.Path {
		times := ""
		if l.Times > 1 {
			times = "× " + grouped(l.Times)
		}
		t = append(t, []string{l.Node, l.Takes, times})
	}
	t.write(b, "  ")
	if len(p.Time.Once) > 0 {
		fmt.Fprintf(b, "  counted once, their number is not known: %s\n", strings.Join(p.Time.Once, ", "))
	}
	if len(p.Time.Without) > 0 {
		fmt.Fprintf(b, "  counted as nothing, they say no `expect`: %s\n", strings.Join(p.Time.Without, ", "))
	}
}

func (p *Plan) writeEdges(b *strings.Builder) {
	if len(p.Edges) == 0 {
		return
	}
	section(b, "characters in and out, the longest")
	edges := slices.Clone(p.Edges)
	slices.SortStableFunc(edges, func(a, b Payload) int {
		return -int(min(1, max(-1, max(a.Input.Most, a.Result.Most)-max(b.Input.Most, b.Result.Most))))
	})
	var t table
	for _, e := range edges[:min(len(edges), maxEdges)] {
		t = append(t, []string{e.Node, e.Callee, "in " + e.Input.String(), "out " + e.Result.String()})
	}
	t.write(b, "  ")
}

// String returns the length, with a sign where it is no bound.
func (c Chars) String() string {
	if c.Open {
		return grouped(c.Most) + " + what has no bound"
	}
	return "≤ " + grouped(c.Most)
}
