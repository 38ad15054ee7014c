package compiler

import (
	"github.com/flowc/flowc/compiler/ir"
	"github.com/flowc/flowc/lang"
)

// typ resolves a type as written in m. What is wrong with it is reported, and
// gives the invalid type.
func (c *checker) typ(m *module, t lang.TypeExpr) *ir.Type { return ir.Invalid }
