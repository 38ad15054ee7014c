package compiler

import (
	"github.com/flowc/flowc/compiler/ir"
	"github.com/flowc/flowc/lang"
)

func (b *body) expand(s *lang.Step, n *lang.Expand) bool {
	b.notYet(cExpand, n.Keyword)
	return b.skip(s)
}
func (b *body) loop(s *lang.Step, n *lang.Loop) bool { b.notYet(cLoop, n.Keyword); return b.skip(s) }
func (b *body) wait(s *lang.Step, n *lang.Wait) bool { b.notYet(cWait, n.Keyword); return b.skip(s) }
func (b *body) signal(s *lang.Signal)                { b.notYet(cSignal, s.Range) }
func (b *body) next(s *lang.Next)                    { b.notYet(cNext, s.Range) }
func (b *body) grow(s *lang.Grow)                    { b.notYet(cGrow, s.Range) }
func (b *body) raceValue(n int) *ir.Type             { return ir.Invalid }
func (b *body) undo(n int, call *lang.Call, callee *callableSymbol) {
	if call.Undo != nil {
		b.notYet(cUndo, call.Undo.Range)
	}
}
func (b *body) handlers(n int, hs []lang.Handler) {
	for _, h := range hs {
		b.notYet(cHandler, h.Kinds[0].Range)
	}
}
func (c *checker) undoCall(x *exprEnv, result *ir.Type, e lang.Expr) *ir.UndoCall { return nil }

// workflowOptions reads the options of a workflow, and the file's defaults.
func (b *body) workflowOptions(root int, d *lang.WorkflowDecl) {
	s := &optionSet{c: b.c, mod: b.mod, env: b.expressions, on: onWorkflow, from: "workflow", out: &ir.Options{}}
	if d.Canvas {
		s.on = onCanvas
	}
	s.read(d.With)
	if defaults := b.mod.workflowDefaults; defaults != nil && !d.Canvas {
		s.from = "defaults"
		for i := range defaults.Attrs {
			a := &defaults.Attrs[i]
			if o := optionNamed(a.Name.Name); o != nil && o.on&onWorkflow != 0 && s.written(a.Name.Name) == nil {
				s.read(defaults.Attrs[i : i+1])
			}
		}
	}
	b.node(root).Options = *s.out
	if v, ok := constantOf(s.out.VersionAt).(ir.String); ok {
		b.flow.Version = string(v)
	}
}

func checkProgram(p *ir.Program) error { return nil }
