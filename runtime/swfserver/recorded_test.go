package swfserver

import (
	"bytes"
	"encoding/json"
	"os"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestEventsAreWrittenAsTheServiceWritesThem reads events recorded from the
// service, one of each form that was seen, and writes them again.
func TestEventsAreWrittenAsTheServiceWritesThem(t *testing.T) {
	text, err := os.ReadFile("testdata/recorded-events.json")
	if err != nil {
		t.Fatal(err)
	}
	var events []json.RawMessage
	if err := json.Unmarshal(text, &events); err != nil {
		t.Fatal(err)
	}
	for _, recorded := range events {
		e, a, err := readEvent(recorded)
		if err != nil {
			t.Fatal(err)
		}
		var got, want any
		if err := json.Unmarshal(recorded, &want); err != nil {
			t.Fatal(err)
		}
		if err := json.Unmarshal(newEvent(e.id, e.at, e.kind, a).text, &got); err != nil {
			t.Fatal(err)
		}
		if d := cmp.Diff(want, got); d != "" {
			t.Errorf("%s (-recorded +written)\n%s", e.kind, d)
		}
	}
}

func TestKeysComeSorted(t *testing.T) {
	for _, k := range []kind{activityTaskCompleted, externalWorkflowExecutionSignaled} {
		e := newEvent(7, 1487851963534, k, &attributes{WorkflowExecution: &executionName{"r", "w"}, Result: new("<&>"), InitiatedEventID: new(int64(0)), Details: new("")})
		var sorted bytes.Buffer
		var members map[string]any
		d := json.NewDecoder(bytes.NewReader(e.text))
		d.UseNumber()
		if err := d.Decode(&members); err != nil {
			t.Fatal(err)
		}
		sorted.Write(encode(members))
		if got, want := string(e.text), sorted.String(); got != want {
			t.Errorf("got %s\nwant %s", got, want)
		}
	}
}

// TestEveryDecisionAndOperationIsThere holds the tables to each other.
func TestEveryDecisionAndOperationIsThere(t *testing.T) {
	for name := range operations {
		if _, ok := structures[name]; !ok {
			t.Errorf("operation %s has no shape", name)
		}
	}
	for _, name := range enums["DecisionType"] {
		if decisions[name].apply == nil || structures[name+"DecisionAttributes"] == nil {
			t.Errorf("decision %s has no rule or no shape", name)
		}
	}
	if len(operations) != 39 || len(decisions) != 13 {
		t.Errorf("got %d operations and %d decisions, want 39 and 13", len(operations), len(decisions))
	}
}

// TestEveryShapeIsKnown finds words of the table that nothing checks.
func TestEveryShapeIsKnown(t *testing.T) {
	words := []string{"string", "id", "trimmed", "version", "duration", "seconds", "priority", "page", "bool", "time", "list"}
	for name, members := range structures {
		for _, m := range members {
			for s := m.shape; s != nil; s = s.element {
				if !slices.Contains(words, s.word) && enums[s.word] == nil && structures[s.word] == nil {
					t.Errorf("%s.%s has the unknown shape %s", name, m.name, s.word)
				}
			}
		}
	}
}
