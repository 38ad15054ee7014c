package names_test

import (
	"encoding/json"
	"strings"
	"testing"
	"unicode/utf8"

	"pgregory.net/rapid"

	"github.com/flowc/flowc/runtime/swf/names"
)

func TestIdsOfActivities(t *testing.T) {
	const key = "00112233445566778899aabbccddeeff"
	for node, want := range map[string]string{
		"etl/rows[p3]/extract":        "etl.rows[p3].extract#2",
		"w/m[a.b|c:d]/x":              "w.m[a%2Eb%7Cc%3Ad].x#2",
		"w/m[a%2Fb]/x#3":              "w.m[a%2Fb].x#3#2",
		"w/m[\u0085é]/x":              "w.m[%C2%85é].x#2",
		"w/" + strings.Repeat("é", 9): "w." + strings.Repeat("é", 9) + "#2",
	} {
		got := names.Activity(node, key, 2, false)
		if got != want {
			t.Errorf("%q: %q, want %q", node, got, want)
		}
		if back, attempt, k := names.ParseActivity(got); back != node || attempt != 2 || k != "" {
			t.Errorf("%q comes back as %q, %d, %q", node, back, attempt, k)
		}
	}
	if got := names.Activity("w/x", key, 1, true); got != "w.x~"+key+"#1" {
		t.Errorf("of an execution that continues another: %q", got)
	}
}

// TestIdsAreFitForTheService makes ids of all kinds, long ones too, and wants
// each within the rules, and the node and key to be found in it.
func TestIdsAreFitForTheService(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		part := rapid.StringMatching(`([a-z_]+(\[([^/\[\]#%\x00-\x1f\x7f]|%2F|%5B){1,90}\])?)`)
		node := strings.Join(rapid.SliceOfN(part, 1, 5).Draw(t, "parts"), "/")
		key := names.Key("run", node)
		attempt := rapid.IntRange(1, 1000).Draw(t, "attempt")
		id := names.Activity(node, key, attempt, rapid.Bool().Draw(t, "continued"))
		if n := utf8.RuneCountInString(id); n > 256 || !utf8.ValidString(id) || strings.ContainsAny(id, ":/|") {
			t.Fatalf("%q, of %d characters", id, n)
		}
		back, n, k := names.ParseActivity(id)
		if n != attempt || k != "" && k != key || k == "" && back != node || !strings.HasPrefix(node, back) {
			t.Fatalf("%q\nis %q\nand comes back as %q, %d, %q", node, id, back, n, k)
		}
	})
}

func TestFlowStandsBesideTheArguments(t *testing.T) {
	flow := names.Flow{Run: "r", Node: "w/x", Attempt: 2, Key: "k", Timeout: 5e9, Params: map[string]json.RawMessage{"env": json.RawMessage(`"dev"`)}}
	for _, input := range []string{`{}`, `{"a":1}`, `{"args":[],"kwargs":{"a":"\"$flow\":{}"}}`, `{"a":{"$flow":{"run":"x"}}}`} {
		with, err := names.AddFlow(json.RawMessage(input), flow)
		if err != nil || !json.Valid(with) {
			t.Fatalf("%s: %s, %v", input, with, err)
		}
		back, f := names.TakeFlow(with)
		if string(back) != input || f == nil || f.Node != "w/x" || f.Timeout != 5e9 || string(f.Params["env"]) != `"dev"` {
			t.Errorf("%s comes back as %s with %+v", input, back, f)
		}
		if back, f := names.TakeFlow(json.RawMessage(input)); string(back) != input || f != nil {
			t.Errorf("%s, which has none, comes back as %s with %+v", input, back, f)
		}
	}
}
