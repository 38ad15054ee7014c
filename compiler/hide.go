package compiler

import (
	"fmt"

	"github.com/flowc/flowc/lang"
	"github.com/flowc/flowc/lang/diag"
)

// checkHidden reports a call without a name whose failure is absorbed: nobody
// can find out.
func (b *body) checkHidden(n int, call *lang.Call) {
	node := b.node(n)
	if !node.Explicit || node.Eff || len(call.Handlers) > 0 {
		return
	}
	for i := range call.With {
		if call.With[i].Name.Name == flagOption {
			b.c.hiddenFailure(b.mod, call.With[i], joined(call.Callee[len(call.Callee)-1:]))
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
