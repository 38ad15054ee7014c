package activity_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/flowc/flowc/stdlib/activity"
)

type greetIn struct {
	Name  string            `json:"name"`
	Times activity.Int      `json:"times"`
	Pause activity.Duration `json:"pause"`
	Nick  *string           `json:"nick"`
}

func Example() {
	type in struct {
		Name string `json:"name"`
	}
	r := activity.Std()
	activity.Register(r, "greet", func(ctx context.Context, in in) (string, error) {
		if in.Name == "" {
			return "", &activity.Error{Name: "NoName", Message: "nobody is there"}
		}
		activity.Info(ctx).Log("greeting " + in.Name)
		return "Hello, " + in.Name, nil
	})
	greet, _ := r.Lookup("greet")
	fmt.Println(greet(context.Background(), []byte(`{"name":"<Ann>"}`)))
	fmt.Println(greet(context.Background(), []byte(`{}`)))
	// Output:
	// [34 72 101 108 108 111 44 32 60 65 110 110 62 34] <nil>
	// [] nobody is there
}

func TestRegisterTranslatesBothWays(t *testing.T) {
	var r activity.Registry
	activity.Register(&r, "greet", func(_ context.Context, in greetIn) (greetIn, error) { return in, nil })
	f, ok := r.Lookup("greet")
	if !ok {
		t.Fatal("greet is not there")
	}
	for _, c := range []struct{ in, out string }{
		{`{"name":"<é>","times":3,"pause":"1h30m","nick":"x"}`, `{"name":"<é>","times":3,"pause":"1h30m","nick":"x"}`},
		{`{"times":"9007199254740993"}`, `{"name":"","times":"9007199254740993","pause":"0s","nick":null}`},
		{`{"nick":null,"times":null,"pause":null,"later":[]}`, `{"name":"","times":0,"pause":"0s","nick":null}`},
		{``, `{"name":"","times":0,"pause":"0s","nick":null}`},
	} {
		if out, err := f(context.Background(), json.RawMessage(c.in)); err != nil || string(out) != c.out {
			t.Errorf("%s: got %s, %v; want %s", c.in, out, err, c.out)
		}
	}
	for _, bad := range []string{`{"times":1.5}`, `{"times":"x"}`, `{"times":99999999999999999999}`, `{"pause":"soon"}`, `{"pause":3}`, `{"name":1}`, `[]`, `{`} {
		_, err := f(context.Background(), json.RawMessage(bad))
		if err == nil || !strings.HasPrefix(err.Error(), "the arguments of `greet` cannot be read: ") {
			t.Errorf("%s: got %v", bad, err)
		}
	}
}

func TestErrorsAreOfTheFileThatDeclaresTheActivity(t *testing.T) {
	for _, c := range []struct{ activity, name, want string }{
		{"charge", "Declined", "Declined"},
		{"billing.charge", "Declined", "billing.Declined"},
		{"lib/billing.charge", "Declined", "lib/billing.Declined"},
		{"billing.charge", "bank.Declined", "bank.Declined"},
	} {
		var r activity.Registry
		activity.Register(&r, c.activity, func(context.Context, struct{}) (activity.None, error) {
			return activity.None{}, fmt.Errorf("at the till: %w", &activity.Error{Name: c.name, Message: "no money", Fields: 7})
		})
		f, _ := r.Lookup(c.activity)
		_, err := f(context.Background(), nil)
		var e *activity.Error
		if !errors.As(err, &e) || e.Name != c.want || e.Fields != 7 || err.Error() != "at the till: no money" {
			t.Errorf("%s: got %#v, %v", c.activity, e, err)
		}
	}
	if got := (&activity.Error{Name: "Declined"}).Error(); got != "Declined" {
		t.Errorf("got %q", got)
	}
}

func TestACancelledTaskIsNotStarted(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	f, _ := activity.Std().Lookup("std/fs.write")
	if _, err := f(ctx, json.RawMessage(`{"file":"/dev/null/x"}`)); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
}

func TestResultsThatAreNoJSON(t *testing.T) {
	var r activity.Registry
	activity.Register(&r, "f", func(context.Context, struct{}) (any, error) { return func() {}, nil })
	activity.Register(&r, "none", func(context.Context, struct{}) (activity.None, error) { return activity.None{}, nil })
	f, _ := r.Lookup("f")
	if _, err := f(context.Background(), nil); err == nil || !strings.Contains(err.Error(), "cannot be written as JSON") {
		t.Errorf("got %v", err)
	}
	f, _ = r.Lookup("none")
	if out, err := f(context.Background(), nil); err != nil || string(out) != "null" {
		t.Errorf("got %s, %v", out, err)
	}
}

func TestRegisteringNonsensePanics(t *testing.T) {
	f := activity.Func(func(context.Context, json.RawMessage) (json.RawMessage, error) { return nil, nil })
	for name, register := range map[string]func(r *activity.Registry){
		"twice":       func(r *activity.Registry) { r.Add("f", f); r.Add("f", f) },
		"no name":     func(r *activity.Registry) { r.Add("", f) },
		"no function": func(r *activity.Registry) { r.Add("f", nil) },
		"nil generic": func(r *activity.Registry) { activity.Register[struct{}, int](r, "f", nil) },
		"no struct": func(r *activity.Registry) {
			activity.Register(r, "f", func(context.Context, int) (int, error) { return 0, nil })
		},
	} {
		t.Run(name, func(t *testing.T) {
			defer func() {
				if recover() == nil {
					t.Error("it did not panic")
				}
			}()
			register(new(activity.Registry))
		})
	}
}

func TestNamesAreSorted(t *testing.T) {
	if names := activity.Std().Names(); len(names) == 0 || !slices.IsSorted(names) {
		t.Errorf("got %v", names)
	}
	if names := new(activity.Registry).Names(); len(names) != 0 {
		t.Errorf("got %v", names)
	}
}

func TestValuesAreInTheEncodingOfTheLanguage(t *testing.T) {
	for _, c := range []struct {
		value any
		want  string
	}{
		{activity.Int(-3), `-3`},
		{activity.Int(1 << 53), `9007199254740992`},
		{activity.Int(1<<53 + 1), `"9007199254740993"`},
		{activity.Size(64_000), `64000`},
		{activity.Duration(90 * time.Minute), `"1h30m"`},
		{activity.Duration(0), `"0s"`},
		{activity.None{}, `null`},
	} {
		if got, err := json.Marshal(c.value); err != nil || string(got) != c.want {
			t.Errorf("%#v: got %s, %v; want %s", c.value, got, err, c.want)
		}
	}
}

func TestLog(t *testing.T) {
	for _, c := range []struct {
		level, message string
		fields         map[string]string
		want           []string
	}{
		{"info", "loaded", nil, []string{"loaded"}},
		{"warn", "few rows", map[string]string{"rows": "3", "a b": "", "shop": `the "lake"`}, []string{`warning: few rows "a b"="" rows=3 shop="the \"lake\""`}},
		{"error", "one\r\ntwo\n", map[string]string{"x": "a\nb"}, []string{"error: one", "two", ` x="a\nb"`}},
		{"info", "", nil, nil},
	} {
		var got []string
		ctx := activity.NewContext(context.Background(), activity.Attempt{Log: func(line string) { got = append(got, line) }})
		args := map[string]any{"message": c.message}
		if c.fields != nil {
			args["fields"] = c.fields
		}
		if out, err := call(t, ctx, "std/log."+c.level, args); err != nil || string(out) != "null" {
			t.Errorf("%s, %v", out, err)
		}
		if !slices.Equal(got, c.want) {
			t.Errorf("%s: got %q, want %q", c.level, got, c.want)
		}
	}
	if _, err := call(t, context.Background(), "std/log.info", map[string]any{"message": "to nobody"}); err != nil {
		t.Error(err)
	}
}

func TestExec(t *testing.T) {
	var ran activity.Program
	exit, failure := activity.Exit{}, error(nil)
	ctx := activity.NewContext(context.Background(), activity.Attempt{Dir: "/flow", Run: func(_ context.Context, p activity.Program) (activity.Exit, error) {
		ran = p
		return exit, failure
	}})
	exit = activity.Exit{Stdout: []byte("out\n"), Stderr: []byte("err\xff")}
	out, err := call(t, ctx, "std/exec.run", map[string]any{
		"argv": []string{"p", "$(x) y"}, "stdin": "in", "dir": "sub", "env": map[string]string{"B": "2=3", "A": ""}, "max": 7,
	})
	if err != nil || string(out) != `{"exit":0,"stdout":"out\n","stderr":"err`+"\uFFFD"+`"}` {
		t.Errorf("got %s, %v", out, err)
	}
	if got, want := fmt.Sprintf("%q %q %s %q %d", ran.Argv, ran.Env, ran.Dir, ran.Stdin, ran.MaxStdout), `["p" "$(x) y"] ["A=" "B=2=3"] /flow/sub "in" 7`; got != want {
		t.Errorf("ran %s\nwant %s", got, want)
	}

	exit = activity.Exit{Code: 3, Stderr: []byte("no")}
	_, err = call(t, ctx, "std/exec.run", map[string]any{"argv": []string{"p"}})
	wantError(t, err, "`p` ended with exit status 3")
	wantDeclared(t, err, "std/exec.ExitError", `{"exit":3,"stderr":"no"}`)
	out, err = call(t, ctx, "std/exec.run", map[string]any{"argv": []string{"p"}, "check": false})
	if err != nil || string(out) != `{"exit":3,"stdout":"","stderr":"no"}` {
		t.Errorf("got %s, %v", out, err)
	}

	exit = activity.Exit{Stdout: []byte{0xff}}
	_, err = call(t, ctx, "std/exec.run", map[string]any{"argv": []string{"p"}})
	wantError(t, err, "`p` printed what is no UTF-8 text; have it write to a file")

	failure = errors.New("the program `p` was not found")
	_, err = call(t, ctx, "std/exec.run", map[string]any{"argv": []string{"p"}})
	wantError(t, err, failure.Error())
}

func TestExecRefuses(t *testing.T) {
	ctx := activity.NewContext(context.Background(), activity.Attempt{Run: func(context.Context, activity.Program) (activity.Exit, error) {
		t.Error("something ran")
		return activity.Exit{}, nil
	}})
	for _, c := range []struct {
		args map[string]any
		want string
	}{
		{map[string]any{"argv": []string{}}, "`argv` names no program"},
		{map[string]any{"argv": []string{"", "x"}}, "`argv` names no program"},
		{map[string]any{"argv": []string{"p", "a\x00b"}}, `the argument "a\x00b" holds a zero byte`},
		{map[string]any{"argv": []string{"p"}, "dir": ""}, "the path is empty"},
		{map[string]any{"argv": []string{"p"}, "env": map[string]string{"A=B": "secret"}}, "the variable \"A=B\" of `env` holds what an environment cannot"},
		{map[string]any{"argv": []string{"p"}, "env": map[string]string{"A": "secret\x00"}}, "the variable \"A\" of `env` holds what an environment cannot"},
	} {
		_, err := call(t, ctx, "std/exec.run", c.args)
		wantError(t, err, c.want)
	}
	_, err := call(t, context.Background(), "std/exec.run", map[string]any{"argv": []string{"p"}})
	wantError(t, err, "`p` cannot be run: no programs may be started here")
}
