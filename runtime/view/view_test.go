package view_test

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
	"unicode/utf8"

	"pgregory.net/rapid"

	"github.com/flowc/flowc/compiler/ir"
	"github.com/flowc/flowc/runtime"
	"github.com/flowc/flowc/runtime/view"
)

// names are of nodes and keys as hostile users would choose them.
var names = []string{"a", "extract", "日本語のノード", "naïve", "e\u0301", "👩‍👩‍👧", "x\x1b[2J", "tab\there", "line\nbreak", "\u202eright-to-left", "bad\xffutf8", strings.Repeat("long", 30)}

// randomTree makes changes of made-up nodes, such as a run could have.
type randomTree struct {
	rt      *rapid.T
	now     time.Time
	next    int
	running []runtime.Change
}

func (r *randomTree) changes() []runtime.Change {
	var cs []runtime.Change
	for range rapid.IntRange(1, 4).Draw(r.rt, "changes") {
		if len(r.running) == 0 || rapid.IntRange(0, 2).Draw(r.rt, "begin") > 0 {
			c := runtime.Change{Kind: "workflow", Node: "w", Order: []int32{0}}
			if len(r.running) > 0 {
				p := r.running[rapid.IntRange(0, len(r.running)-1).Draw(r.rt, "parent")]
				c.Parent = p.Node
				c.Kind = rapid.SampledFrom([]string{"group", "activity", "map", "item", "chain"}).Draw(r.rt, "kind")
				c.Node = fmt.Sprintf("%s/%s%d", p.Node, rapid.SampledFrom(names).Draw(r.rt, "name"), r.next)
				c.Order = append(slices.Clone(p.Order), int32(r.next), 0)
				if c.Kind == "map" {
					c.Items = rapid.IntRange(0, 30).Draw(r.rt, "items")
				}
			}
			r.next++
			c.From, c.To = ir.Waiting, ir.Running
			cs, r.running = append(cs, c), append(r.running, c)
			continue
		}
		k := rapid.IntRange(min(1, len(r.running)-1), len(r.running)-1).Draw(r.rt, "end")
		c := r.running[k]
		c.From = ir.Running
		c.To = rapid.SampledFrom([]ir.Status{ir.Succeeded, ir.Failed, ir.TimedOut, ir.Cancelled, ir.Abandoned}).Draw(r.rt, "to")
		if c.To == ir.Failed {
			c.Failure = &runtime.Failure{Node: c.Node, Error: "Failed", Message: rapid.SampledFrom(names).Draw(r.rt, "message")}
		}
		cs, r.running = append(cs, c), slices.Delete(r.running, k, k+1)
	}
	return cs
}

// Whatever happens, the screen ends with exactly the last frame, and above it
// stand all lines of the logs, in order, and nothing else.
func TestScreenIsLogsAndTheLastFrame(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		x := newTerminal(t, rapid.IntRange(2, 70).Draw(rt, "width"), rapid.IntRange(1, 30).Draw(rt, "height"))
		r := &randomTree{rt: rt, now: epoch}
		v := view.NewStill(x, view.Options{
			Mode: view.Live, Color: rapid.Bool().Draw(rt, "color"), ASCII: rapid.Bool().Draw(rt, "ascii"),
			Clock: func() time.Time { return r.now },
			Width: func() int { return x.width }, Height: func() int { return x.height },
		})
		var logged []string
		lower := false // the terminal was made lower: frames may have scrolled away
		for range rapid.IntRange(1, 30).Draw(rt, "steps") {
			switch rapid.IntRange(0, 5).Draw(rt, "step") {
			case 0:
				text := strings.Repeat("x", rapid.IntRange(0, 150).Draw(rt, "length"))
				v.Log(fmt.Sprintf("n%03d", len(logged)), 1, []byte(text))
				logged = append(logged, fmt.Sprintf("n%03d", len(logged)))
			case 1:
				r.now = r.now.Add(time.Duration(rapid.IntRange(0, 5000).Draw(rt, "ms")) * time.Millisecond)
			case 2:
				w, h := rapid.IntRange(2, 70).Draw(rt, "width"), rapid.IntRange(1, 30).Draw(rt, "height")
				lower = lower || h < x.height || w < x.width
				x.resize(w, h)
			default:
				v.Changes(r.now, r.changes())
			}
			if rapid.Bool().Draw(rt, "draw") {
				v.Draw()
			}
		}
		r.now = r.now.Add(2 * time.Second)
		v.Draw()
		checkScreen(rt, x, v.Drawn(), logged, lower)
	})
}

// checkScreen compares what a terminal shows with what it should.
func checkScreen(t rapid.TB, x *terminal, drawn, logged []string, lower bool) {
	frame := make([]string, len(drawn))
	for i, l := range drawn {
		frame[i] = strings.TrimRight(plainText(l), " ")
	}
	// The cursor is below the frame, whose lines are a row each.
	from := max(0, x.r-len(frame))
	for i, want := range frame {
		if got := strings.TrimRight(strings.Join(x.rows[from+i].cells, ""), " "); got != want {
			t.Fatalf("line %d of the frame is %q, want %q, on the screen\n%s", i, got, want, x.screen())
		}
	}
	for r := x.r; r < len(x.rows); r++ {
		if len(x.rows[r].cells) > 0 {
			t.Fatalf("something stands below the frame:\n%s", x.screen())
		}
	}
	all, first := x.lines()
	above := all[:0]
	for k, l := range all {
		if first[k] < from {
			above = append(above, l)
		}
	}
	if !lower && len(above) != len(logged) {
		t.Fatalf("above the frame stand %d lines, want %d:\n%s", len(above), len(logged), strings.Join(above, "\n"))
	}
	for _, l := range above {
		if len(logged) > 0 && (strings.HasPrefix(l, logged[0]+" ") || lower && strings.Contains(l, logged[0]+" ")) {
			logged = logged[1:]
		}
	}
	if len(logged) > 0 {
		t.Fatalf("%s is missing in\n%s", logged[0], strings.Join(above, "\n"))
	}
	if len(frame) >= x.height && x.height > 0 {
		t.Fatalf("%d lines on a terminal of %d", len(frame), x.height)
	}
}

// plainText removes colours.
func plainText(s string) string {
	for {
		from := strings.Index(s, "\x1b[")
		if from < 0 {
			return s
		}
		s = s[:from] + s[from+strings.IndexByte(s[from:], 'm')+1:]
	}
}

func TestNothingCommandsTheTerminal(t *testing.T) {
	for _, mode := range []view.Mode{view.Plain, view.Live} {
		var out bytes.Buffer
		v := view.NewStill(&out, view.Options{Mode: mode, Clock: func() time.Time { return epoch }})
		hostile := strings.Join(names, "") + "\x07\x9b31m\u009b\u2028\u2066\r\r"
		v.Changes(epoch, []runtime.Change{{Node: hostile, Kind: "workflow", To: ir.Running, Order: []int32{0}}})
		v.Log(hostile, 1, []byte(hostile))
		v.Note(hostile)
		f := &runtime.Failure{Node: hostile, Error: hostile, Message: hostile, Details: []byte(`{"stderr":"a\u001b[2Jb\nc\u0007"}`)}
		v.Changes(epoch, []runtime.Change{{Node: hostile, Kind: "workflow", From: ir.Running, To: ir.Failed, Failure: f, Order: []int32{0}}})
		v.Close(runtime.RunReport{Workflow: hostile, Status: "failed", Nodes: []runtime.NodeReport{
			{ID: hostile, Status: "failed", Failure: &runtime.FailureReport{Failure: f}}, {ID: "b" + hostile, Status: "cancelled", Because: hostile},
			{ID: "c" + hostile, Status: "failed", Failure: &runtime.FailureReport{Failure: f}, Absorbed: true}}})
		text := out.String()
		for _, ours := range []string{"\x1b[K", "\x1b[J", "\x1b[?2026h", "\x1b[?2026l", "\x1b[?25h", "\x1b[?25l", "\x1b[?7h", "\x1b[?7l", "\x1b[1A"} {
			text = strings.ReplaceAll(text, ours, "")
		}
		if !utf8.ValidString(text) {
			t.Errorf("mode %d: not UTF-8", mode)
		}
		if k := strings.IndexFunc(text, func(c rune) bool {
			return c < ' ' && c != '\n' && c != '\t' && c != '\r' || c >= 0x7f && c < 0xa0 || c == 0x202e || c == 0x2028 || c == 0x2066
		}); k >= 0 {
			t.Errorf("mode %d: %q comes through, in %q", mode, text[k:min(len(text), k+4)], text[max(0, k-40):min(len(text), k+20)])
		}
	}
}

// manyItems runs a map of n items, four at a time, every hundredth of which
// fails, and calls look now and then.
func manyItems(v *view.View, n int, look func()) {
	at := epoch
	v.Changes(at, []runtime.Change{
		{Node: "w", Kind: "workflow", To: ir.Running, Order: []int32{0}},
		{Node: "w/m", Kind: "map", To: ir.Running, Parent: "w", Items: n, Order: []int32{1}},
	})
	item := func(k int, from, to ir.Status) []runtime.Change {
		id := fmt.Sprintf("w/m[%d]", k)
		c := runtime.Change{Node: id, Kind: "item", Parent: "w/m", From: from, To: to, Order: []int32{1, int32(k), 2}}
		d := runtime.Change{Node: id + "/t", Kind: "activity", Parent: id, From: from, To: to, Order: []int32{1, int32(k), 3}}
		if to == ir.Running {
			return []runtime.Change{c, d}
		}
		return []runtime.Change{d, c}
	}
	for k := range n + 4 {
		at = at.Add(time.Millisecond)
		if k < n {
			v.Changes(at, item(k, ir.Waiting, ir.Running))
		}
		if done := k - 4; done >= 0 {
			to := ir.Succeeded
			if done%100 == 99 {
				to = ir.Failed
			}
			v.Changes(at, item(done, ir.Running, to))
		}
		if k%1000 == 500 && look != nil {
			look()
		}
	}
}

func TestLargeMapsAreNotRemembered(t *testing.T) {
	x := newTerminal(t, 80, 24)
	v := view.NewStill(x, view.Options{Mode: view.Live, Clock: func() time.Time { return epoch.Add(time.Second) },
		Width: func() int { return x.width }, Height: func() int { return x.height }})
	most := 0
	manyItems(v, 300_000, func() {
		v.Draw()
		most = max(most, v.Remembered())
	})
	if most > 2000 {
		t.Errorf("%d nodes are remembered of a map of which four items run", most)
	}
	if got := strings.Join(v.Frame(80, 3), "\n"); !strings.Contains(got, "300,000/300,000  ✔ 297,000  ✘ 3,000") {
		t.Error(got)
	}
}

// The cost of a frame does not depend on how many nodes run.
func TestFrameReadsNoMoreThanItShows(t *testing.T) {
	allocs := func(n int) float64 {
		v := view.NewStill(&bytes.Buffer{}, view.Options{Mode: view.Live, Clock: func() time.Time { return epoch }})
		cs := []runtime.Change{{Node: "w", Kind: "group", To: ir.Running, Order: []int32{0}}}
		for k := range n {
			cs = append(cs, runtime.Change{Node: fmt.Sprintf("w/%d", k), Kind: "activity", Parent: "w", To: ir.Running, Order: []int32{int32(k + 1)}})
		}
		v.Changes(epoch, cs)
		return testing.AllocsPerRun(10, func() { v.Frame(80, 20) })
	}
	small, large := allocs(100), allocs(100_000)
	if large > small+5 {
		t.Errorf("a frame of 100 nodes takes %v allocations, of 100,000 %v", small, large)
	}
}

// counter counts the frames that are written to it.
type counter struct {
	mu     sync.Mutex
	bytes  bytes.Buffer
	frames int
}

func (c *counter) Write(p []byte) (int, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.frames += bytes.Count(p, []byte("\x1b[?2026h"))
	return c.bytes.Write(p)
}

func TestPainterDrawsWhatGoroutinesTell(t *testing.T) {
	var out counter
	v := view.New(&out, view.Options{Mode: view.Live})
	begin := time.Now()
	const writers, lines = 8, 2000
	var group sync.WaitGroup
	for k := range writers {
		group.Go(func() {
			for i := range lines {
				v.Log(fmt.Sprintf("w/n%d", k), 1, fmt.Appendf(nil, "line %d", i))
				if i%100 == 0 {
					id := fmt.Sprintf("w/n%d/%d", k, i)
					v.Changes(time.Now(), []runtime.Change{{Node: id, Kind: "activity", To: ir.Running, Order: []int32{int32(rand.IntN(9))}}})
					v.Started(time.Now(), id, 1)
				}
			}
		})
	}
	group.Wait()
	v.Abort()
	v.Abort()
	v.Log("w/late", 1, []byte("too late"))
	text := out.bytes.String()
	for k := range writers {
		at := 0
		for i := range lines {
			line := fmt.Sprintf("w/n%d │ line %d\n", k, i)
			n := strings.Index(text[at:], line)
			if n < 0 {
				t.Fatalf("%q is missing, or out of order", line)
			}
			at += n + len(line)
		}
	}
	if strings.Contains(text, "too late") {
		t.Error("a line was printed after the end")
	}
	if !strings.HasSuffix(text, "\x1b[?25h") {
		t.Errorf("the cursor was not given back: %q", text[max(0, len(text)-40):])
	}
	// Many lines share a frame. Two writers who both find the buffer full may ask
	// for one each, so the number is right but for a small factor.
	full := out.bytes.Len()/(64<<10) + 1
	if most := 2 * (int(time.Since(begin)/(time.Second/12)) + 2 + full); out.frames > most || most > writers*lines/4 {
		t.Errorf("%d frames of %d lines, want at most %d", out.frames, writers*lines, most)
	}
}

func TestQuietSaysNothingOfWhatSucceeds(t *testing.T) {
	for status, want := range map[string]bool{"succeeded": false, "failed": true, "cancelled": true, "timed_out": true} {
		var out bytes.Buffer
		v := view.New(&out, view.Options{Mode: view.Quiet})
		v.Changes(epoch, []runtime.Change{{Node: "w", Kind: "workflow", To: ir.Running, Order: []int32{0}}})
		v.Log("w", 1, []byte("text"))
		v.Close(runtime.RunReport{Workflow: "w", Status: status})
		if got := out.Len() > 0; got != want || strings.Contains(out.String(), "text") {
			t.Errorf("%s: %q", status, &out)
		}
	}
}

func TestAutoIsPlainWhereThereIsNoTerminal(t *testing.T) {
	var out bytes.Buffer
	v := view.New(&out, view.Options{})
	v.Changes(epoch, []runtime.Change{{Node: "w", Kind: "workflow", To: ir.Running, Order: []int32{0}}})
	if got := out.String(); got != "    0.00s  w  running\n" {
		t.Errorf("%q", got)
	}
}

func TestUnicode(t *testing.T) {
	for _, c := range []struct {
		env  map[string]string
		want bool
	}{
		{nil, true},
		{map[string]string{"LANG": "de_DE.UTF-8"}, true},
		{map[string]string{"LANG": "en_US.utf8"}, true},
		{map[string]string{"LANG": "C"}, false},
		{map[string]string{"LC_ALL": "C", "LANG": "de_DE.UTF-8"}, false},
		{map[string]string{"LC_CTYPE": "C.UTF-8", "LANG": "C"}, true},
		{map[string]string{"TERM": "linux"}, false},
	} {
		if got := view.Unicode(func(k string) string { return c.env[k] }); got != c.want {
			t.Errorf("%v: got %v", c.env, got)
		}
	}
}

// What a failure led to is counted, and some of it named.
func TestSummaryOfManyFailures(t *testing.T) {
	var nodes []runtime.NodeReport
	for k := range 30 {
		id := fmt.Sprintf("w/t%d", k)
		nodes = append(nodes, runtime.NodeReport{ID: id, Kind: "activity", Status: "failed", Failure: &runtime.FailureReport{Failure: &runtime.Failure{Node: id, Error: "Broken", Message: "no"}}})
	}
	for k := range 41 {
		nodes = append(nodes, runtime.NodeReport{ID: fmt.Sprintf("w/c%d", k), Kind: "activity", Status: "cancelled", Because: "w/t0"})
	}
	var out bytes.Buffer
	view.New(&out, view.Options{Mode: view.Plain}).Close(runtime.RunReport{Workflow: "w", Status: "failed", Nodes: nodes})
	for _, want := range []string{"✘ w/t0 failed\n    Broken: no\n    cancelled because of it: w/c0, w/c1, w/c2, w/c3, and 37 more\n", "✘ w/t19 failed", "\n10 more failed\n"} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("%q is missing in\n%s", want, &out)
		}
	}
	if strings.Contains(out.String(), "w/t20 ") {
		t.Error("more than 20 failures are told")
	}
}

// Colours are added to what is shown without them, and ASCII means ASCII.
func TestColorAndASCIIChangeNothingElse(t *testing.T) {
	clock := func() time.Time { return epoch.Add(5 * time.Second) }
	frame := func(o view.Options) []string {
		o.Mode, o.Clock = view.Live, clock
		v := view.NewStill(&bytes.Buffer{}, o)
		manyItems(v, 1000, nil)
		v.Changes(epoch, []runtime.Change{
			{Node: "w/late", Kind: "activity", Parent: "w", From: ir.Waiting, To: ir.Skipped, Because: "w/m", Order: []int32{4}},
			{Node: "w/now", Kind: "activity", Parent: "w", To: ir.Running, Order: []int32{5}},
		})
		return v.Frame(60, 12)
	}
	bare, colored := frame(view.Options{}), frame(view.Options{Color: true})
	if slices.Equal(bare, colored) {
		t.Error("there are no colours")
	}
	for i := range colored {
		colored[i] = plainText(colored[i])
	}
	if !slices.Equal(bare, colored) {
		t.Errorf("without colours\n%s\nwith them\n%s", strings.Join(bare, "\n"), strings.Join(colored, "\n"))
	}
	for _, l := range frame(view.Options{ASCII: true}) {
		if k := strings.IndexFunc(l, func(c rune) bool { return c > '~' }); k >= 0 {
			t.Errorf("%q is not ASCII", l)
		}
	}
}

func BenchmarkChanges(b *testing.B) {
	for _, n := range []int{1000, 100_000} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			for b.Loop() {
				v := view.NewStill(&bytes.Buffer{}, view.Options{Mode: view.Live, Clock: func() time.Time { return epoch }})
				manyItems(v, n, nil)
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(4*n), "ns/change")
		})
	}
}
