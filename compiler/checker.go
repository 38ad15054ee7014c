package compiler

import (
	"github.com/flowc/flowc/compiler/ir"
	"github.com/flowc/flowc/lang/diag"
)

// checker carries what the passes share: the program that is being built and
// the diagnostics so far.
type checker struct {
	cfg        Config
	prog       *ir.Program
	diags      diag.List
	mods       []*module       // root first; prog.Sources has their texts in this order
	order      []*module       // imports before those that import them
	boundAgain map[ir.Pos]bool // nodes whose names are bound already, which has been reported
	copied     int             // nodes that are there because canvases were inlined
	idBytes    int             // length of all ids so far
	broken     error           // what ir.Check found; our own mistake
	slow       int             // constants so far that took long to compute
	constants  int             // what the constants so far weigh
	wide       wideTypes       // where the fields of large records are

	activities map[string]*callableSymbol // by unique name
	lowered    []loweredActivity          // of all modules, in order of declaration
	workflows  []*lowered                 // of all modules, in order of declaration
}

// span returns the place of p for a diagnostic.
func (c *checker) span(p ir.Pos) diag.Span {
	if p.File < 0 {
		return diag.Span{}
	}
	return c.mods[p.File].file.Source.Span(int(p.Start), int(p.End))
}

// muted runs f and drops what it reports: an inlined canvas has been checked
// where it is declared.
func (c *checker) muted(f func()) {
	kept := c.diags
	c.diags = diag.List{}
	f()
	c.diags = kept
}
