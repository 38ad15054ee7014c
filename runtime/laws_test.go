package runtime_test

import (
	"encoding/json"
	"fmt"
	"os"
	"slices"
	"sort"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"

	"github.com/flowc/flowc/compiler/ir"
	"github.com/flowc/flowc/runtime"
)

// runs is how many random runs the laws are tried on.
func runs() int {
	if os.Getenv("FLOWC_SOAK") != "" {
		return 100_000
	}
	if raceEnabled {
		return 200
	}
	return 2_000
}

// grower makes random trees.
type grower struct {
	t      *rapid.T
	names  int
	blocks int  // with a timeout
	maps   int  // around the node that is made
	shards bool // maps are in slices; nothing depends on which of two things happens first
	rich   bool // with what the oracle does not know: handlers, undo, waits, loops, every kind in a race
}

func (g *grower) pick(label string, n int) int { return rapid.IntRange(0, n-1).Draw(g.t, label) }

func (g *grower) name() string { g.names++; return "n" + strconv.Itoa(g.names) }

func (g *grower) node(depth int, kinds []string) *tree {
	n := &tree{kind: kinds[g.pick("kind", len(kinds))], opts: map[string]string{}}
	if depth == 0 {
		n.kind = "task"
	}
	switch g.pick("flag", 8) {
	case 0, 1:
		n.opts["false"] = ""
	case 2:
		n.opts["true"] = ""
	}
	if n.kind == "task" {
		n.name = g.name()
		if g.pick("retry", 6) == 0 {
			n.opts["retry"] = strconv.Itoa(1 + g.pick("retries", 2))
		}
		if g.rich && g.pick("undo", 3) == 0 {
			n.opts["undo"] = ""
		}
		g.handlers(n, depth)
		return n
	}
	if n.kind == "wait" {
		if n.opts["d"] = "20s"; g.pick("signal", 2) == 0 {
			n.opts["signal"] = "s"
			if g.pick("for", 2) == 0 {
				n.opts["for"] = "3s"
				n.kids = []*tree{g.node(depth-1, []string{"task"})}
			}
		}
		return n
	}
	g.block(n, depth)
	g.handlers(n, depth)
	return n
}

func (g *grower) handlers(n *tree, depth int) {
	if !g.rich || depth == 0 || g.pick("handled", 3) > 0 {
		return
	}
	if n.name == "" {
		n.name = g.name()
	}
	for _, kind := range []string{"catch", "on_failure", "on_cancel", "finally"} {
		if g.pick(kind, 3) == 0 {
			n.handlers = append(n.handlers, &tree{kind: kind, opts: map[string]string{}, kids: []*tree{g.node(depth-1, []string{"task", "group", "chain"})}})
		}
	}
}

func (g *grower) block(n *tree, depth int) {
	if g.maps == 0 && !g.shards && g.pick("timeout", 8) == 0 { // items that begin together would time out together
		n.opts["timeout"] = strconv.Itoa(1000+64*g.pick("timeouts", 500)+g.blocks%64) + "ms" // no two are equal
		g.blocks++
	}
	if g.pick("retry", 8) == 0 && n.kind != "if" {
		n.name = g.name()
		n.opts["retry"] = strconv.Itoa(1 + g.pick("retries", 2))
	}
	kinds := []string{"task", "task", "chain", "group", "dag", "map", "if", "race"}
	if g.shards {
		kinds = []string{"task", "task", "chain", "group", "dag", "map", "if", "map", "loop"}
	}
	kids := 1 + g.pick("kids", 4)
	if g.rich {
		kinds = append(kinds, "wait", "loop")
	}
	switch n.kind {
	case "loop":
		n.opts["n"] = strconv.Itoa(g.pick("rounds", 4))
	case "map":
		n.opts["n"] = strconv.Itoa(g.pick("n", 5))
		if g.shards {
			n.opts["n"], n.opts["shard"] = strconv.Itoa(g.pick("many", 9)), strconv.Itoa(1+g.pick("shard", 4))
		}
		if g.pick("tolerates", 3) == 0 {
			n.opts["tolerate"] = strconv.Itoa(g.pick("tolerate", 3))
		}
		kids = 1 + g.pick("steps", 2)
		g.maps++
		defer func() { g.maps-- }()
		fallthrough
	case "group":
		if g.pick("capped", 3) == 0 {
			n.opts["max"] = strconv.Itoa(1 + g.pick("max", 3))
		}
	case "if":
		if g.pick("taken", 3) == 0 {
			n.opts["no"] = ""
		}
	case "race":
		if !g.rich {
			kinds = []string{"task"}
		}
		// others may end at once, and then what happens first is a matter of order
	}
	for k := range kids {
		c := g.node(depth-1, kinds)
		if n.kind == "dag" {
			if c.name == "" {
				c.name = g.name()
			}
			var after []string
			for _, before := range n.kids[:k] {
				if g.pick("after", 3) == 0 {
					after = append(after, before.name)
				}
			}
			if len(after) > 0 {
				c.opts["after"] = strings.Join(after, "+")
			}
		}
		n.kids = append(n.kids, c)
	}
}

// randomRun draws a tree, a fate and perhaps a cancel.
func randomRun(t *rapid.T) (root *tree, f fate, cancel ir.Time) {
	return (&grower{t: t}).run()
}

// run draws them.
func (g *grower) run() (root *tree, f fate, cancel ir.Time) {
	root = &tree{kind: "workflow", name: "w", opts: map[string]string{}}
	kinds := []string{"task", "chain", "group", "dag", "map", "if", "race", "group"}
	for range 1 + g.pick("steps", 3) {
		root.kids = append(root.kids, g.node(1+g.pick("depth", 4), kinds))
	}
	f = fate{seed: strconv.Itoa(rapid.IntRange(0, 1<<20).Draw(g.t, "seed")), misery: []int{0, 10, 30, 70}[g.pick("misery", 4)]}
	if g.pick("cancelled", 3) == 0 {
		cancel = ir.Time(1 + rapid.Int64Range(0, 40_000_000_000).Draw(g.t, "cancel"))
	}
	return root, f, cancel
}

// TestLaws tries random runs against the oracle, and against the laws of
// section 8 that need no oracle.
func TestLaws(t *testing.T) {
	check := func(t *rapid.T) {
		root, f, cancel := randomRun(t)
		p := build(root)
		t.Logf("tree %v\nfate %+v cancel %d", root, f, cancel)
		s := simulate(t, p, f, cancel)
		o, v := foretell(root, f, cancel)
		if s.m.Outcome().Status != v.status {
			t.Errorf("run: got %v, the oracle says %v", s.m.Outcome().Status, v.status)
		}
		if s.ended != v.quiet {
			t.Errorf("ended at %d, the oracle says %d", s.ended, v.quiet)
		}
		for _, d := range differences(s.status, o.status) {
			t.Error(d)
		}
		checkBoundaries(t, p, s)
		checkBreadth(t, p, s)
		checkReplay(t, p, s)
		checkQuiet(t, s)
	}
	for n := runs(); n > 0; n -= 100 { // rapid's own count is a flag
		rapid.Check(t, check)
		if t.Failed() {
			return
		}
	}
}

func differences(got, want map[string]ir.Status) (list []string) {
	for id, s := range got {
		if w, ok := want[id]; !ok || w != s {
			list = append(list, fmt.Sprintf("%s: got %v, the oracle says %v (known: %v)", id, s, w, ok))
		}
	}
	for id, w := range want {
		if _, ok := got[id]; !ok {
			list = append(list, fmt.Sprintf("%s: got nothing, the oracle says %v", id, w))
		}
	}
	sort.Strings(list)
	return list
}

// static returns the node with an id, without keys and attempts.
func static(p *ir.Program, id string) int {
	var b strings.Builder
	depth := 0
	for k := 0; k < len(id); k++ {
		switch c := id[k]; {
		case c == '[':
			b.WriteString("[]")
			depth++
		case c == ']':
			depth--
		case depth > 0:
		case c == '#':
			for k+1 < len(id) && id[k+1] >= '0' && id[k+1] <= '9' {
				k++
			}
		default:
			b.WriteByte(c)
		}
	}
	return slices.IndexFunc(p.Workflows[0].Nodes, func(n ir.Node) bool { return n.ID == b.String() && n.Kind < ir.NLet })
}

// checkBoundaries: nothing outside the nearest explicit-false ancestor of a
// failed node is cancelled or skipped by it.
func checkBoundaries(t *rapid.T, p *ir.Program, s *sim) {
	nodes := p.Workflows[0].Nodes
	for _, step := range s.steps {
		for _, c := range step.Changes {
			if c.Because == "" {
				continue
			}
			n, cause := static(p, c.Node), static(p, c.Because)
			for cause > 0 && !(nodes[cause].Explicit && !nodes[cause].Eff) {
				cause = nodes[cause].Parent
			}
			if n < cause || n >= nodes[cause].End {
				t.Errorf("%s was %v because of %s, which %s absorbs", c.Node, c.To, c.Because, nodes[cause].ID)
			}
		}
	}
}

// checkBreadth: what one flood cuts off comes in the order of its distance
// from the node that failed, and in document order at the same distance. A
// flood is a run of changes with the same cause in one step.
func checkBreadth(t *rapid.T, p *ir.Program, s *sim) {
	for _, step := range s.steps {
		last, lastDistance := runtime.Change{}, 0
		for _, c := range step.Changes {
			if c.To != ir.Cancelled && c.To != ir.Skipped && c.Ending != ir.Cancelled || c.Because == "" || c.From == ir.Running && c.To != ir.Running {
				last = runtime.Change{} // something else happened: what follows is another flood
				continue
			}
			d := distance(p, c)
			if c.Because == last.Because {
				if d < lastDistance {
					t.Errorf("%s, at distance %d from %s, is cut off after %s, at %d", c.Node, d, c.Because, last.Node, lastDistance)
				}
				if d == lastDistance && slices.Compare(c.Order, last.Order) < 0 {
					t.Errorf("%s is cut off after %s, which stands after it", c.Node, last.Node)
				}
			}
			last, lastDistance = c, d
		}
	}
}

// distance is how many edges of the tree lie between a node and what cut it
// off, both as they are instantiated.
func distance(p *ir.Program, c runtime.Change) int {
	a, b := path(p, c.Node), path(p, c.Because)
	k := 0
	for k < len(a) && k < len(b) && a[k] == b[k] {
		k++
	}
	return len(a) - k + len(b) - k
}

// path returns the ids of a node and of those around it, outermost first.
func path(p *ir.Program, id string) (list []string) {
	nodes := p.Workflows[0].Nodes
	for n := static(p, id); n >= 0; n = nodes[n].Parent {
		list = append([]string{fmt.Sprint(n)}, list...)
	}
	keys := strings.Split(id, "[") // keys tell items apart
	at := 0
	for k := range list {
		n, _ := strconv.Atoi(list[k])
		if strings.HasSuffix(nodes[n].ID, "[]") && at+1 < len(keys) && nodes[n].Kind == ir.NBody {
			at++
		}
		list[k] += "[" + strings.Join(keys[1:at+1], "[")
		if i := strings.LastIndexByte(list[k], ']'); i > 0 {
			list[k] = list[k][:i]
		}
	}
	return list
}

// checkReplay: the same events, read back from what was written, give the same
// commands and changes.
func checkReplay(t *rapid.T, p *ir.Program, s *sim) {
	m, err := runtime.New(p, "", runtime.Config{})
	if err != nil {
		t.Fatal(err)
	}
	for k, e := range s.events {
		step, err := m.Apply(throughJSON(t, e))
		if err != nil {
			t.Fatal(err)
		}
		if d := cmp.Diff(s.steps[k].Changes, step.Changes, cmpopts.EquateEmpty()); d != "" {
			t.Fatalf("event %d: replay changes other nodes: %s", k, d)
		}
		if got, want := commands(step), commands(s.steps[k]); got != want {
			t.Fatalf("event %d: replay wants %s, the run wanted %s", k, got, want)
		}
	}
}

// checkQuiet: the run ends once, last of all, and with nothing open.
func checkQuiet(t *rapid.T, s *sim) {
	for k, step := range s.steps {
		for j, c := range step.Commands {
			switch c.Type {
			case runtime.CompleteRun, runtime.FailRun, runtime.CancelRun, runtime.TimeOutRun:
				if k != len(s.steps)-1 || j != len(step.Commands)-1 {
					t.Errorf("%s is not the last command", c.Type)
				}
			}
		}
	}
	for _, p := range s.queue {
		if !p.gone && p.e.Type != runtime.CancelRequested && p.e.Type != runtime.SignalReceived {
			t.Errorf("the run ended with %s %s to come", p.e.Node, p.e.Type)
		}
	}
	for id, st := range s.status {
		if st == ir.Running || st == ir.Waiting {
			t.Errorf("the run ended with %s %v", id, st)
		}
	}
}

func commands(s runtime.Step) string {
	var b strings.Builder
	for _, c := range s.Commands {
		fmt.Fprintf(&b, "%s %s %d %s %d", c.Type, c.Node, c.Attempt, c.Timer, c.Due)
		if c.Task != nil {
			fmt.Fprintf(&b, " %s %s", c.Task.Input, c.Task.Key)
		}
		b.WriteString("; ")
	}
	return b.String()
}

func throughJSON(t *rapid.T, e runtime.Event) runtime.Event {
	b, err := json.Marshal(e)
	if err != nil {
		t.Fatal(err)
	}
	var back runtime.Event
	if err := json.Unmarshal(b, &back); err != nil {
		t.Fatal(err)
	}
	return back
}

// TestRichRunsEnd tries trees with everything in them: every run ends, once,
// with nothing open, and replays.
func TestRichRunsEnd(t *testing.T) {
	for n := runs() / 2; n > 0; n -= 100 {
		rapid.Check(t, func(t *rapid.T) {
			g := &grower{t: t, rich: true}
			root, f, cancel := g.run()
			p := build(root)
			t.Logf("tree %v\nfate %+v cancel %d", root, f, cancel)
			s := simulate(t, p, f, cancel)
			checkReplay(t, p, s)
			checkQuiet(t, s)
		})
		if t.Failed() {
			return
		}
	}
}

// TestHostileEvents feeds events that come twice, late, for what is not open,
// or for nothing at all. No event may break a run: it still ends when all that
// is open is answered.
func TestHostileEvents(t *testing.T) {
	types := []runtime.EventType{runtime.TaskCompleted, runtime.TaskFailed, runtime.TaskTimedOut, runtime.TaskCancelled,
		runtime.TaskAbandoned, runtime.TimerFired, runtime.SignalReceived, runtime.CancelRequested, runtime.ChildCompleted, runtime.TaskStarted}
	kinds := []runtime.TimerKind{runtime.RetryTimer, runtime.TimeoutTimer, runtime.WaitTimer, runtime.GraceTimer, "x"}
	rapid.Check(t, func(t *rapid.T) {
		g := &grower{t: t, rich: true}
		root, f, _ := g.run()
		p := build(root)
		t.Logf("tree %v\nfate %+v", root, f)
		var known []string
		for k := range p.Workflows[0].Nodes {
			id := p.Workflows[0].Nodes[k].ID
			known = append(known, id, strings.ReplaceAll(id, "[]", "[0]"), id+"/undo", id+"#2")
		}
		known = append(known, "", "[", "]", "w[", "w/(map 1)[99]", "#", "w#", "/undo")
		s := begin(t, p, f)
		s.before = func() {
			for g.pick("more", 3) == 0 {
				e := runtime.Event{Type: types[g.pick("type", len(types))], Node: known[g.pick("node", len(known))], Attempt: g.pick("attempt", 3),
					Timer: kinds[g.pick("timer", len(kinds))], Name: "s"}
				if e.Type == runtime.CancelRequested && e.Node == "" {
					continue // that is tried elsewhere, and would end most runs at once
				}
				s.apply(e, s.now)
			}
		}
		s.run()
		for id, st := range s.status {
			if st == ir.Running || st == ir.Waiting {
				t.Errorf("the run ended with %s %v", id, st)
			}
		}
	})
}
