package analyze

import (
	"strconv"
	"strings"

	"github.com/flowc/flowc/compiler/ir"
)

// Settings that are no plain expressions.

// word returns an option that is one of a few words.
func (x *explainer) word(name, value, builtIn string) Setting {
	if value == "" {
		return Setting{Name: name, Value: builtIn, From: "built-in"}
	}
	return x.at(&x.n.Options, name, value, x.own())
}

func (x *explainer) tolerate() Setting {
	t := x.n.Options.Tolerate
	switch {
	case t != nil && t.Count != nil:
		return x.at(&x.n.Options, "tolerate", Text(x.w, x.n.Frame, t.Count), x.own())
	case t != nil:
		s := x.at(&x.n.Options, "tolerate", percent(t), x.own())
		s.Note = "of the items, rounded down"
		return s
	case !x.n.Eff:
		return Setting{Name: "tolerate", Value: "all", From: "built-in", Note: "raises_on_failure is false"}
	}
	return Setting{Name: "tolerate", Value: "0", From: "built-in"}
}

func percent(t *ir.Tolerate) string { return strconv.FormatFloat(t.Percent, 'f', -1, 64) + "%" }

// grace is how long a handler may take.
func (x *explainer) grace(h *ir.Handler) Setting {
	if h.Timeout == nil {
		return Setting{Name: "timeout", Value: "5m", From: "built-in"}
	}
	return Setting{Name: "timeout", Value: Text(x.w, x.w.Nodes[x.n.Parent].Frame, h.Timeout), From: "block", At: x.places.at(h.Timeout.At)}
}

func (x *explainer) undoSetting() Setting {
	switch {
	case x.n.UndoNone:
		return Setting{Name: "undo", Value: "none", From: "call", Note: "said at the call"}
	case x.n.Undo != nil:
		return Setting{Name: "undo", Value: callText(&x.n.Undo.Call, func(e *ir.Expr) string { return Text(x.w, x.n.Frame, e) }),
			From: "call", At: x.places.at(x.n.Undo.At)}
	case x.act != nil && x.act.Undo != nil:
		return Setting{Name: "undo", Value: callText(&x.act.Undo.Call, func(e *ir.Expr) string { return textIn(x.act.Params, e) }),
			From: "activity", At: x.places.at(x.act.Undo.At)}
	}
	return Setting{Name: "undo", Value: "none", From: "built-in"}
}

// callText writes a call; arguments that are left out are those at the end,
// or shown as `_`.
func callText(c *ir.Call, text func(*ir.Expr) string) string {
	args := c.Args
	for len(args) > 0 && args[len(args)-1] == nil {
		args = args[:len(args)-1]
	}
	texts := make([]string, len(args))
	for k, a := range args {
		if texts[k] = "_"; a != nil {
			texts[k] = text(a)
		}
	}
	return c.Callee + "(" + strings.Join(texts, ", ") + ")"
}

// program returns what the activity says of how it is run.
func (x *explainer) program() []Setting {
	var list []Setting
	a := x.act
	add := func(name, value string) {
		s := x.at(&a.Options, name, value, "built-in")
		list = append(list, s)
	}
	text := func(e *ir.Expr) string { return textIn(a.Params, e) }
	if m := a.Program; m != nil {
		add("run", text(m.Argv))
		if m.Input != nil {
			add("stdin", text(m.Input))
		} else {
			add("stdin", m.Stdin.String())
		}
		if m.File != nil {
			add("result", "file("+text(m.File)+")")
		} else {
			add("result", m.Stdout.String())
		}
		if m.Cwd != nil {
			add("cwd", text(m.Cwd))
		} else {
			list = append(list, Setting{Name: "cwd", Value: ir.Show(ir.String(a.Dir)), From: "built-in", Note: "the folder of the file"})
		}
		if m.Env != nil {
			add("env", text(m.Env))
		}
		if len(m.Errors) > 0 {
			var codes []string
			for _, e := range m.Errors {
				codes = append(codes, strconv.Itoa(e.Code)+": "+e.Error)
			}
			add("errors", "{ "+strings.Join(codes, ", ")+" }")
		}
	}
	if a.Expect != nil {
		add("expect", text(a.Expect))
	}
	if a.Idempotent {
		add("idempotent", "true")
	}
	return list
}
