package view

import (
	"fmt"
	"io"
	"strings"

	"github.com/flowc/flowc/compiler/ir"
	"github.com/flowc/flowc/runtime/history"
)

// oneByOne is how many reused copies of a node are listed with a line each.
const oneByOne = 5

// Redrive writes what a redrive takes over, what it runs, and of which nodes
// that is not known yet.
func Redrive(w io.Writer, o *history.Redrive, opts Options) error {
	v := newView(w, opts)
	width := 0
	if opts.Width != nil || isTerminal(w) {
		width = v.o.Width()
	}
	t := &Table{right: []bool{false, false, false}}
	copies := map[string]int{}
	for _, id := range o.Reused {
		copies[ir.StaticID(id)]++
	}
	for _, id := range o.Reused {
		static := ir.StaticID(id)
		switch n := copies[static]; {
		case n > oneByOne:
			t.Row(v.mark.sign[ir.Reused]+" reuse", static, thousands(n)+" copies of it")
			copies[static] = 0
		case n > 0:
			t.Row(v.mark.sign[ir.Reused]+" reuse", id, "")
		}
	}
	for _, a := range o.Again {
		t.Row(v.mark.sign[ir.Running]+" run", a.Node, a.Why)
	}
	for _, l := range o.Later {
		text := "known when what is before it has run"
		switch {
		case l.Items > 0:
			text = plural(l.Items, "more item") + ", known when others have run"
		case len(l.After) > 0:
			text = "known after " + strings.Join(l.After, ", ")
		}
		t.Row(v.mark.sign[ir.Waiting]+" later", l.ID, text)
	}
	v.buf = t.Append(v.buf, width)
	if len(t.rows) > 0 {
		v.buf = append(v.buf, '\n')
	}
	v.buf = fmt.Appendf(v.buf, "Plan: %s reused, %s again", thousands(len(o.Reused)), runs(len(o.Again)))
	if n := len(o.Later); n > 0 {
		v.buf = fmt.Appendf(v.buf, ", %s known later", thousands(n))
	}
	v.buf = append(v.buf, ".\n"...)
	_, err := w.Write(v.buf)
	return err
}

func runs(n int) string {
	if n == 1 {
		return "1 runs"
	}
	return thousands(n) + " run"
}
