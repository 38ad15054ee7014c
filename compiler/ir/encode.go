package ir

import (
	"fmt"
	"math"
	"strconv"
	"unicode/utf8"
)

// The JSON form of values is a contract with programs in every language: it
// can never change. encode.go writes it, decode.go reads it.

// maxExact is the largest int that every JSON reader keeps: readers that know
// doubles only are exact up to 2^53. Larger ones travel as strings.
const maxExact = 1 << 53

// A MisfitError says that a value does not fit a type.
type MisfitError struct {
	Path    string // of the part that does not fit, such as `rows[3].uri`; "" means the value itself
	Message string // such as `expected url, found number`
}

// Error returns the path and the message.
func (e *MisfitError) Error() string {
	if e.Path == "" {
		return e.Message
	}
	return e.Path + ": " + e.Message
}

func misfit(format string, args ...any) error {
	return &MisfitError{Message: fmt.Sprintf(format, args...)}
}

// within puts a step of a path in front of err's. Paths are made while an
// error is on its way out, so that they cost nothing when all is well.
func within(step string, err error) error {
	e, ok := err.(*MisfitError)
	if !ok {
		return err
	}
	switch {
	case e.Path == "" || e.Path[0] == '[':
		e.Path = step + e.Path
	default:
		e.Path = step + "." + e.Path
	}
	return e
}

func indexStep(i int) string    { return "[" + strconv.Itoa(i) + "]" }
func keyStep(key string) string { return "[" + strconv.Quote(key) + "]" }

// MaxJSON is the length at which [Encode] gives up: values share their parts,
// so that a small one may be endless when it is written out.
const MaxJSON = 256 << 20

// Encode returns the JSON form of v as a t, at most [MaxJSON] bytes.
func Encode(v Value, t *Type) ([]byte, error) { return AppendJSON(nil, v, t, MaxJSON) }

// AppendJSON appends the JSON form of v as a t to dst. It is compact, and a
// function of v and t alone. A value that is no t, a float that is not finite,
// or a form that makes dst longer than about max bytes is a [*MisfitError].
func AppendJSON(dst []byte, v Value, t *Type, max int) ([]byte, error) {
	e := encoder{max: max}
	return e.value(dst, v, t)
}

// encoder appends JSON until there is too much of it.
type encoder struct{ max int }

// fits reports whether dst may grow.
func (e *encoder) fits(dst []byte) error {
	if len(dst) > e.max {
		return &MisfitError{Message: fmt.Sprintf("the value takes more than %d bytes as JSON", e.max)}
	}
	return nil
}

func (e *encoder) value(dst []byte, v Value, t *Type) ([]byte, error) {
	switch t.Kind {
	case KOptional:
		if _, none := v.(None); none || v == nil {
			return append(dst, "null"...), nil
		}
		return e.value(dst, v, t.Elem)
	case KUnion:
		return e.union(dst, v, t)
	case KFloat:
		switch v := v.(type) {
		case Float:
			return appendFloat(dst, float64(v))
		case Int:
			return appendFloat(dst, float64(v))
		}
	case KList:
		if v, ok := v.(List); ok {
			return e.list(dst, v, t.Elem)
		}
	case KMap:
		if v, ok := v.(*Map); ok {
			return e.mapping(dst, v, t.Elem)
		}
	case KRecord, KError:
		if v, ok := v.(*Record); ok {
			return e.record(append(dst, '{'), v, t.RecordFields())
		}
	case KOutcome:
		if v, ok := v.(*Outcome); ok {
			return e.outcome(dst, v, t.Elem)
		}
	default:
		if kindsOf(v).has(t.Kind) {
			return appendScalar(dst, v), nil
		}
	}
	return dst, misfit("expected %s, found %s", t, Describe(v))
}

// kindSet is a set of kinds.
type kindSet uint32

func (s kindSet) has(k Kind) bool { return s&(1<<k) != 0 }

// kindsOf returns the kinds of types without parts that v is a value of.
func kindsOf(v Value) kindSet {
	switch v.(type) {
	case nil, None:
		return 1 << KNone
	case Bool:
		return 1 << KBool
	case Int:
		return 1 << KInt
	case Size:
		return 1 << KSize
	case String:
		return 1<<KString | 1<<KURL | 1<<KPath | 1<<KEnum
	case Bytes:
		return 1 << KBytes
	case Date:
		return 1 << KDate
	case Time:
		return 1 << KTime
	case Duration:
		return 1 << KDuration
	case JSON:
		return 1 << KJSON
	case Secret:
		return 1 << KSecret
	case *Ref:
		return 1 << KRef
	}
	return 0
}

// appendScalar writes a value that has no parts.
func appendScalar(dst []byte, v Value) []byte {
	switch v := v.(type) {
	case nil, None:
		return append(dst, "null"...)
	case Int:
		return appendInt(dst, int64(v))
	case Size:
		return appendInt(dst, int64(v))
	case String:
		return appendString(dst, string(v))
	case Secret:
		return append(appendString(append(dst, `{"$secret":`...), string(v)), '}')
	case *Ref:
		dst = appendString(append(dst, `{"$ref":`...), v.Key)
		dst = appendString(append(dst, `,"sha256":`...), v.SHA256)
		return append(appendInt(append(dst, `,"size":`...), v.Size), '}')
	case Bool, JSON:
		return AppendText(dst, v)
	}
	return append(AppendText(append(dst, '"'), v), '"') // bytes, date, time, duration
}

func appendInt(dst []byte, n int64) []byte {
	if n > maxExact || n < -maxExact {
		return append(strconv.AppendInt(append(dst, '"'), n, 10), '"')
	}
	return strconv.AppendInt(dst, n, 10)
}

// appendFloat writes the shortest text that reads back as f, as ECMAScript
// does.
func appendFloat(dst []byte, f float64) ([]byte, error) {
	abs := math.Abs(f)
	switch {
	case math.IsNaN(f) || math.IsInf(f, 0):
		return dst, misfit("expected a finite float, found %v", f)
	case abs != 0 && (abs < 1e-6 || abs >= 1e21):
		return strconv.AppendFloat(dst, f, 'e', -1, 64), nil
	}
	return strconv.AppendFloat(dst, f, 'f', -1, 64), nil
}

func (e *encoder) list(dst []byte, list List, elem *Type) ([]byte, error) {
	var err error
	dst = append(dst, '[')
	for i, v := range list {
		if i > 0 {
			dst = append(dst, ',')
		}
		if dst, err = e.value(dst, v, elem); err != nil {
			return dst, within(indexStep(i), err)
		}
		if err := e.fits(dst); err != nil {
			return dst, err
		}
	}
	return append(dst, ']'), nil
}

func (e *encoder) mapping(dst []byte, m *Map, elem *Type) ([]byte, error) {
	var err error
	dst = append(dst, '{')
	for i, key := range m.Keys {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = append(appendString(dst, key), ':')
		if dst, err = e.value(dst, m.Values[i], elem); err != nil {
			return dst, within(keyStep(key), err)
		}
		if err := e.fits(dst); err != nil {
			return dst, err
		}
	}
	return append(dst, '}'), nil
}

// record writes the fields and the closing brace. dst ends in what was
// opened before, after which no comma is due if it is a brace.
func (e *encoder) record(dst []byte, r *Record, fields []Field) ([]byte, error) {
	var err error
	for i, f := range fields {
		var v Value = None{}
		if i < len(r.Names) && r.Names[i] == f.Name {
			v = r.Values[i]
		} else if found, ok := r.Get(f.Name); ok {
			v = found
		}
		if _, none := v.(None); none && f.Type.Kind == KOptional {
			continue
		}
		if dst[len(dst)-1] != '{' {
			dst = append(dst, ',')
		}
		dst = append(appendString(dst, f.Name), ':')
		if dst, err = e.value(dst, v, f.Type); err != nil {
			return dst, within(f.Name, err)
		}
		if err := e.fits(dst); err != nil {
			return dst, err
		}
	}
	return append(dst, '}'), nil
}

func (e *encoder) union(dst []byte, v Value, t *Type) ([]byte, error) {
	r, ok := v.(*Record)
	if !ok || r.Decl == nil || !member(t, r.Decl) {
		return dst, misfit("expected %s, found %s", t, Describe(v))
	}
	dst = appendString(append(dst, `{"type":`...), r.Decl.Tag())
	return e.record(dst, r, r.Decl.Fields)
}

func (e *encoder) outcome(dst []byte, o *Outcome, elem *Type) ([]byte, error) {
	var err error
	dst = append(append(append(dst, `{"status":"`...), o.Status.String()...), '"')
	if o.Value != nil && elem.Kind != KNone {
		if dst, err = e.value(append(dst, `,"value":`...), o.Value, elem); err != nil {
			return dst, within("value", err)
		}
	}
	if o.Error != nil {
		if dst, err = e.value(append(dst, `,"error":`...), o.Error, FailureType); err != nil {
			return dst, within("error", err)
		}
	}
	return append(dst, '}'), nil
}

const hexDigits = "0123456789abcdef"

// appendString writes s in quotes. Only what JSON demands is escaped; bytes
// that are not UTF-8 become U+FFFD, since JSON can say nothing else.
func appendString(dst []byte, s string) []byte {
	dst = append(dst, '"')
	done := 0
	for i := 0; i < len(s); {
		c := s[i]
		if c >= utf8.RuneSelf {
			r, size := utf8.DecodeRuneInString(s[i:])
			if r == utf8.RuneError && size == 1 {
				dst = append(append(dst, s[done:i]...), "\ufffd"...)
				done = i + 1
			}
			i += size
			continue
		}
		i++
		if c >= ' ' && c != '"' && c != '\\' {
			continue
		}
		dst = append(dst, s[done:i-1]...)
		done = i
		switch c {
		case '"', '\\':
			dst = append(dst, '\\', c)
		case '\n':
			dst = append(dst, '\\', 'n')
		case '\t':
			dst = append(dst, '\\', 't')
		case '\r':
			dst = append(dst, '\\', 'r')
		default:
			dst = append(dst, '\\', 'u', '0', '0', hexDigits[c>>4], hexDigits[c&15])
		}
	}
	return append(append(dst, s[done:]...), '"')
}

// Tag returns the name by which a record is told from the other members of a
// union in JSON: its own, without that of the module that declares it.
func (d *TypeDecl) Tag() string {
	for i := len(d.Name) - 1; i >= 0; i-- {
		if d.Name[i] == '.' {
			return d.Name[i+1:]
		}
	}
	return d.Name
}

// Describe says in a word or two what v is, for messages.
func Describe(v Value) string {
	switch v := v.(type) {
	case nil, None:
		return "none"
	case Bool:
		return "bool"
	case Int:
		return "int"
	case Float:
		return "float"
	case String:
		return "string"
	case Bytes:
		return "bytes"
	case Date:
		return "date"
	case Time:
		return "time"
	case Duration:
		return "duration"
	case Size:
		return "size"
	case JSON:
		return "json"
	case List:
		return "list"
	case Secret:
		return "secret"
	case *Map:
		return "map"
	case *Record:
		if v.Decl != nil {
			return v.Decl.Name
		}
		return "record"
	case *Outcome:
		return "outcome (" + v.Status.String() + ")"
	case *Ref:
		return "ref"
	}
	return fmt.Sprintf("%T", v)
}
