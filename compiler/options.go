package compiler

import (
	"fmt"
	"slices"
	"strings"

	"github.com/flowc/flowc/compiler/ir"
	"github.com/flowc/flowc/lang"
)

// optionPlace is where options are written. A set of places is their sum.
type optionPlace uint16

const (
	onChain optionPlace = 1 << iota
	onGroup
	onDag
	onRace
	onMap
	onExpand
	onLoop
	onCall     // of an activity
	onChild    // call of a workflow
	onCanvas   // call of a canvas
	onHandler  // of any kind
	onWorkflow // declaration of a workflow
	onActivity // declaration of an activity
)

const (
	onBlock   = onChain | onGroup | onDag | onRace | onMap | onExpand | onLoop
	onAnyCall = onCall | onChild | onCanvas
	onNode    = onBlock | onAnyCall
	onTask    = onCall | onActivity
	onRun     = onChild | onWorkflow
)

// placeNames are the places as users call them, in the order of their bits.
var placeNames = [...]string{
	"chain", "group", "dag", "race", "map", "expand", "loop",
	"an activity's call", "a workflow's call", "a canvas's call", "a handler", "a workflow", "an activity",
}

// String returns the name of a single place.
func (p optionPlace) String() string {
	for i, name := range placeNames {
		if p == 1<<i {
			return name
		}
	}
	return "several places"
}

// option is a setting, and where it may be written.
type option struct {
	name string
	on   optionPlace
	set  func(s *optionSet, value lang.Expr)
}

// options are all that may follow `with` or stand in the attributes of an
// activity, but for those that say how a program is run; see programAttrs.
var options = []option{
	{"after", onNode, (*optionSet).after},
	{"batch", onMap, count(func(o *ir.Options) **ir.Expr { return &o.Batch }, 1)},
	{"child_policy", onRun, word(func(o *ir.Options) *string { return &o.ChildPolicy }, "request_cancel", "terminate", "abandon")},
	{"continue", onLoop, (*optionSet).again},
	{"decision_timeout", onRun, duration(func(o *ir.Options) **ir.Expr { return &o.DecisionTimeout })},
	{"heartbeat", onTask, duration(func(o *ir.Options) **ir.Expr { return &o.Heartbeat })},
	{"limit", onExpand | onLoop, count(func(o *ir.Options) **ir.Expr { return &o.Limit }, 1)},
	{"max", onGroup | onDag | onMap | onExpand, count(func(o *ir.Options) **ir.Expr { return &o.Max }, 1)},
	{"on_parent_close", onChild, word(func(o *ir.Options) *string { return &o.OnParentClose }, "cancel", "terminate", "abandon")},
	{"priority", onNode | onActivity | onWorkflow, typed(func(o *ir.Options) **ir.Expr { return &o.Priority }, ir.IntType)},
	{"queue_timeout", onTask, duration(func(o *ir.Options) **ir.Expr { return &o.QueueTimeout })},
	{"raises_on_failure", onNode, (*optionSet).flag},
	{"retry", onNode | onActivity, (*optionSet).retry},
	{"shard", onMap, count(func(o *ir.Options) **ir.Expr { return &o.Shard }, 1)},
	{"tags", onRun, typed(func(o *ir.Options) **ir.Expr { return &o.Tags }, ir.ListOf(ir.StringType))},
	{"task_list", onTask | onRun, typed(func(o *ir.Options) **ir.Expr { return &o.TaskList }, ir.StringType)},
	{"timeout", onNode | onActivity | onWorkflow | onHandler, duration(func(o *ir.Options) **ir.Expr { return &o.Timeout })},
	{"tolerate", onMap | onExpand, (*optionSet).tolerate},
	{"total_timeout", onTask, duration(func(o *ir.Options) **ir.Expr { return &o.TotalTimeout })},
	{"version", onTask | onRun, typed(func(o *ir.Options) **ir.Expr { return &o.VersionAt }, ir.StringType)},
}

// optionNamed returns the option of that name, nil if there is none.
func optionNamed(name string) *option {
	i, ok := slices.BinarySearchFunc(options, name, func(o option, name string) int { return strings.Compare(o.name, name) })
	if !ok {
		return nil
	}
	return &options[i]
}

// optionSet is a list of options that is being read.
type optionSet struct {
	c     *checker
	mod   *module
	env   func() *exprEnv
	on    optionPlace
	from  string // ir.OptionPos.From
	out   *ir.Options
	attr  *lang.Attr // the one being read
	seen  []*lang.Attr
	errs  []string                // declared errors that `retry` may name; nil means any
	extra func(a *lang.Attr) bool // takes what is not an option; nil means nothing else is allowed
}

// read reads attrs into s.out.
func (s *optionSet) read(attrs []lang.Attr) {
	for i := range attrs {
		a := &attrs[i]
		if before := s.written(a.Name.Name); before != nil {
			s.c.optionTwice(s.mod, a, before)
			continue
		}
		s.seen = append(s.seen, a)
		s.attr = a
		o := optionNamed(a.Name.Name)
		switch {
		case s.extra != nil && s.extra(a):
		case o == nil:
			s.c.unknownOption(s.mod, a, s.on)
			continue
		case o.on&s.on == 0:
			s.c.optionElsewhere(s.mod, a, s.on, o.on)
			continue
		case a.Value == nil: // reported by the parser
			continue
		default:
			o.set(s, a.Value)
		}
		s.out.At = append(s.out.At, ir.OptionPos{Name: a.Name.Name, From: s.from, At: s.mod.pos(a.Range)})
	}
}

// written returns the attribute of that name that has been read, nil if none
// has.
func (s *optionSet) written(name string) *lang.Attr {
	for _, a := range s.seen {
		if a.Name.Name == name {
			return a
		}
	}
	return nil
}

// optionNames returns the sorted names of the options that are allowed there.
func optionNames(on optionPlace) []string {
	var names []string
	for _, o := range options {
		if o.on&on != 0 {
			names = append(names, o.name)
		}
	}
	return names
}

// typed returns a setter of an option that is any expression of one type.
func typed(slot func(*ir.Options) **ir.Expr, typ *ir.Type) func(*optionSet, lang.Expr) {
	return func(s *optionSet, value lang.Expr) { *slot(s.out) = s.env().expr(value, typ) }
}

// count returns a setter of a number that is at least least.
func count(slot func(*ir.Options) **ir.Expr, least int64) func(*optionSet, lang.Expr) {
	return func(s *optionSet, value lang.Expr) {
		e := s.env().expr(value, ir.IntType)
		if n, ok := s.known(e).(ir.Int); ok && int64(n) < least {
			s.c.optionRange(s.mod, value, fmt.Sprintf("`%s` must be at least %d", s.attr.Name.Name, least), fmt.Sprint(int64(n)))
		}
		*slot(s.out) = e
	}
}

// duration returns a setter of a time that must be longer than none.
func duration(slot func(*ir.Options) **ir.Expr) func(*optionSet, lang.Expr) {
	return func(s *optionSet, value lang.Expr) {
		e := s.env().expr(value, ir.DurationType)
		if d, ok := s.known(e).(ir.Duration); ok && d <= 0 {
			s.c.optionRange(s.mod, value, fmt.Sprintf("`%s` must be longer than 0s", s.attr.Name.Name), d.String())
		}
		*slot(s.out) = e
	}
}

// word returns a setter of an option that is one of a few words.
func word(slot func(*ir.Options) *string, words ...string) func(*optionSet, lang.Expr) {
	return func(s *optionSet, value lang.Expr) {
		name, ok := value.(*lang.Name)
		if !ok || !slices.Contains(words, name.Name) {
			s.c.optionWord(s.mod, s.attr, words)
			return
		}
		*slot(s.out) = name.Name
	}
}

// known returns the value of a constant expression, nil if it is not known
// before a run.
func (s *optionSet) known(e *ir.Expr) ir.Value {
	if e == nil || bad(e) {
		return nil
	}
	return constantIn(e)
}

// flag reads `raises_on_failure`, which is known before a run: types depend on
// it.
func (s *optionSet) flag(value lang.Expr) {
	if v, ok := s.env().constant(value, ir.BoolType); ok {
		raises := v == ir.Bool(true)
		s.out.RaisesOnFailure = &raises
	}
}

func (s *optionSet) again(value lang.Expr) {
	if v, ok := s.env().constant(value, ir.BoolType); ok {
		s.out.Continue = v == ir.Bool(true)
	}
}

func (s *optionSet) tolerate(value lang.Expr) {
	if lit, ok := value.(*lang.Lit); ok && lit.Kind == lang.PercentLit {
		if s.on == onExpand {
			s.c.toleratePercent(s.mod, value)
		} else if lit.Num > 100 {
			s.c.optionRange(s.mod, value, "`tolerate` must be at most 100%", lit.Text)
		}
		s.out.Tolerate = &ir.Tolerate{Percent: lit.Num}
		return
	}
	e := s.env().expr(value, ir.IntType)
	if n, ok := s.known(e).(ir.Int); ok && n < 0 {
		s.c.optionRange(s.mod, value, "`tolerate` must be at least 0", fmt.Sprint(int64(n)))
	}
	s.out.Tolerate = &ir.Tolerate{Count: e}
}

// after checks the form of a list of members of the dag around. They are
// looked up when all members are known, see resolveAfter.
func (s *optionSet) after(value lang.Expr) {
	list, ok := value.(*lang.ListLit)
	if ok {
		for _, e := range list.Elems {
			_, name := e.(*lang.Name)
			ok = ok && name
		}
	}
	if !ok {
		s.c.afterForm(s.mod, value)
	}
}

// options reads the options of node n, which stand on the given place.
func (b *body) options(n int, attrs []lang.Attr, on optionPlace) { b.optionsOf(n, attrs, on, nil) }

// optionsOf is the same for a call.
func (b *body) optionsOf(n int, attrs []lang.Attr, on optionPlace, callee *callableSymbol) {
	if len(attrs) == 0 {
		return
	}
	s := &optionSet{c: b.c, mod: b.mod, env: b.expressions, on: on, from: "block", out: &ir.Options{}}
	if on&onAnyCall != 0 {
		s.from = "call"
		if callee.activity != nil {
			s.errs = append([]string{}, callee.raises...)
		}
	}
	s.read(attrs)
	if a := s.written("after"); a != nil {
		if b.node(b.node(n).Parent).Kind == ir.NDag {
			b.afters = append(b.afters, after{n, a})
		} else {
			b.c.afterOutsideDag(b.mod, a)
		}
	}
	node := b.node(n)
	node.Options = *s.out
	if flag := s.out.RaisesOnFailure; flag != nil {
		node.Eff, node.Explicit = *flag, true
		if tolerate := s.written("tolerate"); tolerate != nil && !*flag {
			b.c.contradictoryTolerance(b.mod, s.written("raises_on_failure"), tolerate)
		}
	}
	if a := s.written("retry"); a != nil && on&onBlock != 0 && node.Name == "" {
		b.c.retryNeedsName(b.mod, a, on)
	}
}

// declaredOptions adds to the options of canvas node n those that the canvas
// declares and the call does not give.
func (b *body) declaredOptions(n int, callee *callableSymbol) {
	var missing []lang.Attr
	for _, a := range callee.workflow.With {
		if !slices.ContainsFunc(b.node(n).Options.At, func(o ir.OptionPos) bool { return o.Name == a.Name.Name }) {
			missing = append(missing, a)
		}
	}
	if len(missing) == 0 {
		return
	}
	b.c.muted(func() { // they have been checked where they stand
		env := &exprEnv{c: b.c, mod: callee.mod}
		node := b.node(n)
		s := &optionSet{
			c: b.c, mod: callee.mod, env: func() *exprEnv { return env }, on: onCanvas, from: "workflow", out: &node.Options,
		}
		s.read(missing)
		if flag := node.Options.RaisesOnFailure; flag != nil {
			node.Eff, node.Explicit = *flag, true
		}
	})
}

// workflowOptions reads the options of a workflow, and the file's defaults.
func (b *body) workflowOptions(root int, d *lang.WorkflowDecl) {
	s := &optionSet{c: b.c, mod: b.mod, env: b.expressions, on: onWorkflow, from: "workflow", out: &ir.Options{}}
	if d.Canvas {
		s.on = onCanvas
	}
	s.read(d.With)
	if defaults := b.mod.workflowDefaults; defaults != nil && !d.Canvas {
		s.from = "defaults"
		s.env = func() *exprEnv { return &exprEnv{c: b.c, mod: b.mod} } // shared, so no parameter is known
		for i := range defaults.Attrs {
			a := &defaults.Attrs[i]
			if o := optionNamed(a.Name.Name); o != nil && o.on&onWorkflow != 0 && s.written(a.Name.Name) == nil {
				s.read(defaults.Attrs[i : i+1])
			}
		}
	}
	b.node(root).Options = *s.out
	if e := s.out.VersionAt; e != nil && !bad(e) {
		if v, ok := constantOf(b.c.fold(e)).(ir.String); ok {
			b.flow.Version = string(v)
		} else {
			b.expressions().errNotConstant(s.written("version").Value, "a version is registered before anything runs")
		}
	}
}
