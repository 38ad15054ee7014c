package stdlib

import (
	"github.com/flowc/flowc/compiler/ir"
	"github.com/flowc/flowc/compiler/ir/eval"
)

var mapFunctions = []entry{
	{
		sig: "len(m: map<T>) -> int",
		doc: "The number of keys.",
		call: one(func(_ *eval.Call, m *ir.Map) (ir.Value, error) {
			return ir.Int(len(m.Keys)), nil
		}),
	},
	{
		sig:      "keys(m: map<T>) -> [string]",
		doc:      "The keys, in their order.",
		examples: []string{`keys({ "b": 1, "a": 2 }) == ["b", "a"]`},
		call: one(func(c *eval.Call, m *ir.Map) (ir.Value, error) {
			return texts(c, m.Keys)
		}),
	},
	{
		sig:      "values(m: map<T>) -> [T]",
		doc:      "The values, in the order of their keys.",
		examples: []string{`values({ "b": 1, "a": 2 }) == [1, 2]`},
		call: one(func(_ *eval.Call, m *ir.Map) (ir.Value, error) {
			return ir.List(m.Values), nil
		}),
	},
	{
		sig: "contains(m: map<T>, key: string) -> bool",
		doc: "Whether the map has the key.",
		call: two(func(_ *eval.Call, m *ir.Map, key ir.String) (ir.Value, error) {
			_, ok := m.Get(string(key))
			return ir.Bool(ok), nil
		}),
	},
}

// texts makes a list of strings.
func texts(c *eval.Call, list []string) (ir.Value, error) {
	if err := c.Elements(len(list)); err != nil {
		return nil, err
	}
	out := make(ir.List, len(list))
	for i, s := range list {
		out[i] = ir.String(s)
	}
	return out, nil
}
