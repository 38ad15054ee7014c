package stdlib

import (
	"errors"
	"math"
	"math/bits"
	"slices"

	"github.com/flowc/flowc/compiler/ir"
	"github.com/flowc/flowc/compiler/ir/eval"
)

// Functions that sort, group, compare and add up.

var orderFunctions = []entry{
	{
		sig:      "sort_by(xs: [T], key: T -> O) -> [T]",
		doc:      "The list sorted by what the lambda gives, ascending; equal elements keep their order.",
		examples: []string{`sort_by([3, 1, 2], x -> x) == [1, 2, 3]`, `sort_by(["bb", "a"], s -> len(s)) == ["a", "bb"]`},
		bind:     sortBy,
	},
	{
		sig:      "group_by(xs: [T], key: T -> string) -> map<[T]>",
		doc:      "The elements by what the lambda gives, keys in the order in which they first come.",
		examples: []string{`group_by(["ab", "b", "ac"], s -> s[0])["a"] == ["ab", "ac"]`},
		call:     groupBy,
	},
	{
		sig:      "min(xs: [O]) -> O?",
		doc:      "The least element, or of two values the lesser; none for an empty list.",
		examples: []string{`(min([2, 1]) ?? 0) == 1`, `min(2.5, 1) == 1.0`},
		bind:     func(b Binding) (eval.Func, error) { return extreme(b, -1), nil },
	},
	{
		sig:  "min(a: O, b: O) -> O",
		doc:  "The lesser of two values.",
		bind: func(b Binding) (eval.Func, error) { return extremeOfTwo(b, -1), nil },
	},
	{
		sig:      "max(xs: [O]) -> O?",
		doc:      "The greatest element, or of two values the greater; none for an empty list.",
		examples: []string{`(max([2, 1]) ?? 0) == 2`, `max(30s, 1m) == 1m`},
		bind:     func(b Binding) (eval.Func, error) { return extreme(b, 1), nil },
	},
	{
		sig:  "max(a: O, b: O) -> O",
		doc:  "The greater of two values.",
		bind: func(b Binding) (eval.Func, error) { return extremeOfTwo(b, 1), nil },
	},
	{
		sig:      "sum(xs: [int]) -> int",
		doc:      "The sum of ints, floats, durations or sizes. A sum out of range is an error.",
		examples: []string{`sum([1, 2, 3]) == 6`, `sum([0.5, 1]) == 1.5`, `sum([30s, 1m]) == 90s`},
		call:     sumOf[ir.Int](),
	},
	{sig: "sum(xs: [float]) -> float", doc: "The sum of floats.", call: one(sumFloats)},
	{sig: "sum(xs: [duration]) -> duration", doc: "The sum of durations.", call: sumOf[ir.Duration]()},
	{sig: "sum(xs: [size]) -> size", doc: "The sum of sizes.", call: sumOf[ir.Size]()},
}

var errNoOrder = errors.New("this is a bug in flowc: values without an order are compared")

func sortBy(b Binding) (eval.Func, error) {
	of := b.Args[1]
	return one(func(c *eval.Call, xs ir.List) (ir.Value, error) {
		if err := c.Elements(len(xs)); err != nil {
			return nil, err
		}
		type keyed struct{ x, key ir.Value }
		pairs := make([]keyed, 0, len(xs))
		err := each(c, xs, func(x, key ir.Value) (bool, error) {
			pairs = append(pairs, keyed{x, key})
			return true, nil
		})
		if err != nil {
			return nil, err
		}
		if err := c.Spend(len(xs) * bits.Len(uint(len(xs)))); err != nil {
			return nil, err
		}
		ordered := true
		slices.SortStableFunc(pairs, func(a, b keyed) int {
			n, ok := eval.Compare(a.key, b.key, of)
			ordered = ordered && ok
			return n
		})
		if !ordered {
			return nil, errNoOrder
		}
		out := make(ir.List, len(pairs))
		for i, p := range pairs {
			out[i] = p.x
		}
		return out, nil
	}), nil
}

func groupBy(c *eval.Call) (ir.Value, error) {
	xs, err := argument[ir.List](c, 0)
	if err != nil {
		return nil, err
	}
	if err := c.Elements(2 * len(xs)); err != nil {
		return nil, err
	}
	var keys []string
	var groups []ir.List
	index := map[string]int{}
	err = each(c, xs, func(x ir.Value, key ir.String) (bool, error) {
		i, ok := index[string(key)]
		if !ok {
			i = len(keys)
			index[string(key)] = i
			keys, groups = append(keys, string(key)), append(groups, nil)
		}
		groups[i] = append(groups[i], x)
		return true, nil
	})
	values := make([]ir.Value, len(groups))
	for i, g := range groups {
		values[i] = g
	}
	return ir.NewMap(keys, values), err
}

// extreme finds the least (sign -1) or greatest (sign 1) of a list.
func extreme(b Binding, sign int) eval.Func {
	of := b.Args[0].Elem
	return one(func(c *eval.Call, xs ir.List) (ir.Value, error) {
		if len(xs) == 0 {
			return ir.None{}, nil
		}
		if err := c.Spend(len(xs)); err != nil {
			return nil, err
		}
		best := xs[0]
		for _, x := range xs[1:] {
			n, ok := eval.Compare(x, best, of)
			if !ok {
				return nil, errNoOrder
			}
			if n == sign {
				best = x
			}
		}
		return best, nil
	})
}

func extremeOfTwo(b Binding, sign int) eval.Func {
	of := b.Args[0]
	return two(func(_ *eval.Call, x, y ir.Value) (ir.Value, error) {
		n, ok := eval.Compare(y, x, of)
		if !ok {
			return nil, errNoOrder
		}
		if n == sign {
			return y, nil
		}
		return x, nil
	})
}

// sumOf adds up what 64 bits count.
func sumOf[N ir.Int | ir.Duration | ir.Size]() eval.Func {
	return one(func(c *eval.Call, xs ir.List) (ir.Value, error) {
		if err := c.Spend(len(xs)); err != nil {
			return nil, err
		}
		total := N(0)
		for _, x := range xs {
			n, ok := any(x).(N)
			if !ok {
				return nil, errors.New("this is a bug in flowc: a sum of " + ir.Describe(x))
			}
			next := total + n
			if (next > total) != (n > 0) {
				return nil, errors.New("the sum is out of the range of 64 bits")
			}
			total = next
		}
		return any(total).(ir.Value), nil
	})
}

func sumFloats(c *eval.Call, xs ir.List) (ir.Value, error) {
	if err := c.Spend(len(xs)); err != nil {
		return nil, err
	}
	total := 0.0
	for _, x := range xs {
		switch x := x.(type) {
		case ir.Float:
			total += float64(x)
		case ir.Int:
			total += float64(x)
		}
	}
	if math.IsInf(total, 0) || math.IsNaN(total) {
		return nil, errors.New("the sum is no finite float")
	}
	return ir.Float(total), nil
}
