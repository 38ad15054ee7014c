package compiler

import (
	"github.com/flowc/flowc/compiler/ir"
	"github.com/flowc/flowc/lang/diag"
)

// checker carries what the passes share: the program that is being built and
// the diagnostics so far.
type checker struct {
	prog  *ir.Program
	diags diag.List
	mods  []*module // root first
}
