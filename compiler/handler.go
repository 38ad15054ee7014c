package compiler

import (
	"fmt"
	"slices"

	"github.com/flowc/flowc/compiler/ir"
	"github.com/flowc/flowc/lang"
)

// handlerBits are the kinds of handlers in the IR.
var handlerBits = [...]ir.HandlerKinds{
	lang.Catch:     ir.HCatch,
	lang.OnFailure: ir.HOnFailure,
	lang.OnCancel:  ir.HOnCancel,
	lang.Finally:   ir.HFinally,
}

// handlers lowers the handlers of node n, which is still open and whose value
// has type typ. It reports whether one of them can make what is after n run
// although n has failed.
func (b *body) handlers(n int, list []lang.Handler, typ *ir.Type) (catches bool) {
	if len(list) == 0 {
		return false
	}
	again := b.checkHandlerKinds(list)
	numbers := map[string]int{}
	end := len(b.flow.Nodes)
	for i := range list {
		h := &list[i]
		if again[h] {
			continue
		}
		if b.handler(n, end, h, typ, numbers) {
			catches = true
		}
	}
	return catches
}

// checkHandlerKinds reports handlers that never run: a second one of a kind of
// which only one does, and a catch of what has been caught before it. It
// returns those whose nodes would have the ids of others.
func (b *body) checkHandlerKinds(list []lang.Handler) (again map[*lang.Handler]bool) {
	var first [len(handlerBits)]*lang.HandlerEvent
	caught := map[string]*lang.HandlerEvent{} // by error as written, "" for every one
	for i := range list {
		for j := range list[i].Kinds {
			k := &list[i].Kinds[j]
			switch before := first[k.Kind]; {
			case k.Kind == lang.Catch:
				if n := len(list[i].Kinds); n > 1 && slices.ContainsFunc(list[i].Kinds, observes) {
					b.c.catchShared(b.mod, k)
				}
				b.checkCaught(k, caught)
			case before != nil:
				b.c.handlerTwice(b.mod, k, before)
				if j == 0 {
					if again == nil {
						again = map[*lang.Handler]bool{}
					}
					again[&list[i]] = true
				}
			default:
				first[k.Kind] = k
			}
		}
	}
	return again
}

// checkCaught reports what an earlier catch of the same block catches already.
func (b *body) checkCaught(k *lang.HandlerEvent, caught map[string]*lang.HandlerEvent) {
	names := make([]string, 0, len(k.Errors)+1)
	for _, name := range k.Errors {
		if name.Module != nil {
			names = append(names, name.Module.Name+"."+name.Name.Name)
			continue
		}
		names = append(names, name.Name.Name)
	}
	if len(names) == 0 {
		names = append(names, "")
	}
	for _, name := range names {
		before := caught[""]
		if before == nil {
			before = caught[name]
		}
		if before == k {
			continue // `catch A | A`
		}
		if before != nil {
			b.c.caughtBefore(b.mod, k, before, name)
			return
		}
		caught[name] = k
	}
}

// observes reports whether a handler of this kind only looks on.
func observes(k lang.HandlerEvent) bool { return k.Kind != lang.Catch }

// handler lowers one handler of node n, the first of whose handlers is at end.
func (b *body) handler(n, end int, h *lang.Handler, typ *ir.Type, numbers map[string]int) (catches bool) {
	out := ir.Handler{Slot: -1, At: b.mod.pos(h.Kinds[0].Range)}
	every := false
	for _, k := range h.Kinds {
		out.Kinds |= handlerBits[k.Kind]
		every = every || k.Kind == lang.Catch && len(k.Errors) == 0
		for _, name := range k.Errors {
			if sym := b.c.errorNamed(b.mod, name); sym != nil {
				unique := sym.mod.unique(sym.name.Name)
				out.Errors = append(out.Errors, unique)
				if len(b.inlined) == 0 || b.checking { // else it is looked at where the canvas is declared
					b.caught = append(b.caught, caught{b.mod, name, unique, n, end})
				}
			}
		}
	}
	if every {
		out.Errors = nil
	}
	out.Timeout = b.handlerTimeout(h)

	outer := *b
	body := b.openBody(handlerSegment(h.Kinds[0].Kind, numbers), h.Body.Range)
	b.node(body).Eff = true
	b.handling = append(b.handling[:len(b.handling):len(b.handling)], body)
	b.scope = newScope(b.scope)
	b.round, b.growing = nil, nil
	if h.As != nil {
		out.Slot = b.bindSlot(*h.As, b.caughtType(h, out.Errors), -1, boundOther, nil).index
	}
	out.Body = body
	catch := out.Kinds&ir.HCatch != 0
	if catch {
		b.yields = &target{node: body, want: typ, at: h.Kinds[0].Range}
		if b.returns.node == n { // the result of what is returned from is what the catch yields
			b.returns = b.yields
		}
	} else {
		b.yields = &target{node: body, quiet: h.Kinds[0].Kind.String(), at: h.Kinds[0].Range}
		b.returns = b.yields
	}
	falls := b.chain(h.Body.Stmts)
	idle := b.idle(n) && len(b.yields.yields) == 0
	if catch && falls && !idle && typ.Kind != ir.KNone && typ.Kind != ir.KInvalid && typ.Kind != ir.KOptional {
		b.c.missingYield(b.mod, h.Kinds[0].Range, "catch", b.yields)
	}
	catches = catch && (falls || len(b.yields.yields) > 0)
	b.node(body).Result = typ
	if !catch || idle {
		b.node(body).Result = ir.NoneType
	}
	b.close(body)
	b.leave(&outer)
	b.handling = outer.handling
	node := b.node(n)
	node.Handlers = append(node.Handlers, out)
	return catches
}

// idle reports whether nothing can use the value of block n: it has no name, and
// is not what may win a race.
func (b *body) idle(n int) bool {
	node := b.node(n)
	return node.Name == "" && node.Parent >= 0 && b.node(node.Parent).Kind != ir.NRace
}

// handlerSegment returns what a handler adds to the ids of what is in it.
func handlerSegment(k lang.HandlerKind, numbers map[string]int) string {
	word := k.String()
	if k != lang.Catch {
		return word
	}
	numbers[word]++
	return fmt.Sprintf("%s%d", word, numbers[word])
}

// handlerTimeout reads the one option of a handler: its grace.
func (b *body) handlerTimeout(h *lang.Handler) *ir.Expr {
	if len(h.With) == 0 {
		return nil
	}
	s := &optionSet{c: b.c, mod: b.mod, env: b.expressions, on: onHandler, from: "block", out: &ir.Options{}}
	s.read(h.With)
	return s.out.Timeout
}

// caughtType returns the type of the name after `as`: the error, where there
// can be only one, else a description of the failure.
func (b *body) caughtType(h *lang.Handler, errors []string) *ir.Type {
	if slices.ContainsFunc(h.Kinds, func(k lang.HandlerEvent) bool { return k.Kind == lang.Finally }) {
		b.c.misplaced(b.mod, *h.As, "`finally` runs after success too, so it has nothing to name", "not allowed here")
		return ir.Invalid
	}
	if len(errors) == 1 && len(h.Kinds[0].Errors) == 1 {
		if sym := b.c.errorNamed(b.mod, h.Kinds[0].Errors[0]); sym != nil {
			return b.c.named(sym)
		}
	}
	return ir.FailureType
}

// undo lowers what a call says about undoing it.
func (b *body) undo(n int, call *lang.Call, callee *callableSymbol) {
	u := call.Undo
	if u == nil {
		return
	}
	if u.Call == nil {
		b.node(n).UndoNone = true
		return
	}
	x := *b.expressions()
	x.result = callee.result
	b.undoing = true
	undo := b.c.undoCall(&x, u.Call)
	b.undoing = false
	b.node(n).Undo = undo
}

// undoCall elaborates the call of an activity that undoes a step; nil if there
// is none because of a mistake that has been reported.
func (c *checker) undoCall(x *exprEnv, e lang.Expr) *ir.UndoCall {
	call, ok := e.(*lang.CallExpr)
	if !ok {
		c.undoForm(x.mod, e)
		return nil
	}
	path := calleePath(call.Fun)
	if path == nil {
		c.undoForm(x.mod, e)
		return nil
	}
	callee, ok := c.callable(x.mod, path)
	if !ok {
		return nil
	}
	if callee.activity == nil {
		c.undoNeedsActivity(x.mod, call, callee)
		return nil
	}
	args := x.args(callee, call.Args, call)
	return &ir.UndoCall{Call: ir.Call{Callee: callee.unique, Args: args}, At: x.mod.at(call)}
}
