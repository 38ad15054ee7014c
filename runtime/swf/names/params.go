package names

import (
	"encoding/json"

	"github.com/flowc/flowc/compiler/ir"
)

// Params returns, encoded, the parameters of a program that how an activity is
// run depends on, out of the values that they have in a run: what Flow.Params
// is to hold. Most activities depend on none.
func Params(p *ir.Program, a *ir.Activity, values map[string]ir.Value) (map[string]json.RawMessage, error) {
	if a.Program == nil {
		return nil, nil
	}
	var read map[string]json.RawMessage
	c := a.Program
	for _, e := range []*ir.Expr{c.Argv, c.Env, c.Cwd, c.Input, c.File} {
		for _, q := range p.Params {
			if !reads(e, q.Name) || read[q.Name] != nil {
				continue
			}
			doc, err := ir.Encode(values[q.Name], q.Type)
			if err != nil {
				return nil, err
			}
			if read == nil {
				read = map[string]json.RawMessage{}
			}
			read[q.Name] = doc
		}
	}
	return read, nil
}

// reads reports whether an expression reads a parameter of the program.
func reads(e *ir.Expr, param string) bool {
	if e == nil {
		return false
	}
	if e.Op == ir.OpParam && e.Name == param {
		return true
	}
	for _, x := range e.Args {
		if reads(x, param) {
			return true
		}
	}
	return false
}
