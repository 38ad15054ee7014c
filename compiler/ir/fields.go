package ir

import (
	"crypto/sha256"
	"encoding/hex"
)

// The fields of every struct in the JSON form, in order. See codec.go.

// none is the index of nothing.
const none = -1

func (c *codec) programFields(p *Program, format *int, hash *string) {
	c.intOr("format", format, 0)
	if c.err == nil && *format != Format {
		c.fail("its format is %d, and this flowc reads format %d", *format, Format)
	}
	if !c.bare {
		c.str("hash", hash)
	}
	c.str("main", &p.Main)
	pointers(c, "types", &p.Types, func(d *TypeDecl) { c.body(func() { c.declFields(d) }) })
	c.closeTypes(p)
	list(c, "params", &p.Params, c.param)
	pointers(c, "activities", &p.Activities, func(a *Activity) { c.body(func() { c.activityFields(a) }) })
	pointers(c, "workflows", &p.Workflows, func(w *Workflow) { c.body(func() { c.workflowFields(w) }) })
	if !c.bare {
		list(c, "sources", &p.Sources, func(s *Source) {
			c.body(func() {
				c.str("name", &s.Name)
				c.str("text", &s.Text)
			})
		})
	}
}

// closeTypes reads the types that the declarations use, now that all
// declarations are known.
func (c *codec) closeTypes(p *Program) {
	if c.writing() {
		return
	}
	for _, d := range p.Types {
		if _, twice := c.decls[d.Name]; twice || Scalar(d.Name) != nil || d.Name == "" {
			c.fail("the type %q is declared twice, or may not be", shorten(d.Name))
			return
		}
		c.decls[d.Name] = d
	}
	for _, o := range c.open {
		c.resolve(o.text, o.into)
	}
}

func (c *codec) declFields(d *TypeDecl) {
	c.str("name", &d.Name)
	enum(c, "kind", &d.Kind, declKinds[:])
	c.typeFields("fields", &d.Fields)
	c.strs("members", &d.Members)
	c.typeList("union", &d.Union)
	c.pos("at", &d.At)
}

// typeFields reads the texts of all fields' types first: types are filled in
// later, by the address where they belong, so that the list must not move.
func (c *codec) typeFields(name string, p *[]Field) {
	var texts []string
	list(c, name, p, func(f *Field) {
		c.body(func() {
			c.str("name", &f.Name)
			if c.writing() {
				c.typ("type", &f.Type)
				return
			}
			text := ""
			c.str("type", &text)
			texts = append(texts, text)
		})
	})
	for i, text := range texts {
		if c.err == nil {
			(*p)[i].Type = Invalid
			c.open = append(c.open, openType{text, &(*p)[i].Type})
		}
	}
}

func (c *codec) typeList(name string, p *[]*Type) {
	if c.writing() {
		texts := make([]string, len(*p))
		for i, t := range *p {
			texts[i] = t.String()
		}
		c.strs(name, &texts)
		return
	}
	var texts []string
	c.strs(name, &texts)
	if len(texts) == 0 {
		return
	}
	*p = make([]*Type, len(texts))
	for i, text := range texts {
		(*p)[i] = Invalid
		c.open = append(c.open, openType{text, &(*p)[i]})
	}
}

func (c *codec) param(p *Param) {
	c.body(func() {
		c.str("name", &p.Name)
		c.typ("type", &p.Type)
		c.expr("default", &p.Default)
		c.pos("at", &p.At)
	})
}

func (c *codec) activityFields(a *Activity) {
	c.str("name", &a.Name)
	list(c, "params", &a.Params, c.param)
	c.typ("result", &a.Result)
	c.strs("raises", &a.Raises)
	c.options("options", &a.Options)
	pointer(c, "program", &a.Program, c.commandFields)
	c.bool("kwargs", &a.Kwargs)
	c.bool("idempotent", &a.Idempotent)
	pointer(c, "undo", &a.Undo, c.undoFields)
	c.expr("expect", &a.Expect)
	c.str("version", &a.Version)
	c.str("dir", &a.Dir)
	c.pos("at", &a.At)
}

func (c *codec) commandFields(m *Command) {
	c.expr("argv", &m.Argv)
	c.expr("env", &m.Env)
	c.expr("cwd", &m.Cwd)
	enumOr0(c, "stdin", &m.Stdin, stdinNames[:])
	c.expr("input", &m.Input)
	enumOr0(c, "stdout", &m.Stdout, resultNames[:])
	c.expr("file", &m.File)
	list(c, "errors", &m.Errors, func(e *ExitError) {
		c.body(func() {
			c.intOr("code", &e.Code, 0)
			c.str("error", &e.Error)
		})
	})
}

func (c *codec) undoFields(u *UndoCall) {
	c.callFields(&u.Call)
	c.pos("at", &u.At)
}

func (c *codec) callFields(k *Call) {
	c.str("callee", &k.Callee)
	c.exprs("args", &k.Args)
}

func (c *codec) options(name string, o *Options) {
	c.object(name, func() {
		c.flag("raises_on_failure", &o.RaisesOnFailure)
		c.expr("timeout", &o.Timeout)
		c.expr("queue_timeout", &o.QueueTimeout)
		c.expr("total_timeout", &o.TotalTimeout)
		c.expr("heartbeat", &o.Heartbeat)
		pointer(c, "retry", &o.Retry, func(r *Retry) {
			c.expr("max", &r.Max)
			c.expr("from", &r.From)
			c.expr("factor", &r.Factor)
			c.expr("cap", &r.Cap)
			c.expr("jitter", &r.Jitter)
			c.strs("on", &r.On)
		})
		c.expr("priority", &o.Priority)
		c.expr("task_list", &o.TaskList)
		c.expr("version", &o.VersionAt)
		c.expr("max", &o.Max)
		c.ints("after", &o.After)
		pointer(c, "tolerate", &o.Tolerate, func(t *Tolerate) {
			c.expr("count", &t.Count)
			c.float("percent", &t.Percent)
		})
		c.expr("batch", &o.Batch)
		c.expr("shard", &o.Shard)
		c.expr("limit", &o.Limit)
		c.bool("continue", &o.Continue)
		c.str("on_parent_close", &o.OnParentClose)
		c.str("child_policy", &o.ChildPolicy)
		c.expr("decision_timeout", &o.DecisionTimeout)
		c.expr("tags", &o.Tags)
		if c.bare {
			return // where an option was written changes nothing
		}
		list(c, "at", &o.At, func(p *OptionPos) {
			c.body(func() {
				c.str("name", &p.Name)
				c.str("from", &p.From)
				c.pos("at", &p.At)
			})
		})
	})
}

func (c *codec) workflowFields(w *Workflow) {
	c.str("name", &w.Name)
	list(c, "params", &w.Params, c.param)
	c.typ("result", &w.Result)
	c.str("version", &w.Version)
	list(c, "nodes", &w.Nodes, func(n *Node) { c.body(func() { c.nodeFields(n) }) })
	list(c, "frames", &w.Frames, func(f *Frame) {
		c.body(func() {
			c.intOr("owner", &f.Owner, none)
			c.intOr("parent", &f.Parent, none)
			c.strs("names", &f.Names)
		})
	})
	list(c, "signals", &w.Signals, func(s *Signal) {
		c.body(func() {
			c.str("name", &s.Name)
			list(c, "params", &s.Params, c.param)
			c.pos("at", &s.At)
		})
	})
	c.pos("at", &w.At)
}

func (c *codec) nodeFields(n *Node) {
	enum(c, "kind", &n.Kind, kindNames[:])
	c.str("name", &n.Name)
	c.str("id", &n.ID)
	c.intOr("parent", &n.Parent, none)
	c.intOr("end", &n.End, none)
	c.ints("members", &n.Members)
	c.ints("after", &n.After)
	c.intOr("frame", &n.Frame, none)
	c.intOr("slot", &n.Slot, none)
	c.typ("result", &n.Result)
	c.options("options", &n.Options)
	c.bool("eff", &n.Eff)
	c.bool("explicit", &n.Explicit)
	c.pos("at", &n.At)
	c.pos("extent", &n.Extent)
	c.expr("value", &n.Value)
	c.intOr("target", &n.Target, none)
	pointer(c, "call", &n.Call, c.callFields)
	c.expr("list", &n.List)
	c.expr("key", &n.Key)
	c.intOr("item_slot", &n.ItemSlot, none)
	c.intOr("index_slot", &n.IndexSlot, none)
	c.expr("init", &n.Init)
	c.expr("while", &n.While)
	c.intOr("depth_slot", &n.DepthSlot, none)
	c.intOr("body", &n.Body, none)
	c.intOr("inner", &n.Inner, none)
	c.intOr("subject", &n.Subject, none)
	list(c, "branches", &n.Branches, func(b *Branch) {
		c.body(func() {
			c.expr("cond", &b.Cond)
			c.intOr("body", &b.Body, none)
		})
	})
	c.str("signal", &n.Signal)
	c.bool("until", &n.Until)
	c.expr("for", &n.For)
	c.intOr("else", &n.Else, none)
	list(c, "handlers", &n.Handlers, c.handler)
	pointer(c, "undo", &n.Undo, c.undoFields)
	c.bool("undo_none", &n.UndoNone)
	c.bool("detach", &n.Detach)
}

func (c *codec) handler(h *Handler) {
	c.body(func() {
		var kinds []string
		for i, name := range handlerNames {
			if h.Kinds&(1<<i) != 0 {
				kinds = append(kinds, name)
			}
		}
		c.strs("kinds", &kinds)
		if !c.writing() {
			h.Kinds = c.handlerKinds(kinds)
		}
		c.strs("errors", &h.Errors)
		c.intOr("slot", &h.Slot, none)
		c.expr("timeout", &h.Timeout)
		c.intOr("body", &h.Body, none)
		c.pos("at", &h.At)
	})
}

func (c *codec) handlerKinds(names []string) (kinds HandlerKinds) {
next:
	for _, name := range names {
		for i, known := range handlerNames {
			if name == known {
				kinds |= 1 << i
				continue next
			}
		}
		c.fail("%q is no kind of handler", shorten(name))
	}
	return kinds
}

func (c *codec) exprFields(e *Expr) {
	enum(c, "op", &e.Op, opNames[:])
	c.typ("type", &e.Type)
	c.str("name", &e.Name)
	c.strs("names", &e.Names)
	c.intOr("up", &e.Up, 0)
	c.intOr("index", &e.Index, 0)
	if e.Op == OpConst && c.err == nil {
		if e.Type == nil {
			c.fail("a constant has no type")
			return
		}
		c.value("value", &e.Value, e.Type)
	}
	c.exprs("args", &e.Args)
	c.pos("at", &e.At)
}

// Hash returns the content hash of p, `sha256:` and 64 hexadecimal digits. It
// does not depend on positions, sources, comments or layout, and equal hashes
// mean programs that behave the same.
func (p *Program) Hash() string {
	hash, err := p.hash()
	if err != nil {
		return "" // a constant that does not fit its type, which Check refuses
	}
	return hash
}

func (p *Program) hash() (string, error) {
	c := codec{out: make([]byte, 0, 4096), texts: map[*Type][]byte{}, bare: true}
	format, no := Format, ""
	c.body(func() { c.programFields(p, &format, &no) })
	if c.err != nil {
		return "", c.err
	}
	sum := sha256.Sum256(c.out)
	return "sha256:" + hex.EncodeToString(sum[:]), nil
}
