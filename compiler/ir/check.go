package ir

import "fmt"

// Check reports the first rule of this package that p breaks, naming the node
// and the rule; nil means that p is sound. The compiler runs it after every
// pass: a violation is a bug of ours. Programs that come from files are
// checked too, so nothing is taken for granted here, and everything that
// works on a checked program may.
func Check(p *Program) error {
	c := checker{
		p: p, types: map[*Type]bool{}, decls: map[*TypeDecl]bool{FailureDecl: true},
		activities: map[string]*Activity{}, workflows: map[string]*Workflow{},
		params: map[string]bool{}, errors: map[string]bool{},
	}
	c.program()
	return c.err
}

// A CheckError is a rule that a program breaks.
type CheckError struct {
	Where string // `workflow etl, node 3 (etl/rows)`
	Rule  string
}

// Error returns the place and the rule.
func (e *CheckError) Error() string { return e.Where + ": " + e.Rule }

// checker holds what is declared, and the first error.
type checker struct {
	p          *Program
	err        error
	where      string // what is being checked
	types      map[*Type]bool
	decls      map[*TypeDecl]bool
	activities map[string]*Activity
	workflows  map[string]*Workflow
	params     map[string]bool
	errors     map[string]bool // declared errors, by name
	depth      int
}

// must reports a broken rule unless ok.
func (c *checker) must(ok bool, rule string, args ...any) bool {
	if !ok && c.err == nil {
		c.err = &CheckError{Where: c.where, Rule: fmt.Sprintf(rule, args...)}
	}
	return ok && c.err == nil
}

func (c *checker) program() {
	for _, d := range c.p.Types {
		c.where = "the program"
		if !c.must(d != nil, "a type is missing") {
			return
		}
		c.where = "type " + d.Name
		c.must(d.Name != "" && Scalar(d.Name) == nil && generics[d.Name] == 0 && d.Name != FailureDecl.Name, "the name is taken or missing")
		c.decls[d] = true
		c.errors[d.Name] = d.Kind == KError
	}
	c.uniqueTypes()
	for _, d := range c.p.Types {
		c.decl(d)
	}
	for i := range c.p.Params {
		c.where = "param " + c.p.Params[i].Name
		c.must(!c.params[c.p.Params[i].Name], "the name is taken")
		c.params[c.p.Params[i].Name] = true
	}
	c.paramList(c.p.Params)
	for _, a := range c.p.Activities {
		c.where = "the program"
		if !c.must(a != nil, "an activity is missing") {
			return
		}
		c.where = "activity " + a.Name
		c.must(a.Name != "" && c.activities[a.Name] == nil, "the name is taken or missing")
		c.activities[a.Name] = a
	}
	for _, w := range c.p.Workflows {
		c.where = "the program"
		if !c.must(w != nil, "a workflow is missing") {
			return
		}
		c.where = "workflow " + w.Name
		c.must(w.Name != "" && c.workflows[w.Name] == nil, "the name is taken or missing")
		c.workflows[w.Name] = w
	}
	for _, a := range c.p.Activities {
		c.activity(a)
	}
	for _, w := range c.p.Workflows {
		c.workflow(w)
	}
	c.where = "the program"
	c.must(c.p.Main == "" || c.workflows[c.p.Main] != nil, "the main workflow %q is not declared", c.p.Main)
}

func (c *checker) uniqueTypes() {
	seen := map[string]bool{}
	for _, d := range c.p.Types {
		c.where = "type " + d.Name
		c.must(!seen[d.Name], "the name is taken")
		seen[d.Name] = true
	}
}

// typ checks that t is whole: no part is missing or invalid, and every
// declaration is the program's.
func (c *checker) typ(t *Type) {
	if c.err != nil || c.types[t] {
		return
	}
	if !c.must(t != nil && t.Kind != KInvalid && t.Kind <= KSecret, "a type is missing or invalid") {
		return
	}
	c.types[t] = true
	declared := t.Kind == KEnum || t.Kind == KUnion || t.Kind == KError
	if t.Decl != nil {
		c.must(c.decls[t.Decl], "the type %s is not declared", t.Decl.Name)
		c.must(t.Decl.Kind == t.Kind, "the type %s is not of the kind of its declaration", t.Decl.Name)
		return
	}
	c.must(!declared, "a %s has no declaration", nameOf(declKinds[:], int(t.Kind)))
	switch t.Kind {
	case KList, KMap, KOptional, KOutcome, KRef, KSecret:
		if c.must(t.Elem != nil, "the element of a type is missing") {
			c.typ(t.Elem)
		}
		c.must(t.Kind != KOptional || t.Elem.Kind != KOptional && t.Elem.Kind != KNone, "%s says nothing more than its element", t)
	case KRecord:
		c.fields(t.Fields)
	}
}

func (c *checker) fields(fields []Field) {
	seen := map[string]bool{}
	for _, f := range fields {
		c.must(f.Name != "" && !seen[f.Name], "the field %q is missing or stands twice", f.Name)
		seen[f.Name] = true
		c.typ(f.Type)
	}
}

func (c *checker) decl(d *TypeDecl) {
	c.where = "type " + d.Name
	seen := map[string]bool{}
	switch d.Kind {
	case KRecord, KError:
		c.fields(d.Fields)
	case KEnum:
		c.must(len(d.Members) > 0, "an enum has no members")
		for _, m := range d.Members {
			c.must(m != "" && !seen[m], "the member %q is missing or stands twice", m)
			seen[m] = true
		}
	case KUnion:
		c.must(len(d.Union) > 0, "a union has no members")
		for _, m := range d.Union {
			c.typ(m)
			if !c.must(m.Kind == KRecord && m.Decl != nil, "the member %s of a union is no named record", m) {
				return
			}
			c.must(!seen[m.Decl.Tag()], "two members of a union are called %q in JSON", m.Decl.Tag())
			seen[m.Decl.Tag()] = true
			c.must(fieldIndex(m.Decl.Fields, "type", 0) < 0, "the member %s has a field `type`, which names the member in JSON", m)
		}
	default:
		c.must(false, "it is no record, enum, union or error")
	}
}

// paramList checks parameters, whose defaults see nothing.
func (c *checker) paramList(params []Param) {
	seen := map[string]bool{}
	for _, p := range params {
		c.must(p.Name != "" && !seen[p.Name], "the parameter %q is missing or stands twice", p.Name)
		seen[p.Name] = true
		c.typ(p.Type)
		if p.Default != nil {
			c.exprOf(p.Default, scope{}, p.Type)
		}
	}
}

func (c *checker) activity(a *Activity) {
	c.where = "activity " + a.Name
	c.paramList(a.Params)
	c.typ(a.Result)
	for _, e := range a.Raises {
		c.must(c.errors[e], "the error %s is not declared", e)
	}
	s := scope{sizes: []int{len(a.Params)}}
	c.options(&a.Options, s)
	c.undo(a.Undo, s)
	c.maybe(a.Expect, scope{}, DurationType)
	if m := a.Program; m != nil {
		if c.must(m.Argv != nil, "its program has no argv") {
			c.exprOf(m.Argv, s, ListOf(StringType))
		}
		c.maybe(m.Env, s, MapOf(StringType))
		c.maybe(m.Cwd, s, nil)
		c.maybe(m.Input, s, nil)
		c.maybe(m.File, s, nil)
		c.must(m.Stdin <= StdinExpr && (m.Stdin == StdinExpr) == (m.Input != nil), "its stdin is not what its mode says")
		c.must(m.Stdout <= ResultFile && (m.Stdout == ResultFile) == (m.File != nil), "its result is not what its mode says")
		for i, e := range m.Errors {
			c.must(c.errors[e.Error], "the error %s is not declared", e.Error)
			c.must(i == 0 || m.Errors[i-1].Code < e.Code, "exit codes are not ascending")
		}
	}
}

// undo checks a call that undoes a step.
func (c *checker) undo(u *UndoCall, s scope) {
	if u != nil {
		a := c.activities[u.Callee]
		if c.must(a != nil, "undo calls %q, which is not declared", u.Callee) {
			c.args(&u.Call, a.Params, s)
		}
	}
}

func (c *checker) args(call *Call, params []Param, s scope) {
	if !c.must(len(call.Args) == len(params), "the call of %s has %d arguments for %d parameters", call.Callee, len(call.Args), len(params)) {
		return
	}
	for i, arg := range call.Args {
		p := params[i]
		if arg == nil {
			c.must(p.Default != nil || p.Type.Kind == KOptional, "the call of %s has no argument for %s", call.Callee, p.Name)
			continue
		}
		c.exprOf(arg, s, p.Type)
	}
}

func (c *checker) options(o *Options, s scope) {
	for _, e := range []*Expr{o.Timeout, o.QueueTimeout, o.TotalTimeout, o.Heartbeat, o.DecisionTimeout} {
		c.maybe(e, s, DurationType)
	}
	for _, e := range []*Expr{o.Priority, o.Max, o.Batch, o.Shard, o.Limit} {
		c.maybe(e, s, IntType)
	}
	for _, e := range []*Expr{o.TaskList, o.VersionAt} {
		c.maybe(e, s, StringType)
	}
	c.maybe(o.Tags, s, ListOf(StringType))
	if r := o.Retry; r != nil {
		if c.must(r.Max != nil, "a retry policy has no number of retries") {
			c.exprOf(r.Max, s, IntType)
		}
		c.maybe(r.From, s, DurationType)
		c.maybe(r.Factor, s, FloatType)
		c.maybe(r.Cap, s, DurationType)
		c.maybe(r.Jitter, s, FloatType)
		for _, e := range r.On {
			c.must(c.errors[e], "the error %s is not declared", e)
		}
	}
	if t := o.Tolerate; t != nil {
		c.maybe(t.Count, s, IntType)
		c.must(t.Percent >= 0, "tolerate is negative")
	}
	switch o.OnParentClose {
	case "", "cancel", "terminate", "abandon":
	default:
		c.must(false, "on_parent_close is %q", o.OnParentClose)
	}
	switch o.ChildPolicy {
	case "", "request_cancel", "terminate", "abandon":
	default:
		c.must(false, "child_policy is %q", o.ChildPolicy)
	}
}
