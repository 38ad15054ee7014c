package ir

import (
	"fmt"
	"io"
	"strconv"
	"strings"
)

// Print writes p for people and for golden files: declarations, then each
// workflow as a tree of nodes with everything that the interpreter reads.
// Positions and sources are left out, so that a golden changes only when the
// meaning does. A name of a frame further out has one `^` for each level, a
// slot without a name is `$3`, a variable of a lambda or comprehension `%0`.
func Print(w io.Writer, p *Program) error {
	pr := printer{}
	pr.program(p)
	_, err := io.WriteString(w, pr.b.String())
	return err
}

// printer gathers the text. frames are those around the expression being
// printed, from the innermost.
type printer struct {
	b      strings.Builder
	frames [][]string
}

func (pr *printer) line(indent int, format string, args ...any) {
	pr.b.WriteString(strings.Repeat("  ", indent))
	fmt.Fprintf(&pr.b, format, args...)
	pr.b.WriteByte('\n')
}

func (pr *printer) program(p *Program) {
	for _, d := range p.Types {
		pr.decl(d)
	}
	for _, param := range p.Params {
		pr.line(0, "param %s", pr.param(param))
	}
	for _, a := range p.Activities {
		pr.activity(a)
	}
	for _, w := range p.Workflows {
		pr.workflow(w)
	}
	if p.Main != "" {
		pr.line(0, "main %s", p.Main)
	}
}

func (pr *printer) decl(d *TypeDecl) {
	kind := "type"
	switch d.Kind {
	case KEnum:
		pr.line(0, "enum %s { %s }", d.Name, strings.Join(d.Members, ", "))
		return
	case KUnion:
		names := make([]string, len(d.Union))
		for i, m := range d.Union {
			names[i] = m.String()
		}
		pr.line(0, "type %s = %s", d.Name, strings.Join(names, " | "))
		return
	case KError:
		kind = "error"
	}
	pr.line(0, "%s %s %s", kind, d.Name, &Type{Kind: KRecord, Fields: d.Fields})
}

func (pr *printer) param(p Param) string {
	text := p.Name + ": " + p.Type.String()
	if p.Default != nil {
		text += " = " + pr.expr(p.Default)
	}
	return text
}

func (pr *printer) params(list []Param) string {
	parts := make([]string, len(list))
	for i, p := range list {
		parts[i] = pr.param(p)
	}
	return "(" + strings.Join(parts, ", ") + ")"
}

func paramNames(list []Param) []string {
	names := make([]string, len(list))
	for i, p := range list {
		names[i] = p.Name
	}
	return names
}

func (pr *printer) activity(a *Activity) {
	head := "activity " + a.Name + pr.params(a.Params) + " -> " + a.Result.String()
	if len(a.Raises) > 0 {
		head += " raises " + strings.Join(a.Raises, ", ")
	}
	pr.line(0, "%s", head)
	pr.frames = [][]string{paramNames(a.Params)}
	for _, o := range pr.options(&a.Options) {
		pr.line(1, "%s", o)
	}
	if m := a.Program; m != nil {
		pr.set(1, "run", m.Argv)
		pr.set(1, "env", m.Env)
		pr.set(1, "cwd", m.Cwd)
		pr.line(1, "stdin = %s, result = %s", m.Stdin, m.Stdout)
		pr.set(1, "input", m.Input)
		pr.set(1, "file", m.File)
		for _, e := range m.Errors {
			pr.line(1, "exit %d = %s", e.Code, e.Error)
		}
	}
	if a.Undo != nil {
		pr.line(1, "undo = %s", pr.call(&a.Undo.Call))
	}
	pr.set(1, "expect", a.Expect)
	for _, f := range []struct {
		name string
		set  bool
	}{{"kwargs", a.Kwargs}, {"idempotent", a.Idempotent}} {
		if f.set {
			pr.line(1, "%s", f.name)
		}
	}
	if a.Version != "" {
		pr.line(1, "version = %q", a.Version)
	}
	pr.line(1, "dir = %q", a.Dir)
}

func (pr *printer) set(indent int, name string, e *Expr) {
	if e != nil {
		pr.line(indent, "%s = %s", name, pr.expr(e))
	}
}

// options returns `name = value` of what is set.
func (pr *printer) options(o *Options) []string {
	var out []string
	add := func(name string, e *Expr) {
		if e != nil {
			out = append(out, name+" = "+pr.expr(e))
		}
	}
	if o.RaisesOnFailure != nil {
		out = append(out, "raises_on_failure = "+strconv.FormatBool(*o.RaisesOnFailure))
	}
	add("timeout", o.Timeout)
	add("queue_timeout", o.QueueTimeout)
	add("total_timeout", o.TotalTimeout)
	add("heartbeat", o.Heartbeat)
	if r := o.Retry; r != nil {
		add("retry", r.Max)
		add("retry from", r.From)
		add("retry factor", r.Factor)
		add("retry max", r.Cap)
		add("retry jitter", r.Jitter)
		if len(r.On) > 0 {
			out = append(out, "retry on = "+strings.Join(r.On, ", "))
		}
	}
	add("priority", o.Priority)
	add("task_list", o.TaskList)
	add("version", o.VersionAt)
	add("max", o.Max)
	if len(o.After) > 0 {
		out = append(out, "after = "+fmt.Sprint(o.After))
	}
	if t := o.Tolerate; t != nil {
		add("tolerate", t.Count)
		if t.Count == nil {
			out = append(out, "tolerate = "+strconv.FormatFloat(t.Percent, 'f', -1, 64)+"%")
		}
	}
	add("batch", o.Batch)
	add("shard", o.Shard)
	add("limit", o.Limit)
	if o.Continue {
		out = append(out, "continue = true")
	}
	if o.OnParentClose != "" {
		out = append(out, "on_parent_close = "+o.OnParentClose)
	}
	if o.ChildPolicy != "" {
		out = append(out, "child_policy = "+o.ChildPolicy)
	}
	add("decision_timeout", o.DecisionTimeout)
	add("tags", o.Tags)
	return out
}

func (pr *printer) workflow(w *Workflow) {
	pr.frames = nil
	pr.line(0, "workflow %s%s -> %s version %q", w.Name, pr.params(w.Params), w.Result, w.Version)
	for _, s := range w.Signals {
		pr.line(1, "signal %s%s", s.Name, pr.params(s.Params))
	}
	for i, f := range w.Frames {
		pr.line(1, "frame %d of node %d in %d: %s", i, f.Owner, f.Parent, strings.Join(slotNames(f.Names), " "))
	}
	depth := make([]int, len(w.Nodes))
	for i := range w.Nodes {
		n := &w.Nodes[i]
		if i > 0 && n.Parent >= 0 && n.Parent < i {
			depth[i] = depth[n.Parent] + 1
		}
		pr.node(w, i, depth[i])
	}
}

func slotNames(names []string) []string {
	out := make([]string, len(names))
	for i, n := range names {
		if out[i] = n; n == "" {
			out[i] = "$" + strconv.Itoa(i)
		}
	}
	return out
}

// seen returns the names of the slots that are seen from a frame.
func seen(w *Workflow, frame int) (names [][]string) {
	for f := frame; f >= 0 && f < len(w.Frames) && len(names) <= len(w.Frames); f = w.Frames[f].Parent {
		names = append(names, w.Frames[f].Names)
	}
	return names
}

func (pr *printer) node(w *Workflow, i, depth int) {
	n := &w.Nodes[i]
	pr.frames = seen(w, n.Frame)
	head := fmt.Sprintf("%d %s", i, n.Kind)
	if n.Slot >= 0 {
		head += " " + pr.slot(0, n.Slot) + " ="
	}
	if n.Call != nil {
		head += " " + pr.call(n.Call)
	}
	if n.Detach {
		head += " detached"
	}
	if n.Value != nil {
		head += " " + pr.expr(n.Value)
	}
	if n.Target >= 0 {
		head += fmt.Sprintf(" to %d", n.Target)
	}
	if n.Result != nil && n.Result.Kind != KNone {
		head += " : " + n.Result.String()
	}
	if !n.Kind.Instant() {
		head += " id " + n.ID
	}
	if !n.Eff {
		head += " (tolerant)"
	}
	if len(n.After) > 0 {
		head += " after " + fmt.Sprint(n.After)
	}
	pr.line(depth+1, "%s", head)
	for _, o := range pr.options(&n.Options) {
		pr.line(depth+3, "with %s", o)
	}
	pr.parts(w, n, depth+3)
}

func (pr *printer) parts(w *Workflow, n *Node, indent int) {
	pr.set(indent, "in", n.List)
	pr.set(indent, "from", n.Init)
	pr.set(indent, "for", n.For)
	if n.Signal != "" {
		pr.line(indent, "signal %s", n.Signal)
	}
	if n.Until {
		pr.line(indent, "until")
	}
	if n.Subject >= 0 {
		pr.line(indent, "on %s", pr.slot(0, n.Subject))
	}
	for _, b := range n.Branches {
		cond := "always"
		if b.Cond != nil {
			cond = pr.expr(b.Cond)
		}
		pr.line(indent, "%s: %d", cond, b.Body)
	}
	for _, h := range n.Handlers {
		var kinds []string
		for k, name := range handlerNames {
			if h.Kinds&(1<<k) != 0 {
				kinds = append(kinds, name)
			}
		}
		text := strings.Join(kinds, ", ")
		if len(h.Errors) > 0 {
			text += " " + strings.Join(h.Errors, " | ")
		}
		if h.Slot >= 0 {
			text += " as " + pr.slot(0, h.Slot)
		}
		pr.line(indent, "%s: %d", text, h.Body)
		pr.set(indent+1, "timeout", h.Timeout)
	}
	if n.Else >= 0 {
		pr.line(indent, "else: %d", n.Else)
	}
	if n.Undo != nil {
		pr.line(indent, "undo = %s", pr.call(&n.Undo.Call))
	}
	if n.UndoNone {
		pr.line(indent, "undo none")
	}
	if n.Inner < 0 {
		return
	}
	pr.frames = seen(w, n.Inner)
	inner := fmt.Sprintf("frame %d", n.Inner)
	for _, s := range []struct {
		name string
		slot int
	}{{"item", n.ItemSlot}, {"index", n.IndexSlot}, {"depth", n.DepthSlot}} {
		if s.slot >= 0 {
			inner += ", " + s.name + " " + pr.slot(0, s.slot)
		}
	}
	pr.line(indent, "%s", inner)
	pr.set(indent, "by", n.Key)
	pr.set(indent, "while", n.While)
}

func (pr *printer) call(c *Call) string {
	args := make([]string, len(c.Args))
	for i, a := range c.Args {
		if args[i] = "_"; a != nil {
			args[i] = pr.expr(a)
		}
	}
	return c.Callee + "(" + strings.Join(args, ", ") + ")"
}

func (pr *printer) slot(up, index int) string {
	if up >= 0 && up < len(pr.frames) && index >= 0 && index < len(pr.frames[up]) && pr.frames[up][index] != "" {
		return strings.Repeat("^", up) + pr.frames[up][index]
	}
	return strings.Repeat("^", max(up, 0)) + "$" + strconv.Itoa(index)
}
