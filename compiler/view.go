package compiler

import (
	"slices"

	"github.com/flowc/flowc/compiler/ir"
	"github.com/flowc/flowc/lang"
	"github.com/flowc/flowc/lang/diag"
)

// How a name is seen: as a T where its user cannot run without it, else as a
// T!. Let c be the lowest block around both the node that binds the name and
// its user; while the user is being lowered, that is the lowest open node above
// the binding one. On the way from the binding node up to c's child, a node
// that may fail without stopping what is around it makes the name a T!.

// absorbed reports whether the failure of node n is hidden from what is around
// its parent. It is, if n says so itself or if n is a tolerated member of a
// group, dag or race.
func (b *body) absorbed(n int) bool {
	node := b.node(n)
	if node.Eff || node.Kind == ir.NLet { // a let fails the block that it stands in
		return false
	}
	return node.Explicit || concurrent(b.node(node.Parent).Kind)
}

// absorbedWithin reports whether sym is a T! at the end of the open block.
func (b *body) absorbedWithin(sym *symbol, block int) bool {
	for n := sym.node; n >= 0 && n != block; n = b.node(n).Parent {
		if b.absorbed(n) {
			return true
		}
	}
	return false
}

// view returns how sym is seen from here.
func (b *body) view(sym *symbol) ir.Op {
	for n := sym.node; n >= 0; {
		parent := b.node(n).Parent
		if parent < 0 {
			break
		}
		last := b.isOpen(parent)
		skips := last && b.node(parent).Kind == ir.NDag && !b.node(n).Explicit // R3 skips its users
		if b.absorbed(n) && !skips {
			return ir.OpSlotOutcome
		}
		if last {
			break
		}
		n = parent
	}
	return ir.OpSlot
}

// see returns how a use of sym sees it, and reports a use that cannot be. In a
// dag it makes the member around the use wait for the one that binds sym.
func (b *body) see(sym *symbol, at lang.Range) (op ir.Op, bad bool) {
	sym.used = true
	if sym.kind != symSlot || sym.node < 0 {
		return ir.OpSlot, false
	}
	member := b.memberOfOpen(sym.node)
	block := b.node(member).Parent
	if block >= 0 && b.inHandlerOf(block) {
		if op = b.view(sym); op == ir.OpSlot {
			op = ir.OpSlotOptional // the block may have ended before it was bound
		}
		if sym.typ.Kind == ir.KNone && op != ir.OpSlotOutcome {
			b.c.noValue(b, at, sym)
			return op, true
		}
		return op, false
	}
	if block >= 0 && concurrent(b.node(block).Kind) {
		user := b.openMember(block)
		switch {
		case user == block: // an option of the block itself; nothing is bound yet
		case b.node(block).Kind == ir.NDag:
			u := b.node(user)
			u.After = append(u.After, member)
		default:
			b.c.notYetAvailable(b, at, sym, block)
			return ir.OpSlot, true
		}
	}
	op = b.view(sym)
	if op == ir.OpSlot && sym.typ.Kind == ir.KNone {
		b.c.noValue(b, at, sym)
		return op, true
	}
	return op, false
}

// inHandlerOf reports whether a handler of the open node block is being
// lowered.
func (b *body) inHandlerOf(block int) bool {
	if len(b.handling) == 0 {
		return false
	}
	member := b.openMember(block)
	return member != block && slices.Contains(b.handling, member)
}

// memberOfOpen returns the ancestor of node n, or n itself, whose parent is
// open.
func (b *body) memberOfOpen(n int) int {
	for {
		parent := b.node(n).Parent
		if parent < 0 || b.isOpen(parent) {
			return n
		}
		n = parent
	}
}

// openMember returns the open child of the open node block, or block itself
// when that is the innermost.
func (b *body) openMember(block int) int {
	n := b.at
	for n != block && b.node(n).Parent != block {
		n = b.node(n).Parent
	}
	return n
}

// why returns what makes sym a T! here.
func (b *body) why(sym *symbol) []diag.Label {
	for n := sym.node; n >= 0; n = b.node(n).Parent {
		if b.absorbed(n) {
			return b.c.whyAbsorbed(b, n, sym)
		}
		if p := b.node(n).Parent; p < 0 || b.isOpen(p) {
			break
		}
	}
	return nil
}

// flagged returns the nearest node from n up that carries the flag, and where.
func (b *body) flagged(n int) (node int, at ir.Pos) {
	for ; n >= 0; n = b.node(n).Parent {
		if !b.node(n).Explicit {
			continue
		}
		for _, o := range b.node(n).Options.At {
			if o.Name == "raises_on_failure" {
				return n, o.At
			}
		}
	}
	return -1, ir.NoPos
}
