package runtime

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/flowc/flowc/compiler/ir"
	"github.com/flowc/flowc/compiler/ir/eval"
)

// Programs holds how the activities of a flow are run as programs, compiled.
// It is immutable: any number of goroutines may use it.
type Programs struct {
	byActivity map[*ir.Activity]*program
}

// program is a compiled ir.Command.
type program struct {
	*ir.Command
	argv, env, cwd, input, file code
}

// NewPrograms compiles the commands of p's activities.
func NewPrograms(p *ir.Program) *Programs {
	all := &Programs{byActivity: make(map[*ir.Activity]*program, len(p.Activities))}
	for _, a := range p.Activities {
		if c := a.Program; c != nil {
			all.byActivity[a] = &program{c, compile(c.Argv), compile(c.Env), compile(c.Cwd), compile(c.Input), compile(c.File)}
		}
	}
	return all
}

// Attempt says which attempt of which node a program is run for.
type Attempt struct {
	Run      string
	Node     string
	Number   int                                               // from 1
	Key      string                                            // Task.Key
	Deadline ir.Time                                           // when it must have ended; 0 means never
	Trace    string                                            // W3C trace context, "" for none
	Params   map[string]ir.Value                               // of the program, see [Machine.Params]
	Reveal   func(secret string, t *ir.Type) (ir.Value, error) // what a secret<t> stands for; nil if there are none
}

// Invocation is one execution of a program, as data. The driver adds its own
// environment, FLOW_OUT if File is set, and runs it.
type Invocation struct {
	Activity *ir.Activity
	Argv     []string // at least one element
	Env      []string // K=V, to be added: those of FLOW_*, then the activity's own
	Dir      string   // Activity.Dir, or what `cwd` gives, which is relative to that unless absolute; with slashes
	Stdin    []byte
	StdinRef *ir.Ref // if not nil, what it refers to is to be read in place of Stdin
	File     string  // of `result = file(p)`: p, relative to the attempt's own folder; else ""
}

// Invocation computes how a task is run for an attempt. The error is shown to
// users; it is that of an expression, or says that the activity has no `run`.
func (p *Programs) Invocation(t *Task, x Attempt) (*Invocation, error) {
	a := t.Activity
	c := p.byActivity[a]
	if c == nil {
		return nil, fmt.Errorf("activity %s has no `run`", a.Name)
	}
	v := &Invocation{Activity: a, Dir: a.Dir}
	env := &eval.Env{Frame: &eval.Frame{Slots: t.Args}, Params: x.Params, Reveal: x.Reveal, Seed: x.Run + "\x00" + x.Node, Fact: factsOf(a, x)}
	argv, err := c.argv.Eval(env)
	if err != nil {
		return nil, fmt.Errorf("`run`: %w", err)
	}
	list, _ := argv.(ir.List)
	for _, s := range list {
		text, _ := s.(ir.String)
		v.Argv = append(v.Argv, string(text))
	}
	if len(v.Argv) == 0 {
		return nil, fmt.Errorf("`run` of activity %s gives no program", a.Name)
	}
	if v.Env, err = c.environment(env, x); err != nil {
		return nil, err
	}
	if dir, err := textOf(c.cwd, env, "cwd"); err != nil {
		return nil, err
	} else if strings.HasPrefix(dir, "/") || a.Dir == "." && dir != "" {
		v.Dir = dir
	} else if dir != "" {
		v.Dir = a.Dir + "/" + dir
	}
	if v.File, err = textOf(c.file, env, "result = file(…)"); err != nil {
		return nil, err
	}
	if c.Stdout == ir.ResultFile && !local(v.File) {
		return nil, fmt.Errorf("`result = file(%q)` of activity %s leaves the attempt's own folder", v.File, a.Name)
	}
	v.Stdin, v.StdinRef, err = c.stdin(env, t)
	return v, err
}

// local reports whether a path stays below the folder that it is relative to.
func local(path string) bool {
	if path == "" || path[0] == '/' || strings.ContainsRune(path, 0) {
		return false
	}
	for _, part := range strings.Split(path, "/") {
		if part == ".." {
			return false
		}
	}
	return true
}

// factsOf returns what ir.OpContext may read in a command.
func factsOf(a *ir.Activity, x Attempt) func(string) ir.Value {
	return func(name string) ir.Value {
		switch name {
		case "activity.name":
			return ir.String(a.Name)
		case "run.id":
			return ir.String(x.Run)
		case "run.attempt":
			return ir.Int(x.Number)
		}
		return nil
	}
}

// environment returns what is added to the environment.
func (c *program) environment(env *eval.Env, x Attempt) ([]string, error) {
	list := []string{
		"FLOW_NODE=" + x.Node,
		"FLOW_ATTEMPT=" + strconv.Itoa(x.Number),
		"FLOW_IDEMPOTENCY_KEY=" + x.Key,
	}
	if x.Deadline != 0 {
		list = append(list, "FLOW_DEADLINE="+x.Deadline.String())
	}
	if x.Trace != "" {
		list = append(list, "TRACEPARENT="+x.Trace)
	}
	if c.env.none() {
		return list, nil
	}
	v, err := c.env.Eval(env)
	if err != nil {
		return nil, fmt.Errorf("`env`: %w", err)
	}
	own, _ := v.(*ir.Map)
	for k := 0; own != nil && k < len(own.Keys); k++ {
		if own.Keys[k] == "" || strings.ContainsAny(own.Keys[k], "=\x00") {
			return nil, fmt.Errorf("`env`: %q cannot be the name of a variable", own.Keys[k])
		}
		text, _ := own.Values[k].(ir.String)
		list = append(list, own.Keys[k]+"="+string(text))
	}
	return list, nil
}

// textOf computes a string; "" if there is no expression.
func textOf(c code, env *eval.Env, what string) (string, error) {
	if c.none() {
		return "", nil
	}
	v, err := c.Eval(env)
	if err != nil {
		return "", fmt.Errorf("`%s`: %w", what, err)
	}
	s, _ := v.(ir.String)
	return string(s), nil
}

// stdin returns what the program reads: a string or bytes as it is, what a ref
// refers to, anything else as JSON.
func (c *program) stdin(env *eval.Env, t *Task) ([]byte, *ir.Ref, error) {
	switch c.Stdin {
	case ir.StdinJSON:
		return t.Input, nil, nil
	case ir.StdinNone:
		return nil, nil, nil
	}
	v, err := c.input.Eval(env)
	if err != nil {
		return nil, nil, fmt.Errorf("`stdin`: %w", err)
	}
	switch v := v.(type) {
	case ir.String:
		return []byte(v), nil, nil
	case ir.Bytes:
		return []byte(v), nil, nil
	case *ir.Ref:
		return nil, v, nil
	}
	text, err := ir.Encode(v, c.Input.Type)
	return text, nil, err
}
