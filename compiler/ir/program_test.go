package ir_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/sebdah/goldie/v2"

	"github.com/flowc/flowc/compiler/ir"
)

func constant(v ir.Value, t *ir.Type) *ir.Expr {
	return &ir.Expr{Op: ir.OpConst, Value: v, Type: t, At: ir.NoPos}
}

func slot(up, index int, t *ir.Type) *ir.Expr {
	return &ir.Expr{Op: ir.OpSlot, Up: up, Index: index, Type: t, At: ir.Pos{File: 0, Start: 1, End: 2}}
}

func flag(b bool) *bool { return &b }

// blank returns a node without indexes.
func blank(kind ir.NodeKind, id string, parent, end int) ir.Node {
	return ir.Node{
		Kind: kind, ID: id, Parent: parent, End: end, Slot: -1, Result: ir.NoneType, Eff: true,
		Target: -1, ItemSlot: -1, IndexSlot: -1, DepthSlot: -1, Body: -1, Inner: -1, Subject: -1, Else: -1,
		At: ir.Pos{File: 0, Start: int32(parent + 1), End: int32(end)}, Extent: ir.NoPos,
	}
}

// sample is a program with every kind of thing in it:
//
//	workflow etl(day: date) -> [string!]     0
//	  parts = list(day) with retry = 3       1
//	  rows = map part in parts by part.id    2, body 3
//	    dag                                  4
//	      raw = extract(part)                5
//	      extract(part) after raw            6
//	    yield raw                            7
//	  if day > 2026-01-31                    8, body 9
//	    raise Bad { reason: "late" }         10
//	  wait approve for 1h                    11, else 12
//	  return rows                            13
//	on_failure, on_cancel as f               14
//	  undo(day)                              15
func sample() *ir.Program {
	row := &ir.TypeDecl{Name: "Row", Kind: ir.KRecord, Fields: []ir.Field{{Name: "id", Type: ir.StringType}}, At: ir.NoPos}
	row.Fields = append(row.Fields, ir.Field{Name: "next", Type: ir.OptionalOf(&ir.Type{Kind: ir.KRecord, Decl: row})})
	bad := &ir.TypeDecl{Name: "Bad", Kind: ir.KError, Fields: []ir.Field{{Name: "reason", Type: ir.StringType}}, At: ir.NoPos}
	tier := &ir.TypeDecl{Name: "Tier", Kind: ir.KEnum, Members: []string{"silver", "gold"}, At: ir.NoPos}
	shape := &ir.TypeDecl{Name: "Shape", Kind: ir.KUnion, Union: []*ir.Type{{Kind: ir.KRecord, Decl: row}}, At: ir.NoPos}
	rowT := &ir.Type{Kind: ir.KRecord, Decl: row}
	day := []ir.Param{{Name: "day", Type: ir.DateType, At: ir.Pos{File: 0, Start: 4, End: 7}}}
	hour := constant(ir.Duration(3600e9), ir.DurationType)
	retry := &ir.Retry{Max: constant(ir.Int(3), ir.IntType), On: []string{"Bad"}}
	list := &ir.Activity{
		Name: "list", Params: day, Result: ir.ListOf(rowT), Raises: []string{"Bad"}, At: ir.NoPos, Dir: "jobs", Version: "7", Idempotent: true, Expect: hour,
		Options: ir.Options{Timeout: hour, Retry: retry, At: []ir.OptionPos{{Name: "timeout", From: "activity", At: ir.Pos{File: 0, Start: 9, End: 10}}}},
		Program: &ir.Command{
			Argv:   &ir.Expr{Op: ir.OpList, Type: ir.ListOf(ir.StringType), Args: []*ir.Expr{{Op: ir.OpInterp, Type: ir.StringType, Names: []string{"", "%Y"}, Args: []*ir.Expr{constant(ir.String("d="), ir.StringType), slot(0, 0, ir.DateType)}, At: ir.NoPos}}, At: ir.NoPos},
			Stdout: ir.ResultLines, Errors: []ir.ExitError{{Code: 2, Error: "Bad"}},
		},
		Undo: &ir.UndoCall{Call: ir.Call{Callee: "undo", Args: []*ir.Expr{slot(0, 0, ir.DateType)}}, At: ir.NoPos},
	}
	extract := &ir.Activity{Name: "extract", Params: []ir.Param{{Name: "part", Type: rowT, At: ir.NoPos}, {Name: "n", Type: ir.IntType, Default: constant(ir.Int(1), ir.IntType), At: ir.NoPos}}, Result: ir.StringType, At: ir.NoPos}
	undo := &ir.Activity{Name: "undo", Params: day, Result: ir.NoneType, At: ir.NoPos}

	outcomes := ir.ListOf(ir.OutcomeOf(ir.StringType))
	n := []ir.Node{
		blank(ir.NWorkflow, "etl", -1, 16), blank(ir.NActivity, "etl/parts", 0, 2), blank(ir.NMap, "etl/rows", 0, 8), blank(ir.NBody, "etl/rows[]", 2, 8),
		blank(ir.NDag, "etl/rows[]/(dag 1)", 3, 7), blank(ir.NActivity, "etl/rows[]/raw", 4, 6), blank(ir.NActivity, "etl/rows[]/extract", 4, 7), blank(ir.NYield, "etl/rows[]", 3, 8),
		blank(ir.NIf, "etl/(if 1)", 0, 11), blank(ir.NBody, "etl/(if 1)/then", 8, 11), blank(ir.NRaise, "etl/(if 1)/then", 9, 11),
		blank(ir.NWait, "etl/(wait 1)", 0, 13), blank(ir.NBody, "etl/(wait 1)/else", 11, 13), blank(ir.NReturn, "etl", 0, 14),
		blank(ir.NBody, "etl/on_failure", 0, 16), blank(ir.NActivity, "etl/on_failure/undo", 14, 16),
	}
	n[0].Members, n[0].Result = []int{1, 2, 8, 11, 13}, outcomes
	n[0].Handlers = []ir.Handler{{Kinds: ir.HOnFailure | ir.HOnCancel, Slot: 3, Body: 14, Timeout: hour, At: ir.NoPos}}
	n[1].Slot, n[1].Result, n[1].Name = 1, list.Result, "parts"
	n[1].Call = &ir.Call{Callee: "list", Args: []*ir.Expr{slot(0, 0, ir.DateType)}}
	n[1].Options = ir.Options{Retry: retry, TaskList: constant(ir.String("etl"), ir.StringType)}
	n[2].Slot, n[2].Result, n[2].List, n[2].Body, n[2].Inner, n[2].ItemSlot = 2, outcomes, slot(0, 1, list.Result), 3, 1, 0
	n[2].Key = &ir.Expr{Op: ir.OpField, Name: "id", Type: ir.StringType, Args: []*ir.Expr{slot(0, 0, rowT)}, At: ir.NoPos}
	n[2].Options = ir.Options{RaisesOnFailure: flag(false), Tolerate: &ir.Tolerate{Percent: 10}, Max: constant(ir.Int(20), ir.IntType)}
	n[2].Explicit, n[2].Eff = true, false
	for i := 3; i <= 7; i++ {
		n[i].Frame, n[i].Eff = 1, false
	}
	n[3].Members, n[4].Members, n[6].After = []int{4, 7}, []int{5, 6}, []int{5}
	n[5].Slot, n[5].Result, n[5].Call = 1, ir.StringType, &ir.Call{Callee: "extract", Args: []*ir.Expr{slot(0, 0, rowT), nil}}
	n[6].Result, n[6].Call, n[6].UndoNone = ir.StringType, n[5].Call, true
	n[7].Value, n[7].Target = slot(0, 1, ir.StringType), 3
	n[8].Branches = []ir.Branch{{Cond: &ir.Expr{Op: ir.OpGt, Type: ir.BoolType, Args: []*ir.Expr{slot(0, 0, ir.DateType), constant(ir.Date(20484), ir.DateType)}, At: ir.NoPos}, Body: 9}}
	n[9].Members = []int{10}
	n[10].Value = &ir.Expr{Op: ir.OpRecord, Type: &ir.Type{Kind: ir.KError, Decl: bad}, Names: []string{"reason"}, Args: []*ir.Expr{constant(ir.String("late"), ir.StringType)}, At: ir.NoPos}
	n[11].Signal, n[11].For, n[11].Else = "approve", hour, 12
	n[13].Value, n[13].Target = slot(0, 2, outcomes), 0
	n[14].Members = []int{15}
	n[15].Call = &ir.Call{Callee: "undo", Args: []*ir.Expr{slot(0, 0, ir.DateType)}}
	return &ir.Program{
		Types:      []*ir.TypeDecl{row, bad, tier, shape},
		Params:     []ir.Param{{Name: "env", Type: &ir.Type{Kind: ir.KEnum, Decl: tier}, Default: constant(ir.String("gold"), &ir.Type{Kind: ir.KEnum, Decl: tier}), At: ir.NoPos}},
		Activities: []*ir.Activity{list, extract, undo},
		Workflows: []*ir.Workflow{{
			Name: "etl", Params: day, Result: outcomes, Version: "1", Nodes: n, At: ir.NoPos,
			Frames:  []ir.Frame{{Owner: 0, Parent: -1, Names: []string{"day", "parts", "rows", "f"}}, {Owner: 2, Parent: 0, Names: []string{"part", "raw"}}},
			Signals: []ir.Signal{{Name: "approve", Params: []ir.Param{{Name: "by", Type: ir.StringType, At: ir.NoPos}}, At: ir.NoPos}},
		}},
		Sources: []ir.Source{{Name: "etl.flow", Text: "# whole\n"}},
		Main:    "etl",
	}
}

func TestSampleIsSound(t *testing.T) {
	if err := ir.Check(sample()); err != nil {
		t.Fatal(err)
	}
}

func TestPrint(t *testing.T) {
	var b bytes.Buffer
	if err := ir.Print(&b, sample()); err != nil {
		t.Fatal(err)
	}
	goldie.New(t).Assert(t, "print", b.Bytes())
}

func TestCheckNamesTheRule(t *testing.T) {
	wf := func(p *ir.Program) *ir.Workflow { return p.Workflows[0] }
	for _, c := range []struct {
		want  string
		spoil func(p *ir.Program)
	}{
		{"workflow etl, node 5 (etl/rows[]/raw): its parent is 3", func(p *ir.Program) { wf(p).Nodes[5].Parent = 3 }},
		{"node 4 (etl/rows[]/(dag 1)): its subtree [4, 9)", func(p *ir.Program) { wf(p).Nodes[4].End = 9 }},
		{"node 0 is not the workflow", func(p *ir.Program) { wf(p).Nodes[0].End = 3 }},
		{"it starts node 5, which is no child", func(p *ir.Program) { wf(p).Nodes[3].Members = []int{4, 5, 7} }},
		{"nothing starts it", func(p *ir.Program) { wf(p).Nodes[3].Members = []int{4} }},
		{"node 4 is started twice", func(p *ir.Program) { wf(p).Nodes[3].Members = []int{4, 4, 7} }},
		{"node 9, a body, in the wrong way", func(p *ir.Program) { wf(p).Nodes[8].Members = []int{9} }},
		{"its members wait for each other in a cycle", func(p *ir.Program) { wf(p).Nodes[5].After = []int{6} }},
		{"it comes after node 4, which is no sibling in a dag", func(p *ir.Program) { wf(p).Nodes[5].After = []int{4} }},
		{"its frame is 0", func(p *ir.Program) { wf(p).Nodes[5].Frame = 0 }},
		{"its slot 9 is not a slot", func(p *ir.Program) { wf(p).Nodes[5].Slot = 9 }},
		{"its item slot 7", func(p *ir.Program) { wf(p).Nodes[2].ItemSlot = 7 }},
		{"slot 9, 0 frames up, does not exist", func(p *ir.Program) { wf(p).Nodes[7].Value = slot(0, 9, ir.StringType) }},
		{"slot 0, 2 frames up, does not exist", func(p *ir.Program) { wf(p).Nodes[7].Value = slot(2, 0, ir.StringType) }},
		{"frame 1 is not that of its owner", func(p *ir.Program) { wf(p).Frames[1].Owner = 1 }},
		{"frame 1 is not inside", func(p *ir.Program) { wf(p).Frames[1].Parent = 1 }},
		{"its effective flag is not that of the node around", func(p *ir.Program) { wf(p).Nodes[5].Eff = true }},
		{"its effective flag is not the one that is written", func(p *ir.Program) { wf(p).Nodes[2].Eff = true }},
		{"it is not explicit", func(p *ir.Program) { wf(p).Nodes[2].Explicit = false }},
		{"starts at raises_on_failure = true", func(p *ir.Program) { wf(p).Nodes[14].Eff = false }},
		{`the activity "frob" is not declared`, func(p *ir.Program) { wf(p).Nodes[1].Call.Callee = "frob" }},
		{"the call of list has 0 arguments for 1 parameters", func(p *ir.Program) { wf(p).Nodes[1].Call.Args = nil }},
		{"no argument for part", func(p *ir.Program) { wf(p).Nodes[5].Call.Args[0] = nil }},
		{"an expression of type date stands where string is wanted", func(p *ir.Program) { wf(p).Nodes[1].Options.TaskList = slot(0, 0, ir.DateType) }},
		{"an expression of type int stands where duration is wanted", func(p *ir.Program) { p.Activities[0].Options.Timeout = constant(ir.Int(3), ir.IntType) }},
		{`the signal "approve" is not declared`, func(p *ir.Program) { wf(p).Signals = nil }},
		{"its target 8 is not around it", func(p *ir.Program) { wf(p).Nodes[13].Target = 8 }},
		{"it returns from a body", func(p *ir.Program) { wf(p).Nodes[7].Kind = ir.NReturn }},
		{"what is raised is no error", func(p *ir.Program) { wf(p).Nodes[10].Value = constant(ir.Int(1), ir.IntType) }},
		{"a constant is no int: expected int, found string", func(p *ir.Program) { p.Activities[1].Params[1].Default.Value = ir.String("x") }},
		{"a type is missing or invalid", func(p *ir.Program) { wf(p).Nodes[1].Result = ir.ListOf(ir.Invalid) }},
		{"a type is missing or invalid", func(p *ir.Program) { wf(p).Nodes[1].Result = nil }},
		{"the type Row is not declared", func(p *ir.Program) { p.Types = p.Types[1:] }},
		{"type Tier: the name is taken", func(p *ir.Program) { p.Types = append(p.Types, p.Types[2]) }},
		{"the error Worse is not declared", func(p *ir.Program) { p.Activities[0].Raises = []string{"Worse"} }},
		{`the main workflow "x" is not declared`, func(p *ir.Program) { p.Main = "x" }},
		{"two members of a union are called", func(p *ir.Program) {
			p.Types[3].Union = append(p.Types[3].Union, p.Types[3].Union[0])
		}},
		{"a field `type`", func(p *ir.Program) {
			p.Types[0].Fields = append(p.Types[0].Fields, ir.Field{Name: "type", Type: ir.IntType})
		}},
		{"variable 0 does not exist", func(p *ir.Program) {
			wf(p).Nodes[7].Value = &ir.Expr{Op: ir.OpLocal, Type: ir.StringType}
		}},
		{"a lambda stands where no function takes it", func(p *ir.Program) {
			wf(p).Nodes[7].Value = &ir.Expr{Op: ir.OpNot, Type: ir.BoolType, Args: []*ir.Expr{{Op: ir.OpLambda, Type: ir.BoolType, Args: []*ir.Expr{constant(ir.Bool(true), ir.BoolType)}}}}
		}},
		{"`+` has 1 arguments, not 2", func(p *ir.Program) {
			wf(p).Nodes[7].Value = &ir.Expr{Op: ir.OpAdd, Type: ir.IntType, Args: []*ir.Expr{constant(ir.Int(1), ir.IntType)}}
		}},
		{"expressions nest deeper than 10000", func(p *ir.Program) {
			e := constant(ir.Bool(true), ir.BoolType)
			for range 10_001 {
				e = &ir.Expr{Op: ir.OpNot, Type: ir.BoolType, Args: []*ir.Expr{e}}
			}
			wf(p).Nodes[7].Value = e
		}},
	} {
		p := sample()
		c.spoil(p)
		err := ir.Check(p)
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("got %v, want %s", err, c.want)
		}
	}
}

// same compares programs; types are compared by their text, since the sample
// and what is read share no pointers.
var same = cmp.Options{
	cmpopts.EquateEmpty(),
	cmp.Comparer(func(a, b *ir.Type) bool { return a.String() == b.String() }),
	cmp.Comparer(func(a, b ir.Value) bool { return a == nil && b == nil || a != nil && b != nil && ir.Equal(a, b) }),
}

func TestProgramComesBackFromJSON(t *testing.T) {
	p := sample()
	text, err := p.Encode()
	if err != nil {
		t.Fatal(err)
	}
	var indented bytes.Buffer
	if err := json.Indent(&indented, text, "", "  "); err != nil {
		t.Fatal(err)
	}
	goldie.New(t).Assert(t, "program", indented.Bytes())
	for _, form := range [][]byte{text, indented.Bytes()} {
		back, err := ir.DecodeProgram(form)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(p, back, same); diff != "" {
			t.Errorf("the program came back changed (-want +got):\n%s", diff)
		}
		if back.Hash() != p.Hash() {
			t.Errorf("the hash came back as %s, want %s", back.Hash(), p.Hash())
		}
	}
}

func TestHashMindsMeaningOnly(t *testing.T) {
	want := sample().Hash()
	if len(want) != len("sha256:")+64 {
		t.Fatalf("the hash is %q", want)
	}
	for name, move := range map[string]func(p *ir.Program){
		"positions":      func(p *ir.Program) { p.Workflows[0].Nodes[3].At = ir.Pos{File: 0, Start: 100, End: 200} },
		"sources":        func(p *ir.Program) { p.Sources = nil },
		"whence options": func(p *ir.Program) { p.Activities[0].Options.At = nil },
	} {
		p := sample()
		if move(p); p.Hash() != want {
			t.Errorf("the hash depends on %s", name)
		}
	}
	for name, change := range map[string]func(p *ir.Program){
		"constants": func(p *ir.Program) { p.Activities[1].Params[1].Default.Value = ir.Int(2) },
		"ids":       func(p *ir.Program) { p.Workflows[0].Nodes[1].ID = "etl/list" },
		"the flag":  func(p *ir.Program) { p.Workflows[0].Nodes[2].Options.RaisesOnFailure = nil },
		"folders":   func(p *ir.Program) { p.Activities[0].Dir = "." },
	} {
		p := sample()
		if change(p); p.Hash() == want {
			t.Errorf("the hash does not depend on %s", name)
		}
	}
}

func TestProgramsThatWereTamperedWith(t *testing.T) {
	text, err := sample().Encode()
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ old, new, want string }{
		{`"name":"etl"`, `"name":"elt"`, "the main workflow"},
		{`"value":"late"`, `"value":"soon"`, "was changed"},
		{`"value":"late"`, `"value":7`, "expected string, found number"},
		{`"format":1`, `"format":2`, "its format is 2, and this flowc reads format 1"},
		{`"kind":"dag"`, `"kind":"dog"`, `"dog" is no kind`},
		{`"type":"date"`, `"type":"Date"`, `no type is named "Date"`},
		{`"main":"etl"`, `"man":"etl"`, `the field "man" is unknown`},
		{`"main":"etl",`, `"main":"etl","main":"etl",`, `the field "main" is unknown, or stands in the wrong place`},
		{`"params":[`, `"params":{`, "expected"},
		{`"end":16`, `"end":1600`, "node 0 is not the workflow"},
		{`{"format"`, `[{"format"`, "expected an object"},
		{`"text":"# whole\n"}]}`, `"text":"# whole\n"}]} x`, "something follows"},
	} {
		_, err := ir.DecodeProgram([]byte(strings.Replace(string(text), c.old, c.new, 1)))
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s for %s: got %v, want %s", c.new, c.old, err, c.want)
		}
	}
	for i := range text[:len(text)-2] {
		if _, err := ir.DecodeProgram(text[:i]); err == nil {
			t.Fatalf("the first %d bytes were taken for a program", i)
		}
	}
}

func FuzzDecodeProgram(f *testing.F) {
	text, err := sample().Encode()
	if err != nil {
		f.Fatal(err)
	}
	f.Add(text)
	f.Add([]byte(`{"format":1,"hash":"sha256:"}`))
	f.Fuzz(func(t *testing.T, text []byte) {
		p, err := ir.DecodeProgram(text)
		if err != nil {
			return
		}
		again, err := p.Encode()
		if err != nil {
			t.Fatalf("a program that was read cannot be written: %v", err)
		}
		if q, err := ir.DecodeProgram(again); err != nil || q.Hash() != p.Hash() {
			t.Fatalf("the program came back changed: %v", err)
		}
	})
}

// FuzzCheck spoils a sound program at one place of its text and fixes the
// hash, so that the checks behind it are reached.
func FuzzCheck(f *testing.F) {
	text, err := sample().Encode()
	if err != nil {
		f.Fatal(err)
	}
	const head, hash = len(`{"format":1,"hash":"`), len("sha256:") + 64
	f.Add(40, []byte("7"))
	f.Fuzz(func(t *testing.T, at int, with []byte) {
		spoilt := bytes.Clone(text)
		body := spoilt[head+hash:]
		copy(body[uint(at)%uint(len(body)):], with)
		_, err := ir.DecodeProgram(spoilt)
		if err == nil || !strings.Contains(err.Error(), "it is sha256:") {
			return
		}
		start := strings.LastIndex(err.Error(), "sha256:")
		fixed := string(spoilt[:head]) + err.Error()[start:start+hash] + string(body)
		p, err := ir.DecodeProgram([]byte(fixed))
		if err != nil {
			t.Skip()
		}
		if err := ir.Print(&bytes.Buffer{}, p); err != nil {
			t.Fatal(err)
		}
	})
}

// wide returns a program with n calls in one group.
func wide(n int) *ir.Program {
	p := sample()
	w := p.Workflows[0]
	w.Nodes = []ir.Node{blank(ir.NWorkflow, "etl", -1, n+2), blank(ir.NGroup, "etl/(group 1)", 0, n+2)}
	w.Nodes[0].Members = []int{1}
	w.Frames = w.Frames[:1]
	for i := range n {
		node := blank(ir.NActivity, fmt.Sprintf("etl/task%d", i), 1, i+3)
		node.Result, node.Name = ir.ListOf(ir.StringType), fmt.Sprintf("task%d", i)
		node.Call = &ir.Call{Callee: "list", Args: []*ir.Expr{slot(0, 0, ir.DateType)}}
		w.Nodes = append(w.Nodes, node)
		w.Nodes[1].Members = append(w.Nodes[1].Members, i+2)
	}
	return p
}

func BenchmarkEncode(b *testing.B) {
	for _, n := range []int{1_000, 10_000, 100_000} {
		p := wide(n)
		if err := ir.Check(p); err != nil {
			b.Fatal(err)
		}
		text, _ := p.Encode()
		b.Run(fmt.Sprint("write/", n), func(b *testing.B) {
			for b.Loop() {
				if _, err := p.Encode(); err != nil {
					b.Fatal(err)
				}
			}
			b.SetBytes(int64(len(text)))
		})
		b.Run(fmt.Sprint("read/", n), func(b *testing.B) {
			for b.Loop() {
				if _, err := ir.DecodeProgram(text); err != nil {
					b.Fatal(err)
				}
			}
			b.SetBytes(int64(len(text)))
		})
	}
}

// TestSchemaDescribesPrograms validates what is written against the schema
// that is published.
func TestSchemaDescribesPrograms(t *testing.T) {
	text, err := os.ReadFile("schema.json")
	if err != nil {
		t.Fatal(err)
	}
	v := validator{}
	if err := json.Unmarshal(text, &v.root); err != nil {
		t.Fatal(err)
	}
	program, err := sample().Encode()
	if err != nil {
		t.Fatal(err)
	}
	var doc any
	if err := json.Unmarshal(program, &doc); err != nil {
		t.Fatal(err)
	}
	if err := v.check(v.root, doc, "$"); err != nil {
		t.Error(err)
	}
	if err := v.check(v.root, map[string]any{"format": 1.0, "hash": "sha256:" + strings.Repeat("0", 64), "extra": 1.0}, "$"); err == nil {
		t.Error("the schema takes a field that is not in it")
	}
}

// TestSchemaHasTheFieldsThatAreWritten compares all names of fields, also of
// those that the sample does not have.
func TestSchemaHasTheFieldsThatAreWritten(t *testing.T) {
	code, err := os.ReadFile("fields.go")
	if err != nil {
		t.Fatal(err)
	}
	written := map[string]bool{}
	for _, m := range regexp.MustCompile(`(?:c\.\w+\(|\(c, )"(\w+)"`).FindAllSubmatch(code, -1) {
		written[string(m[1])] = true
	}
	text, err := os.ReadFile("schema.json")
	if err != nil {
		t.Fatal(err)
	}
	var schema any
	if err := json.Unmarshal(text, &schema); err != nil {
		t.Fatal(err)
	}
	described := map[string]bool{}
	properties(schema, described)
	if diff := cmp.Diff(written, described); diff != "" || len(written) < 50 {
		t.Errorf("fields of fields.go (-) and of schema.json (+):\n%s", diff)
	}
}

// properties gathers the names of all properties of a schema.
func properties(schema any, into map[string]bool) {
	switch s := schema.(type) {
	case []any:
		for _, e := range s {
			properties(e, into)
		}
	case map[string]any:
		for keyword, arg := range s {
			if keyword == "properties" {
				for name := range arg.(map[string]any) {
					into[name] = true
				}
			}
			properties(arg, into)
		}
	}
}

// TestDeepExpressionsAreTaken puts the longest sum that is allowed through
// everything that walks expressions.
func TestDeepExpressionsAreTaken(t *testing.T) {
	e := constant(ir.Int(0), ir.IntType)
	for range 9_990 {
		e = &ir.Expr{Op: ir.OpAdd, Type: ir.IntType, Args: []*ir.Expr{e, constant(ir.Int(1), ir.IntType)}, At: ir.NoPos}
	}
	p := sample()
	p.Activities[1].Params[1].Default = e
	text, err := p.Encode()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := ir.DecodeProgram(text); err != nil {
		t.Fatal(err)
	}
}
