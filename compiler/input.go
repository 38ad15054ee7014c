package compiler

import (
	"encoding/json"

	"github.com/flowc/flowc/compiler/ir"
	"github.com/flowc/flowc/lang/diag"
)

// CheckInput checks the JSON object input, named name in diagnostics, against
// the parameters of the workflow. It returns the arguments by parameter name,
// in their canonical encoding; those that are left to their defaults are
// absent.
func CheckInput(p *ir.Program, workflow string, src *diag.Source) (map[string]json.RawMessage, *diag.List) {
	return nil, &diag.List{}
}

// CheckParams checks the values given for program parameters, each JSON or,
// for scalar parameters, plain text.
func CheckParams(p *ir.Program, given map[string]string) (map[string]json.RawMessage, *diag.List) {
	return nil, &diag.List{}
}
