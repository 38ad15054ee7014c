package chunk_test

import (
	"strings"
	"testing"

	"github.com/flowc/flowc/internal/chunk"
	"github.com/flowc/flowc/lang/diag"
)

const text = `first   # ERROR F0100 "a dog" F0201
second
---
third
# ERROR-1 W0303 "say \"hi\""
`

func TestSplit(t *testing.T) {
	chunks, err := chunk.Split("x.flow", text)
	if err != nil {
		t.Fatal(err)
	}
	if len(chunks) != 2 {
		t.Fatalf("got %d chunks, want 2", len(chunks))
	}
	if got := chunks[1].Source.Position(strings.Index(string(chunks[1].Source.Text), "third")).Line; got != 4 {
		t.Errorf("the second chunk begins on line %d, want 4", got)
	}
	want := []chunk.Want{{Line: 4, Code: "W0303", Text: `say "hi"`}}
	if len(chunks[1].Wants) != 1 || chunks[1].Wants[0] != want[0] {
		t.Errorf("got %v, want %v", chunks[1].Wants, want)
	}
}

func TestSplitRejects(t *testing.T) {
	for _, bad := range []string{"x # ERROR nothing", `x # ERROR F0100 "open`, "x # ERROR F01"} {
		if _, err := chunk.Split("x.flow", bad); err == nil {
			t.Errorf("%q was accepted", bad)
		}
	}
}

func TestCompare(t *testing.T) {
	chunks, err := chunk.Split("x.flow", text)
	if err != nil {
		t.Fatal(err)
	}
	c := chunks[0]
	at := func(code diag.Code, offset int, message string) diag.Diagnostic {
		return diag.Diagnostic{Code: code, Message: message, Primary: diag.Label{Span: c.Source.Span(offset, offset+1)}}
	}
	second := strings.Index(string(c.Source.Text), "second")
	tests := map[string]struct {
		found []diag.Diagnostic
		want  int // problems
	}{
		"all there":         {[]diag.Diagnostic{at("F0100", 0, "a dog barks"), at("F0201", 1, "x")}, 0},
		"one missing":       {[]diag.Diagnostic{at("F0100", 0, "a dog barks")}, 1},
		"one too many":      {[]diag.Diagnostic{at("F0100", 0, "a dog"), at("F0201", 1, "x"), at("F0201", 1, "y")}, 1},
		"other text":        {[]diag.Diagnostic{at("F0100", 0, "a cat"), at("F0201", 1, "x")}, 2},
		"on the wrong line": {[]diag.Diagnostic{at("F0100", second, "a dog"), at("F0201", 1, "x")}, 2},
	}
	for name, tt := range tests {
		var l diag.List
		for _, d := range tt.found {
			l.Add(d)
		}
		if got := chunk.Compare(c, &l); len(got) != tt.want {
			t.Errorf("%s: got %d problems, want %d:\n%s", name, len(got), tt.want, strings.Join(got, "\n"))
		}
	}
}
