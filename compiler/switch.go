package compiler

import (
	"fmt"
	"slices"

	"github.com/flowc/flowc/compiler/ir"
	"github.com/flowc/flowc/lang"
)

// outcomeWords are the cases of a switch over a T!.
var outcomeWords = []string{"succeeded", "failed", "timed_out", "cancelled", "skipped"}

// switching is a switch that is being lowered.
type switching struct {
	*branching
	s       *lang.Switch
	subject *ir.Expr
	spot    spot     // what the subject is, if that is a spot; its cases narrow it
	all     []string // what must be handled where there is no default; nil means that a default is needed
	seen    map[string]lang.Range
}

// caseOf is one value of a case: what it matches and when.
type caseOf struct {
	key  string   // tells equal cases
	cond *ir.Expr // nil when it has been reported
	typ  *ir.Type // type of the subject there; nil means its own
}

// switchOn lowers a switch.
func (b *body) switchOn(s *lang.Step, n *lang.Switch) (falls bool) {
	sw := &switching{branching: b.branching(ir.NSwitch, s, n.Keyword, "switch"), s: n, seen: map[string]lang.Range{}}
	sw.subject = b.expressions().infer(n.Subject, nil)
	if isSecret(sw.subject.Type) {
		sw.subject = b.expressions().errSecretUsed(n.Subject, sw.subject.Type)
	}
	sw.spot = b.expressions().spot(n.Subject)
	sw.all = casesOf(sw.subject.Type)

	otherwise := -1
	for i := range n.Cases {
		c := &n.Cases[i]
		if c.Default {
			if otherwise >= 0 {
				b.c.secondDefault(b.mod, c)
				continue
			}
			otherwise = b.branch(sw.branching, "default", c.Body, sw.rest(), nil)
			continue
		}
		b.switchCase(sw, c, i+1)
	}
	missed := sw.missed()
	switch {
	case otherwise >= 0:
		b.addBranch(sw.branching, nil, otherwise)
		if sw.all != nil && len(missed) == 0 && !bad(sw.subject) {
			b.c.needlessDefault(b.mod, n)
		}
	case bad(sw.subject):
	case sw.all == nil:
		b.c.switchNeedsDefault(b.mod, n, sw.subject.Type)
		sw.miss()
	case len(missed) > 0:
		b.c.missingCases(b.mod, n, sw.subject.Type, missed)
		sw.miss()
	}
	return b.finish(sw.branching, s, false)
}

// rest returns what is known in the default: where another case handles none,
// the subject is there.
func (sw *switching) rest() []fact {
	if sw.spot.sym == nil || sw.subject.Type.Kind != ir.KOptional {
		return nil
	}
	for i := range sw.s.Cases {
		for _, v := range sw.s.Cases[i].Values {
			if lit, ok := v.(*lang.Lit); ok && lit.Kind == lang.NoneLit {
				return []fact{{sw.spot, sw.subject.Type.Elem}}
			}
		}
	}
	return nil
}

// casesOf returns the keys of all values of type t, nil if they cannot be
// listed.
func casesOf(t *ir.Type) []string {
	switch t.Kind {
	case ir.KBool:
		return []string{"true", "false"}
	case ir.KEnum:
		return t.Decl.Members
	case ir.KUnion:
		var names []string
		for _, m := range t.Decl.Union {
			names = append(names, m.Decl.Name)
		}
		return names
	case ir.KOutcome:
		return outcomeWords
	case ir.KOptional:
		if inner := casesOf(t.Elem); inner != nil {
			return append(slices.Clone(inner), "none")
		}
	}
	return nil
}

// missed returns the cases that no one handles.
func (sw *switching) missed() []string {
	var missed []string
	for _, key := range sw.all {
		if _, ok := sw.seen[key]; !ok {
			missed = append(missed, key)
		}
	}
	return missed
}

// switchCase lowers one case.
func (b *body) switchCase(sw *switching, c *lang.Case, number int) {
	var cond *ir.Expr
	var values []caseOf
	for _, v := range c.Values {
		one := b.caseValue(sw, v)
		if one.cond == nil {
			continue
		}
		if before, ok := sw.seen[one.key]; ok {
			b.c.caseTwice(b.mod, v, before)
		}
		sw.seen[one.key] = v.Span()
		values = append(values, one)
		if cond == nil {
			cond = one.cond
		} else {
			cond = &ir.Expr{Op: ir.OpOr, Type: ir.BoolType, Args: []*ir.Expr{cond, one.cond}, At: cond.At}
		}
	}
	if cond == nil {
		cond = invalidExpr
	}
	typ := sw.typeIn(values)
	var facts []fact
	if sw.spot.sym != nil && typ != sw.subject.Type && sw.subject.Type.Kind != ir.KOutcome {
		facts = []fact{{sw.spot, typ}}
	}
	body := b.branch(sw.branching, fmt.Sprintf("case%d", number), c.Body, facts, func() {
		if c.As != nil {
			b.bindCase(sw, *c.As, typ)
		}
	})
	b.addBranch(sw.branching, cond, body)
}

// typeIn returns the type of the subject where one of the values matches.
func (sw *switching) typeIn(values []caseOf) *ir.Type {
	var typ *ir.Type
	for _, v := range values {
		switch {
		case v.typ == nil:
			return sw.subject.Type
		case typ == nil || ir.Identical(typ, v.typ):
			typ = v.typ
		default:
			return sw.subject.Type
		}
	}
	if typ == nil {
		return ir.Invalid
	}
	return typ
}

// caseValue elaborates one value of a case.
func (b *body) caseValue(sw *switching, v lang.Expr) caseOf {
	subject := sw.subject.Type
	if bad(sw.subject) {
		if !isName(v) {
			b.expressions().infer(v, nil)
		}
		return caseOf{}
	}
	if subject.Kind == ir.KOutcome {
		return b.outcomeCase(sw, v)
	}
	inner := plain(subject)
	typ := inner
	if inner == subject {
		typ = nil
	}
	switch name := v.(type) {
	case *lang.Name:
		if inner.Kind == ir.KEnum {
			if !slices.Contains(inner.Decl.Members, name.Name) {
				b.c.unknownMember(b.mod, name.Range, name.Name, inner)
				return caseOf{}
			}
			return caseOf{name.Name, b.equals(sw, v, constExpr(inner, ir.String(name.Name))), typ}
		}
	case *lang.TypeName:
		if inner.Kind == ir.KUnion {
			return b.unionCase(sw, name, inner)
		}
	}
	value := b.expressions().expr(v, subject)
	if bad(value) {
		return caseOf{}
	}
	known := constantIn(value)
	if known == nil {
		b.c.caseNotConstant(b.mod, v)
		return caseOf{}
	}
	if known == (ir.None{}) {
		return caseOf{"none", b.equals(sw, v, value), ir.NoneType}
	}
	return caseOf{caseKey(known), b.equals(sw, v, value), typ}
}

// constantIn returns the value of a constant, perhaps converted; else nil.
func constantIn(e *ir.Expr) ir.Value {
	for e.Op == ir.OpConvert {
		e = e.Args[0]
	}
	if e.Op == ir.OpConst {
		return e.Value
	}
	return nil
}

// caseKey returns what tells a constant from others of its type.
func caseKey(v ir.Value) string {
	switch v := v.(type) {
	case ir.String:
		return string(v)
	case ir.Bool:
		if v {
			return "true"
		}
		return "false"
	}
	return fmt.Sprint(v)
}

func isName(e lang.Expr) bool {
	switch e.(type) {
	case *lang.Name, *lang.TypeName:
		return true
	}
	return false
}

func (b *body) equals(sw *switching, at lang.Expr, value *ir.Expr) *ir.Expr {
	return &ir.Expr{Op: ir.OpEq, Type: ir.BoolType, Args: []*ir.Expr{sw.subject, value}, At: b.mod.at(at)}
}

// unionCase is a case that names a member of a union.
func (b *body) unionCase(sw *switching, name *lang.TypeName, union *ir.Type) caseOf {
	sym := b.c.typeNamed(b.mod, name.Module, lang.Ident{Range: name.Range, Name: name.Name})
	if sym == nil {
		return caseOf{}
	}
	typ := b.c.named(sym)
	for _, m := range union.Decl.Union {
		if m.Decl == typ.Decl {
			is := &ir.Expr{Op: ir.OpIs, Type: ir.BoolType, Name: m.Decl.Name, Args: []*ir.Expr{sw.subject}, At: b.mod.at(name)}
			return caseOf{m.Decl.Name, is, m}
		}
	}
	if !bad(&ir.Expr{Type: typ}) {
		b.c.unknownMember(b.mod, name.Range, name.Name, union)
	}
	return caseOf{}
}

// outcomeCase is a case that names how a node ended.
func (b *body) outcomeCase(sw *switching, v lang.Expr) caseOf {
	name, ok := v.(*lang.Name)
	if !ok || !slices.Contains(outcomeWords, name.Name) {
		b.c.notAnOutcome(b.mod, v, sw.subject.Type)
		return caseOf{}
	}
	status := &ir.Expr{Op: ir.OpField, Type: ir.StringType, Name: "status", Args: []*ir.Expr{sw.subject}, At: b.mod.at(v)}
	cond := &ir.Expr{
		Op: ir.OpEq, Type: ir.BoolType, At: b.mod.at(v),
		Args: []*ir.Expr{status, constExpr(ir.StringType, ir.String(name.Name))},
	}
	switch name.Name {
	case "succeeded":
		return caseOf{name.Name, cond, sw.subject.Type.Elem}
	case "failed", "timed_out":
		return caseOf{name.Name, cond, ir.FailureType}
	}
	return caseOf{name.Name, cond, nil}
}

// bindCase binds what a case has matched, which has type typ there.
func (b *body) bindCase(sw *switching, name lang.Ident, typ *ir.Type) {
	n := b.open(ir.NLet, name.Range, name.Range)
	value := sw.subject
	switch subject := sw.subject.Type; {
	case subject.Kind == ir.KOutcome && typ == ir.FailureType:
		value = optionalField(sw.subject, "error", typ)
	case subject.Kind == ir.KOutcome && typ == subject.Elem:
		if typ.Kind == ir.KNone {
			b.c.succeededWithout(b.mod, name)
			typ = ir.Invalid
		}
		value = optionalField(sw.subject, "value", typ)
	case typ != subject:
		value = &ir.Expr{Op: ir.OpConvert, Type: typ, Args: []*ir.Expr{sw.subject}, At: sw.subject.At}
	}
	b.node(n).Value, b.node(n).Result = value, typ
	b.close(n)
	b.bind(name, typ, n, boundOther, nil)
}

// optionalField reads a field of an outcome that is known to be there.
func optionalField(outcome *ir.Expr, name string, typ *ir.Type) *ir.Expr {
	field := &ir.Expr{Op: ir.OpField, Type: ir.OptionalOf(typ), Name: name, Args: []*ir.Expr{outcome}, At: outcome.At}
	return convertTo(field, typ)
}

// convertTo returns e, which is known to be a typ here, as one.
func convertTo(e *ir.Expr, typ *ir.Type) *ir.Expr {
	if ir.Identical(e.Type, typ) {
		return e
	}
	return &ir.Expr{Op: ir.OpConvert, Type: typ, Args: []*ir.Expr{e}, At: e.At}
}
