package sim

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/flowc/flowc/compiler/ir"
	"github.com/flowc/flowc/runtime"
)

// injected is the message of the failures that properties and explorations
// bring about.
const injected = "injected"

// property runs a property for everything that it ranges over: each failure
// and each cancel alone and, where it ranges over both, each failure together
// with a cancel before each event of what follows from it.
func (b *trial) property() {
	w, err := b.run(nil, 0, nil)
	if w == nil {
		b.problem(b.test.RunAt, err)
		return
	}
	if problems := b.unended(w, err); problems != nil {
		b.fail(w, problems)
		return
	}
	b.result.Status, b.result.Elapsed = w.root().machine.Outcome().Status, w.elapsed()
	var faults []*fault
	if b.test.Failures != "" {
		if faults = b.faultsOf(w, b.test.Failures); len(faults) == 0 {
			b.problem(b.test.RunAt, b.noFaults(w, b.test.Failures))
			return
		}
	}
	if b.test.Cancels && b.cancels(nil, w.events) {
		return
	}
	events := make([]int, 0, len(faults))
	for _, f := range faults {
		n, failed := b.try(f, 0)
		if failed {
			return
		}
		events = append(events, n)
	}
	for k, n := range events {
		if b.test.Cancels && b.cancels(faults[k], n) {
			return
		}
	}
	b.noteBound()
}

// noteBound says so if not everything was tried.
func (b *trial) noteBound() {
	if b.left {
		b.result.Notes = append(b.result.Notes, fmt.Sprintf("stopped after %d runs; there are more", b.result.Runs))
	}
}

// cancels tries a cancel before each of a run's events, and reports whether
// that has failed the property.
func (b *trial) cancels(f *fault, events int) bool {
	for n := 2; n <= events; n++ {
		if _, failed := b.try(f, n); failed {
			return true
		}
	}
	return false
}

// try runs the property with a fault and a cancel, and returns how many events
// the run had.
func (b *trial) try(f *fault, cancel int) (events int, failed bool) {
	if b.spent() {
		b.left = true
		return 0, false
	}
	w, err := b.run(f, cancel, nil)
	problems := b.judge(w, err)
	if len(problems) == 0 {
		return w.events, false
	}
	b.fail(w, problems)
	b.result.Counterexample = b.counterexample(f, cancel, true)
	return w.events, true
}

// faultsOf returns what can befall the calls that a run made in runs of a
// workflow: each node fails with no declared error, with each that it declares,
// and times out if it has a time-out. All its attempts do.
func (b *trial) faultsOf(w *world, workflow string) []*fault {
	var faults []*fault
	seen := map[string]bool{}
	for _, c := range w.calls {
		if seen[c.Node] || workflow != "" && c.run.workflow.Name != workflow {
			continue
		}
		seen[c.Node] = true
		add := func(f fault) {
			f.node, f.callee = c.Node, "*" // which says nothing of how the file calls what it imports
			if c.Activity == nil {
				f.callee = b.written(c.Callee)
			}
			faults = append(faults, &f)
		}
		add(fault{failure: &runtime.Failure{Error: runtime.Undeclared, Message: injected}, text: "raises " + quoted(injected), what: "fails"})
		if c.Activity == nil {
			continue
		}
		for _, name := range c.Activity.Raises {
			if f, ok := b.declaredFault(w.index, name); ok {
				add(f)
			}
		}
		if t := c.task; t.Timeout > 0 || t.Heartbeat > 0 || t.TotalTimeout > 0 {
			add(fault{hangs: true, text: "hangs", what: "times out"})
		}
	}
	return faults
}

// noFaults says why a property has nothing to try: it would hold whatever it
// says.
func (b *trial) noFaults(w *world, workflow string) error {
	var called []string
	for _, r := range w.runs {
		if name := b.written(r.workflow.Name); r.parent != nil && r.parent.workflow.Name == workflow && !slices.Contains(called, name) {
			called = append(called, name)
		}
	}
	why := fmt.Sprintf("no failure in `%s` can be tried: the run calls no activity there", b.written(workflow))
	if len(called) > 0 {
		why += fmt.Sprintf("; it calls `%s`: try `for every failure in %s`", strings.Join(called, "`, `"), called[0])
	}
	return errors.New(why)
}

// written returns how the file calls what has a name in the program: what it
// imports, by the name of the import. What is imported by an import alone keeps
// its name, which the file cannot say.
func (b *trial) written(name string) string {
	if dot := strings.LastIndexByte(name, '.'); dot >= 0 {
		if alias, ok := b.test.Imports[name[:dot]]; ok {
			return alias + name[dot:]
		}
	}
	return name
}

// declaredFault returns the fault of a declared error, and whether there is a
// value of it.
func (b *trial) declaredFault(x *index, name string) (fault, bool) {
	for _, d := range x.prog.Types {
		if d.Name != name || d.Kind != ir.KError {
			continue
		}
		t := &ir.Type{Kind: ir.KError, Decl: d}
		v, err := Auto(t)
		if err != nil {
			return fault{}, false
		}
		f, err := failureOf(v, t)
		text, ok := b.literal(v, t)
		return fault{failure: f, text: "raises " + text, what: "raises " + b.written(name), untold: !ok}, err == nil
	}
	return fault{}, false
}

// counterexample returns a test that does what a fault and a cancel did, "" if
// none can.
func (b *trial) counterexample(f *fault, cancel int, expects bool) string {
	t := b.test
	if f != nil && f.untold {
		b.result.Notes = append(b.result.Notes, "it fails if "+faultName(f, cancel)+", which no test of this file can say")
		return ""
	}
	var s strings.Builder
	fmt.Fprintf(&s, "test %s {\n", quoted(t.Name+": "+faultName(f, cancel)))
	if f != nil {
		fmt.Fprintf(&s, "  mock %s when node == %s %s\n", f.callee, quoted(f.node), f.text)
	}
	everything := false
	for k := range t.Mocks {
		fmt.Fprintf(&s, "  %s\n", b.suite.source(t.Mocks[k].At))
		everything = everything || t.Mocks[k].Callee == ""
	}
	if t.Property && !everything {
		s.WriteString("  mock * -> auto\n")
	}
	fmt.Fprintf(&s, "  %s", b.suite.source(t.RunAt))
	if cancel > 0 || len(t.Events) > 0 {
		s.WriteString(" {\n")
		for k := range t.Events {
			fmt.Fprintf(&s, "    %s\n", b.suite.source(t.Events[k].At))
		}
		if cancel > 0 {
			fmt.Fprintf(&s, "    at %d cancel # before event %d\n", cancel, cancel)
		}
		s.WriteString("  }")
	}
	s.WriteString("\n")
	for k := range t.Expects {
		if expects {
			fmt.Fprintf(&s, "  %s\n", b.suite.source(t.Expects[k].At))
		}
	}
	s.WriteString("}\n")
	return s.String()
}

// faultName says what was done to a run.
func faultName(f *fault, cancel int) string {
	var parts []string
	if f != nil {
		parts = append(parts, f.node+" "+f.what)
	}
	if cancel > 0 {
		parts = append(parts, "cancelled before event "+strconv.Itoa(cancel))
	}
	return strings.Join(parts, ", ")
}

// quoted returns s as a literal of the language.
func quoted(s string) string {
	var b strings.Builder
	b.WriteByte('"')
	for _, c := range s {
		switch {
		case c == '"' || c == '\\' || c == '$':
			b.WriteByte('\\')
			b.WriteRune(c)
		case c == '\n':
			b.WriteString(`\n`)
		case c == '\t':
			b.WriteString(`\t`)
		case c < ' ' || c == 0x7f:
			fmt.Fprintf(&b, `\u{%X}`, c)
		default:
			b.WriteRune(c)
		}
	}
	b.WriteByte('"')
	return b.String()
}

// literal returns v, a t, as the language writes it, and whether it can.
func (b *trial) literal(v ir.Value, t *ir.Type) (string, bool) {
	switch t.Kind {
	case ir.KBool, ir.KInt, ir.KFloat, ir.KDate, ir.KTime, ir.KDuration, ir.KSize, ir.KRef:
		return ir.Show(v), true
	case ir.KString, ir.KURL, ir.KPath:
		return quoted(ir.Text(v)), true
	case ir.KEnum:
		name, ok := b.typeName(t.Decl)
		return name + "." + ir.Text(v), ok
	case ir.KOptional:
		if _, none := v.(ir.None); none {
			return "none", true
		}
		return b.literal(v, t.Elem)
	case ir.KList:
		list, _ := v.(ir.List)
		parts := make([]string, len(list))
		for k, e := range list {
			part, ok := b.literal(e, t.Elem)
			if !ok {
				return "", false
			}
			parts[k] = part
		}
		return "[" + strings.Join(parts, ", ") + "]", true
	case ir.KRecord, ir.KError:
		return b.recordLiteral(v, t)
	}
	return "", false
}

// typeName returns how the file calls a type, and whether it can.
func (b *trial) typeName(d *ir.TypeDecl) (string, bool) {
	name := b.written(d.Name)
	return name, name != d.Name || !strings.Contains(name, ".")
}

func (b *trial) recordLiteral(v ir.Value, t *ir.Type) (string, bool) {
	r, ok := v.(*ir.Record)
	if !ok || t.Decl == nil {
		return "", false
	}
	name, ok := b.typeName(t.Decl)
	if !ok || len(r.Names) == 0 {
		return name, ok && t.Kind == ir.KError
	}
	fields := t.RecordFields()
	parts := make([]string, 0, len(fields))
	for k, f := range fields {
		text, ok := b.literal(r.Values[k], f.Type)
		if !ok {
			return "", false
		}
		parts = append(parts, f.Name+": "+text)
	}
	return name + " { " + strings.Join(parts, ", ") + " }", true
}
