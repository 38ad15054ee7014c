package activity

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"unicode/utf8"
)

func registerExec(r *Registry) {
	Register(r, "std/exec.run", run)
}

// tail is how much of what was said last is kept, of a program and of a server
// that refuses.
const tail = 8 << 10

type runIn struct {
	Argv  []string          `json:"argv"`
	Stdin string            `json:"stdin"`
	Dir   string            `json:"dir"`
	Env   map[string]string `json:"env"`
	Check bool              `json:"check"`
	Max   Size              `json:"max"`
}

// Output is what std/exec.run tells of a program.
type Output struct {
	Exit   Int    `json:"exit"`
	Stdout string `json:"stdout"`
	Stderr string `json:"stderr"`
}

type exitError struct {
	Exit   Int    `json:"exit"`
	Stderr string `json:"stderr"`
}

func run(ctx context.Context, in runIn) (Output, error) {
	p, err := program(ctx, in)
	if err != nil {
		return Output{}, err
	}
	runner := Info(ctx).Run
	if runner == nil {
		return Output{}, fmt.Errorf("`%s` cannot be run: no programs may be started here", in.Argv[0])
	}
	exit, err := runner(ctx, p)
	if err != nil {
		return Output{}, err
	}
	stderr := strings.ToValidUTF8(string(exit.Stderr), "\uFFFD")
	if exit.Code != 0 && in.Check {
		return Output{}, &Error{
			Name:    "ExitError",
			Message: fmt.Sprintf("`%s` ended with exit status %d", in.Argv[0], exit.Code),
			Fields:  exitError{Int(exit.Code), stderr},
		}
	}
	if !utf8.Valid(exit.Stdout) {
		return Output{}, fmt.Errorf("`%s` printed what is no UTF-8 text; have it write to a file", in.Argv[0])
	}
	return Output{Exit: Int(exit.Code), Stdout: string(exit.Stdout), Stderr: stderr}, nil
}

// program checks what is to be run. Nothing in it may be read as more than it
// is: an entry of the environment as two, an argument as shorter.
func program(ctx context.Context, in runIn) (Program, error) {
	if len(in.Argv) == 0 || in.Argv[0] == "" {
		return Program{}, errors.New("`argv` names no program")
	}
	for _, arg := range in.Argv {
		if strings.ContainsRune(arg, 0) {
			return Program{}, fmt.Errorf("the argument %q holds a zero byte", arg)
		}
	}
	dir, err := resolve(ctx, in.Dir)
	if err != nil {
		return Program{}, err
	}
	p := Program{Argv: in.Argv, Dir: dir, Stdin: []byte(in.Stdin), MaxStdout: int64(in.Max), Tail: tail}
	for _, key := range slices.Sorted(maps.Keys(in.Env)) {
		// The value is not shown: it may be a secret.
		if key == "" || strings.ContainsAny(key, "=\x00") || strings.ContainsRune(in.Env[key], 0) {
			return Program{}, fmt.Errorf("the variable %q of `env` holds what an environment cannot", key)
		}
		p.Env = append(p.Env, key+"="+in.Env[key])
	}
	return p, nil
}
