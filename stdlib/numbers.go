package stdlib

import (
	"errors"
	"math"

	"github.com/flowc/flowc/compiler/ir"
	"github.com/flowc/flowc/compiler/ir/eval"
)

var errRange = errors.New("the result is out of the range of 64 bits")

var numberFunctions = []entry{
	{
		sig:      "round(x: float) -> int",
		doc:      "The nearest int, or the float rounded to a number of decimals; halves are rounded away from zero.",
		examples: []string{`round(2.5) == 3`, `round(-2.5) == -3`, `round(3.14159, 2) == 3.14`},
		call:     whole(math.Round),
	},
	{
		sig:  "round(x: float, decimals: int) -> float",
		doc:  "The float rounded to a number of decimals from 0 to 15.",
		call: two(roundTo),
	},
	{
		sig:      "floor(x: float) -> int",
		doc:      "The greatest int that is not greater.",
		examples: []string{`floor(-0.5) == -1`},
		call:     whole(math.Floor),
	},
	{
		sig:      "ceil(x: float) -> int",
		doc:      "The least int that is not less.",
		examples: []string{`ceil(1.2) == 2`},
		call:     whole(math.Ceil),
	},
	{
		sig:      "abs(x: int) -> int",
		doc:      "The value without its sign.",
		examples: []string{`abs(-3) == 3`, `abs(-2.5) == 2.5`, `abs(-30s) == 30s`},
		call:     abs[ir.Int](),
	},
	{
		sig: "abs(x: float) -> float",
		doc: "The value without its sign.",
		call: number(func(x float64) (ir.Value, error) {
			return ir.Float(math.Abs(x)), nil
		}),
	},
	{sig: "abs(x: duration) -> duration", doc: "The value without its sign.", call: abs[ir.Duration]()},
}

// number makes a function of a float, for which an int will do.
func number(f func(x float64) (ir.Value, error)) eval.Func {
	return one(func(_ *eval.Call, v ir.Value) (ir.Value, error) {
		switch v := v.(type) {
		case ir.Float:
			return f(float64(v))
		case ir.Int:
			return f(float64(v))
		}
		return nil, errors.New("this is a bug in flowc: expected float, found " + ir.Describe(v))
	})
}

// whole makes a function from a float to an int.
func whole(f func(float64) float64) eval.Func {
	return number(func(x float64) (ir.Value, error) {
		r := f(x)
		if r < -1<<63 || r >= 1<<63 {
			return nil, errRange
		}
		return ir.Int(r), nil
	})
}

func roundTo(_ *eval.Call, x ir.Value, decimals ir.Int) (ir.Value, error) {
	if decimals < 0 || decimals > 15 {
		return nil, errors.New("round takes 0 to 15 decimals, found " + ir.Text(decimals))
	}
	return number(func(x float64) (ir.Value, error) {
		scale := math.Pow10(int(decimals))
		r := math.Round(x*scale) / scale
		if math.IsInf(r, 0) || math.IsNaN(r) {
			r = x // too large to have decimals
		}
		return ir.Float(r), nil
	})(&eval.Call{Args: []ir.Value{x}})
}

func abs[N ir.Int | ir.Duration]() eval.Func {
	return one(func(_ *eval.Call, v ir.Value) (ir.Value, error) {
		n, ok := any(v).(N)
		switch {
		case !ok:
			return nil, errors.New("this is a bug in flowc: abs of " + ir.Describe(v))
		case n >= 0:
			return v, nil
		case -n < 0:
			return nil, errRange
		}
		return any(-n).(ir.Value), nil
	})
}
