package main

import (
	"encoding/json"
	"io"
	"strings"

	"github.com/flowc/flowc/compiler"
	"github.com/flowc/flowc/compiler/ir"
	"github.com/flowc/flowc/lang/diag"
)

// maxInput is how much of an input is read. It is far more than a flow can
// pass around, and keeps a wrong file from filling the memory.
const maxInput = 256 << 20

// bind returns the values of the program's parameters, those that a project
// gives it too, and the arguments of a workflow. What does not fit is shown,
// all of it.
func (c *console) bind(in *project, p *ir.Program, workflow string, given map[string]string, input *diag.Source) (params, args map[string]json.RawMessage, err error) {
	fillParams(in, p, given)
	params, found := compiler.CheckParams(p, given)
	args, inInput := compiler.CheckInput(p, workflow, input)
	found.Merge(inInput)
	c.show(found.Sorted())
	if found.HasErrors() {
		return nil, nil, errFailed
	}
	return params, args, nil
}

// givenParams returns what --param gives, by name.
func givenParams(flags []string) (map[string]string, error) {
	given := map[string]string{}
	for _, flag := range flags {
		name, value, ok := strings.Cut(flag, "=")
		if !ok || name == "" {
			return nil, usagef("--param %q: write a name and a value, as in --param day=2026-01-31", flag)
		}
		given[name] = value
	}
	return given, nil
}

// inputSource returns the text that --input means: JSON, `@FILE`, or `-` for
// stdin.
func (c *console) inputSource(flag string) (*diag.Source, error) {
	if flag == stdin {
		text, err := io.ReadAll(io.LimitReader(c.in, maxInput))
		if err != nil {
			return nil, unreadable("stdin", err)
		}
		return diag.NewSource(stdinName, text), nil
	}
	name, isFile := strings.CutPrefix(flag, "@")
	if !isFile {
		return diag.NewSource("--input", []byte(flag)), nil
	}
	text, err := readAtMost(name, maxInput)
	if err != nil {
		return nil, unreadable(name, err)
	}
	return diag.NewSource(name, text), nil
}
