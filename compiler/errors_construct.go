package compiler

import (
	"fmt"

	"github.com/flowc/flowc/compiler/ir"
	"github.com/flowc/flowc/lang"
	"github.com/flowc/flowc/lang/diag"
)

// This file has one function for each kind of error about discovery, loops,
// races, signals, handlers and undo, in the order of their codes.

func (c *checker) notAMember(m *module, name *lang.Name, d *dependencies) {
	_, fixes := m.renamed(name, name.Name, keys(d.binds))
	c.add(diag.Diagnostic{
		Code:    diag.UnknownName,
		Message: fmt.Sprintf("this `dag` has no member `%s`", name.Name),
		Primary: m.label(name, "not found"),
		Fixes:   fixes,
	})
}

func (c *checker) missingKey(m *module, e *lang.Expand) {
	end := e.List.Span().End
	c.add(diag.Diagnostic{
		Code:    diag.MissingKey,
		Message: "items need a key to be recognised when they are found again",
		Primary: m.label(e.Keyword, "no `by`"),
		Fixes: []diag.Fix{{
			Title:         fmt.Sprintf("`expand %s in %s by %s`", e.Item.Name, m.text(e.List), e.Item.Name),
			Applicability: diag.Machine,
			Edits:         []diag.Edit{{Span: m.file.Source.Span(int(end), int(end)), New: " by " + e.Item.Name}},
		}},
	})
}

func (c *checker) unboundedExpand(m *module, e *lang.Expand) {
	d := diag.Diagnostic{
		Code:    diag.Unbounded,
		Message: "an expansion must be bounded",
		Primary: m.label(e.Keyword, "no `limit`"),
		Notes:   []string{"`max` is how many run at once, `limit` how many there may be in all"},
		Fixes:   []diag.Fix{m.limiting(e.With, e.Body, "limit = 20000")},
	}
	lang.Walk(&e.Body, func(n lang.Node) bool {
		g, ok := n.(*lang.Grow)
		if ok && d.Secondary == nil {
			word := lang.Range{Start: g.Start, End: g.Start + int32(len("grow"))}
			d.Secondary = []diag.Label{m.label(word, "each item may add any number of items")}
		}
		return d.Secondary == nil
	})
	c.add(d)
}

func (c *checker) unboundedLoop(m *module, l *lang.Loop) {
	c.add(diag.Diagnostic{
		Code:    diag.Unbounded,
		Message: "a loop must be bounded",
		Primary: m.label(l.Keyword, "no `limit`"),
		Notes:   []string{"a loop that needs more rounds than its `limit` fails"},
		Fixes:   []diag.Fix{m.limiting(l.With, l.Body, "limit = 100")},
	})
}

// limiting is a fix that adds an option to those before a block.
func (m *module) limiting(with []lang.Attr, block lang.Block, option string) diag.Fix {
	source, title, at, text := m.file.Source, "with "+option, int(block.Start), "with "+option+" "
	if n := len(with); n > 0 {
		at, text = int(with[n-1].End), ", "+option
		title = "with " + string(source.Text[with[0].Start:at]) + text
	}
	return diag.Fix{
		Title:         "`" + title + "`",
		Applicability: diag.Maybe,
		Edits:         []diag.Edit{{Span: source.Span(at, at), New: text}},
	}
}

// growType reports a grow of a value of another type; record is what it is a
// field of, nil if it is none.
func (c *checker) growType(m *module, g *lang.Grow, typ, record *ir.Type, x *expansion) {
	d := diag.Diagnostic{
		Code:      diag.GrowType,
		Message:   fmt.Sprintf("`grow` gives `%s`, but items are `%s`", typ, x.elem),
		Primary:   m.label(g.Value, fmt.Sprintf("type `%s`", typ)),
		Secondary: []diag.Label{m.label(x.items, fmt.Sprintf("items come from here: `%s`", ir.ListOf(x.elem)))},
	}
	if fits(typ, x.elem) {
		d.Fixes = []diag.Fix{m.replacement(g.Value, diag.Maybe, "`grow` takes a list, also of one", "["+m.text(g.Value)+"]")}
	} else if record != nil {
		name := g.Value.(*lang.Field).Name.Name
		if sym := c.symbolOf(record.Decl); sym != nil {
			if at, ok := sym.fieldIdent(name); ok {
				line := sym.mod.file.Source.Position(int(at.Start)).Line
				d.Fixes = []diag.Fix{advice("make `%s: %s` in `%s` (line %d)", name, ir.ListOf(x.elem), record, line)}
			}
		}
	}
	c.add(d)
}

func (c *checker) racersDiffer(at, first ir.Pos, want, got *ir.Type) {
	c.add(diag.Diagnostic{
		Code:      diag.TypeMismatch,
		Message:   fmt.Sprintf("the members of a race have one type; this is %s, another %s", article(got), article(want)),
		Primary:   diag.Label{Span: c.span(at), Text: fmt.Sprintf("type `%s`", got)},
		Secondary: []diag.Label{{Span: c.span(first), Text: fmt.Sprintf("type `%s`", want)}},
	})
}

func (c *checker) neverRaised(k caught, w *lowered, calls []*callableSymbol) {
	m, block := k.mod, w.flow.Nodes[k.node].Extent
	text := m.file.Source
	from, to := text.Position(int(block.Start)).Line, text.Position(int(k.name.Start)).Line
	d := diag.Diagnostic{
		Code:    diag.NeverRaised,
		Message: fmt.Sprintf("nothing in this block can raise `%s`", k.name.Name.Name),
		Primary: m.label(k.name, "never raised inside"),
	}
	if from < to {
		d.Primary.Text = fmt.Sprintf("never raised inside lines %d-%d", from, to)
	}
	if len(calls) == 1 {
		sym := calls[0]
		words := "the only call in the block; it declares no errors"
		if len(sym.raises) > 0 {
			words = "the only call in the block; it declares other errors"
		}
		d.Secondary = []diag.Label{sym.mod.label(sym.name, words)}
		if sym.mod == m {
			d.Fixes = []diag.Fix{m.raising(sym.activity, m.text(k.name))}
		}
	}
	c.add(d)
}

// raising is a fix that makes an activity of m declare one more error.
func (m *module) raising(a *lang.ActivityDecl, name string) diag.Fix {
	source := m.file.Source
	text := source.Text
	end := int(a.Name.End)
	for _, p := range a.Params {
		end = int(p.End)
	}
	insert := " raises " + name
	switch {
	case len(a.Raises) > 0:
		end, insert = int(a.Raises[len(a.Raises)-1].End), ", "+name
	case a.Result != nil:
		end = int(a.Result.Span().End)
	default:
		for end < int(a.End) && text[end] != ')' {
			end++
		}
		end = min(end+1, int(a.End))
	}
	return diag.Fix{
		Title:         fmt.Sprintf("`%s%s`", text[a.Start:end], insert),
		Applicability: diag.Maybe,
		Edits:         []diag.Edit{{Span: source.Span(end, end), New: insert}},
	}
}

func (c *checker) handlerTwice(m *module, k, before *lang.HandlerEvent) {
	c.add(diag.Diagnostic{
		Code:      diag.OptionNotAllowed,
		Message:   fmt.Sprintf("this block has two handlers for `%s`", k.Kind),
		Primary:   m.label(k, "second: only the first would run"),
		Secondary: []diag.Label{m.label(before, "first")},
	})
}

func (c *checker) caughtBefore(m *module, k, before *lang.HandlerEvent, name string) {
	what, first := "this `catch` can never run: every failure is caught before it", "the first that fits runs"
	if name != "" && len(before.Errors) > 0 {
		what = fmt.Sprintf("`%s` is caught twice", name)
	}
	c.add(diag.Diagnostic{
		Code:      diag.OptionNotAllowed,
		Message:   what,
		Primary:   m.label(k, "second"),
		Secondary: []diag.Label{m.label(before, first)},
		Fixes:     []diag.Fix{advice("a `catch` of one error stands before that of all")},
	})
}

func (c *checker) catchShared(m *module, k *lang.HandlerEvent) {
	c.notAllowed(m, k, "a `catch` takes the place of the outcome; the other handlers look on", "cannot share its block with them",
		advice("give each a block of its own: `catch { … } on_cancel { … }`"))
}

func (c *checker) undoUsesItself(m *module, n *lang.Name) {
	c.add(diag.Diagnostic{
		Code:    diag.UndoUsesLater,
		Message: fmt.Sprintf("in its own undo, what `%s` gave is called `result`", n.Name),
		Primary: m.label(n, "bound by this very step"),
		Fixes:   []diag.Fix{m.replacement(n, diag.Machine, "write `result`", "result")},
	})
}

func (c *checker) undoUsesLater(m *module, n *lang.Name, p place) {
	c.add(diag.Diagnostic{
		Code:      diag.UndoUsesLater,
		Message:   "an undo may not use what exists only later",
		Primary:   m.label(n, "bound after this step"),
		Secondary: []diag.Label{m.label(p.at, "bound here")},
		Fixes:     []diag.Fix{advice("an undo may use `result`, the call's own arguments, and names bound before it")},
	})
}

func (c *checker) undoForm(m *module, e lang.Expr) {
	c.notAllowed(m, e, "an undo is a call of an activity", "expected `name(…)`")
}

func (c *checker) undoNeedsActivity(m *module, call *lang.CallExpr, callee *callableSymbol) {
	c.notAllowed(m, call, "an undo is one activity", fmt.Sprintf("`%s` is not an activity", callee.name.Name))
}

func (c *checker) racingSignal(m *module, signal string, first, second lang.Range, kind ir.NodeKind) {
	c.add(diag.Diagnostic{
		Code:      diag.RacingSignal,
		Message:   fmt.Sprintf("two branches of this %s wait for the same signal", kindWords[kind]),
		Primary:   m.label(second, "which one would be decided by chance"),
		Secondary: []diag.Label{m.label(first, fmt.Sprintf("one `%s` wakes only one waiter", signal))},
		Fixes:     []diag.Fix{advice("wait once, outside the %s", kindWords[kind])},
	})
}

func (c *checker) unusedSignal(m *module, s *lang.Signal) {
	c.add(diag.Diagnostic{
		Code:    diag.UnusedSignal,
		Message: fmt.Sprintf("signal `%s` is declared and never awaited", s.Name.Name),
		Primary: m.label(s.Name, "a sender would get success and nothing would happen"),
	})
}

func (c *checker) endlessWait(m *module, w *lang.Wait, signal string, timeout *ir.Expr) {
	d := diag.Diagnostic{
		Code:    diag.EndlessWait,
		Message: "this wait has no end",
		Primary: m.label(w.Keyword, "without `for`, the execution stays open until its own timeout"),
		Fixes:   []diag.Fix{advice("`wait %s for 11h else raise TooLate`", signal)},
	}
	if most, ok := constantOf(timeout).(ir.Duration); ok {
		d.Primary.Text += fmt.Sprintf(" (%s)", most)
	}
	c.add(d)
}

func (c *checker) childTimeout(m *module, callee *callableSymbol, at ir.Pos, declaredAt diag.Span, given, declared ir.Duration) {
	c.add(diag.Diagnostic{
		Code:      diag.ChildTimeout,
		Message:   fmt.Sprintf("`%s` is given %s here, but declares that it may take %s", callee.name.Name, given, declared),
		Primary:   diag.Label{Span: c.span(at), Text: "allowed here"},
		Secondary: []diag.Label{{Span: declaredAt, Text: "declared there"}},
		Fixes:     []diag.Fix{advice("drop the shorter one, or raise it to at least %s", declared)},
	})
}
