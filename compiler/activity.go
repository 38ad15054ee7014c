package compiler

import (
	"cmp"
	"path"
	"slices"
	"strings"

	"github.com/flowc/flowc/compiler/ir"
	"github.com/flowc/flowc/lang"
	"github.com/flowc/flowc/lang/diag"
)

// loweredActivity is an activity that waits to be selected.
type loweredActivity struct {
	sym *callableSymbol
	out *ir.Activity
}

// lowerActivities checks the attributes of all activities.
func (c *checker) lowerActivities() {
	for _, m := range c.order {
		for _, sym := range m.ordered {
			if sym.activity != nil {
				c.lowered = append(c.lowered, loweredActivity{sym, c.lowerActivity(m, sym)})
			}
		}
		c.checkDefaults(m)
	}
}

// checkDefaults checks the names of the attributes in the file's defaults,
// which no declaration might use.
func (c *checker) checkDefaults(m *module) {
	if d := m.activityDefaults; d != nil {
		for i := range d.Attrs {
			if a := &d.Attrs[i]; !isActivityAttr(a.Name.Name) {
				c.unknownOption(m, a, onActivity)
			}
		}
	}
	if d := m.workflowDefaults; d != nil {
		for i := range d.Attrs {
			if a := &d.Attrs[i]; !slices.Contains(optionNames(onWorkflow), a.Name.Name) {
				c.unknownOption(m, a, onWorkflow)
			}
		}
	}
}

// programAttrs are the attributes of an activity that are no options: how its
// program is run, and what is known about it.
var programAttrs = []string{"cwd", "env", "errors", "expect", "idempotent", "input", "result", "run", "stdin", "undo"}

func isActivityAttr(name string) bool {
	o := optionNamed(name)
	return o != nil && o.on&onActivity != 0 || slices.Contains(programAttrs, name)
}

// activityLowering is one activity whose attributes are being read.
type activityLowering struct {
	c     *checker
	mod   *module
	sym   *callableSymbol
	out   *ir.Activity
	env   exprEnv
	attrs map[string]*lang.Attr // programAttrs that were written, here or in the defaults
}

func (c *checker) lowerActivity(m *module, sym *callableSymbol) *ir.Activity {
	d := sym.activity
	a := &activityLowering{
		c: c, mod: m, sym: sym,
		out: &ir.Activity{
			Name: sym.unique, Params: sym.params, Result: sym.result, Raises: sym.raises,
			Dir: path.Dir(m.key), At: m.pos(d.Name.Range),
		},
		env: exprEnv{c: c, mod: m, scope: &scope{}, activity: d.Name.Name},
	}
	for i, p := range d.Params {
		if i == 0 {
			a.env.scope.names = make(map[string]*symbol, len(d.Params))
		}
		a.env.scope.names[p.Name.Name] = &symbol{
			kind: symSlot, name: p.Name.Name, typ: sym.params[i].Type, mod: m, at: p.Name.Range, index: i, node: -1,
		}
	}
	own := a.read(d.Attrs, "activity", nil)
	if m.activityDefaults != nil {
		a.read(m.activityDefaults.Attrs, "defaults", own)
	}
	a.program()
	a.facts()
	a.times(own)
	return a.out
}

// read reads attributes into a, but for those that override has already.
func (a *activityLowering) read(attrs []lang.Attr, from string, override *optionSet) *optionSet {
	if override != nil {
		attrs = slices.DeleteFunc(slices.Clone(attrs), func(attr lang.Attr) bool {
			return override.written(attr.Name.Name) != nil || !isActivityAttr(attr.Name.Name)
		})
	}
	s := &optionSet{
		c: a.c, mod: a.mod, env: func() *exprEnv { return &a.env }, on: onActivity, from: from, out: &a.out.Options,
		errs: append([]string{}, a.sym.raises...),
	}
	s.extra = func(attr *lang.Attr) bool {
		if !slices.Contains(programAttrs, attr.Name.Name) {
			return false
		}
		if a.attrs == nil {
			a.attrs = map[string]*lang.Attr{}
		}
		a.attrs[attr.Name.Name] = attr
		return true
	}
	s.read(attrs)
	return s
}

// program reads how the activity's program is run.
func (a *activityLowering) program() {
	a.input()
	run := a.attrs["run"]
	if run == nil {
		for _, name := range []string{"cwd", "env", "errors", "result", "stdin"} {
			if attr := a.attrs[name]; attr != nil && within(attr.Range, a.sym.activity.Range) {
				a.c.attributeWithoutRun(a.mod, attr)
			}
		}
		return
	}
	p := &ir.Command{Argv: a.argv(run)}
	if attr := a.attrs["env"]; attr != nil {
		p.Env = a.with(secretsRead).expr(attr.Value, ir.MapOf(ir.StringType))
		a.checkVariables(attr.Value)
	}
	if attr := a.attrs["cwd"]; attr != nil {
		p.Cwd = a.with(a.env.secrets).expr(attr.Value, ir.StringType)
	}
	a.stdin(p)
	a.result(p)
	a.exits(p)
	a.out.Program = p
}

// with returns the environment of what a program is told, where secrets may be
// used so.
func (a *activityLowering) with(use secretUse) *exprEnv {
	x := a.env
	x.secrets, x.command = use, true
	return &x
}

// argv reads `run`. A string pasted into a shell's command line is suspicious.
func (a *activityLowering) argv(run *lang.Attr) *ir.Expr {
	if _, ok := run.Value.(*lang.StringLit); ok {
		a.c.runIsOneString(a.mod, run)
		return invalidExpr
	}
	argv := a.with(secretsArgv).expr(run.Value, ir.ListOf(ir.StringType))
	list, ok := run.Value.(*lang.ListLit)
	if !ok {
		return argv
	}
	if len(list.Elems) == 0 {
		a.c.runIsEmpty(a.mod, run)
	}
	if len(list.Elems) < 3 || !isShell(list.Elems[0]) {
		return argv
	}
	if flag, _ := fixedText(list.Elems[1]); flag != "-c" {
		return argv
	}
	if s, ok := list.Elems[2].(*lang.StringLit); ok {
		if _, constant := s.Constant(); !constant {
			a.c.shellString(a.mod, s, list)
		}
	}
	return argv
}

// checkVariables reports the names in `env` that no variable can have.
func (a *activityLowering) checkVariables(env lang.Expr) {
	table, ok := env.(*lang.MapLit)
	if !ok {
		return
	}
	for i := range table.Entries {
		key, ok := table.Entries[i].Key.(*lang.StringLit)
		if !ok {
			continue
		}
		if name, _ := key.Constant(); name == "" || strings.ContainsAny(name, "=\x00") {
			a.c.badVariable(a.mod, key)
		}
	}
}

// shells are the programs whose argument after -c is a program.
var shells = []string{"ash", "bash", "dash", "fish", "ksh", "sh", "zsh"}

func isShell(e lang.Expr) bool {
	text, ok := fixedText(e)
	return ok && slices.Contains(shells, path.Base(text))
}

// fixedText returns the text of a string without `${…}`.
func fixedText(e lang.Expr) (text string, ok bool) {
	s, ok := e.(*lang.StringLit)
	if !ok {
		return "", false
	}
	return s.Constant()
}

// input reads how the arguments are written, for a program or for whoever
// implements the activity elsewhere.
func (a *activityLowering) input() {
	attr := a.attrs["input"]
	if attr == nil {
		return
	}
	if word, ok := attrWord(attr.Value); !ok || word != "kwargs" {
		a.c.badInputForm(a.mod, attr)
	}
	a.out.Kwargs = true
}

// stdin reads what the program is given to read.
func (a *activityLowering) stdin(p *ir.Command) {
	attr := a.attrs["stdin"]
	if attr == nil {
		return
	}
	switch word, _ := attrWord(attr.Value); word {
	case "json":
	case "none":
		p.Stdin = ir.StdinNone
	default:
		p.Stdin = ir.StdinExpr
		p.Input = a.with(secretsRead).expr(attr.Value, nil)
	}
}

// attrWord returns the word that an attribute's value is.
func attrWord(e lang.Expr) (word string, ok bool) {
	switch e := e.(type) {
	case *lang.Name:
		return e.Name, true
	case *lang.Lit:
		if e.Kind == lang.NoneLit {
			return "none", true
		}
	}
	return "", false
}

// result reads where the program's result is found. It must be able to give
// what the activity declares.
func (a *activityLowering) result(p *ir.Command) {
	typ := plain(a.sym.result)
	kept := typ.Kind == ir.KRef // what is found becomes a ref to it
	if kept {
		typ = typ.Elem
	}
	attr := a.attrs["result"]
	if attr == nil {
		if typ.Kind == ir.KNone {
			p.Stdout = ir.ResultNone
		}
		return
	}
	if call, ok := attr.Value.(*lang.CallExpr); ok {
		if name, _ := callName(call); name == "file" && len(call.Args) == 1 && call.Args[0].Name == nil {
			p.Stdout, p.File = ir.ResultFile, a.filePath(call.Args[0].Value)
			a.fits(attr, typ.Kind == ir.KPath && !kept || typ.Kind == ir.KBytes,
				"gives a `path`, `bytes` or `ref<bytes>`")
			return
		}
	}
	word, _ := attrWord(attr.Value)
	switch word {
	case "json":
		p.Stdout = ir.ResultJSON
		a.fits(attr, typ.Kind != ir.KNone, "gives a value")
	case "text":
		p.Stdout = ir.ResultText
		a.fits(attr, typ.Kind == ir.KString || typ.Kind == ir.KURL || typ.Kind == ir.KPath, "gives a `string`")
	case "lines":
		p.Stdout = ir.ResultLines
		a.fits(attr, typ.Kind == ir.KList && typ.Elem.Kind == ir.KString, "gives a `[string]`")
	case "none":
		p.Stdout = ir.ResultNone
		a.fits(attr, typ.Kind == ir.KNone, "gives nothing")
	default:
		a.c.badResultForm(a.mod, attr)
	}
}

// filePath elaborates the path of a result: text, relative to the attempt's
// own folder.
func (a *activityLowering) filePath(e lang.Expr) *ir.Expr {
	value := a.env.infer(e, ir.StringType)
	if value.Type.Kind == ir.KPath {
		return value
	}
	return a.env.fit(value, ir.StringType, e, nil)
}

// fits reports a way of giving a result that cannot give the declared one.
func (a *activityLowering) fits(attr *lang.Attr, ok bool, gives string) {
	if !ok && a.sym.result.Kind != ir.KInvalid {
		a.c.resultDoesNotFit(a.mod, attr, a.sym, gives)
	}
}

// exits reads which exit codes stand for which errors.
func (a *activityLowering) exits(p *ir.Command) {
	attr := a.attrs["errors"]
	if attr == nil {
		return
	}
	table, ok := attr.Value.(*lang.MapLit)
	if !ok {
		a.c.badErrorsForm(a.mod, attr.Value)
		return
	}
	first := map[int]lang.Expr{}
	for _, e := range table.Entries {
		code, isCode := e.Key.(*lang.Lit)
		name, isName := e.Value.(*lang.TypeName)
		switch {
		case !isCode || code.Kind != lang.IntLit || !isName:
			a.c.badErrorsForm(a.mod, e)
			continue
		case code.Int < 1 || code.Int > 255:
			a.c.badExitCode(a.mod, code)
			continue
		}
		if before := first[int(code.Int)]; before != nil {
			a.c.exitCodeTwice(a.mod, code, before)
			continue
		}
		first[int(code.Int)] = code
		sym := a.c.errorNamed(a.mod, errorName(name))
		if sym == nil {
			continue
		}
		unique := sym.mod.unique(sym.name.Name)
		if !slices.Contains(a.sym.raises, unique) {
			a.c.exitErrorNotRaised(a.mod, name, a.sym)
			continue
		}
		p.Errors = append(p.Errors, ir.ExitError{Code: int(code.Int), Error: unique})
	}
	slices.SortFunc(p.Errors, func(x, y ir.ExitError) int { return cmp.Compare(x.Code, y.Code) })
}

// facts reads what is known about the activity beside its program.
func (a *activityLowering) facts() {
	if attr := a.attrs["expect"]; attr != nil {
		a.out.Expect = a.env.expr(attr.Value, ir.DurationType)
	}
	if attr := a.attrs["idempotent"]; attr != nil {
		if v, ok := a.env.constant(attr.Value, ir.BoolType); ok && v == ir.Bool(true) {
			a.out.Idempotent = true
		}
	}
	if attr := a.attrs["undo"]; attr != nil {
		a.out.Undo = a.undo(attr)
	}
	if v, ok := constantOf(a.out.Options.VersionAt).(ir.String); ok {
		a.out.Version = string(v)
	}
}

// undo elaborates the call that undoes the activity, which knows its arguments
// and its result.
func (a *activityLowering) undo(attr *lang.Attr) *ir.UndoCall {
	x := a.env
	x.result = a.sym.result
	return a.c.undoCall(&x, attr.Value)
}

// constantOf returns the value of a constant, nil if e is nil or none.
func constantOf(e *ir.Expr) ir.Value {
	if e == nil || bad(e) {
		return nil
	}
	return constantIn(e)
}

// times checks the times of an activity against each other.
func (a *activityLowering) times(own *optionSet) {
	o := &a.out.Options
	timeout, limited := constantOf(o.Timeout).(ir.Duration)
	if !limited {
		return
	}
	if beat, ok := constantOf(o.Heartbeat).(ir.Duration); ok && beat >= timeout {
		a.c.heartbeatTooLong(optionAt(o, "heartbeat"), optionAt(o, "timeout"), beat, timeout)
	}
	if usual, ok := constantOf(a.out.Expect).(ir.Duration); ok && usual > timeout {
		a.c.expectTooLong(a.mod, a.attrs["expect"], optionAt(o, "timeout"), usual, timeout)
	}
}

// optionAt returns where an option was written.
func optionAt(o *ir.Options, name string) ir.Pos {
	for _, p := range o.At {
		if p.Name == name {
			return p.At
		}
	}
	return ir.NoPos
}

// checkCallTimes checks the times that a call gives against those of what it
// calls.
func (b *body) checkCallTimes(n int, callee *callableSymbol) {
	o := &b.node(n).Options
	if len(o.At) == 0 {
		return
	}
	timeout, limited := constantOf(o.Timeout).(ir.Duration)
	if limited && callee.workflow != nil {
		if declared, at, ok := b.c.declaredTimeout(callee); ok && declared > timeout {
			b.c.childTimeout(b.mod, callee, optionAt(o, "timeout"), at, timeout, declared)
		}
	}
	beat, beats := constantOf(o.Heartbeat).(ir.Duration)
	if limited && beats && beat >= timeout {
		b.c.heartbeatTooLong(optionAt(o, "heartbeat"), optionAt(o, "timeout"), beat, timeout)
	}
}

// declaredTimeout returns the timeout that a workflow declares, if it is a
// constant, and where.
func (c *checker) declaredTimeout(callee *callableSymbol) (timeout ir.Duration, at diag.Span, ok bool) {
	for i := range callee.workflow.With {
		a := &callee.workflow.With[i]
		if a.Name.Name != "timeout" || a.Value == nil {
			continue
		}
		c.muted(func() { // it is reported where it stands
			env := &exprEnv{c: c, mod: callee.mod}
			timeout, ok = constantOf(env.expr(a.Value, ir.DurationType)).(ir.Duration)
		})
		return timeout, callee.mod.span(a), ok
	}
	return 0, diag.Span{}, false
}
