package analyze_test

import (
	"testing"

	"github.com/flowc/flowc/compiler/analyze"
	"github.com/flowc/flowc/compiler/ir"
)

func TestEvents(t *testing.T) {
	for _, c := range []struct{ name, body, want string }{
		{"nothing", "", "5"},
		{"a step", "a()", "11"},
		{"one branch runs, the longer", "if len(xs) > 0 {\na()\n} else {\nb()\na()\n}", "17"},
		{"batches", "map k in xs with batch = 10 {\nb()\n}", "5 + 6·len(xs)/10"},
		{"slices are executions", "map k in xs with shard = 100 {\np(k)\nb()\n}", "5 + 9·len(xs)/100"},
		{"once for each item", "a()\nmap k in xs {\np(k)\nb()\n}", "11 + 12·len(xs)"},
		{"a list that is known", "map k in [\"a\", \"b\", \"c\"] {\np(k)\n}", "23"},
		{"maps in maps", "map k in xs {\nmap j in split(k, \",\") {\np(j)\n}\n}", "5 + 6·len(split(k, \",\"))·len(xs)"},
		{"a deadline is a timer", "chain with timeout = 1h {\na()\n}", "13"},
	} {
		t.Run(c.name, func(t *testing.T) {
			p := compile(t, c.body)
			if got := analyze.Events(p, p.Workflows[0]).Smooth.Formula; got != c.want {
				t.Errorf("got %s, want %s", got, c.want)
			}
		})
	}
}

func TestEventsOfAnExecution(t *testing.T) {
	p := load(t, "etl")
	b := analyze.Events(p, p.Workflows[0])
	if got, want := b.Smooth.Formula, "23 + 24·len(parts)"; got != want {
		t.Errorf("smooth: got %s, want %s", got, want)
	}
	if b.Smooth.Max != nil || len(b.Smooth.Unbounded) != 1 || b.Smooth.Unbounded[0] != "len(parts)" {
		t.Errorf("max %v, unbounded %q", b.Smooth.Max, b.Smooth.Unbounded)
	}
	max := int64(2000)
	p.Workflows[0].Nodes[2].List.Type.Bound = bound(max)
	b = analyze.Events(p, p.Workflows[0])
	if b.Smooth.Max == nil || *b.Smooth.Max != 23+24*max {
		t.Errorf("max %v of a list of at most %d", b.Smooth.Max, max)
	}
	if b.Worst.Max == nil || *b.Worst.Max <= *b.Smooth.Max {
		t.Errorf("at worst %v", b.Worst.Max)
	}
}

func TestEventsDoNotOverflow(t *testing.T) {
	p := load(t, "etl")
	p.Workflows[0].Nodes[2].List.Type.Bound = bound(1 << 62)
	if b := analyze.Events(p, p.Workflows[0]); b.Smooth.Max == nil || *b.Smooth.Max < 1<<62 {
		t.Errorf("max %v", b.Smooth.Max)
	}
}

func bound(most int64) *ir.Bound { return &ir.Bound{Max: &most} }
