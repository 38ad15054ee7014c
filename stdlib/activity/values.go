package activity

import (
	"encoding/json"
	"fmt"
	"strconv"
	"time"

	"github.com/flowc/flowc/compiler/ir"
)

// Int is an `int`. Numbers beyond 2^53, which many readers of JSON would
// round, travel as strings; a field of type int64 can do without Int where
// there are none.
type Int int64

// Size is a `size`, in bytes.
type Size int64

// Duration is a `duration`. It travels as the literal: "1h30m".
type Duration time.Duration

// Ref is a `ref<T>`: a value that is kept outside of the run's history. An
// activity is given the Path of a file that holds it, and makes one by
// [Attempt].Keep.
type Ref struct {
	Key    string `json:"$ref"`
	SHA256 string `json:"sha256"`
	Size   int64  `json:"size"`
	Path   string `json:"path,omitempty"`
}

// None is the result of an activity that declares none. It travels as null.
type None struct{}

// The other types need no help: `bytes` is []byte, `date`, `url`, `path` and
// enums are string, `time` is time.Time, `json` is json.RawMessage, and what is
// optional is a pointer, or has omitempty.
var (
	_ json.Marshaler   = Int(0)
	_ json.Unmarshaler = (*Int)(nil)
	_ json.Marshaler   = Size(0)
	_ json.Unmarshaler = (*Size)(nil)
	_ json.Marshaler   = Duration(0)
	_ json.Unmarshaler = (*Duration)(nil)
	_ json.Marshaler   = None{}
)

// MarshalJSON returns n as a number or, beyond 2^53, as a string.
func (n Int) MarshalJSON() ([]byte, error) { return ir.Encode(ir.Int(n), ir.IntType) }

// UnmarshalJSON reads either form.
func (n *Int) UnmarshalJSON(data []byte) error { return readInt(data, (*int64)(n)) }

// MarshalJSON returns the number of bytes.
func (s Size) MarshalJSON() ([]byte, error) { return ir.Encode(ir.Size(s), ir.SizeType) }

// UnmarshalJSON reads a number of bytes.
func (s *Size) UnmarshalJSON(data []byte) error { return readInt(data, (*int64)(s)) }

// String returns s as a literal: `64KB`.
func (s Size) String() string { return ir.Size(s).String() }

// readInt reads a whole number, or a string that holds one.
func readInt(data []byte, n *int64) error {
	text := string(data)
	if text == "null" {
		return nil // like encoding/json
	}
	if text[0] == '"' {
		if err := json.Unmarshal(data, &text); err != nil {
			return err
		}
	}
	v, err := strconv.ParseInt(text, 10, 64)
	if err != nil {
		return fmt.Errorf("%s is no whole number of 64 bits", data)
	}
	*n = v
	return nil
}

// MarshalJSON returns the literal.
func (d Duration) MarshalJSON() ([]byte, error) { return json.Marshal(d.String()) }

// UnmarshalJSON reads a literal.
func (d *Duration) UnmarshalJSON(data []byte) error {
	if string(data) == "null" {
		return nil // like encoding/json
	}
	var text string
	if err := json.Unmarshal(data, &text); err != nil {
		return err
	}
	v, err := ir.ParseDuration(text)
	*d = Duration(v)
	return err
}

// String returns d as a literal: `1h30m`.
func (d Duration) String() string { return ir.Duration(d).String() }

// MarshalJSON returns null.
func (None) MarshalJSON() ([]byte, error) { return []byte("null"), nil }
