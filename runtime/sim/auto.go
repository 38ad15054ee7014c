package sim

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strconv"
	"strings"

	"github.com/flowc/flowc/compiler/ir"
)

// maxAuto bounds how long lists and texts are made to fit a lower bound, and
// all of a value together.
const maxAuto = 100_000

// autoDepth is how deep optional values and lists are filled: types may
// contain themselves.
const autoDepth = 6

// Auto returns a value of type t within its bounds: the same each time, with
// parts that differ from each other, so that they can be keys. Lists have two
// elements where their bound lets them.
func Auto(t *ir.Type) (ir.Value, error) {
	a := auto{}
	return a.value(t, 0)
}

// auto makes one value.
type auto struct {
	scalars int // made so far
	parts   int // values of all kinds
}

func (a *auto) value(t *ir.Type, depth int) (ir.Value, error) {
	if a.parts++; a.parts > maxAuto {
		return nil, fmt.Errorf("`auto` gives values of at most %d parts", maxAuto)
	}
	switch t.Kind {
	case ir.KOptional:
		if depth >= autoDepth {
			return ir.None{}, nil
		}
		return a.value(t.Elem, depth+1)
	case ir.KList:
		return a.list(t, depth)
	case ir.KMap:
		if depth >= autoDepth {
			return ir.NewMap(nil, nil), nil
		}
		v, err := a.value(t.Elem, depth+1)
		return ir.NewMap([]string{"auto"}, []ir.Value{v}), err
	case ir.KRecord, ir.KError:
		return a.record(t, depth)
	case ir.KUnion:
		return a.value(t.Decl.Union[0], depth+1)
	case ir.KOutcome:
		v, err := a.value(t.Elem, depth+1)
		return &ir.Outcome{Status: ir.Succeeded, Value: v}, err
	case ir.KNone:
		return ir.None{}, nil
	}
	a.scalars++
	return a.scalar(t)
}

func (a *auto) record(t *ir.Type, depth int) (ir.Value, error) {
	if depth > 100 {
		return nil, fmt.Errorf("`auto` finds no end in the type %s", t)
	}
	r := &ir.Record{Decl: t.Decl}
	for _, f := range t.RecordFields() {
		v, err := a.value(f.Type, depth+1)
		if err != nil {
			return nil, err
		}
		r.Names, r.Values = append(r.Names, f.Name), append(r.Values, v)
	}
	return r, nil
}

func (a *auto) list(t *ir.Type, depth int) (ir.Value, error) {
	n := int64(2)
	if depth >= autoDepth {
		n = 0
	}
	n, err := length(t, n)
	if err != nil {
		return nil, err
	}
	list := make(ir.List, 0, n)
	for ; n > 0; n-- {
		v, err := a.value(t.Elem, depth+1)
		if err != nil {
			return nil, err
		}
		list = append(list, v)
	}
	return list, nil
}

// length returns the length nearest to n that the bound of t allows.
func length(t *ir.Type, n int64) (int64, error) {
	if b := t.Bound; b != nil {
		if b.Max != nil {
			n = min(n, *b.Max)
		}
		if b.Min != nil {
			n = max(n, *b.Min)
		}
	}
	if n > maxAuto {
		return 0, fmt.Errorf("`auto` gives values of at most %d parts, and %s has more", maxAuto, t)
	}
	return n, nil
}

// number returns the number nearest to n that the bound of t allows. Numbers
// that differ stay apart as long as they fit.
func number(t *ir.Type, n int64) int64 {
	b := t.Bound
	if b == nil {
		return n
	}
	if b.Min != nil && *b.Min > 0 {
		n = *b.Min + n - 1
		if n < *b.Min { // past the largest
			n = *b.Min
		}
	}
	if b.Max != nil && n > *b.Max {
		n = *b.Max
	}
	return n
}

// text returns a text of a length that the bound of t allows.
func text(t *ir.Type, s string) (string, error) {
	n, err := length(t, int64(len(s)))
	if err != nil {
		return "", err
	}
	if int(n) < len(s) {
		return s[len(s)-int(n):], nil // its end, which is the number
	}
	return strings.Repeat("_", int(n)-len(s)) + s, nil
}

func (a *auto) scalar(t *ir.Type) (ir.Value, error) {
	n := int64(a.scalars)
	digits := strconv.FormatInt(n, 10)
	switch t.Kind {
	case ir.KBool:
		return ir.Bool(true), nil
	case ir.KInt:
		return ir.Int(number(t, n)), nil
	case ir.KFloat:
		return ir.Float(float64(number(t, n))), nil
	case ir.KString:
		s, err := text(t, "auto-"+digits)
		return ir.String(s), err
	case ir.KBytes:
		s, err := text(t, "auto-"+digits)
		return ir.Bytes(s), err
	case ir.KURL:
		return ir.String("https://example.org/" + digits), nil
	case ir.KPath:
		return ir.String("auto/" + digits), nil
	case ir.KDate:
		return ir.Date(int64(Epoch)/int64(day) + n), nil
	case ir.KTime:
		return Epoch + ir.Time(n*int64(day)/24), nil
	case ir.KDuration:
		return ir.Duration(n * second), nil
	case ir.KSize:
		return ir.Size(number(t, n)), nil
	case ir.KJSON:
		return ir.JSON("{}"), nil
	case ir.KEnum:
		return ir.String(t.Decl.Members[0]), nil
	case ir.KRef:
		sum := sha256.Sum256([]byte(digits))
		return &ir.Ref{Key: "auto/" + digits, SHA256: hex.EncodeToString(sum[:]), Size: n}, nil
	case ir.KSecret:
		return ir.Secret("auto-" + digits), nil
	}
	return nil, fmt.Errorf("`auto` has no value of type %s", t)
}

const (
	second = 1_000_000_000
	day    = 24 * 60 * 60 * second
)
