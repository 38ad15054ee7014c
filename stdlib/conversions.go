package stdlib

import (
	"math"
	"strconv"
	"strings"

	"github.com/flowc/flowc/compiler/ir"
	"github.com/flowc/flowc/compiler/ir/eval"
)

// Functions named like the type that they give. Those that read text give an
// optional: what cannot be read is none.

var conversionFunctions = []entry{
	{
		sig:      "string(v: T) -> string",
		doc:      "The value as text: as in JSON, but a text itself without quotes.",
		examples: []string{`string(12) == "12"`, `string(1h30m) == "1h30m"`, `string([1, 2]) == "[1,2]"`},
		bind: func(b Binding) (eval.Func, error) {
			of := b.Args[0]
			return one(func(c *eval.Call, v ir.Value) (ir.Value, error) {
				switch v.(type) {
				case ir.List, *ir.Map, *ir.Record, *ir.Outcome:
					return encodeJSON(c, v, of)
				}
				s := ir.Text(v)
				return ir.String(s), c.Grow(len(s))
			}), nil
		},
	},
	{
		sig:      "int(s: string) -> int?",
		doc:      "The int that the text is in decimal digits, with or without a sign.",
		examples: []string{`(int("-12") ?? 0) == -12`, `int("1.5") == none`},
		call: read(func(s string) (ir.Value, error) {
			n, err := strconv.ParseInt(s, 10, 64)
			return ir.Int(n), err
		}),
	},
	{
		sig:      "float(s: string) -> float?",
		doc:      "The finite float that the text is in decimal digits.",
		examples: []string{`(float("1e3") ?? 0.0) == 1000.0`, `float("nan") == none`},
		call: read(func(s string) (ir.Value, error) {
			f, err := strconv.ParseFloat(s, 64)
			if err == nil && (math.IsInf(f, 0) || math.IsNaN(f) || strings.ContainsAny(s, "xX_")) {
				err = strconv.ErrSyntax
			}
			return ir.Float(f), err
		}),
	},
	{
		sig:      "date(s: string) -> date?",
		doc:      "The date that the text is, in the form `2026-01-31`; of a time, its date in UTC.",
		examples: []string{`date("2026-01-31") == 2026-01-31`, `date("2026-02-30") == none`, `date(2026-01-31T23:00Z) == 2026-01-31`},
		call: read(func(s string) (ir.Value, error) {
			d, err := ir.ParseDate(s)
			return d, err
		}),
	},
	{
		sig: "date(t: time) -> date",
		doc: "The date of a time, in UTC.",
		call: one(func(_ *eval.Call, t ir.Time) (ir.Value, error) {
			return t.Date(), nil
		}),
	},
	{
		sig:      "time(s: string) -> time?",
		doc:      "The time that the text is in RFC 3339, where the seconds may be missing; of a date, when it begins in UTC.",
		examples: []string{`time("2026-01-31T03:00+01:00") == 2026-01-31T02:00Z`, `time("noon") == none`},
		call: read(func(s string) (ir.Value, error) {
			t, err := ir.ParseTime(s)
			return t, err
		}),
	},
	{
		sig: "time(d: date) -> time?",
		doc: "When a date begins, in UTC; none for years that a time cannot reach.",
		call: one(func(_ *eval.Call, d ir.Date) (ir.Value, error) {
			if t, ok := d.Midnight(); ok {
				return t, nil
			}
			return ir.None{}, nil
		}),
	},
	{
		sig:      "duration(s: string) -> duration?",
		doc:      "The duration that the text is, in the form `1h30m`.",
		examples: []string{`duration("90m") == 1h30m`, `duration("soon") == none`},
		call: read(func(s string) (ir.Value, error) {
			d, err := ir.ParseDuration(s)
			return d, err
		}),
	},
	{
		sig:      "url(s: S) -> url",
		doc:      "The text as a url.",
		examples: []string{`url("s3://raw/p1") == "s3://raw/p1"`},
		call:     text(func(s string) string { return s }),
	},
	{
		sig:      "path(s: S) -> path",
		doc:      "The text as a path.",
		examples: []string{`path("a/b") == "a/b"`},
		call:     text(func(s string) string { return s }),
	},
}

// read makes a function that gives none for what it cannot read.
func read(parse func(string) (ir.Value, error)) eval.Func {
	return one(func(c *eval.Call, s ir.String) (ir.Value, error) {
		if v, err := parse(string(s)); err == nil {
			return v, nil
		}
		return ir.None{}, nil
	})
}
