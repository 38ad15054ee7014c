package stdlib

import (
	"errors"
	"slices"
	"strings"

	"github.com/flowc/flowc/compiler/ir"
	"github.com/flowc/flowc/compiler/ir/eval"
)

var listFunctions = []entry{
	{
		sig:      "len(xs: [T]) -> int",
		doc:      "The number of elements of a list, of keys of a map, of characters of a text, of bytes.",
		examples: []string{`len([1, 2]) == 2`, `len("") == 0`, `len("naïve") == 5`, `len({ "a": 1 }) == 1`},
		call: one(func(_ *eval.Call, xs ir.List) (ir.Value, error) {
			return ir.Int(len(xs)), nil
		}),
	},
	{
		sig:      "first(xs: [T]) -> T?",
		doc:      "The first element, none if the list is empty.",
		examples: []string{`(first([7, 8]) ?? 0) == 7`, `first(range(0)) == none`},
		call: one(func(_ *eval.Call, xs ir.List) (ir.Value, error) {
			if len(xs) == 0 {
				return ir.None{}, nil
			}
			return xs[0], nil
		}),
	},
	{
		sig:      "last(xs: [T]) -> T?",
		doc:      "The last element, none if the list is empty.",
		examples: []string{`(last([7, 8]) ?? 0) == 8`},
		call: one(func(_ *eval.Call, xs ir.List) (ir.Value, error) {
			if len(xs) == 0 {
				return ir.None{}, nil
			}
			return xs[len(xs)-1], nil
		}),
	},
	{
		sig:      "contains(xs: [T], x: T) -> bool",
		doc:      "Whether x is in the list, the key in the map, the part in the text.",
		examples: []string{`contains([1, 2], 2)`, `contains("workflow", "flow")`, `not contains({ "a": 1 }, "b")`},
		call: two(func(c *eval.Call, xs ir.List, x ir.Value) (ir.Value, error) {
			if err := c.Weigh(xs); err != nil {
				return nil, err
			}
			for _, e := range xs {
				if ir.Equal(e, x) {
					return ir.Bool(true), nil
				}
			}
			return ir.Bool(false), nil
		}),
	},
	{
		sig:      "any(xs: [T], test: T -> bool) -> bool",
		doc:      "Whether the test holds for some element. Elements after the first such are not tested.",
		examples: []string{`any([1, 2], x -> x > 1)`, `any([false, true])`},
		call: func(c *eval.Call) (ir.Value, error) {
			return decide(c, true)
		},
	},
	{
		sig: "any(xs: [bool]) -> bool",
		doc: "Whether some element is true.",
		call: one(func(_ *eval.Call, xs ir.List) (ir.Value, error) {
			return ir.Bool(holds(xs, true)), nil
		}),
	},
	{
		sig:      "all(xs: [T], test: T -> bool) -> bool",
		doc:      "Whether the test holds for every element, as it does when there is none.",
		examples: []string{`all([1, 2], x -> x > 0)`, `not all([false, true])`},
		call: func(c *eval.Call) (ir.Value, error) {
			return decide(c, false)
		},
	},
	{
		sig: "all(xs: [bool]) -> bool",
		doc: "Whether every element is true.",
		call: one(func(_ *eval.Call, xs ir.List) (ir.Value, error) {
			return ir.Bool(!holds(xs, false)), nil
		}),
	},
	{
		sig:      "filter(xs: [T], keep: T -> bool) -> [T]",
		doc:      "The elements for which the lambda holds, in their order.",
		examples: []string{`filter([1, 2, 3], x -> x != 2) == [1, 3]`},
		call:     filter,
	},
	{
		sig:      "collect(xs: [T], make: T -> U) -> [U]",
		doc:      "What the lambda gives for each element, in their order.",
		examples: []string{`collect([1, 2], x -> x * 10) == [10, 20]`},
		call: one(func(c *eval.Call, xs ir.List) (ir.Value, error) {
			if err := c.Elements(len(xs)); err != nil {
				return nil, err
			}
			out := make(ir.List, 0, len(xs))
			err := each(c, xs, func(_ ir.Value, v ir.Value) (bool, error) {
				out = append(out, v)
				return true, nil
			})
			return out, err
		}),
	},
	{
		sig:      "chunk(xs: [T], size: int) -> [[T]]",
		doc:      "The list cut into lists of `size` elements; the last may be shorter. A size below 1 is an error.",
		examples: []string{`chunk([1, 2, 3], 2) == [[1, 2], [3]]`},
		call:     two(chunk),
	},
	{
		sig:      "flatten(xss: [[T]]) -> [T]",
		doc:      "The elements of the lists, one list after the other.",
		examples: []string{`flatten([[1], [2, 3]]) == [1, 2, 3]`},
		call:     one(flatten),
	},
	{
		sig:      "distinct(xs: [T]) -> [T]",
		doc:      "The list without elements that are equal to an earlier one.",
		examples: []string{`distinct([1, 2, 1]) == [1, 2]`},
		call:     one(distinct),
	},
	{
		sig:      "zip(xs: [T], ys: [U]) -> [{ first: T, second: U }]",
		doc:      "Pairs of the elements at the same place, as many as the shorter list has.",
		examples: []string{`zip([1, 2], ["a", "b"])[1].second == "b"`, `len(zip([1], [2, 3])) == 1`},
		call:     two(zip),
	},
	{
		sig:      "reverse(xs: [T]) -> [T]",
		doc:      "The list from its last element to its first.",
		examples: []string{`reverse([1, 2]) == [2, 1]`},
		call: one(func(c *eval.Call, xs ir.List) (ir.Value, error) {
			if err := c.Elements(len(xs)); err != nil {
				return nil, err
			}
			out := make(ir.List, len(xs))
			for i, x := range xs {
				out[len(xs)-1-i] = x
			}
			return out, nil
		}),
	},
	{
		sig:      "range(n: int) -> [int]",
		doc:      "The ints from 0, or from the first argument, up to but without the last.",
		examples: []string{`range(3) == [0, 1, 2]`, `range(2, 4) == [2, 3]`, `range(4, 2) == range(0)`},
		call: one(func(c *eval.Call, n ir.Int) (ir.Value, error) {
			return count(c, 0, n)
		}),
	},
	{
		sig:  "range(from: int, to: int) -> [int]",
		doc:  "The ints from the first argument up to but without the last.",
		call: two(count),
	},
}

// decide tests elements until one gives the answer settles.
func decide(c *eval.Call, settles bool) (ir.Value, error) {
	xs, err := argument[ir.List](c, 0)
	answer := !settles
	if err == nil {
		err = each(c, xs, func(_ ir.Value, is ir.Bool) (bool, error) {
			if bool(is) == settles {
				answer = settles
			}
			return bool(is) != settles, nil
		})
	}
	return ir.Bool(answer), err
}

// holds reports whether b is one of xs.
func holds(xs ir.List, b bool) bool {
	for _, x := range xs {
		if x == ir.Bool(b) {
			return true
		}
	}
	return false
}

func filter(c *eval.Call) (ir.Value, error) {
	xs, err := argument[ir.List](c, 0)
	if err != nil {
		return nil, err
	}
	if err := c.Elements(len(xs)); err != nil {
		return nil, err
	}
	out := ir.List{}
	err = each(c, xs, func(x ir.Value, keep ir.Bool) (bool, error) {
		if keep {
			out = append(out, x)
		}
		return true, nil
	})
	return out, err
}

func chunk(c *eval.Call, xs ir.List, size ir.Int) (ir.Value, error) {
	if size < 1 {
		return nil, errors.New("chunk needs a size of at least 1, found " + ir.Text(size))
	}
	if err := c.Elements(len(xs)); err != nil {
		return nil, err
	}
	out := ir.List{}
	for len(xs) > 0 {
		n := int(min(size, ir.Int(len(xs))))
		out = append(out, xs[:n:n])
		xs = xs[n:]
	}
	return out, nil
}

func flatten(c *eval.Call, xss ir.List) (ir.Value, error) {
	n := 0
	for _, xs := range xss {
		list, ok := xs.(ir.List)
		if !ok {
			return nil, errors.New("this is a bug in flowc: flatten of what is no list of lists")
		}
		n += len(list)
	}
	if err := c.Elements(n + len(xss)); err != nil {
		return nil, err
	}
	out := make(ir.List, 0, n)
	for _, xs := range xss {
		out = append(out, xs.(ir.List)...)
	}
	return out, nil
}

func zip(c *eval.Call, xs, ys ir.List) (ir.Value, error) {
	n := min(len(xs), len(ys))
	if err := c.Elements(3 * n); err != nil {
		return nil, err
	}
	names := []string{"first", "second"}
	out := make(ir.List, n)
	for i := range out {
		out[i] = &ir.Record{Names: names, Values: []ir.Value{xs[i], ys[i]}}
	}
	return out, nil
}

func count(c *eval.Call, from, to ir.Int) (ir.Value, error) {
	if from >= to {
		return ir.List{}, nil
	}
	n := uint64(to) - uint64(from)
	if n > 1<<31 {
		n = 1 << 31 // more than the limits allow, and no overflow
	}
	if err := c.Elements(int(n)); err != nil {
		return nil, err
	}
	out := make(ir.List, n)
	for i := range out {
		out[i] = from + ir.Int(i)
	}
	return out, nil
}

// distinct keeps the first of equal elements. Elements are put in buckets by
// their text, which is the same for most equal ones and differs for most that
// are not; those whose text depends on the order of keys share one bucket.
func distinct(c *eval.Call, xs ir.List) (ir.Value, error) {
	if err := c.Elements(len(xs)); err != nil {
		return nil, err
	}
	if err := c.Weigh(xs); err != nil {
		return nil, err
	}
	out := ir.List{}
	buckets := map[string][]ir.Value{}
next:
	for _, x := range xs {
		key := bucket(x)
		if err := c.Grow(len(key)); err != nil {
			return nil, err
		}
		for _, seen := range buckets[key] {
			if err := c.Spend(1); err != nil {
				return nil, err
			}
			if ir.Equal(seen, x) {
				continue next
			}
		}
		buckets[key] = append(buckets[key], x)
		out = append(out, x)
	}
	return out, nil
}

// bucket returns a text that is the same for equal values.
func bucket(v ir.Value) string {
	switch v := v.(type) {
	case ir.Float:
		if i := ir.Int(v); v >= -1<<62 && v <= 1<<62 && ir.Float(i) == v {
			return ir.Text(i) // an int of the same value is equal
		}
	case *ir.Map, ir.JSON:
		return ir.Describe(v)
	case *ir.Record:
		// Sorted, since records that are alike but of different declarations may
		// have their fields in different orders; absent fields are none.
		var parts []string
		for i, f := range v.Values {
			if _, none := f.(ir.None); !none {
				parts = append(parts, v.Names[i]+"="+bucket(f))
			}
		}
		slices.Sort(parts)
		return strings.Join(parts, "\x00")
	case ir.List:
		parts := make([]string, len(v))
		for i, e := range v {
			parts[i] = bucket(e)
		}
		return "[" + strings.Join(parts, "\x00") + "]"
	}
	return ir.Text(v)
}
