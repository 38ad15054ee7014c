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

// input returns the arguments of a workflow from what --input says.
func (c *console) input(p *ir.Program, workflow, flag string) (map[string]json.RawMessage, error) {
	src, err := c.inputSource(flag)
	if err != nil {
		return nil, err
	}
	args, diags := compiler.CheckInput(p, workflow, src)
	c.show(diags.Sorted())
	if diags.HasErrors() {
		return nil, errFailed
	}
	return args, nil
}

// inputSource returns the text that --input means: JSON, `@FILE`, or `-` for
// stdin.
func (c *console) inputSource(flag string) (*diag.Source, error) {
	if flag == stdin {
		text, err := io.ReadAll(io.LimitReader(c.in, maxInput))
		if err != nil {
			return nil, unreadable("stdin", err)
		}
		return diag.NewSource("<stdin>", text), nil
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
