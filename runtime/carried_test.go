package runtime_test

import (
	"encoding/json"
	"maps"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"github.com/flowc/flowc/compiler/ir"
	"github.com/flowc/flowc/runtime"
)

// states returns the states of a run after each of its events, those of slices
// too, as the starts of the runs that take them over.
func states(t *testing.T, plan *runtime.Plan) (list []*runtime.Start) {
	begin := &runtime.Start{Workflow: "w", Run: "r", Flags: runtime.Flags, Shards: true}
	m, err := plan.New("", runtime.Config{})
	if err != nil {
		t.Fatal(err)
	}
	queue := []runtime.Event{{Type: runtime.RunStarted, Start: begin}}
	for k := 0; k < len(queue) && !m.Done(); k++ {
		step, err := m.Apply(queue[k])
		if err != nil {
			t.Fatal(err)
		}
		for _, c := range step.Commands {
			switch c.Type {
			case runtime.StartChild:
				list = append(list, &runtime.Start{Workflow: "w", Run: "r", Flags: runtime.Flags, Slice: c.Child.Slice})
				queue = append(queue, runtime.Event{Type: runtime.ChildCompleted, Node: c.Node, Result: json.RawMessage(`[{"status":"succeeded"},{"status":"succeeded"}]`)})
			case runtime.ScheduleTask:
				queue = append(queue, runtime.Event{Type: runtime.TaskCompleted, Node: c.Node, Attempt: c.Attempt})
			}
		}
		if s, err := m.Snapshot(); err == nil {
			list = append(list, &runtime.Start{Run: "r", Carried: s})
		}
	}
	return list
}

// damage changes something in a JSON value.
func damage(t *rapid.T, v any) any {
	switch v := v.(type) {
	case map[string]any:
		if len(v) == 0 {
			return v
		}
		key := rapid.SampledFrom(slices.Sorted(maps.Keys(v))).Draw(t, "key")
		if rapid.IntRange(0, 9).Draw(t, "gone") == 0 {
			delete(v, key)
		} else {
			v[key] = damage(t, v[key])
		}
		return v
	case []any:
		if len(v) == 0 {
			return append(v, json.Number("3"))
		}
		k := rapid.IntRange(0, len(v)-1).Draw(t, "at")
		switch rapid.IntRange(0, 9).Draw(t, "how") {
		case 0:
			return slices.Delete(v, k, k+1)
		case 1:
			return append(v, v[k])
		}
		v[k] = damage(t, v[k])
		return v
	}
	return rapid.SampledFrom([]any{nil, true, "", "x", json.Number("0"), json.Number("1"), json.Number("2"), json.Number("7"),
		json.Number("-1"), json.Number("2000000000"), []any{}, map[string]any{}, []any{json.Number("0")}}).Draw(t, "value")
}

// TestDamagedStates goes on with states that are damaged. They are refused, or
// the run goes on, or it breaks with an error; nothing panics.
func TestDamagedStates(t *testing.T) {
	const flow = "m = map(n=4 shard=2 retry=1) { a b(retry=1) } catch { c } dag { d(undo) e(after=d) } finally { g } race { h wait(signal=s) } loop(n=2) { i(undo) } on_cancel { j }"
	plan, err := runtime.Prepare(build(parseTree(t, flow)))
	if err != nil {
		t.Fatal(err)
	}
	all := states(t, plan)
	refused, went := 0, 0
	for range 20 {
		rapid.Check(t, func(t *rapid.T) {
			s := *rapid.SampledFrom(all).Draw(t, "state")
			text := &s.Carried
			if s.Slice != nil {
				slice := *s.Slice
				s.Slice, text = &slice, &slice.State
			}
			var v any
			if err := json.Unmarshal(*text, &v); err != nil {
				t.Fatal(err)
			}
			for range rapid.IntRange(1, 3).Draw(t, "times") {
				v = damage(t, v)
			}
			*text, _ = json.Marshal(v)
			if err := goOn(plan, &s); err != nil {
				refused++
			} else {
				went++
			}
		})
	}
	if refused == 0 || went == 0 {
		t.Errorf("%d were refused, %d went on", refused, went)
	}
}

// goOn runs what a start leads to, for a while.
func goOn(plan *runtime.Plan, s *runtime.Start) error {
	m, err := plan.New("", runtime.Config{})
	if err != nil {
		return err
	}
	queue := []runtime.Event{{Type: runtime.RunStarted, Start: s}, {Type: runtime.SignalReceived, Name: "s"}}
	for k := 0; k < len(queue) && k < 200; k++ {
		queue[k].Time = ir.Time(k)
		step, err := m.Apply(queue[k])
		if err != nil {
			return err
		}
		for _, c := range step.Commands {
			e := runtime.Event{Type: runtime.TaskCompleted, Node: c.Node, Attempt: c.Attempt}
			switch c.Type {
			case runtime.StartTimer:
				e.Type, e.Timer = runtime.TimerFired, c.Timer
			case runtime.StartChild:
				e.Type = runtime.ChildFailed
			}
			queue = append(queue, e)
		}
		_, _ = m.Snapshot()
	}
	return nil
}
