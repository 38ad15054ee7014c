package compiler

import (
	"fmt"

	"github.com/flowc/flowc/compiler/ir"
	"github.com/flowc/flowc/lang"
	"github.com/flowc/flowc/lang/diag"
)

// checkHidden reports a call or a map without a name whose failure is absorbed:
// nobody can find out. The members of a nameless group or chain may have names,
// so those are left alone, and so are the members of a race, one of which is enough, and
// what a handler does as best it can.
func (b *body) checkHidden(n int, with []lang.Attr, handlers []lang.Handler, name string) {
	node := b.node(n)
	if !node.Explicit || node.Eff || len(handlers) > 0 || len(b.handling) > 0 || node.Options.Tolerate != nil {
		return
	}
	if p := node.Parent; p >= 0 && b.node(p).Kind == ir.NRace {
		return
	}
	for i := range with {
		if with[i].Name.Name == flagOption {
			b.c.hiddenFailure(b.mod, &with[i], name)
		}
	}
}

// flagOption is the name of the option that makes a boundary.
const flagOption = "raises_on_failure"

// whyAbsorbed returns what makes the name of sym a T!: node n may fail, as a
// flag on it or above it says.
func (c *checker) whyAbsorbed(b *body, n int, sym *symbol) []diag.Label {
	flagged, at := b.flagged(n)
	if flagged < 0 {
		return nil
	}
	text := "members may fail without failing what is around them"
	if flagged == n {
		text = "this may fail without failing what is around it"
	}
	return []diag.Label{
		{Span: c.span(at), Text: text},
		b.mod.label(sym.at, fmt.Sprintf("so this has type `%s!`, not `%s`", sym.typ, sym.typ)),
	}
}
