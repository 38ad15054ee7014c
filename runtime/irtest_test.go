package runtime_test

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"
	"unicode"

	"github.com/flowc/flowc/compiler/ir"
)

// tree is a flow as the tests write it: shorter than a .flow file, and easy to
// make at random.
//
//	tree    = { step } .
//	step    = [ name "=" ] kind [ opts ] block { handler } | name [ opts ] { handler } .
//	kind    = "chain" | "group" | "dag" | "race" | "map" | "loop" | "if" | "wait" .
//	handler = ( "catch" | "on_failure" | "on_cancel" | "finally" ) block .
//	block   = "{" { step } "}" .
//	opts    = "(" { word | word "=" word } ")" .
//
// A name alone is a call of an activity of that name. Options: true, false
// (the flag), max=n, shard=n, tolerate=n, retry=n, timeout=d, after=a+b, undo,
// raises=E; of a map n=items; of a loop n=rounds; of an if no (it is not
// taken); of a wait d=duration or signal=s, and for=duration with a block that
// is what else to do.
type tree struct {
	kind     string // "task" for a leaf
	name     string
	opts     map[string]string
	kids     []*tree
	handlers []*tree // kind is that of the handler
	index    int     // in the workflow's nodes, once built
	id       string
}

func (t *tree) has(opt string) bool { _, ok := t.opts[opt]; return ok }

func (t *tree) number(opt string) int { n, _ := strconv.Atoi(t.opts[opt]); return n }

// flag returns the explicit flag, nil for none.
func (t *tree) flag() *bool {
	for _, v := range []bool{true, false} {
		if t.has(strconv.FormatBool(v)) {
			return &v
		}
	}
	return nil
}

func parseTree(t testing.TB, text string) *tree {
	t.Helper()
	p := &treeParser{t: t}
	field := func(r rune) bool { return unicode.IsSpace(r) || r == ',' }
	for _, sep := range []string{"{", "}", "(", ")"} {
		text = strings.ReplaceAll(text, sep, " "+sep+" ")
	}
	p.tokens = strings.FieldsFunc(text, field)
	root := &tree{kind: "workflow", name: "w", opts: map[string]string{}}
	if p.peek() == "w" {
		p.next()
		p.opts(root)
		root.kids = p.block()
		p.handlers(root)
	} else {
		root.kids = p.steps()
	}
	if len(p.tokens) > 0 {
		t.Fatalf("unexpected %q", p.tokens)
	}
	return root
}

type treeParser struct {
	t      testing.TB
	tokens []string
}

func (p *treeParser) peek() string {
	if len(p.tokens) == 0 {
		return ""
	}
	return p.tokens[0]
}

func (p *treeParser) next() string {
	tok := p.peek()
	if tok == "" {
		p.t.Fatal("the tree ends too early")
	}
	p.tokens = p.tokens[1:]
	return tok
}

func (p *treeParser) steps() (list []*tree) {
	for p.peek() != "" && p.peek() != "}" {
		list = append(list, p.step())
	}
	return list
}

func (p *treeParser) block() []*tree {
	if tok := p.next(); tok != "{" {
		p.t.Fatalf("got %q, want {", tok)
	}
	list := p.steps()
	p.next()
	return list
}

var treeKinds = []string{"chain", "group", "dag", "race", "map", "loop", "if", "wait"}

func (p *treeParser) step() *tree {
	n := &tree{kind: "task", opts: map[string]string{}}
	word := p.next()
	if p.peek() == "=" {
		p.next()
		n.name, word = word, p.next()
	}
	if slices.Contains(treeKinds, word) {
		n.kind = word
	} else {
		n.name = word
	}
	p.opts(n)
	if p.peek() == "{" {
		n.kids = p.block()
	}
	p.handlers(n)
	return n
}

func (p *treeParser) opts(n *tree) {
	if p.peek() != "(" {
		return
	}
	for p.next(); p.peek() != ")"; {
		k, v, _ := strings.Cut(p.next(), "=")
		n.opts[k] = v
	}
	p.next()
}

func (p *treeParser) handlers(n *tree) {
	for slices.Contains([]string{"catch", "on_failure", "on_cancel", "finally"}, p.peek()) {
		h := &tree{kind: p.next(), opts: map[string]string{}}
		p.opts(h)
		h.kids = p.block()
		n.handlers = append(n.handlers, h)
	}
}

// String writes the tree down as parseTree reads it.
func (t *tree) String() string {
	var b strings.Builder
	t.write(&b)
	return b.String()
}

func (t *tree) write(b *strings.Builder) {
	switch {
	case t.kind == "task" || t.kind == "workflow":
		b.WriteString(t.name)
	case t.name != "":
		b.WriteString(t.name + " = " + t.kind)
	default:
		b.WriteString(t.kind)
	}
	if len(t.opts) > 0 {
		var words []string
		for k, v := range t.opts {
			if v != "" {
				k += "=" + v
			}
			words = append(words, k)
		}
		slices.Sort(words)
		fmt.Fprintf(b, "(%s)", strings.Join(words, " "))
	}
	if t.kind != "task" && (t.kind != "wait" || t.has("for")) {
		b.WriteString(" {")
		for _, k := range t.kids {
			b.WriteString(" ")
			k.write(b)
		}
		b.WriteString(" }")
	}
	for _, h := range t.handlers {
		b.WriteString(" ")
		h.write(b)
	}
}

// builder makes the IR of a tree.
type builder struct {
	p      *ir.Program
	w      *ir.Workflow
	frame  int
	counts map[string]int // nameless blocks, by segment and kind
	by     map[string]int // nodes by name
	acts   map[string]*ir.Activity
}

// build returns the program whose only workflow is the tree. It sets index and
// id of every node.
func build(root *tree) *ir.Program {
	b := &builder{p: &ir.Program{Main: root.name}, counts: map[string]int{}, by: map[string]int{}, acts: map[string]*ir.Activity{}}
	for _, e := range []string{"E1", "E2"} {
		b.p.Types = append(b.p.Types, &ir.TypeDecl{Name: e, Kind: ir.KError})
	}
	b.w = &ir.Workflow{Name: root.name, Version: "1", Result: ir.NoneType, Frames: []ir.Frame{{Parent: -1}},
		Signals: []ir.Signal{{Name: "s"}}}
	b.p.Workflows = []*ir.Workflow{b.w}
	b.node(root, -1, ir.NWorkflow, root.name, root.name)
	return b.p
}

func constInt(n int) *ir.Expr {
	return &ir.Expr{Op: ir.OpConst, Type: ir.IntType, Value: ir.Int(n), At: ir.NoPos}
}

func constDuration(text string) *ir.Expr {
	d, err := ir.ParseDuration(text)
	if err != nil {
		panic(err)
	}
	return &ir.Expr{Op: ir.OpConst, Type: ir.DurationType, Value: d, At: ir.NoPos}
}

func (b *builder) open(parent int, kind ir.NodeKind, name, id string) int {
	n := len(b.w.Nodes)
	eff := true
	if parent >= 0 {
		eff = b.w.Nodes[parent].Eff
		if kind != ir.NBody {
			b.w.Nodes[parent].Members = append(b.w.Nodes[parent].Members, n)
		}
	}
	b.w.Nodes = append(b.w.Nodes, ir.Node{Kind: kind, Name: name, ID: id, Parent: parent, Frame: b.frame, Eff: eff,
		Slot: -1, Target: -1, ItemSlot: -1, IndexSlot: -1, DepthSlot: -1, Body: -1, Inner: -1, Subject: -1, Else: -1,
		Result: ir.NoneType, At: ir.NoPos, Extent: ir.NoPos})
	return n
}

func (b *builder) close(n int) { b.w.Nodes[n].End = len(b.w.Nodes) }

var nodeKinds = map[string]ir.NodeKind{"workflow": ir.NWorkflow, "chain": ir.NChain, "group": ir.NGroup, "dag": ir.NDag,
	"race": ir.NRace, "map": ir.NMap, "loop": ir.NLoop, "if": ir.NIf, "wait": ir.NWait, "task": ir.NActivity}

// node builds t under parent. seg is the id of the nearest node that adds a
// segment.
func (b *builder) node(t *tree, parent int, kind ir.NodeKind, id, seg string) int {
	n := b.open(parent, kind, t.name, id)
	t.index, t.id = n, id
	if t.name != "" {
		b.by[t.name] = n
	}
	b.options(t, n)
	switch kind {
	case ir.NActivity:
		b.activity(t, n)
	case ir.NWait:
		if s, ok := t.opts["signal"]; ok {
			b.w.Nodes[n].Signal = s
		} else {
			b.w.Nodes[n].Value = constDuration(t.opts["d"])
		}
		if d, ok := t.opts["for"]; ok { // the block is what else to do
			b.w.Nodes[n].For = constDuration(d)
			body := b.body(n, "else", id+"/else")
			b.w.Nodes[n].Else = body
			b.kids(t, body, id+"/else")
			b.close(body)
		}
	case ir.NMap, ir.NLoop:
		b.repeated(t, n, id)
	case ir.NIf:
		body := b.body(n, "then", id+"/then")
		b.kids(t, body, id+"/then")
		b.close(body)
		b.w.Nodes[n].Branches = []ir.Branch{{Body: body, Cond: &ir.Expr{Op: ir.OpConst, Type: ir.BoolType, Value: ir.Bool(!t.has("no"))}}}
	default:
		b.kids(t, n, seg)
	}
	catches := 0
	for _, h := range t.handlers {
		name := h.kind
		kinds := map[string]ir.HandlerKinds{"catch": ir.HCatch, "on_failure": ir.HOnFailure, "on_cancel": ir.HOnCancel, "finally": ir.HFinally}
		var errors []string
		if h.kind == "catch" {
			catches++
			name += strconv.Itoa(catches)
			if e, ok := h.opts["error"]; ok {
				errors = []string{e}
			}
		}
		body := b.body(n, name, seg+"/"+name)
		b.w.Nodes[body].Eff = true
		h.index, h.id = body, seg+"/"+name
		b.kids(h, body, h.id)
		b.close(body)
		b.w.Nodes[n].Handlers = append(b.w.Nodes[n].Handlers, ir.Handler{Kinds: kinds[h.kind], Errors: errors, Slot: -1, Body: body, At: ir.NoPos})
	}
	b.close(n)
	return n
}

func (b *builder) body(parent int, name, id string) int { return b.open(parent, ir.NBody, name, id) }

func (b *builder) kids(t *tree, n int, seg string) {
	for _, k := range t.kids {
		id, inner := seg+"/"+k.name, seg+"/"+k.name
		if k.name == "" {
			key := seg + "/" + k.kind
			b.counts[key]++
			id = fmt.Sprintf("%s/(%s %d)", seg, k.kind, b.counts[key])
			inner = seg
		}
		b.node(k, n, nodeKinds[k.kind], id, inner)
	}
}

func (b *builder) options(t *tree, n int) {
	o := &b.w.Nodes[n].Options
	if f := t.flag(); f != nil {
		o.RaisesOnFailure = f
		b.w.Nodes[n].Eff, b.w.Nodes[n].Explicit = *f, true
	}
	if t.has("max") {
		o.Max = constInt(t.number("max"))
	}
	if t.has("shard") {
		o.Shard = constInt(t.number("shard"))
	}
	if t.has("tolerate") {
		o.Tolerate = &ir.Tolerate{Count: constInt(t.number("tolerate"))}
	}
	if t.has("retry") {
		o.Retry = &ir.Retry{Max: constInt(t.number("retry"))}
	}
	if d, ok := t.opts["timeout"]; ok {
		o.Timeout = constDuration(d)
	}
	if d, ok := t.opts["total"]; ok {
		o.TotalTimeout = constDuration(d)
	}
	if names, ok := t.opts["after"]; ok {
		for _, name := range strings.Split(names, "+") {
			o.After = append(o.After, b.by[name])
		}
		b.w.Nodes[n].After = o.After
	}
}

func (b *builder) activity(t *tree, n int) {
	declare := func(name string) *ir.Activity {
		if a := b.acts[name]; a != nil {
			return a
		}
		a := &ir.Activity{Name: name, Result: ir.NoneType, Dir: ".", At: ir.NoPos}
		b.p.Activities = append(b.p.Activities, a)
		b.acts[name] = a
		return a
	}
	a := declare(t.name)
	if e, ok := t.opts["raises"]; ok {
		a.Raises = []string{e}
	}
	if t.has("undo") {
		a.Undo = &ir.UndoCall{Call: ir.Call{Callee: declare("undo_" + t.name).Name}, At: ir.NoPos}
	}
	b.w.Nodes[n].Call = &ir.Call{Callee: t.name}
}

// repeated builds a map over 0…n-1, or a loop of n rounds.
func (b *builder) repeated(t *tree, n int, id string) {
	outer := b.frame
	b.w.Frames = append(b.w.Frames, ir.Frame{Owner: n, Parent: outer, Names: []string{"x", "i"}})
	b.frame = len(b.w.Frames) - 1
	body := b.body(n, "", id+"[]")
	w := &b.w.Nodes[n]
	w.Body, w.Inner, w.ItemSlot, w.IndexSlot = body, b.frame, 0, 1
	item := &ir.Expr{Op: ir.OpSlot, Type: ir.IntType, Index: 0, At: ir.NoPos}
	if t.kind == "map" {
		list := make(ir.List, t.number("n"))
		for k := range list {
			list[k] = ir.Int(k)
		}
		w.List = &ir.Expr{Op: ir.OpConst, Type: ir.ListOf(ir.IntType), Value: list}
	} else {
		w.IndexSlot = -1
		w.Init = constInt(0)
		w.While = &ir.Expr{Op: ir.OpLt, Type: ir.BoolType, Args: []*ir.Expr{item, constInt(t.number("n"))}, At: ir.NoPos}
		w.Options.Limit = constInt(100)
	}
	b.kids(t, body, id+"[]")
	if t.kind == "loop" {
		next := b.open(body, ir.NNext, "", id+"[]")
		b.w.Nodes[next].Target = n
		b.w.Nodes[next].Value = &ir.Expr{Op: ir.OpAdd, Type: ir.IntType, Args: []*ir.Expr{item, constInt(1)}, At: ir.NoPos}
		b.close(next)
	}
	b.close(body)
	b.frame = outer
}
