package analyze

import (
	"fmt"
	"strconv"

	"github.com/flowc/flowc/compiler/ir"
	"github.com/flowc/flowc/compiler/ir/limits"
	"github.com/flowc/flowc/lang/diag"
)

// refSize is how long a ref is when it is encoded: its key, as stores of values
// make them, and its hash have the 64 digits of a SHA-256, and its size, of what
// is worth a ref, has a few.
const refSize = len(`{"$ref":"sha256/","sha256":"","size":1000000}`) + 2*64

// sizer says how long values can be when they are encoded, in characters. Parts
// that are bounded count with their longest value, those without a bound as if
// they were empty: so a value of that length is there for certain, and a type
// without any bound is never found too long.
type sizer struct {
	types map[*ir.TypeDecl]int64 // of declared types, 0 while it is being found
}

func newSizer() *sizer { return &sizer{map[*ir.TypeDecl]int64{}} }

// of returns the length of a value of type t.
func (s *sizer) of(t *ir.Type) int64 {
	if t == nil {
		return 0
	}
	switch t.Kind {
	case ir.KBool:
		return 5
	case ir.KInt, ir.KSize, ir.KFloat:
		return digits(t.Bound)
	case ir.KString, ir.KBytes:
		return 2 + length64(t.Bound)
	case ir.KURL, ir.KPath, ir.KDuration:
		return 2
	case ir.KDate:
		return int64(len(`"2026-01-31"`))
	case ir.KTime:
		return int64(len(`"2026-01-31T02:00:00Z"`))
	case ir.KList:
		most, _ := longestType(t)
		return listSize(most, s.of(t.Elem))
	case ir.KMap:
		return 2
	case ir.KRecord, ir.KError, ir.KEnum, ir.KUnion:
		return s.declared(t)
	case ir.KOptional:
		return s.of(t.Elem)
	case ir.KOutcome:
		return plus64(int64(len(`{"status":"succeeded","value":}`)), s.of(t.Elem))
	case ir.KRef:
		return int64(refSize)
	case ir.KSecret:
		return int64(len(`{"$secret":"a"}`))
	}
	return 4 // null, or any document
}

// declared returns the length of a record, enum or union. One that contains
// itself is found with nothing in it at the second time.
func (s *sizer) declared(t *ir.Type) int64 {
	if t.Decl == nil {
		return s.record(t.Fields)
	}
	if known, ok := s.types[t.Decl]; ok {
		return known
	}
	s.types[t.Decl] = 2
	size := int64(0)
	switch t.Kind {
	case ir.KEnum:
		for _, m := range t.Decl.Members {
			size = max(size, int64(len(m))+2)
		}
	case ir.KUnion:
		for _, u := range t.Decl.Union {
			size = max(size, plus64(s.of(u), int64(len(`"type":"",`)+len(u.Decl.Tag()))))
		}
	default:
		size = s.record(t.Decl.Fields)
	}
	s.types[t.Decl] = size
	return size
}

func (s *sizer) record(fields []ir.Field) int64 {
	size := int64(1 + max(1, len(fields))) // braces and commas
	for _, f := range fields {
		size = plus64(size, plus64(int64(len(f.Name))+3, s.of(f.Type)))
	}
	return size
}

// listSize returns the length of a list of n elements.
func listSize(n, elem int64) int64 {
	if n <= 0 {
		return 2
	}
	return plus64(1+n, times64(n, elem))
}

// digits returns how many characters a bounded number can have.
func digits(b *ir.Bound) int64 {
	n := 1
	if b != nil && b.Min != nil {
		n = max(n, len(strconv.FormatInt(*b.Min, 10)))
	}
	if b != nil && b.Max != nil {
		n = max(n, len(strconv.FormatInt(*b.Max, 10)))
	}
	return int64(n)
}

func length64(b *ir.Bound) int64 {
	if b == nil || b.Max == nil {
		return 0
	}
	return max(0, *b.Max)
}

// open reports whether something in a value of type t has no bound.
func (s *sizer) open(t *ir.Type) bool { return openType(t, map[*ir.TypeDecl]bool{}) }

func openType(t *ir.Type, seen map[*ir.TypeDecl]bool) bool {
	if t == nil {
		return false
	}
	switch t.Kind {
	case ir.KString, ir.KBytes, ir.KList:
		if t.Bound == nil || t.Bound.Max == nil {
			return true
		}
	case ir.KURL, ir.KPath, ir.KMap, ir.KJSON:
		return true
	case ir.KRef, ir.KSecret:
		return false
	}
	if t.Elem != nil && openType(t.Elem, seen) {
		return true
	}
	if t.Decl != nil {
		if seen[t.Decl] {
			return false
		}
		seen[t.Decl] = true
		for _, u := range t.Decl.Union {
			if openType(u, seen) {
				return true
			}
		}
	}
	for _, f := range t.RecordFields() {
		if openType(f.Type, seen) {
			return true
		}
	}
	return false
}

// openExpr reports whether something in the value of e has no bound.
func (x *index) openExpr(s *sizer, frame int, e *ir.Expr) bool {
	if e.Op == ir.OpConst {
		return false
	}
	if e.Type != nil && e.Type.Kind == ir.KList {
		if _, ok := x.longest(frame, e); ok {
			return s.open(e.Type.Elem)
		}
	}
	return s.open(e.Type)
}

// sizeOf returns how long the value of e can be, which is known better than its
// type: a list may be no longer than the one that it was made from.
func (x *index) sizeOf(s *sizer, frame int, e *ir.Expr) int64 {
	if e.Type != nil && e.Type.Kind == ir.KList {
		most, _ := x.longest(frame, e)
		return listSize(most, s.of(e.Type.Elem))
	}
	return s.of(e.Type)
}

// inputs finds calls whose input can be longer than a service takes, and the
// inputs of the workflow itself.
func (f *finder) inputs() {
	s := newSizer()
	whole, largest := int64(2), -1
	for k, p := range f.w.Params {
		whole = plus64(whole, plus64(int64(len(p.Name))+4, s.of(p.Type)))
		if largest < 0 || s.of(p.Type) > s.of(f.w.Params[largest].Type) {
			largest = k
		}
	}
	if whole > limits.Input {
		p := f.w.Params[largest]
		f.tooLong("input", p.At, whole, s, p.Type, largestBound(p.Type), "`"+f.w.Name+"`")
	}
	for k := range f.w.Nodes {
		f.input(k, s)
	}
	if n := s.of(f.w.Result); n > limits.Result {
		f.tooLong("result", f.w.At, n, s, f.w.Result, largestBound(f.w.Result), "the caller")
	}
}

// input looks at the arguments of node k.
func (f *finder) input(k int, s *sizer) {
	n := &f.w.Nodes[k]
	if n.Call == nil {
		return
	}
	params := f.params(n)
	whole, largest, most := int64(2), -1, int64(0)
	for i, a := range n.Call.Args {
		if a == nil || i >= len(params) {
			continue
		}
		size := f.sizeOf(s, n.Frame, a)
		whole = plus64(whole, plus64(int64(len(params[i].Name))+4, size))
		if size > most {
			largest, most = i, size
		}
	}
	if whole <= limits.Input || largest < 0 {
		return
	}
	arg := n.Call.Args[largest]
	at := n.At
	if places := f.argsAt(n); len(places) == len(n.Call.Args) {
		at = places[largest]
	}
	length, _ := f.longest(n.Frame, arg)
	f.tooLong("input", at, whole, s, arg.Type, length, "`"+n.Call.Callee+"`")
}

func (x *index) params(n *ir.Node) []ir.Param {
	if a := x.acts[n.Call.Callee]; a != nil {
		return a.Params
	}
	if w, err := FindWorkflow(x.prog, n.Call.Callee); err == nil {
		return w.Params
	}
	return nil
}

// results finds activities whose result can be longer than a service takes.
func (f *finder) results() {
	s := newSizer()
	for _, a := range f.prog.Activities {
		if size := s.of(a.Result); size > limits.Result && !f.library(a.At) {
			f.tooLong("result", f.resultAt(a), size, s, a.Result, largestBound(a.Result), "`"+a.Name+"`")
		}
	}
}

func largestBound(t *ir.Type) int64 {
	most, _ := longestType(t)
	return most
}

// tooLong reports a value that can be too long: an input or result, of so many
// characters, mostly for a value of type t, a list of so many elements.
func (f *finder) tooLong(what string, at ir.Pos, size int64, s *sizer, t *ir.Type, length int64, whose string) {
	d := diag.Diagnostic{
		Code:    diag.ValueLimit,
		Message: fmt.Sprintf("this %s can be %s; SWF takes %s characters", what, kilobytes(size), grouped(limits.Input)),
		Primary: f.label(at, "up to "+grouped(size)+" characters"),
	}
	elem := t
	if t != nil && t.Kind == ir.KList {
		elem = t.Elem
		d.Primary.Text = fmt.Sprintf("up to %s × %s characters", grouped(length), grouped(s.of(elem)))
	}
	if elem != nil && elem.Decl != nil && elem.Decl.At.File >= 0 {
		d.Secondary = append(d.Secondary, f.label(elem.Decl.At, grouped(s.of(elem))+" characters each when encoded"))
	}
	d.Fixes = []diag.Fix{{Title: "set `blobs = \"s3://…\"` in flow.toml: larger values are then stored there automatically"}}
	if t != nil {
		verb := "take"
		if what == "result" {
			verb = "give"
		}
		d.Fixes = append(d.Fixes, diag.Fix{Title: fmt.Sprintf("or %s `ref<%s>` in %s", verb, t, whose)})
	}
	f.add(d)
}

// kilobytes writes a number of characters as people say it.
func kilobytes(n int64) string {
	if n >= 10<<20 {
		return grouped(n>>20) + " MB"
	}
	return grouped(n>>10) + " KB"
}
