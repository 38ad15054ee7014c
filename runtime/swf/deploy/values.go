package deploy

import (
	"encoding/json"
	"fmt"

	"github.com/flowc/flowc/compiler/ir"
	"github.com/flowc/flowc/compiler/ir/eval"
	"github.com/flowc/flowc/stdlib"
)

// Values returns the values of a program's parameters, given some of them:
// what settings such as `task_list` may read. Parameters that have neither a
// value nor a default are left out.
func Values(p *ir.Program, given map[string]json.RawMessage) (map[string]ir.Value, error) {
	values := map[string]ir.Value{}
	for _, q := range p.Params {
		var v ir.Value
		var err error
		switch raw, ok := given[q.Name]; {
		case ok:
			v, err = ir.Decode(raw, q.Type, ir.RefuseUnknown)
		case q.Default != nil:
			v, err = eval.Compile(q.Default, stdlib.Library{}).Eval(&eval.Env{Frame: &eval.Frame{}, Params: values})
		case q.Type.Kind == ir.KOptional:
			v = ir.None{}
		default:
			continue
		}
		if err != nil {
			return nil, fmt.Errorf("the parameter `%s`: %w", q.Name, err)
		}
		values[q.Name] = v
	}
	return values, nil
}
