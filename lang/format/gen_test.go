package format_test

import (
	"fmt"
	"strconv"

	"pgregory.net/rapid"

	"github.com/flowc/flowc/lang"
)

// gen draws random trees: whatever the grammar can make, with names from small
// sets and depth bounded, whether it means anything or not.
type gen struct{ *rapid.T }

func (g gen) n(limit int) int { return rapid.IntRange(0, limit-1).Draw(g.T, "n") }

// one reports true once in n.
func (g gen) one(n int) bool { return g.n(n) == 0 }

func pick[T any](g gen, of ...T) T { return of[g.n(len(of))] }

func some[T any](g gen, low, high int, f func() T) []T {
	n := low + g.n(high-low+1)
	if n == 0 {
		return nil
	}
	all := make([]T, n)
	for i := range all {
		all[i] = f()
	}
	return all
}

func maybe[T any](g gen, f func() T) (t T) {
	if g.one(2) {
		return f()
	}
	return t
}

func ptr[T any](t T) *T { return &t }

var (
	lowers = []string{"a", "parts", "row", "clean", "report_of_the_day", "x1", "type", "run", "item"}
	uppers = []string{"Row", "Partition", "BadPartition", "T", "Failure"}
)

func (g gen) ident() lang.Ident { return lang.Ident{Name: pick(g, lowers...)} }
func (g gen) upper() lang.Ident { return lang.Ident{Name: pick(g, uppers...)} }
func (g gen) label() lang.Ident {
	if g.one(6) {
		return lang.Ident{Name: pick(g, "map", "with", "in", "else")}
	}
	return g.ident()
}

func (g gen) path() []lang.Ident { return some(g, 1, 2, g.ident) }

func (g gen) file() *lang.File {
	return &lang.File{
		Imports: some(g, 0, 2, func() *lang.Import {
			return &lang.Import{Path: g.plain(), As: maybe(g, func() *lang.Ident { return ptr(g.ident()) })}
		}),
		Decls: some(g, 0, 4, g.decl),
	}
}

func (g gen) doc() string { return pick(g, "", "", "what it is", "two\nlines") }

func (g gen) decl() lang.Decl {
	switch g.n(8) {
	case 0:
		d := &lang.TypeDecl{Doc: g.doc(), Name: g.upper()}
		if g.one(2) {
			d.Fields = g.record(2)
		} else {
			d.Union = some(g, 1, 3, func() lang.TypeExpr { return g.typ(2) })
			if _, ok := d.Union[0].(*lang.RecordType); ok {
				d.Union = d.Union[:1]
			}
		}
		return d
	case 1:
		return &lang.EnumDecl{Doc: g.doc(), Name: g.upper(), Names: some(g, 0, 4, g.ident)}
	case 2:
		return &lang.ErrorDecl{Doc: g.doc(), Name: g.upper(), Fields: maybe(g, func() *lang.RecordType { return g.record(2) })}
	case 3:
		d := &lang.ValueDecl{Doc: g.doc(), Name: g.ident(), Type: maybe(g, func() lang.TypeExpr { return g.typ(2) }), Param: g.one(2)}
		if !d.Param || d.Type == nil || g.one(2) {
			d.Value = g.expr(0, 3)
		}
		return d
	case 4:
		return &lang.DefaultsDecl{Of: lang.Ident{Name: pick(g, "activity", "workflow")}, Attrs: some(g, 0, 4, g.attr)}
	case 5:
		return &lang.ActivityDecl{Doc: g.doc(), Name: g.ident(), Params: some(g, 0, 3, g.param), Result: g.optType(),
			Raises: some(g, 0, 2, g.errorName), Attrs: some(g, 0, 4, g.attr)}
	case 6:
		return &lang.WorkflowDecl{Doc: g.doc(), Canvas: g.one(2), Name: g.ident(), Params: some(g, 0, 3, g.param), Result: g.optType(),
			With: g.with(), Body: g.block(3), Handlers: g.handlers(2)}
	}
	return &lang.TestDecl{Property: g.one(2), Name: g.plain(), Stmts: some(g, 0, 4, g.testStmt)}
}

func (g gen) attr() lang.Attr { return lang.Attr{Name: g.label(), Value: g.expr(0, 3)} }

func (g gen) param() lang.Param {
	return lang.Param{Name: g.ident(), Type: g.typ(2), Default: maybe(g, func() lang.Expr { return g.expr(0, 2) })}
}

func (g gen) errorName() lang.ErrorName {
	e := lang.ErrorName{Name: g.upper()}
	if g.one(3) {
		e.Module = ptr(g.ident())
	}
	return e
}

func (g gen) optType() lang.TypeExpr { return maybe(g, func() lang.TypeExpr { return g.typ(2) }) }

func (g gen) typ(depth int) lang.TypeExpr {
	if depth == 0 {
		return &lang.NamedType{Name: pick(g, g.upper(), lang.Ident{Name: "int"})}
	}
	switch g.n(7) {
	case 0:
		return &lang.ListType{Elem: g.typ(depth - 1), Bound: maybe(g, g.bound)}
	case 1:
		return g.record(depth - 1)
	case 2:
		return &lang.SuffixType{Elem: g.typ(depth - 1), Outcome: g.one(2)}
	case 3:
		return &lang.NamedType{Name: lang.Ident{Name: pick(g, "map", "ref", "secret")}, Arg: g.typ(depth - 1)}
	case 4:
		return &lang.NamedType{Name: lang.Ident{Name: pick(g, "int", "string")}, Bound: g.bound()}
	case 5:
		return &lang.NamedType{Module: ptr(g.ident()), Name: g.upper()}
	}
	return g.typ(0)
}

func (g gen) record(depth int) *lang.RecordType {
	return &lang.RecordType{Fields: some(g, 0, 3, func() lang.FieldDecl {
		f := lang.FieldDecl{Name: g.label(), Type: g.typ(depth)}
		if depth == 2 {
			f.Doc = g.doc() // of a declaration
		}
		return f
	})}
}

func (g gen) bound() *lang.Bound {
	b := &lang.Bound{Op: pick(g, lang.OpRange, lang.OpLe, lang.OpLt, lang.OpGe, lang.OpGt, lang.OpEq), Hi: g.expr(additive, 1)}
	if b.Op == lang.OpRange {
		b.Lo = g.expr(additive, 1)
	}
	return b
}

func (g gen) plain() lang.StringLit {
	s := lang.StringLit{}
	if text := pick(g, "", "text", "std/fs", "./a.flow", `quote " and \ and $`, "é\t\n\u0001"); text != "" {
		s.Parts = []lang.StringPart{{Text: text}}
	}
	return s
}

func (g gen) str(depth int) *lang.StringLit {
	s := g.plain()
	for range g.n(3) {
		s.Parts = append(s.Parts, lang.StringPart{Expr: g.expr(0, depth), Format: pick(g, "", "", "%Y/%m")})
		if g.one(2) {
			s.Parts = append(s.Parts, lang.StringPart{Text: "-and-"})
		}
	}
	return &s
}

func (g gen) lit() *lang.Lit {
	return pick(g,
		&lang.Lit{Kind: lang.IntLit, Text: "1_000", Int: 1000},
		&lang.Lit{Kind: lang.FloatLit, Text: "2.5", Num: 2.5},
		&lang.Lit{Kind: lang.BoolLit, Text: "true", Int: 1},
		&lang.Lit{Kind: lang.NoneLit, Text: "none"},
		&lang.Lit{Kind: lang.DurationLit, Text: "1m30s", Int: 90_000_000_000},
		&lang.Lit{Kind: lang.SizeLit, Text: "64B", Int: 64},
		&lang.Lit{Kind: lang.PercentLit, Text: "10%", Num: 10},
		&lang.Lit{Kind: lang.DateLit, Text: "1970-01-02", Int: 1},
		&lang.Lit{Kind: lang.TimeLit, Text: "1970-01-01T00:01Z", Int: 60_000_000_000})
}

// The levels of precedence, loosest first.
const (
	anything = iota
	disjunction
	conjunction
	negation
	comparison
	coalescing
	ranging
	additive
	multiplicative
	unary
	cast
	postfix
)

var operators = [][]lang.Op{
	disjunction:    {lang.OpOr},
	conjunction:    {lang.OpAnd},
	comparison:     {lang.OpEq, lang.OpNe, lang.OpLt, lang.OpLe, lang.OpGt, lang.OpGe, lang.OpIn},
	coalescing:     {lang.OpCoalesce},
	ranging:        {lang.OpRange},
	additive:       {lang.OpAdd, lang.OpSub},
	multiplicative: {lang.OpMul, lang.OpDiv, lang.OpRem},
}

// expr draws an expression that binds as tightly as level, in parentheses if
// it does not by itself.
func (g gen) expr(level, depth int) lang.Expr {
	if depth == 0 {
		return pick[lang.Expr](g, g.lit(), &lang.Name{Name: g.ident().Name}, &lang.TypeName{Name: g.upper().Name}, &lang.TypeName{Module: ptr(g.ident()), Name: g.upper().Name})
	}
	got := g.n(postfix + 6)
	e := g.exprOf(got, depth-1)
	if got < level {
		return &lang.Paren{X: e}
	}
	return e
}

func (g gen) exprOf(level, depth int) lang.Expr {
	switch level {
	case anything:
		return &lang.IfExpr{Cond: g.expr(0, depth), Then: g.expr(0, depth), Else: g.expr(0, depth)}
	case negation:
		return &lang.Unary{Op: lang.OpNot, X: g.expr(negation, depth)}
	case unary:
		return &lang.Unary{Op: lang.OpSub, X: g.expr(unary, depth)}
	case cast:
		return &lang.As{X: g.expr(cast, depth), Type: g.castType()}
	case postfix:
		return g.suffixed(depth)
	case postfix + 1:
		return &lang.ListLit{Elems: some(g, 0, 3, func() lang.Expr { return g.expr(0, depth) })}
	case postfix + 2:
		return &lang.Comprehension{Item: g.ident(), List: g.expr(0, depth), Value: g.expr(0, depth),
			Cond: maybe(g, func() lang.Expr { return g.expr(0, depth) })}
	case postfix + 3:
		return &lang.RecordLit{Type: lang.TypeName{Name: g.upper().Name}, Fields: some(g, 0, 3, func() lang.FieldInit { return g.fieldInit(depth) })}
	case postfix + 4:
		return &lang.MapLit{Entries: some(g, 0, 3, func() lang.MapEntry { return g.mapEntry(depth) })}
	case postfix + 5:
		return g.str(depth)
	}
	if level == comparison && g.one(4) {
		return &lang.Is{X: g.expr(coalescing, depth), Type: g.castType()}
	}
	return &lang.Binary{Op: pick(g, operators[level]...), X: g.expr(level, depth), Y: g.expr(level+1, depth)}
}

// castType draws a type that may stand before an operator.
func (g gen) castType() lang.TypeExpr {
	return pick[lang.TypeExpr](g, g.typ(0), &lang.ListType{Elem: g.typ(1)}, &lang.SuffixType{Elem: g.typ(0), Outcome: g.one(2)}, &lang.NamedType{Name: lang.Ident{Name: "map"}, Arg: g.typ(1)})
}

func (g gen) suffixed(depth int) lang.Expr {
	x := g.expr(postfix, depth)
	switch g.n(4) {
	case 0:
		return &lang.Field{X: operandOf(x), Name: g.label()}
	case 1:
		return &lang.Index{X: x, I: g.expr(0, depth)}
	case 2:
		return &lang.Optional{X: x}
	}
	return &lang.CallExpr{Fun: pick[lang.Expr](g, &lang.Name{Name: g.ident().Name}, &lang.Field{X: operandOf(x), Name: g.label()}), Args: g.args(depth)}
}

// operandOf puts in parentheses what reads otherwise before a `.`.
func operandOf(x lang.Expr) lang.Expr {
	if l, ok := x.(*lang.Lit); ok && l.Kind != lang.BoolLit && l.Kind != lang.NoneLit {
		return &lang.Paren{X: x}
	}
	return x
}

func (g gen) args(depth int) []lang.Arg {
	return some(g, 0, 3, func() lang.Arg {
		a := lang.Arg{Name: maybe(g, func() *lang.Ident { return ptr(g.label()) })}
		if g.one(6) {
			a.Value = &lang.Lambda{Param: g.ident(), Body: g.expr(0, depth)}
		} else {
			a.Value = g.expr(0, depth)
		}
		return a
	})
}

func (g gen) fieldInit(depth int) lang.FieldInit {
	name := g.ident()
	if g.one(3) {
		return lang.FieldInit{Name: name, Short: true, Value: &lang.Name{Name: name.Name}}
	}
	return lang.FieldInit{Name: g.label(), Value: g.expr(0, depth)}
}

func (g gen) mapEntry(depth int) lang.MapEntry {
	name := &lang.Name{Name: g.ident().Name}
	if g.one(4) {
		return lang.MapEntry{Key: name, Short: true, Value: &lang.Name{Name: name.Name}}
	}
	return lang.MapEntry{Key: pick[lang.Expr](g, name, ptr(g.plain()), g.count()), Value: g.expr(0, depth)}
}

// header draws an expression that may stand before a `{`.
func (g gen) header() lang.Expr {
	switch e := g.expr(0, 2).(type) {
	case *lang.Paren, *lang.Name, *lang.Lit, *lang.StringLit, *lang.ListLit, *lang.CallExpr, *lang.Index:
		if c, ok := e.(*lang.CallExpr); ok {
			c.Fun = &lang.Name{Name: "f"}
		}
		if i, ok := e.(*lang.Index); ok {
			i.X = &lang.Name{Name: "list"}
		}
		return e
	default:
		x := &lang.Paren{X: e}
		return &lang.Binary{Op: pick(g, lang.OpAdd, lang.OpAnd), X: x, Y: &lang.Field{X: &lang.Name{Name: "a"}, Name: g.ident()}}
	}
}

func (g gen) with() []lang.Attr {
	return some(g, 0, 3, func() lang.Attr { return lang.Attr{Name: g.label(), Value: g.header()} })
}

func (g gen) block(depth int) lang.Block {
	return lang.Block{Stmts: some(g, 0, 3, func() lang.Stmt { return g.stmt(depth) })}
}

func (g gen) stmt(depth int) lang.Stmt {
	switch g.n(12) {
	case 0:
		return &lang.Signal{Name: g.ident(), Params: some(g, 0, 2, g.param)}
	case 1:
		return &lang.Let{Name: g.ident(), Value: g.expr(0, 3)}
	case 2:
		r := &lang.Result{Yield: g.one(2)}
		if g.one(2) {
			r.Value = g.expr(0, 3)
		}
		if g.one(3) {
			r.Value = &lang.CallExpr{Fun: &lang.Name{Name: "f"}, Args: g.args(1)}
			r.With, r.Undo, r.Handlers = g.with(), g.undo(), g.handlers(depth-1)
		}
		return r
	case 3:
		return &lang.Next{Value: g.expr(0, 2)}
	case 4:
		return &lang.Grow{Value: g.expr(0, 2)}
	case 5:
		return &lang.Raise{Value: g.expr(0, 2)}
	}
	return &lang.Step{Name: maybe(g, func() *lang.Ident { return ptr(g.ident()) }), Node: g.node(depth)}
}

func (g gen) node(depth int) lang.FlowNode {
	if depth <= 0 {
		return g.call(0)
	}
	depth--
	switch g.n(9) {
	case 0:
		return &lang.Group{Kind: pick(g, lang.Chain, lang.Parallel, lang.Dag, lang.Race), With: g.with(), Body: g.block(depth), Handlers: g.handlers(depth)}
	case 1:
		return &lang.Map{Item: g.ident(), Index: maybe(g, func() *lang.Ident { return ptr(g.ident()) }), List: g.header(),
			By: maybe(g, g.header), With: g.with(), Body: g.block(depth), Handlers: g.handlers(depth)}
	case 2:
		return &lang.Expand{Item: g.ident(), List: g.header(), By: g.header(), With: g.with(), Body: g.block(depth), Handlers: g.handlers(depth)}
	case 3:
		l := &lang.Loop{While: maybe(g, g.header), With: g.with(), Body: g.block(depth), Handlers: g.handlers(depth)}
		if g.one(2) {
			l.Acc, l.Init = ptr(g.ident()), g.header()
		}
		return l
	case 4:
		return &lang.Wait{Until: g.one(2), What: g.header(), For: maybe(g, g.header),
			Else: maybe(g, func() lang.Stmt { return &lang.Raise{Value: g.expr(0, 2)} })}
	case 5:
		return &lang.If{Branches: some(g, 1, 3, func() lang.Branch { return lang.Branch{Cond: g.header(), Body: g.block(depth)} }),
			Else: maybe(g, func() *lang.Block { return ptr(g.block(depth)) })}
	case 6:
		return &lang.Switch{Subject: g.header(), Cases: some(g, 0, 3, func() lang.Case { return g.switchCase(depth) })}
	}
	return g.call(depth)
}

func (g gen) switchCase(depth int) lang.Case {
	c := lang.Case{Default: g.one(3), Braces: g.one(2)}
	if !c.Default {
		c.Values = some(g, 1, 3, func() lang.Expr { return g.expr(postfix, 1) })
		c.As = maybe(g, func() *lang.Ident { return ptr(g.ident()) })
	}
	if c.Braces {
		c.Body = g.block(depth)
	} else {
		c.Body.Stmts = []lang.Stmt{g.stmt(depth)}
	}
	return c
}

func (g gen) call(depth int) *lang.Call {
	return &lang.Call{Detach: g.one(6), Callee: g.path(), Args: g.args(2), With: g.with(), Undo: g.undo(), Handlers: g.handlers(depth)}
}

func (g gen) undo() *lang.Undo {
	switch g.n(5) {
	case 0:
		return &lang.Undo{}
	case 1:
		return &lang.Undo{Call: &lang.CallExpr{Fun: &lang.Name{Name: "f"}, Args: g.args(1)}}
	}
	return nil
}

func (g gen) handlers(depth int) []lang.Handler {
	if depth <= 0 || !g.one(3) {
		return nil
	}
	return some(g, 1, 2, func() lang.Handler {
		return lang.Handler{Kinds: some(g, 1, 2, g.event), As: maybe(g, func() *lang.Ident { return ptr(g.ident()) }), With: g.with(), Body: g.block(depth - 1)}
	})
}

func (g gen) event() lang.HandlerEvent {
	e := lang.HandlerEvent{Kind: pick(g, lang.Catch, lang.OnFailure, lang.OnCancel, lang.Finally)}
	if e.Kind == lang.Catch {
		e.Errors = some(g, 0, 2, g.errorName)
	}
	return e
}

func (g gen) duration() lang.Expr {
	n := 1 + g.n(9)
	return &lang.Lit{Kind: lang.DurationLit, Text: fmt.Sprintf("%ds", n), Int: int64(n) * 1_000_000_000}
}

func (g gen) count() lang.Expr {
	n := 1 + g.n(9)
	return &lang.Lit{Kind: lang.IntLit, Text: strconv.Itoa(n), Int: int64(n)}
}

func (g gen) testStmt() lang.TestStmt {
	switch g.n(4) {
	case 0:
		return g.mock()
	case 1:
		return &lang.ForEvery{Kind: lang.Ident{Name: pick(g, "failure", "cancel")}, In: g.path()}
	case 2:
		return &lang.RunStmt{Callee: g.path(), Args: g.args(2), With: g.with(), Events: some(g, 0, 2, g.runEvent)}
	}
	return g.expect()
}

func (g gen) mock() *lang.Mock {
	if g.one(5) {
		return &lang.Mock{Any: true, Kind: lang.MockAuto}
	}
	m := &lang.Mock{Callee: g.path(), Params: some(g, 0, 2, g.ident), When: maybe(g, g.header),
		Kind:  pick(g, lang.MockValue, lang.MockAuto, lang.MockRaises, lang.MockHangs),
		After: maybe(g, g.duration), Times: maybe(g, g.count)}
	if m.Kind == lang.MockValue || m.Kind == lang.MockRaises {
		m.Value = g.expr(0, 2)
	}
	return m
}

func (g gen) runEvent() lang.RunEvent {
	if g.one(2) {
		return lang.RunEvent{At: g.duration(), Kind: lang.Ident{Name: "cancel"}, Path: maybe(g, func() *lang.StringLit { return ptr(g.plain()) })}
	}
	return lang.RunEvent{At: g.duration(), Kind: lang.Ident{Name: "signal"}, Signal: ptr(g.ident()),
		Value: maybe(g, func() lang.Expr {
			return &lang.MapLit{Entries: some(g, 0, 2, func() lang.MapEntry { return g.mapEntry(1) })}
		})}
}

func (g gen) expect() *lang.Expect {
	switch g.n(6) {
	case 0:
		e := &lang.Expect{Kind: lang.ExpectStatus, Status: lang.Ident{Name: pick(g, "succeeded", "failed", "cancelled", "timed_out")}}
		if e.Status.Name == "failed" && g.one(2) {
			e.Error = ptr(g.errorName())
		}
		return e
	case 1:
		return &lang.Expect{Kind: lang.ExpectExpr, Value: &lang.Binary{Op: lang.OpEq, X: &lang.Name{Name: "result"}, Y: g.expr(additive, 2)}}
	case 2:
		e := &lang.Expect{Kind: lang.ExpectNever, Callee: g.path(), HasArgs: g.one(2)}
		if e.HasArgs {
			e.Args = g.args(1)
		}
		return e
	case 3:
		return &lang.Expect{Kind: lang.ExpectCalls, Callee: g.path(), Args: g.args(1), HasArgs: true, Value: maybe(g, g.count)}
	case 4:
		return &lang.Expect{Kind: lang.ExpectOrder, Value: &lang.ListLit{Elems: some(g, 0, 2, func() lang.Expr { return &lang.Name{Name: g.ident().Name} })}}
	}
	return &lang.Expect{Kind: pick(g, lang.ExpectFailed, lang.ExpectCancelled), Nodes: some(g, 1, 3, func() lang.StringLit {
		return lang.StringLit{Parts: []lang.StringPart{{Text: pick(g, "etl/rows[3]/extract", "w/a")}}}
	})}
}
