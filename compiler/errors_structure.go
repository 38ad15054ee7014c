package compiler

import (
	"fmt"
	"slices"
	"strings"

	"github.com/flowc/flowc/compiler/ir"
	"github.com/flowc/flowc/lang"
	"github.com/flowc/flowc/lang/diag"
)

// This file has one function for each kind of error about what runs when and
// what has a value, in the order of their codes.

func (c *checker) notYetAvailable(b *body, at lang.Range, sym *symbol, block int) {
	user := b.node(b.openMember(block))
	what := "this"
	if user.Name != "" {
		what = fmt.Sprintf("`%s`", user.Name)
	}
	c.siblings(b, at, what, sym.name, sym.at, b.node(block).Kind, b.keywordOf(block))
}

func (c *checker) siblingBoundLater(b *body, n *lang.Name, p place, g *lang.Group) {
	kind := ir.NGroup
	if g.Kind == lang.Race {
		kind = ir.NRace
	}
	c.siblings(b, n.Range, "this", n.Name, p.at, kind, g.Keyword)
}

func (c *checker) siblings(b *body, at lang.Range, user, used string, bound lang.Range, kind ir.NodeKind, keyword lang.Range) {
	m := b.mod
	d := diag.Diagnostic{
		Code:    diag.NotYetAvailable,
		Message: fmt.Sprintf("%s runs at the same time as `%s`, so it cannot use it", user, used),
		Primary: m.label(at, "not available yet"),
		Secondary: []diag.Label{
			m.label(keyword, fmt.Sprintf("the members of a %s are independent", kindWords[kind])),
			m.label(bound, "started together with "+user),
		},
	}
	if kind == ir.NGroup {
		d.Fixes = append(d.Fixes, m.replacement(keyword, diag.Machine, fmt.Sprintf("use `dag {` if %s should wait for `%s`", user, used), "dag"))
	}
	d.Fixes = append(d.Fixes, advice("put both in `chain { … }` inside the %s", kindWords[kind]))
	c.add(d)
}

// kindWords are what users call the kinds of nodes.
var kindWords = map[ir.NodeKind]string{
	ir.NWorkflow: "workflow", ir.NChain: "chain", ir.NGroup: "group", ir.NDag: "dag", ir.NRace: "race", ir.NMap: "map",
	ir.NExpand: "expand", ir.NLoop: "loop", ir.NIf: "if", ir.NSwitch: "switch", ir.NWait: "wait", ir.NActivity: "activity",
	ir.NChild: "workflow", ir.NCanvas: "canvas",
}

// keywordOf returns the place of the keyword of a group, dag or race.
func (b *body) keywordOf(n int) lang.Range {
	node := b.node(n)
	at := lang.Range{Start: node.Extent.Start, End: node.Extent.End}
	if node.Name != "" && node.Name[0] != '(' { // `name = group {`: the keyword follows the name
		at.Start = node.At.End
	}
	text := string(b.mod.file.Source.Text[at.Start:at.End])
	word := kindWords[node.Kind]
	if i := strings.Index(text, word); i >= 0 {
		at.Start += int32(i)
		at.End = at.Start + int32(len(word))
	}
	return at
}

func (c *checker) dependencyCycle(m *module, d *dependencies, circle []use) {
	last := len(circle) - 1
	words := func(i int) string {
		return fmt.Sprintf("%s needs `%s`", d.memberName(circle[i].member), circle[i].name.Name)
	}
	out := diag.Diagnostic{
		Code:    diag.DependencyCycle,
		Message: "these nodes wait for each other",
		Primary: m.label(circle[last].name, words(last)+", which closes the cycle"),
		Fixes:   []diag.Fix{advice("a cycle cannot start; take one of the %d out of the `dag`", len(circle))},
	}
	if last == 0 {
		out.Message = "this node waits for itself"
		out.Primary.Text = words(0)
		out.Fixes = nil
	}
	for i := range circle[:last] {
		out.Secondary = append(out.Secondary, m.label(circle[i].name, words(i)))
	}
	c.add(out)
}

// memberName returns what to call a member of a dag.
func (d *dependencies) memberName(i int) string {
	name := "a member without a name"
	visibleNames(d.stmts[i], func(n lang.Ident) {
		if name[0] != '`' {
			name = "`" + n.Name + "`"
		}
	})
	if step, ok := d.stmts[i].(*lang.Step); ok && name[0] != '`' {
		if call, ok := step.Node.(*lang.Call); ok {
			return "`" + call.Callee[len(call.Callee)-1].Name + "`"
		}
	}
	return name
}

func (c *checker) unusedResult(m *module, bound binding, once bool) {
	name := lang.Ident{Range: bound.sym.at, Name: bound.sym.name}
	d := diag.Diagnostic{
		Code:    diag.UnusedResult,
		Message: fmt.Sprintf("nothing uses the result of `%s`, and it has no effect on the order", name.Name),
		Primary: m.label(name, "bound, never used"),
	}
	switch bound.what {
	case boundLet:
		d.Message = fmt.Sprintf("nothing uses `%s`", name.Name)
		d.Fixes = []diag.Fix{m.removeLine(bound.stmt, diag.Maybe, "remove the `let`")}
	case boundCall:
		step := bound.stmt.(*lang.Step)
		call := step.Node.(*lang.Call)
		how := diag.Machine
		if !once {
			how = diag.Maybe // another node may have that id
		}
		edit := diag.Edit{Span: m.file.Source.Span(int(step.Start), int(call.Start))}
		d.Fixes = []diag.Fix{{
			Title:         fmt.Sprintf("drop the name (`%s(…)`) if the call is wanted for its effect", joined(call.Callee)),
			Applicability: how,
			Edits:         []diag.Edit{edit},
		}}
	default:
		d.Fixes = []diag.Fix{advice("use it, or let the block yield nothing and drop the name")}
	}
	c.add(d)
}

func (c *checker) noValue(b *body, at lang.Range, sym *symbol) {
	m, node := b.mod, b.node(sym.node)
	d := diag.Diagnostic{
		Code:      diag.NoValue,
		Message:   fmt.Sprintf("`%s` has no value", sym.name),
		Primary:   m.label(at, "used here as one"),
		Secondary: []diag.Label{m.label(sym.at, "gives nothing")},
	}
	switch node.Kind {
	case ir.NMap, ir.NExpand, ir.NIf, ir.NSwitch, ir.NChain:
		word := kindWords[node.Kind]
		d.Message = fmt.Sprintf("`%s` gives no value: its block does not `yield`", word)
		d.Primary.Text = fmt.Sprintf("`%s` has no value", sym.name)
		d.Secondary[0] = m.label(b.keywordOf(sym.node), "no `yield` in this block")
		d.Fixes = []diag.Fix{advice("end the block with `yield` and the value")}
	case ir.NActivity, ir.NChild, ir.NCanvas:
		d.Secondary[0].Text = "what it calls declares no result with `->`"
	}
	c.add(d)
}

func (c *checker) missingReturn(m *module, d *lang.WorkflowDecl) {
	if m.torn {
		return // a path may be in what was not understood
	}
	word := "workflow"
	if d.Canvas {
		word = "canvas"
	}
	out := diag.Diagnostic{
		Code:    diag.MissingReturn,
		Message: fmt.Sprintf("not every path of this %s returns %s", word, anA(m.text(d.Result))),
		Primary: m.label(d.Result, "declared here"),
		Fixes:   []diag.Fix{advice("end it with `return`, or with `raise`")},
	}
	if n := len(d.Body.Stmts); n > 0 {
		if step, ok := d.Body.Stmts[n-1].(*lang.Step); ok {
			if branch, ok := step.Node.(*lang.If); ok && branch.Else == nil {
				out.Secondary = []diag.Label{m.label(branch.Keyword, "nothing is returned when this is false")}
				out.Fixes = []diag.Fix{advice("add `else { return … }` or `raise`")}
			}
		}
	}
	c.add(out)
}

// text returns the source text of n.
func (m *module) text(n lang.Node) string {
	s := n.Span()
	return string(m.file.Source.Text[s.Start:s.End])
}

func (c *checker) missingYield(m *module, keyword lang.Range, word string, t *target) {
	if m.torn {
		return // a path may be in what was not understood
	}
	c.add(diag.Diagnostic{
		Code:    diag.MissingYield,
		Message: fmt.Sprintf("not every path of this `%s` yields", word),
		Primary: m.label(keyword, "some paths give a value, others end without one"),
		Fixes:   []diag.Fix{advice("add the missing `yield`, or `raise` where there is nothing to give")},
	})
}

func (c *checker) misplaced(m *module, n lang.Node, message, label string, fixes ...diag.Fix) {
	c.add(diag.Diagnostic{
		Code:    diag.Misplaced,
		Message: message,
		Primary: m.label(n, label),
		Fixes:   fixes,
	})
}

func (c *checker) yieldToNothing(m *module, r *lang.Result) {
	keyword := lang.Range{Start: r.Start, End: r.Start + int32(len("yield"))}
	c.misplaced(m, keyword, "there is nothing here that a `yield` gives a value to", "not inside a block that has a value",
		m.replacement(keyword, diag.Maybe, "`return` ends the workflow with its result", "return"))
}

func (c *checker) yieldInGroup(m *module, r *lang.Result, t *target, kind ir.NodeKind) {
	if kind == ir.NLoop {
		c.misplaced(m, r, "a `loop` cannot yield: its value is the last accumulator", "not inside a block that has a value",
			advice("`next v` gives the value of the next round, and of the loop"))
		return
	}
	d := diag.Diagnostic{
		Code:      diag.Misplaced,
		Message:   fmt.Sprintf("a `%s` cannot yield: its members have no order", kindWords[kind]),
		Primary:   m.label(r, "which member would give the value?"),
		Secondary: []diag.Label{m.label(t.at, "the members of this block run at the same time")},
		Fixes:     []diag.Fix{advice("name the block: its value is the record of its members")},
	}
	if kind == ir.NRace {
		d.Message = "a `race` cannot yield: its value is that of the member that wins"
		d.Fixes = []diag.Fix{advice("a chain with a name can yield: `one = chain { … yield … }`")}
	}
	c.add(d)
}

func (c *checker) optionsOnValue(m *module, r *lang.Result) {
	c.misplaced(m, r, "options, `undo` and handlers belong to a call", "this is a value, not a call")
}

func (c *checker) unreachable(m *module, s, after lang.Stmt) {
	c.add(diag.Diagnostic{
		Code:      diag.Unreachable,
		Message:   "this can never run",
		Primary:   m.label(s, "never reached"),
		Secondary: []diag.Label{m.label(after, "the block is always left here")},
	})
}

func (c *checker) constantCondition(m *module, e lang.Expr, holds bool) {
	word := "false"
	if holds {
		word = "true"
	}
	c.add(diag.Diagnostic{
		Code:    diag.ConstantCondition,
		Message: "this condition is always " + word,
		Primary: m.label(e, "does not depend on anything"),
	})
}

func (c *checker) recursiveCanvas(path []canvasCall, to *callableSymbol) {
	for i, call := range path {
		if call.in == to {
			path = path[i:]
			break
		}
	}
	last := path[len(path)-1]
	d := diag.Diagnostic{
		Code:    diag.RecursiveCanvas,
		Message: fmt.Sprintf("the canvas `%s` contains itself", to.name.Name),
		Primary: last.in.mod.label(last.at, fmt.Sprintf("would put `%s` into itself, without end", to.name.Name)),
		Fixes:   []diag.Fix{advice("make it a `workflow`: each call is then an execution of its own")},
	}
	for _, call := range path[:len(path)-1] {
		d.Secondary = append(d.Secondary, call.in.mod.label(call.at, fmt.Sprintf("`%s` contains `%s`", call.in.name.Name, call.callee.name.Name)))
	}
	c.add(d)
}

func (c *checker) notAList(m *module, e lang.Expr, what string, typ *ir.Type, from *callableSymbol) {
	shown := m.text(e)
	if len(shown) > 40 || strings.Contains(shown, "\n") {
		shown = "this"
	} else {
		shown = "`" + shown + "`"
	}
	d := diag.Diagnostic{
		Code:    diag.NotAList,
		Message: fmt.Sprintf("`%s` needs a list; %s is %s", what, shown, article(typ)),
		Primary: m.label(e, fmt.Sprintf("type `%s`", typ)),
	}
	if from != nil {
		d.Secondary = []diag.Label{from.mod.label(from.activity.Result, "declared here")}
	}
	switch {
	case typ.Kind == ir.KMap:
		d.Fixes = []diag.Fix{advice("for the entries of a map use `keys(…)` or `values(…)`")}
	case from == nil:
	case from.mod == m:
		list := "[" + m.text(from.activity.Result) + "]"
		d.Fixes = []diag.Fix{m.replacement(from.activity.Result, diag.Maybe, fmt.Sprintf("did you mean `-> %s`?", list), list)}
	default:
		d.Fixes = []diag.Fix{advice("did you mean `-> [%s]`?", typ)}
	}
	c.add(d)
}

// declaring returns the activity that declares the type of e, if e is the name
// of a call's result; else nil.
func (b *body) declaring(e lang.Expr) *callableSymbol {
	name, ok := e.(*lang.Name)
	if !ok {
		return nil
	}
	sym := b.scope.lookup(name.Name)
	if sym == nil || sym.node < 0 || b.node(sym.node).Kind != ir.NActivity {
		return nil
	}
	call := b.node(sym.node).Call
	if call == nil {
		return nil
	}
	callee := b.c.activities[call.Callee]
	if callee == nil || callee.activity.Result == nil {
		return nil
	}
	return callee
}

func (c *checker) badKey(m *module, e lang.Expr, typ *ir.Type) {
	d := diag.Diagnostic{
		Code:    diag.BadKey,
		Message: fmt.Sprintf("the key must be a string, int, enum, url, path or date; this is %s", article(typ)),
		Primary: m.label(e, fmt.Sprintf("type `%s`", typ)),
	}
	for _, f := range plain(typ).RecordFields() {
		if canBeKey(f.Type) {
			d.Fixes = []diag.Fix{advice("use a field that identifies it: `by %s.%s`", m.text(e), f.Name)}
			break
		}
	}
	c.add(d)
}

func (c *checker) missingCases(m *module, s *lang.Switch, typ *ir.Type, missed []string) {
	quoted := make([]string, len(missed))
	for i, name := range missed {
		quoted[i] = "`" + name + "`"
	}
	list := strings.Join(quoted, ", ")
	if i := strings.LastIndex(list, ", "); i >= 0 {
		list = list[:i] + " and " + list[i+2:]
	}
	d := diag.Diagnostic{
		Code:    diag.MissingCase,
		Message: "this switch misses " + list,
		Primary: m.label(s.Subject, fmt.Sprintf("type `%s`", typ)),
		Fixes:   []diag.Fix{advice("add `case %s:` or `default:`", strings.Join(missed, ", "))},
	}
	if decl := plain(typ).Decl; decl != nil && decl.At.File >= 0 {
		d.Secondary = c.unhandled(decl, missed)
	}
	c.add(d)
}

// unhandled labels the members of an enum that no case handles, or all of a
// union.
func (c *checker) unhandled(decl *ir.TypeDecl, missed []string) []diag.Label {
	const many = 4
	sym := c.symbolOf(decl)
	enum, ok := (*lang.EnumDecl)(nil), false
	if sym != nil {
		enum, ok = sym.decl.(*lang.EnumDecl)
	}
	if !ok || len(missed) > many {
		return []diag.Label{{Span: c.span(decl.At), Text: "not all of this is handled"}}
	}
	var labels []diag.Label
	for _, name := range enum.Names {
		if slices.Contains(missed, name.Name) {
			labels = append(labels, sym.mod.label(name, ""))
		}
	}
	if len(labels) > 0 {
		labels[len(labels)-1].Text = "not handled"
	}
	return labels
}

func (c *checker) switchNeedsDefault(m *module, s *lang.Switch, typ *ir.Type) {
	c.add(diag.Diagnostic{
		Code:    diag.MissingCase,
		Message: fmt.Sprintf("a switch over `%s` cannot name every value", typ),
		Primary: m.label(s.Subject, fmt.Sprintf("type `%s`", typ)),
		Fixes:   []diag.Fix{advice("add `default:`")},
	})
}

func (c *checker) secondDefault(m *module, cs *lang.Case) {
	c.add(diag.Diagnostic{
		Code:    diag.ImpossibleCase,
		Message: "this switch has two defaults",
		Primary: m.label(*cs, "second"),
	})
}

func (c *checker) needlessDefault(m *module, s *lang.Switch) {
	for i := range s.Cases {
		if cs := &s.Cases[i]; cs.Default {
			c.add(diag.Diagnostic{
				Code:    diag.Unreachable,
				Message: "this default can never run",
				Primary: m.label(*cs, "every value has a case of its own"),
			})
		}
	}
}

func (c *checker) caseTwice(m *module, e lang.Expr, before lang.Range) {
	c.add(diag.Diagnostic{
		Code:      diag.ImpossibleCase,
		Message:   "this case is there twice",
		Primary:   m.label(e, "second"),
		Secondary: []diag.Label{m.label(before, "first: this one is taken")},
	})
}

func (c *checker) caseNotConstant(m *module, e lang.Expr) {
	c.add(diag.Diagnostic{
		Code:    diag.NotConstant,
		Message: "a case is known before the run",
		Primary: m.label(e, "depends on something that changes"),
		Fixes:   []diag.Fix{advice("use `if` and `else if` to compare with values of the run")},
	})
}

func (c *checker) notAnOutcome(m *module, e lang.Expr, typ *ir.Type) {
	c.add(diag.Diagnostic{
		Code:    diag.ImpossibleCase,
		Message: fmt.Sprintf("%s ends in one of %s", article(typ), strings.Join(outcomeWords, ", ")),
		Primary: m.label(e, "not one of these"),
	})
}

func (c *checker) succeededWithout(m *module, name lang.Ident) {
	c.add(diag.Diagnostic{
		Code:    diag.NoValue,
		Message: "this node has no value when it succeeds",
		Primary: m.label(name, "would be bound to nothing"),
	})
}

func (c *checker) resultNotDeclared(m *module, r *lang.Result, t *target, typ *ir.Type) {
	d := diag.Diagnostic{
		Code:    diag.TypeMismatch,
		Message: "a result is returned where none is declared",
		Primary: m.label(r.Value, fmt.Sprintf("type `%s`", typ)),
	}
	if t.sym != nil {
		d.Secondary = []diag.Label{t.sym.mod.label(t.sym.name, "declares no result")}
		d.Fixes = []diag.Fix{advice("declare it: `-> %s`", typ)}
	}
	c.add(d)
}

func (c *checker) returnsNothing(m *module, r *lang.Result, t *target) {
	c.add(diag.Diagnostic{
		Code:    diag.TypeMismatch,
		Message: fmt.Sprintf("nothing is given where %s is expected", article(t.want)),
		Primary: m.label(r, fmt.Sprintf("expected %s", article(t.want))),
	})
}

func (c *checker) yieldsDiffer(at, first ir.Pos, want, got *ir.Type) {
	c.add(diag.Diagnostic{
		Code:      diag.TypeMismatch,
		Message:   fmt.Sprintf("this yields %s, but another path yields %s", article(got), article(want)),
		Primary:   diag.Label{Span: c.span(at), Text: fmt.Sprintf("type `%s`", got)},
		Secondary: []diag.Label{{Span: c.span(first), Text: fmt.Sprintf("type `%s`", want)}},
	})
}

func (c *checker) raisesNoError(m *module, s *lang.Raise, typ *ir.Type) {
	c.add(diag.Diagnostic{
		Code:    diag.TypeMismatch,
		Message: fmt.Sprintf("`raise` needs an error; this is %s", article(typ)),
		Primary: m.label(s.Value, "not an error"),
		Fixes:   []diag.Fix{advice("declare one, `error TooLate`, and write `raise TooLate`")},
	})
}

func (c *checker) yieldInHandler(m *module, r *lang.Result, t *target) {
	word := "yield"
	if !r.Yield {
		word = "return"
	}
	c.add(diag.Diagnostic{
		Code:      diag.YieldInHandler,
		Message:   fmt.Sprintf("a handler cannot `%s` here: `%s` does not replace the result", word, t.quiet),
		Primary:   m.label(r, "only `catch` gives another result"),
		Secondary: []diag.Label{m.label(t.at, "runs, and then what has happened goes on")},
		Fixes:     []diag.Fix{advice("`catch as f { yield … }` if a *failure* should give one")},
	})
}
