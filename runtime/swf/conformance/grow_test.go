package conformance_test

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/flowc/flowc/runtime"
	"github.com/flowc/flowc/runtime/sim"
	"github.com/flowc/flowc/runtime/swf"
	"github.com/flowc/flowc/runtime/swf/decide"
)

// A grower writes a random flow and what happens in it. Every call has an
// argument of its own, by which the script knows it; a call in the body of a
// map of children one for each item. No two of them take equally long, and no two
// time-outs are equal, so that what happens first is never a matter of chance.
type grower struct {
	*rand.Rand
	text   strings.Builder
	calls  int
	blocks int
	item   string // names the item of the map around, "" for none
	items  int    // how many it has
	misery int    // of a hundred calls so many fail
	rules  []sim.Rule
	deep   int
	kids   bool // child workflows may be called
	calm   bool // what becomes of it does not depend on when anything happens
}

func (g *grower) line(format string, args ...any) {
	fmt.Fprintf(&g.text, "%s%s\n", strings.Repeat("  ", g.deep+1), fmt.Sprintf(format, args...))
}

// chance reports whether something happens that does so once in n times.
func (g *grower) chance(n int) bool { return g.IntN(n) == 0 }

// fate decides what becomes of a call with an argument.
func (g *grower) fate(argument int) {
	input := json.RawMessage(fmt.Sprintf(`{"n":%d}`, argument))
	lasts := func() time.Duration { return time.Duration(1+g.IntN(500_000)) * time.Second }
	for attempt := 1; attempt <= 2; attempt++ {
		if g.IntN(100) >= g.misery {
			break
		}
		r := sim.Rule{Input: input, Attempt: attempt, After: after(lasts()), Failure: fails(runtime.Undeclared, "no")}
		switch g.IntN(6) {
		case 0:
			r.Failure = &runtime.Failure{Error: "Broken", Message: "m", Details: json.RawMessage(`{"part":"north"}`)}
		case 1:
			if !g.calm {
				r.Failure, r.Hangs = nil, true
			}
		}
		g.rules = append(g.rules, r)
	}
	g.rules = append(g.rules, sim.Rule{Input: input, After: after(lasts()), Result: json.RawMessage(fmt.Sprint(argument))})
}

// timeout returns a time-out that nothing else has.
func (g *grower) timeout() string {
	g.blocks++
	return fmt.Sprintf("timeout = %ds", (1+g.IntN(900))*1000+g.blocks)
}

func (g *grower) with(options []string) string {
	if len(options) == 0 {
		return ""
	}
	return " with " + strings.Join(options, ", ")
}

func (g *grower) flag(options []string) []string {
	if g.calm {
		return options
	}
	switch g.IntN(8) {
	case 0, 1:
		return append(options, "raises_on_failure = false")
	case 2:
		return append(options, "raises_on_failure = true")
	}
	return options
}

// call writes a call.
func (g *grower) call() {
	g.calls++
	name, n := g.calls, 100*g.calls
	argument := fmt.Sprint(n)
	if g.item != "" {
		argument += " + " + g.item
		for k := range g.items {
			g.fate(n + k + 1)
		}
	} else {
		g.fate(n)
	}
	options := g.flag(nil)
	if g.chance(5) {
		options = append(options, fmt.Sprintf("retry = %d", 1+g.IntN(2)))
	}
	if g.chance(4) && !g.calm {
		options = append(options, g.timeout())
	}
	if g.calm {
		options = append(options, "raises_on_failure = false")
	}
	callee := "a"
	if g.chance(4) {
		callee = "u"
		g.fate(n + 50) // what undoes it is told of its result and of this
	}
	catch := "yield"
	if g.kids && g.chance(6) {
		callee, options, catch = "kid", g.flag(nil), "catch"
	}
	g.line("c%d = %s(%s)%s%s", name, callee, argument, g.with(options), g.handled(catch))
}

// handled writes the handlers of a call or a block, in a line. What catches has
// to yield something for those, or must not be.
func (g *grower) handled(catch string) string {
	if !g.chance(6) || g.calm {
		return ""
	}
	g.calls++
	n := 100 * g.calls
	g.fate(n)
	kind := []string{"on_failure", "on_cancel", "finally", catch}[g.IntN(4)]
	if strings.HasSuffix(kind, "yield") {
		return fmt.Sprintf(" catch { yield a(%d) }", n)
	}
	return fmt.Sprintf(" %s { c%d = a(%d) }", kind, g.calls, n)
}

// steps writes some steps.
func (g *grower) steps(n int) {
	for range n {
		g.step()
	}
}

// step writes a step.
func (g *grower) step() {
	if g.deep >= 4 || g.chance(2) {
		g.call()
		return
	}
	kinds := []string{"chain", "group", "group", "map", "if", "loop", "wait", "race"}
	if g.calm {
		kinds = kinds[:7]
	}
	kind := kinds[g.IntN(len(kinds))]
	g.blocks++
	name := fmt.Sprintf("b%d", g.blocks)
	var options []string
	retried := false
	if kind != "wait" && kind != "if" {
		options = g.flag(options)
		if g.chance(6) && g.item == "" && !g.calm { // items that begin together would time out together
			options = append(options, g.timeout())
		}
		if g.chance(8) && kind != "map" && kind != "loop" {
			options = append(options, fmt.Sprintf("retry = %d", 1+g.IntN(2)))
			retried = true
		}
	}
	head, tail := kind, ""
	switch kind {
	case "wait":
		g.line("wait %ds", (1+g.IntN(300))*1000+g.blocks)
		return
	case "map":
		if g.item != "" { // one map in another would need arguments for all pairs
			g.call()
			return
		}
		g.items = 1 + g.IntN(4)
		head = fmt.Sprintf("map i%d in 1..%d", g.blocks, g.items)
		g.item = fmt.Sprintf("i%d", g.blocks)
		defer func() { g.item = "" }()
		switch g.IntN(4) {
		case 0, 1:
			options = append(options, fmt.Sprintf("max = %d", 1+g.IntN(3)))
		case 2: // without max: nobody knows of the items of a slice that has not begun
			options = append(options, "shard = 2")
		}
		if g.chance(2) && !slices.Contains(options, "raises_on_failure = false") {
			options = append(options, fmt.Sprintf("tolerate = %d", g.IntN(3)))
		}
	case "group":
		if g.chance(3) {
			options = append(options, fmt.Sprintf("max = %d", 1+g.IntN(3)))
		}
	case "loop":
		head = fmt.Sprintf("loop k%d = 0 while k%d < %d", g.blocks, g.blocks, 1+g.IntN(2))
		options = append(options, "limit = 5")
		tail = fmt.Sprintf("next k%d + 1", g.blocks)
	case "if":
		head = "if yes"
		if g.chance(2) {
			head = "if not yes"
		}
	}
	catch := "finally"
	if (kind == "chain" || kind == "group") && !retried {
		catch = "catch"
		g.line("%s%s {", head, g.with(options))
	} else {
		g.line("%s = %s%s {", name, head, g.with(options))
	}
	g.deep++
	n := 1 + g.IntN(3)
	if kind == "race" {
		for range n { // of one type
			g.call()
		}
	} else {
		g.steps(n)
	}
	if tail != "" {
		g.line("%s", tail)
	}
	g.deep--
	if kind == "if" {
		g.line("}")
	} else {
		g.line("}%s", g.handled(catch))
	}
}

const grown = `
error Broken { part: string }
activity a(n: int) -> int raises Broken
activity u(n: int) -> int { undo = a(result + 50) }
`

// grow returns a random flow, and a scenario for it. Its decision tasks time out
// soon, so that one that is lost delays nothing by much.
func grow(seed uint64, calm bool) (flow string, script sim.Scenario) {
	g := &grower{Rand: rand.New(rand.NewPCG(seed, 1)), calm: calm}
	g.misery = []int{0, 10, 30, 60}[g.IntN(4)]
	g.text.WriteString(grown)
	if g.chance(3) {
		g.line("workflow kid(n: int) with decision_timeout = 1s {")
		g.item, g.items = "n", 0
		g.line("  a(n + 7)")
		g.item = ""
		g.line("}")
		g.kids = true
	}
	g.text.WriteString("workflow w(yes: bool) with decision_timeout = 1s {\n")
	g.steps(2 + g.IntN(4))
	fmt.Fprintf(&g.text, "}%s\n", g.handled("catch"))
	script = sim.Scenario{Workflow: "w", Input: map[string]json.RawMessage{"yes": json.RawMessage(fmt.Sprint(g.chance(2)))}, Rules: g.rules}
	if g.chance(3) && !calm {
		script.Events = []sim.Outside{{At: after(time.Duration(1+g.IntN(1_500_000)) * time.Second), Cancel: true}}
	}
	return g.text.String(), script
}

// seeds runs a test for some seeds, for so many more when much is to be tried,
// and for few with -short.
func seeds(t *testing.T, n int, test func(t *testing.T, seed uint64)) {
	switch {
	case soak():
		n *= 25
	case testing.Short():
		n /= 4
	}
	for seed := range n {
		t.Run(fmt.Sprint(seed), func(t *testing.T) { test(t, uint64(seed)) })
	}
}

// TestRandomFlows compares random flows with random failures.
func TestRandomFlows(t *testing.T) {
	seeds(t, 24, func(t *testing.T, seed uint64) {
		flow, script := grow(seed, false)
		p, plan := compile(t, flow)
		compare(newStage(t, p, options{}), plan, script, true)
	})
}

// TestRandomFlowsThatContinue has histories that may not become long: the runs
// go on in one execution after another, and nobody can tell, but by the time
// that it takes to wait until nothing is open.
func TestRandomFlowsThatContinue(t *testing.T) {
	var all, most atomic.Int64
	seeds(t, 16, func(t *testing.T, seed uint64) {
		flow, script := grow(seed+20_000, true)
		p, plan := compile(t, flow)
		s := newStage(t, p, options{decider: func(c *swf.DeciderConfig) { c.Continue = decide.Continue{Offer: 20, Force: 40} }})
		compare(s, plan, script, false)
		n := int64(0)
		for _, x := range s.runs {
			if x.next != nil {
				n++
			}
		}
		all.Add(n)
		most.Store(max(most.Load(), n))
	})
	if all.Load() == 0 {
		t.Error("no run was continued")
	}
	t.Logf("continued %d times, one run %d times", all.Load(), most.Load())
}
