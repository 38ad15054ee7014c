package wire_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/flowc/flowc/compiler"
	"github.com/flowc/flowc/compiler/ir"
	"github.com/flowc/flowc/lang/diag"
	"github.com/flowc/flowc/runtime"
	"github.com/flowc/flowc/runtime/blob"
	"github.com/flowc/flowc/runtime/swf/wire"
)

// blobs is a store of which nothing comes back once it is gone.
type blobs struct{ *blob.Store }

func (b blobs) Get(r *ir.Ref) ([]byte, error) {
	content, err := b.Read(r)
	if err != nil {
		return nil, lost{err}
	}
	return content, nil
}

type lost struct{ error }

func (lost) Lost() bool { return true }

func TestWhatFitsIsSentAndWhatDoesNotIsKept(t *testing.T) {
	b := blobs{blob.New(t.TempDir())}
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.OneOf(rapid.String(), rapid.Just(`{"$blob":{"$ref":"sha256/00"}}`), rapid.Just(strings.Repeat("😀", 20))).Draw(t, "text")
		limit := rapid.IntRange(0, 60).Draw(t, "limit")
		sent, err := wire.Fit(b, text, limit)
		if err != nil {
			t.Fatal(err)
		}
		if sent == text && (wire.Length(text) > limit || strings.HasPrefix(text, `{"$blob":`)) {
			t.Fatalf("%q is sent as it is", text)
		}
		back, err := wire.Open(b, sent)
		if err != nil || back != text {
			t.Fatalf("%q came back as %q, %v", text, back, err)
		}
	})
}

func TestALostValueIsNamed(t *testing.T) {
	b := blobs{blob.New(t.TempDir())}
	sent, err := wire.Fit(b, strings.Repeat("x", 100), 10)
	if err != nil {
		t.Fatal(err)
	}
	_, err = wire.Open(blobs{blob.New(t.TempDir())}, sent)
	if !wire.Lost(err) || !strings.Contains(err.Error(), "sha256/") {
		t.Errorf("got %v", err)
	}
	if _, err := wire.Open(nil, sent); err == nil || wire.Lost(err) {
		t.Errorf("without a store: %v", err)
	}
	sum := sent[strings.Index(sent, "sha256/")+len("sha256/"):][:64]
	for _, text := range []string{
		`{"$blob":7}`, `{"$blob":{}}`, fmt.Sprintf(`{"$blob":{"$ref":"sha256/%s"}}`, sum),
		fmt.Sprintf(`{"$blob":{"$ref":"sha256/%s","sha256":"%[1]s","size":-1}}`, sum), fmt.Sprintf(`{"$blob":{"$ref":"sha256/%s","sha256":"%[1]s","size":1099511627776}}`, sum),
	} {
		if _, err := wire.Open(b, text); !wire.Lost(err) || !strings.Contains(err.Error(), "is no reference") {
			t.Errorf("%s: %v", text, err)
		}
	}
}

func TestTextsAreCutBetweenCharacters(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text, limit := rapid.String().Draw(t, "text"), rapid.IntRange(1, 20).Draw(t, "limit")
		cut := wire.Cut(text, limit)
		if !utf8.ValidString(cut) || wire.Length(cut) > limit || wire.Length(text) <= limit && cut != text {
			t.Fatalf("%q, cut to %d: %q", text, limit, cut)
		}
	})
	if got := wire.Cut("a\xffb", 10); got != "a\ufffdb" {
		t.Errorf("got %q", got)
	}
}

func TestFailuresComeBack(t *testing.T) {
	b := blobs{blob.New(t.TempDir())}
	for _, f := range []runtime.Failure{
		{Error: "Broke", Message: "it is broken", Details: json.RawMessage(`{"why":"glass","exit":3}`), Attempts: 2, Node: "w/a"},
		{Error: "Failed"},
		{Error: "Long", Message: strings.Repeat("é", 40_000)},
	} {
		reason, details, err := wire.Failure(b, &f)
		if err != nil || wire.Length(reason) > 256 || wire.Length(details) > 32_768 {
			t.Fatalf("%d, %d, %v", wire.Length(reason), wire.Length(details), err)
		}
		got, err := wire.ReadFailure(b, reason, details, nil)
		if err != nil {
			t.Fatal(err)
		}
		if d := cmp.Diff(&f, got); d != "" {
			t.Error(d)
		}
		for _, timedOut := range []bool{true, false} {
			reason, details, err := wire.Ended(b, &f, timedOut)
			if err != nil {
				t.Fatal(err)
			}
			got, was, err := wire.ReadEnded(b, reason, details)
			if d := cmp.Diff(&f, got); d != "" || was != timedOut || err != nil {
				t.Error(d, was, err)
			}
		}
	}
}

func TestFailuresOfOthersAreKept(t *testing.T) {
	for name, c := range map[string]struct {
		reason, details string
		want            runtime.Failure
	}{
		"nothing":             {"", "", runtime.Failure{Error: "Failed"}},
		"a reason":            {"disk full", "", runtime.Failure{Error: "Failed", Message: "disk full"}},
		"details":             {"", "a trace", runtime.Failure{Error: "Failed", Message: "a trace", Details: json.RawMessage(`{"details":"a trace"}`)}},
		"a declared error":    {"NoRoom: disk full", `{"free": 3}`, runtime.Failure{Error: "NoRoom", Message: "disk full", Details: json.RawMessage(`{"free": 3}`)}},
		"an undeclared one":   {"Other: disk full", "", runtime.Failure{Error: "Failed", Message: "Other: disk full"}},
		"those of simpleflow": {"ValueError: bad\n", `{"error":"ValueError","message":"bad","traceback":["a"]}`, runtime.Failure{Error: "ValueError", Message: "bad", Details: json.RawMessage(`{"traceback":["a"]}`)}},
		"something alike":     {"x", `{"error":"ValueError","message":"bad"}`, runtime.Failure{Error: "Failed", Message: "x", Details: json.RawMessage(`{"error":"ValueError","message":"bad"}`)}},
		"a list":              {"x", `[1]`, runtime.Failure{Error: "Failed", Message: "x", Details: json.RawMessage(`{"details":"[1]"}`)}},
		"odd members":         {"E", `{"error":"E","attempts":"many"}`, runtime.Failure{Error: "Failed", Message: "E", Details: json.RawMessage(`{"error":"E","attempts":"many"}`)}},
	} {
		got, err := wire.ReadFailure(nil, c.reason, c.details, []string{"NoRoom"})
		if err != nil {
			t.Fatal(err)
		}
		if d := cmp.Diff(&c.want, got); d != "" {
			t.Errorf("%s\n%s", name, d)
		}
	}
}

func TestInputsAreRead(t *testing.T) {
	e := &wire.Envelope{IR: "sha256:1", Input: map[string]json.RawMessage{"n": json.RawMessage(`1`)}, Run: "r", Detached: []wire.Detached{{ID: "a", Node: "w/a", Close: "abandon"}}}
	text, err := e.Encode(nil)
	if err != nil {
		t.Fatal(err)
	}
	got, err := wire.ReadInput(nil, text)
	if d := cmp.Diff(e, got); d != "" || err != nil {
		t.Error(d, err)
	}
	for text, want := range map[string]string{
		"":                `null`,
		" ":               `null`,
		`{"n": 1}`:        `{"n":1}`,
		`{}`:              `{}`,
		`[1]`:             "the input must be a JSON object by parameter, and is `[1]`",
		`null`:            "the input must be a JSON object by parameter, and is `null`",
		`x`:               "the input must be a JSON object by parameter, and is `x`",
		`{"$flow": 3}`:    "the input has a member `$flow` that does not begin a run",
		`{"$flow": null}`: "the input has a member `$flow` that says nothing",
	} {
		e, err := wire.ReadInput(nil, text)
		var bad *wire.InputError
		if errors.As(err, &bad) {
			if bad.Error() != want {
				t.Errorf("%q: %v", text, err)
			}
			continue
		}
		if input, _ := json.Marshal(e.Input); string(input) != want || !e.Plain {
			t.Errorf("%q: %s, %v", text, input, err)
		}
	}
}

func TestSettingsOfAWorkflow(t *testing.T) {
	for text, want := range map[string]wire.Settings{
		`workflow w() { wait 1s }`: {Version: "1", TaskList: "w", DecisionTimeout: "30", ExecutionTimeout: "31536000", PatientTimeout: "31536000", ChildPolicy: "REQUEST_CANCEL"},
		`param list: string = "l"
workflow w() with version = "7", timeout = 90s, decision_timeout = 1500ms, task_list = "x-${list}", priority = 3, child_policy = abandon, tags = ["a", "b"] { wait 1s }`: {
			Version: "7", TaskList: "x-l", TaskPriority: "3", DecisionTimeout: "2", ExecutionTimeout: "90", PatientTimeout: "3690", ChildPolicy: "ABANDON", Tags: []string{"a", "b"},
		},
	} {
		r := compiler.Compile(diag.NewSource("w.flow", []byte(text)), compiler.Config{})
		if r.Program == nil {
			t.Fatal(r.Diags.Sorted())
		}
		got, err := wire.SettingsOf(r.Program, r.Program.Workflows[0], map[string]ir.Value{"list": ir.String("l")})
		if err != nil {
			t.Fatal(err)
		}
		if d := cmp.Diff(want, got); d != "" {
			t.Error(d)
		}
	}
	r := compiler.Compile(diag.NewSource("w.flow", []byte(`workflow w(day: string, n: int = 3) with task_list = "x-${day}", priority = n + 1, tags = [day] { wait 1s }`)), compiler.Config{})
	if r.Program == nil {
		t.Fatal(r.Diags.Sorted())
	}
	for args, want := range map[string]string{"": "w  []", `{"day": "mon"}`: "x-mon 4 [mon]", `{"day": 7}`: "w 4 []"} {
		var given map[string]json.RawMessage
		if args != "" {
			if err := json.Unmarshal([]byte(args), &given); err != nil {
				t.Fatal(err)
			}
		}
		s, err := wire.SettingsFor(r.Program, r.Program.Workflows[0], nil, given)
		if got := fmt.Sprint(s.TaskList, " ", s.TaskPriority, " ", s.Tags); got != want || err != nil {
			t.Errorf("%s: %s, %v", args, got, err)
		}
	}
	for d, want := range map[ir.Duration]string{0: "NONE", 1: "1", 1e9: "1", 1e9 + 1: "2", 1 << 62: "99999999"} {
		if got := wire.Seconds(d); got != want {
			t.Errorf("%v is %s", d, got)
		}
	}
}
