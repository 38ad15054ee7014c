package main

import (
	"bytes"
	"encoding/json"

	"github.com/flowc/flowc/compiler/ir"
	"github.com/flowc/flowc/runtime/sim"
)

// A jsonReport tells programs of tests, an object a line.
type jsonReport struct{ *console }

// testObject is what came of one test.
type testObject struct {
	Type           string          `json:"type"` // "test"
	File           string          `json:"file"`
	Line           int             `json:"line"`
	Name           string          `json:"name"`
	Kind           string          `json:"kind"` // test or property
	Passed         bool            `json:"passed"`
	Runs           int             `json:"runs"`
	Status         string          `json:"status"`  // of the run, as in `run --json`
	Elapsed        string          `json:"elapsed"` // in virtual time: `1h30m`
	Problems       []problemObject `json:"problems,omitempty"`
	Strip          []stripObject   `json:"strip,omitempty"`
	Counterexample string          `json:"counterexample,omitempty"`
	Notes          []string        `json:"notes,omitempty"`
}

type problemObject struct {
	File    string   `json:"file,omitempty"`
	Line    int      `json:"line,omitempty"`
	Column  int      `json:"column,omitempty"`
	Message string   `json:"message"`
	Facts   []string `json:"facts,omitempty"`
}

type stripObject struct {
	After string `json:"after"`
	Node  string `json:"node,omitempty"`
	Text  string `json:"text"`
}

func newTestObject(f *testFile, res *sim.Result) testObject {
	kind := "test"
	if res.Test.Property {
		kind = "property"
	}
	_, at := f.place(res.Test.At)
	o := testObject{
		Type: "test", File: f.name, Line: at.Line, Name: res.Test.Name, Kind: kind, Passed: res.Passed, Runs: res.Runs,
		Status: res.Status.String(), Elapsed: res.Elapsed.String(), Counterexample: res.Counterexample, Notes: res.Notes,
	}
	for _, p := range res.Problems {
		o.Problems = append(o.Problems, newProblemObject(f, p.At, p.Message, p.Facts))
	}
	for _, l := range res.Strip {
		o.Strip = append(o.Strip, stripObject{l.After.String(), l.Node, l.Text})
	}
	return o
}

func newProblemObject(f *testFile, p ir.Pos, message string, facts []string) problemObject {
	o := problemObject{Message: message, Facts: facts}
	if src, at := f.place(p); src != nil {
		o.File, o.Line, o.Column = src.Name, at.Line, at.Column
	}
	return o
}

// line prints v on a line of its own.
func (r *jsonReport) line(v any) error {
	var text bytes.Buffer
	enc := json.NewEncoder(&text)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		return err
	}
	return r.print(text.Bytes())
}

func (r *jsonReport) result(f *testFile, res *sim.Result) error { return r.line(newTestObject(f, res)) }

func (r *jsonReport) none(f *testFile) error {
	return r.line(struct {
		Type string `json:"type"`
		File string `json:"file"`
	}{"no tests", f.name})
}

// coverObject is what the tests of a file have reached.
type coverObject struct {
	Type   string        `json:"type"` // "cover"
	File   string        `json:"file"`
	Counts []countObject `json:"counts"`
	Gaps   []gapObject   `json:"gaps"`
}

type countObject struct {
	Kind    string `json:"kind"`
	Reached int    `json:"reached"`
	Count   int    `json:"count"`
}

type gapObject struct {
	Kind   string `json:"kind"` // node, branch, handler, undo, outcome
	Path   string `json:"path"`
	Text   string `json:"text"`
	File   string `json:"file"`
	Line   int    `json:"line"`
	Column int    `json:"column"`
}

func (r *jsonReport) covered(f *testFile, c *sim.Cover) error {
	o := coverObject{Type: "cover", File: f.name, Counts: []countObject{}, Gaps: []gapObject{}}
	gaps, counts := c.Gaps()
	for _, n := range counts {
		o.Counts = append(o.Counts, countObject{n.Kind, n.Reached, n.Count})
	}
	for _, g := range gaps {
		if src, at := f.place(g.At); src != nil {
			o.Gaps = append(o.Gaps, gapObject{g.Kind, g.Path, g.Text, src.Name, at.Line, at.Column})
		}
	}
	return r.line(o)
}

func (r *jsonReport) close(passed, failed int) error {
	return r.line(struct {
		Type   string `json:"type"`
		Passed int    `json:"passed"`
		Failed int    `json:"failed"`
	}{"summary", passed, failed})
}
