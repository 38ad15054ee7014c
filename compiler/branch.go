package compiler

import (
	"fmt"

	"github.com/flowc/flowc/compiler/ir"
	"github.com/flowc/flowc/lang"
)

// branching is an if or switch that is being lowered.
type branching struct {
	n       int     // its node
	value   *target // what its branches yield, if it is named
	outer   body    // as it was before
	falls   bool    // some branch falls through
	ways    int     // how many do
	after   []fact  // what holds after the last branch that did
	open    bool    // a branch is missing, which has been reported: it might yield, or leave
	keyword lang.Range
	word    string
}

func (b *body) branching(kind ir.NodeKind, s *lang.Step, keyword lang.Range, word string) *branching {
	br := &branching{n: b.openStep(kind, s, keyword), outer: *b, keyword: keyword, word: word}
	if s.Name != nil {
		br.value = &target{node: br.n, at: keyword}
		b.yields = br.value
	}
	return br
}

// branch lowers one branch. facts hold in it; prepare, if not nil, is called
// in its scope before its statements are lowered.
func (b *body) branch(br *branching, segment string, block lang.Block, facts []fact, prepare func()) (body int) {
	scope, mark := b.scope, len(b.facts)
	body = b.openBody(segment, block.Range)
	b.scope = newScope(scope)
	b.facts = append(b.facts, facts...)
	if prepare != nil {
		prepare()
	}
	if b.chain(block.Stmts) {
		br.way(b.facts[len(br.outer.facts):])
	}
	b.close(body)
	b.scope, b.facts = scope, b.facts[:mark]
	return body
}

// way notes that control can get past the branching with facts holding.
func (br *branching) way(facts []fact) {
	br.falls = true
	br.ways++
	br.after = append([]fact(nil), facts...)
}

// miss notes that a branch is missing, which has been reported.
func (br *branching) miss() {
	br.open = true
	br.way(nil)
}

// finish closes a branching. partial says that no branch may be taken.
func (b *body) finish(br *branching, s *lang.Step, partial bool) (falls bool) {
	typ := ir.NoneType
	if t := br.value; t != nil && len(t.yields) > 0 {
		if br.falls && !br.open && !(partial && br.ways == 1) {
			b.c.missingYield(b.mod, br.keyword, br.word, t)
		}
		typ = b.settle(t)
		if partial {
			typ = ir.OptionalOf(typ)
		}
		br.falls = true
	}
	b.yields, b.facts = br.outer.yields, b.facts[:len(br.outer.facts)]
	if br.ways == 1 {
		b.facts = append(b.facts, br.after...)
	}
	b.closeStep(br.n, s, typ, boundBlock)
	return br.falls
}

// ifElse lowers an if.
func (b *body) ifElse(s *lang.Step, n *lang.If) (falls bool) {
	br := b.branching(ir.NIf, s, n.Keyword, "if")
	for i := range n.Branches {
		branch := &n.Branches[i]
		cond, yes, no := b.expressions().cond(branch.Cond)
		if holds, known := constantOf(b.c.fold(cond)).(ir.Bool); known {
			b.c.constantCondition(b.mod, branch.Cond, bool(holds))
		}
		segment := "then"
		if i > 0 {
			segment = fmt.Sprintf("elif%d", i+1)
		}
		body := b.branch(br, segment, branch.Body, yes, nil)
		b.addBranch(br, cond, body)
		b.facts = append(b.facts, no...) // the branches below run when this one does not
	}
	if n.Else != nil {
		b.addBranch(br, nil, b.branch(br, "else", *n.Else, nil, nil))
	} else {
		br.way(b.facts[len(br.outer.facts):])
	}
	return b.finish(br, s, n.Else == nil)
}

func (b *body) addBranch(br *branching, cond *ir.Expr, body int) {
	node := b.node(br.n)
	node.Branches = append(node.Branches, ir.Branch{Cond: cond, Body: body})
}

// newScope returns an empty scope inside outer.
func newScope(outer *scope) *scope { return &scope{parent: outer} }
