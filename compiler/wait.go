package compiler

import (
	"github.com/flowc/flowc/compiler/ir"
	"github.com/flowc/flowc/lang"
)

// signalSymbol is a signal of the workflow that is being lowered.
type signalSymbol struct {
	decl *lang.Signal
	typ  *ir.Type // record of its parameters; none if it has none
	used bool
}

// collectSignals enters the signals that a workflow declares, so that they can
// be awaited anywhere in it.
func (b *body) collectSignals(stmts []lang.Stmt) {
	for _, s := range stmts {
		s, ok := s.(*lang.Signal)
		if !ok {
			continue
		}
		if before := b.signals[s.Name.Name]; before != nil {
			b.c.declaredTwice(b.mod, s.Name, before.decl.Name.Range)
			continue
		}
		params := b.c.params(b.mod, s.Params)
		sym := &signalSymbol{decl: s, typ: ir.NoneType}
		if len(params) > 0 {
			sym.typ = &ir.Type{Kind: ir.KRecord}
			for _, p := range params {
				sym.typ.Fields = append(sym.typ.Fields, ir.Field{Name: p.Name, Type: p.Type})
			}
		}
		if b.signals == nil {
			b.signals = map[string]*signalSymbol{}
		}
		b.signals[s.Name.Name] = sym
		b.flow.Signals = append(b.flow.Signals, ir.Signal{Name: s.Name.Name, Params: params, At: b.mod.pos(s.Name.Range)})
	}
}

// signal lowers the declaration of a signal, which collectSignals has entered
// if it stands in the body of a workflow.
func (b *body) signal(s *lang.Signal) {
	if b.at != 0 || b.decl.Canvas {
		b.c.misplaced(b.mod, s, "signals are declared in the body of a workflow", "not allowed here")
	}
}

// reportSignals reports the signals that nothing waits for, and those that two
// waiters may race for.
func (b *body) reportSignals() {
	for _, s := range b.flow.Signals {
		if sym := b.signals[s.Name]; !sym.used && !b.mod.torn {
			b.c.unusedSignal(b.mod, sym.decl)
		}
	}
	if len(b.flow.Signals) > 0 {
		b.findRacingSignals()
	}
}

// findRacingSignals reports signals that two members of a block wait for at the
// same time: which one would get it would be decided by chance. Items of a map
// are alike, so that the first to wait may get the first signal.
func (b *body) findRacingSignals() {
	type waiter struct {
		block  int
		signal string
		turn   int // in a dag; members of one turn do not wait for each other
	}
	type first struct{ member, wait int }
	waiters := map[waiter]first{}
	turns := map[string][]int{}
	for i := range b.flow.Nodes {
		wait := b.node(i)
		if wait.Kind != ir.NWait || wait.Signal == "" {
			continue
		}
		for member := i; member > 0; member = b.node(member).Parent {
			key := waiter{block: b.node(member).Parent, signal: wait.Signal}
			switch b.node(key.block).Kind {
			case ir.NGroup, ir.NRace:
			case ir.NDag:
				if turns[wait.Signal] == nil {
					if len(turns) == mostTurns {
						continue
					}
					turns[wait.Signal] = b.turns(wait.Signal)
				}
				key.turn = turns[wait.Signal][member]
			default:
				continue
			}
			before, ok := waiters[key]
			if !ok {
				waiters[key] = first{member, i}
			} else if before.member != member {
				b.c.racingSignal(b.mod, wait.Signal, b.awaited[before.wait], b.awaited[i], b.node(key.block).Kind)
				break
			}
		}
	}
}

// mostTurns is how many signals that are awaited in dags are looked at. It
// bounds the cost of very many of them.
const mostTurns = 64

// turns returns, for each member of a dag, the largest number of members in a
// row, each after the one before, that wait for a signal, up to this one. Of two
// that wait and have the same, neither comes after the other; and if each pair
// is ordered, no two have the same.
func (b *body) turns(signal string) []int {
	turns := make([]int, len(b.flow.Nodes))
	waits := make([]bool, len(b.flow.Nodes)) // nodes with such a wait in them
	for i := range b.flow.Nodes {
		if b.node(i).Signal != signal {
			continue
		}
		for k := i; k > 0 && !waits[k]; k = b.node(k).Parent {
			waits[k] = true
		}
	}
	for i := range b.flow.Nodes { // a member is lowered after those that it waits for
		for _, before := range b.node(i).After {
			turns[i] = max(turns[i], turns[before])
		}
		if waits[i] {
			turns[i]++
		}
	}
	return turns
}

// wait lowers a timer, or the wait for a signal.
func (b *body) wait(s *lang.Step, w *lang.Wait) (falls bool) {
	n := b.openStep(ir.NWait, s, w.Keyword)
	typ := ir.NoneType
	if name, ok := w.What.(*lang.Name); ok && !w.Until && b.signals[name.Name] != nil {
		typ = b.waitSignal(n, w, b.signals[name.Name])
		return b.waitElse(n, s, w, typ)
	}
	want := ir.DurationType
	if w.Until {
		want = ir.TimeType
	}
	b.node(n).Until = w.Until
	value := b.expressions().expr(w.What, want)
	b.node(n).Value = value
	b.notNegative(value, w.What)
	if w.For != nil || w.Else != nil {
		b.c.misplaced(b.mod, w, "only a wait for a signal has a deadline", "waits for a time, which always comes")
	}
	b.closeStep(n, s, typ, boundOther)
	return true
}

// waitSignal lowers what a wait says about its signal, and returns the type of
// the wait's value when the signal comes.
func (b *body) waitSignal(n int, w *lang.Wait, sym *signalSymbol) *ir.Type {
	sym.used = true
	b.node(n).Signal = sym.decl.Name.Name
	if b.awaited == nil {
		b.awaited = map[int]lang.Range{}
	}
	b.awaited[n] = w.What.Span()
	if w.For == nil {
		b.c.endlessWait(b.mod, w, sym.decl.Name.Name, b.node(0).Options.Timeout)
		return sym.typ
	}
	deadline := b.expressions().expr(w.For, ir.DurationType)
	b.node(n).For = deadline
	b.notNegative(deadline, w.For)
	return sym.typ
}

// notNegative reports a wait that is known to be over before it begins.
func (b *body) notNegative(value *ir.Expr, at lang.Expr) {
	if d, known := constantOf(b.c.fold(value)).(ir.Duration); known && d < 0 {
		b.c.optionRange(b.mod, at, "a wait must not be negative", ir.Text(d))
	}
}

// waitElse lowers what is done when the deadline passes. Where that goes on
// after the wait, the wait's value is missing.
func (b *body) waitElse(n int, s *lang.Step, w *lang.Wait, typ *ir.Type) (falls bool) {
	falls = true
	missing := w.For != nil
	if w.Else != nil {
		span := w.Else.Span()
		outer := *b
		body := b.openBody("else", span)
		b.node(n).Else = body
		b.scope = newScope(b.scope)
		missing = b.chain([]lang.Stmt{w.Else})
		b.close(body)
		b.leave(&outer)
	}
	if missing {
		typ = ir.OptionalOf(typ)
	}
	b.closeStep(n, s, typ, boundOther)
	return falls
}
