package compiler

import (
	"slices"

	"github.com/flowc/flowc/compiler/ir"
	"github.com/flowc/flowc/lang"
	"github.com/flowc/flowc/lang/diag"
)

// Config says where the files of a program are. The zero Config is the file
// system, with the folder of the compiled file as the project's root.
type Config struct {
	// Root is the folder that imports may not leave; "" means the folder of
	// the compiled file.
	Root string
	// Read returns the text of a file; nil means os.ReadFile.
	Read func(path string) ([]byte, error)
	// Std returns the source of a module of the library, such as "std/fs",
	// and whether there is one; nil means none.
	Std func(name string) ([]byte, bool)
	// Analyze returns what it finds in a program that has no errors; files are
	// its sources, as positions count them. nil means nothing. Comments that
	// allow warnings apply to these as to any other.
	Analyze func(p *ir.Program, files []*diag.Source) []diag.Diagnostic
	// Verify makes every pass prove that it left a sound program. It is for
	// tests: a violation is a bug of the compiler.
	Verify bool
}

// Result is what came of a compilation.
type Result struct {
	Program *ir.Program  // nil if there were errors
	Diags   *diag.List   // every finding, also of imported files
	Files   []*lang.File // the compiled file first, then its imports, each once
	Bug     error        // what Config.Verify has found; nil unless the compiler is wrong
}

// Shown returns the program as people are told of it: its sources have the names
// of the files as the caller knows them, which depend on where the caller is. A
// program that is kept is [Result.Program], which does not.
func (r *Result) Shown() *ir.Program {
	if r.Program == nil {
		return nil
	}
	p := *r.Program
	p.Sources = slices.Clone(p.Sources)
	for k := range min(len(p.Sources), len(r.Files)) {
		p.Sources[k].Name = r.Files[k].Source.Name
	}
	return &p
}

// Compile turns the file src, with what it imports, into a program. It reports
// everything that it finds wrong, and always returns.
func Compile(src *diag.Source, cfg Config) *Result {
	c := &checker{cfg: cfg, prog: &ir.Program{}}
	c.load(src)         // parse the file and, recursively, its imports
	c.declare()         // collect the names of each module
	c.resolve()         // types, then constants, parameters and signatures
	c.lowerWorkflows()  // check bodies, and lower them to nodes
	c.lowerActivities() // check attributes: they need the signatures only
	c.runPasses()       // from nodes to a program: order, ids, constants
	c.lowerTests()      // tests and properties, which name nodes by their ids
	c.reportUnused()    // imports that nothing has used
	c.analyze()         // what the caller wants to know of the whole
	c.applyAllows()     // `# flow:allow` comments
	return c.result()
}

// analyze adds the findings of the analysis that the caller gave.
func (c *checker) analyze() {
	if c.cfg.Analyze == nil || c.diags.HasErrors() || c.broken != nil {
		return
	}
	files := make([]*diag.Source, len(c.mods))
	for i, m := range c.mods {
		files[i] = m.file.Source
	}
	for _, d := range c.cfg.Analyze(c.prog, files) {
		c.diags.Add(d)
	}
}

// result returns what c has found and, if that is no error, made.
func (c *checker) result() *Result {
	r := &Result{Diags: &c.diags}
	for _, m := range c.mods {
		r.Files = append(r.Files, m.file)
	}
	if r.Bug = c.broken; !c.diags.HasErrors() && r.Bug == nil {
		r.Program = c.prog
	}
	return r
}
