package compiler

import (
	"github.com/flowc/flowc/compiler/ir"
	"github.com/flowc/flowc/lang"
	"github.com/flowc/flowc/lang/diag"
)

// module is one parsed file with what it declares.
type module struct {
	file    *lang.File
	name    string // path relative to the root without `.flow`; "" for the root file
	key     string // path relative to the root with `.flow`, or the name in the library
	torn    bool   // it has syntax errors: what seems unused may be used in what was not understood
	broken  bool   // its import was not found: what is looked up in it is wrong, silently
	index   int32  // of its source in ir.Program.Sources
	imports map[string]*importedModule
	types   map[string]*typeSymbol     // types, enums, errors
	calls   map[string]*callableSymbol // activities, workflows, canvases
	ordered []*callableSymbol          // the same, in order of declaration
	values  map[string]*symbol         // consts and params
	guesses int                        // misspelt names so far, see guessing
	missing map[string]bool            // errors that it should declare and does not; they have been reported
	// Attributes that the file's `defaults` give to its activities and
	// workflows; nil where there are none.
	activityDefaults, workflowDefaults *lang.DefaultsDecl
}

// importedModule is the module behind the name of an import.
type importedModule struct {
	mod  *module
	decl *lang.Import
	used bool
}

// at returns the position of n in m for the IR.
func (m *module) at(n lang.Node) ir.Pos { return m.pos(n.Span()) }

// pos returns the position of r in m for the IR.
func (m *module) pos(r lang.Range) ir.Pos {
	return ir.Pos{File: m.index, Start: r.Start, End: r.End}
}

// span returns the position of n in m for a diagnostic.
func (m *module) span(n lang.Node) diag.Span { return m.file.At(n) }

// typeSymbol is a declared type. Type is nil until it has been resolved.
type typeSymbol struct {
	mod  *module
	decl lang.Decl // = *lang.TypeDecl | *lang.EnumDecl | *lang.ErrorDecl
	name lang.Ident
	typ  *ir.Type
	used bool
}

// callableSymbol is a declared activity, workflow or canvas.
type callableSymbol struct {
	mod      *module
	activity *lang.ActivityDecl // one of the two is nil
	workflow *lang.WorkflowDecl // workflow or canvas
	name     lang.Ident
	unique   string // name in the program: `extract`, `billing.charge`, `std/fs.glob`
	params   []ir.Param
	places   map[string]int // of the parameters, if they are many and have been looked up
	result   *ir.Type
	raises   []string // of an activity: unique names of errors
	used     bool
}

// symKind is what a value name stands for.
type symKind uint8

const (
	symConst symKind = iota // value known at compile time
	symParam                // program parameter
	symSlot                 // slot of a frame: a parameter, let, node, item, handler name
	symLocal                // variable of a lambda or comprehension
)

// symbol is a value name.
type symbol struct {
	kind  symKind
	name  string
	typ   *ir.Type // T: what it is when it is there; how a use sees it (T, T!, T?) is decided per use
	mod   *module
	at    lang.Range // where it is bound
	value *ir.Expr   // symConst: folded; nil until it has been asked for
	lazy  func()     // symConst: sets typ and value; nil when they are set from the start
	frame int        // symSlot
	index int        // symSlot, symLocal
	node  int        // symSlot bound by a node: its index in the workflow; else -1
	used  bool
}

// scope is a region in which names are visible. Lookups go outward.
type scope struct {
	parent *scope
	names  map[string]*symbol // nil until something is bound
}

// lookup returns the symbol that name stands for, or nil.
func (s *scope) lookup(name string) *symbol {
	for ; s != nil; s = s.parent {
		if sym := s.names[name]; sym != nil {
			return sym
		}
	}
	return nil
}

// spot is what a condition may say something about: a name, or a field of
// one. Values never change, so what was said of a spot stays true.
type spot struct {
	sym  *symbol // nil is no spot
	path string  // names of fields, each after a dot; "" is the name itself
}

// fact is what a condition says about a spot: there it has type typ.
type fact struct {
	spot
	typ *ir.Type
}
