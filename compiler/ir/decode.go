package ir

import (
	"encoding/base64"
	"math"
	"strconv"
	"unicode/utf8"
)

// Mode says what to do about fields that a type does not have.
type Mode uint8

const (
	// IgnoreUnknown drops them: results of programs that say more than asked.
	IgnoreUnknown Mode = iota
	// RefuseUnknown makes them an error: input, where one is a slip.
	RefuseUnknown
)

// Decode reads the JSON form of a t. The document must be whole, in UTF-8,
// without duplicate keys and not too deep. What does not fit t, bounds
// included, is a [*MisfitError] that names the place.
func Decode(data []byte, t *Type, mode Mode) (Value, error) {
	d := Decoder{Mode: mode}
	return d.Decode(data, t)
}

// A Decoder reads values, and lets records of the same shape that it reads
// share their names. It may be used for one value after the other. The zero
// Decoder is ready.
type Decoder struct {
	Mode   Mode
	scan   scanner
	shapes shapes
}

// Decode reads the JSON form of a t, see [Decode].
func (d *Decoder) Decode(data []byte, t *Type) (Value, error) {
	d.scan = scanner{data: data}
	v, err := d.value(t, 0)
	if err == nil {
		err = d.scan.end()
	}
	d.scan = scanner{}
	if err != nil {
		return nil, err
	}
	return v, nil
}

// shapes makes the records of one declaration share their names.
type shapes map[*TypeDecl][]string

func (s *shapes) names(t *Type) []string {
	if t.Decl != nil {
		if names, ok := (*s)[t.Decl]; ok {
			return names
		}
	}
	fields := t.RecordFields()
	names := make([]string, len(fields))
	for i, f := range fields {
		names[i] = f.Name
	}
	if t.Decl != nil {
		if *s == nil {
			*s = shapes{}
		}
		(*s)[t.Decl] = names
	}
	return names
}

func (d *Decoder) expected(t *Type) error {
	return misfit("expected %s, found %s", t, d.scan.found())
}

func (d *Decoder) value(t *Type, depth int) (Value, error) {
	if depth > maxValueDepth {
		return nil, d.scan.syntax("the document nests deeper than %d", maxValueDepth)
	}
	c := d.scan.peek()
	if c == 0 && d.scan.pos >= len(d.scan.data) {
		return nil, d.scan.unexpected("a value")
	}
	switch t.Kind {
	case KOptional:
		if c == 'n' && d.scan.literal("null") {
			return None{}, nil
		}
		return d.value(t.Elem, depth)
	case KNone:
		if d.scan.literal("null") {
			return None{}, nil
		}
	case KBool:
		if d.scan.literal("true") {
			return Bool(true), nil
		}
		if d.scan.literal("false") {
			return Bool(false), nil
		}
	case KInt, KSize:
		return d.int(t)
	case KFloat:
		return d.float(t)
	case KJSON:
		raw, err := d.scan.raw(nil, depth)
		return JSON(raw), err
	case KString, KURL, KPath, KEnum, KBytes, KDate, KTime, KDuration:
		if c == '"' {
			return d.text(t)
		}
	case KList:
		if c == '[' {
			return d.list(t, depth)
		}
	default:
		if c == '{' {
			return d.object(t, depth)
		}
	}
	return nil, d.expected(t)
}

func (d *Decoder) object(t *Type, depth int) (Value, error) {
	switch t.Kind {
	case KMap:
		return d.mapping(t, depth)
	case KRecord, KError:
		return d.record(t, depth, "")
	case KUnion:
		return d.union(t, depth)
	case KOutcome:
		return d.outcome(t, depth)
	case KRef:
		return d.ref(t, depth)
	case KSecret:
		return d.secret(t, depth)
	}
	return nil, d.expected(t)
}

// int reads an int or size: a number without a fraction or, beyond 2^53, a
// string.
func (d *Decoder) int(t *Type) (Value, error) {
	var n int64
	var err error
	switch c := d.scan.peek(); {
	case c == '"':
		start := d.scan.pos
		text, textErr := d.scan.text()
		if textErr != nil {
			return nil, textErr
		}
		n, err = strconv.ParseInt(text, 10, 64)
		if err != nil || -maxExact <= n && n <= maxExact {
			d.scan.pos = start
			return nil, d.expected(t)
		}
	case c == '-' || '0' <= c && c <= '9':
		text, numErr := d.scan.number()
		if numErr != nil {
			return nil, numErr
		}
		if n, err = strconv.ParseInt(string(text), 10, 64); err != nil {
			f, err := strconv.ParseFloat(string(text), 64)
			if err != nil || f != math.Trunc(f) || math.Abs(f) > maxExact {
				return nil, misfit("expected %s, found %s", t, shorten(string(text)))
			}
			n = int64(f)
		}
	default:
		return nil, d.expected(t)
	}
	if t.Kind == KSize {
		if !t.Bound.holds(n) {
			return nil, misfit("expected %s, found %d", t, n)
		}
		return Size(n), nil
	}
	if !t.Bound.holds(n) {
		return nil, misfit("expected %s, found %d", t, n)
	}
	return Int(n), nil
}

func (d *Decoder) float(t *Type) (Value, error) {
	if c := d.scan.peek(); c != '-' && (c < '0' || c > '9') {
		return nil, d.expected(t)
	}
	text, err := d.scan.number()
	if err != nil {
		return nil, err
	}
	f, err := strconv.ParseFloat(string(text), 64)
	if err != nil {
		return nil, misfit("expected %s, found %s, which is out of range", t, shorten(string(text)))
	}
	if !t.Bound.holdsFloat(f) {
		return nil, misfit("expected %s, found %s", t, shorten(string(text)))
	}
	return Float(f), nil
}

// shorten bounds what a message quotes.
func shorten(text string) string {
	const most = 60
	if len(text) <= most {
		return text
	}
	cut := most
	for cut > 0 && !utf8.RuneStart(text[cut]) {
		cut--
	}
	return text[:cut] + "…"
}

// holds reports whether n is within b; a nil bound holds everything.
func (b *Bound) holds(n int64) bool {
	return b == nil || (b.Min == nil || n >= *b.Min) && (b.Max == nil || n <= *b.Max)
}

func (b *Bound) holdsFloat(f float64) bool {
	return b == nil || (b.Min == nil || f >= float64(*b.Min)) && (b.Max == nil || f <= float64(*b.Max))
}

func (d *Decoder) text(t *Type) (Value, error) {
	text, err := d.scan.text()
	if err != nil {
		return nil, err
	}
	switch t.Kind {
	case KEnum:
		for _, m := range t.Decl.Members {
			if m == text {
				return String(m), nil
			}
		}
		return nil, misfit("expected %s, found %q, which is none of its members", t, shorten(text))
	case KBytes:
		data, err := base64.StdEncoding.DecodeString(text)
		if err != nil {
			return nil, misfit("expected %s, found a string that is not base64", t)
		}
		if !t.Bound.holds(int64(len(data))) {
			return nil, misfit("expected %s, found %d bytes", t, len(data))
		}
		return Bytes(data), nil
	case KDate:
		v, err := ParseDate(text)
		return parsed(v, err, t, text)
	case KTime:
		v, err := ParseTime(text)
		return parsed(v, err, t, text)
	case KDuration:
		v, err := ParseDuration(text)
		return parsed(v, err, t, text)
	}
	if t.Bound != nil {
		if n := utf8.RuneCountInString(text); !t.Bound.holds(int64(n)) {
			return nil, misfit("expected %s, found a string of %d characters", t, n)
		}
	}
	return String(text), nil
}

func parsed[V Value](v V, err error, t *Type, text string) (Value, error) {
	if err != nil {
		return nil, misfit("expected %s, found %q", t, shorten(text))
	}
	return v, nil
}

func (d *Decoder) list(t *Type, depth int) (Value, error) {
	list := List{}
	err := d.scan.list(func(i int) error {
		v, err := d.value(t.Elem, depth+1)
		if err != nil {
			return within(indexStep(i), err)
		}
		list = append(list, v)
		return nil
	})
	if err != nil {
		return nil, err
	}
	if !t.Bound.holds(int64(len(list))) {
		return nil, misfit("expected %s, found a list of %d", t, len(list))
	}
	return list, nil
}

func (d *Decoder) mapping(t *Type, depth int) (Value, error) {
	var keys []string
	var values []Value
	err := d.scan.object(func(key string) error {
		v, err := d.value(t.Elem, depth+1)
		if err != nil {
			return within(keyStep(key), err)
		}
		keys, values = append(keys, key), append(values, v)
		return nil
	})
	if err != nil {
		return nil, err
	}
	return NewMap(keys, values), nil
}

// record reads an object as a record. The key tag, if not "", was read before
// and is skipped.
func (d *Decoder) record(t *Type, depth int, tag string) (Value, error) {
	fields := t.RecordFields()
	r := &Record{Decl: t.Decl, Names: d.shapes.names(t), Values: make([]Value, len(fields))}
	var unknown keySet
	next := 0 // where the next field stands if they come in declared order
	expect := func() {
		d.scan.hint = ""
		if next < len(fields) {
			d.scan.hint = fields[next].Name
		}
	}
	expect()
	err := d.scan.members(func(key string) error {
		d.scan.hint = ""
		i := fieldIndex(fields, key, next)
		defer expect()
		if i < 0 || key == tag {
			if !unknown.add(key) {
				return twice(key)
			}
			if d.Mode == RefuseUnknown && key != tag {
				return within(key, misfit("%s has no such field", describeRecord(t)))
			}
			_, err := d.scan.raw(nil, depth+1)
			return within(key, err)
		}
		if r.Values[i] != nil {
			return twice(key)
		}
		next = i + 1
		v, err := d.value(fields[i].Type, depth+1)
		r.Values[i] = v
		return within(key, err)
	})
	d.scan.hint = ""
	if err != nil {
		return nil, err
	}
	for i, f := range fields {
		if r.Values[i] != nil {
			continue
		}
		if f.Type.Kind != KOptional && f.Type.Kind != KNone {
			return nil, within(f.Name, misfit("expected %s, found nothing", f.Type))
		}
		r.Values[i] = None{}
	}
	return r, nil
}

// describeRecord names t in a message, without listing fields.
func describeRecord(t *Type) string {
	if t.Decl != nil {
		return t.Decl.Name
	}
	return "the record"
}

// union reads the record that the key "type" names, wherever it stands.
func (d *Decoder) union(t *Type, depth int) (Value, error) {
	start := d.scan.pos
	tag, found := "", false
	err := d.scan.object(func(key string) error {
		if key == "type" && d.scan.peek() == '"' {
			found = true
			var err error
			if tag, err = d.scan.text(); err != nil {
				return err
			}
			return errStop
		}
		_, err := d.scan.raw(nil, depth+1)
		return within(key, err)
	})
	switch {
	case err != nil && err != errStop:
		return nil, err
	case !found:
		d.scan.pos = start
		return nil, misfit("expected %s, found an object whose \"type\" is missing or no string", t)
	}
	d.scan.pos = start
	for _, m := range t.Decl.Union {
		if m.Decl.Tag() == tag {
			return d.record(m, depth, "type")
		}
	}
	return nil, misfit("expected %s, found an object of type %q, which is none of its members", t, shorten(tag))
}

// errStop ends the walk over an object early; it never leaves this file.
var errStop error = &MisfitError{Message: "stop"}

func (d *Decoder) outcome(t *Type, depth int) (Value, error) {
	o := &Outcome{}
	err := d.scan.object(func(key string) error {
		switch key {
		case "status":
			v, err := d.value(StringType, depth+1)
			if err != nil {
				return within(key, err)
			}
			for s := Succeeded; s <= Skipped; s++ {
				if s.String() == string(v.(String)) {
					o.Status = s
				}
			}
			return nil
		case "value":
			v, err := d.value(t.Elem, depth+1)
			o.Value = v
			return within(key, err)
		case "error":
			v, err := d.value(FailureType, depth+1)
			o.Error, _ = v.(*Record)
			return within(key, err)
		}
		return d.unknown(key, t, depth)
	})
	if err == nil && o.Status == Waiting {
		err = within("status", misfit("expected succeeded, failed, timed_out, cancelled or skipped"))
	}
	return o, err
}

func (d *Decoder) unknown(key string, t *Type, depth int) error {
	if d.Mode == RefuseUnknown {
		return within(key, misfit("%s has no such field", t))
	}
	_, err := d.scan.raw(nil, depth+1)
	return within(key, err)
}

func (d *Decoder) ref(t *Type, depth int) (Value, error) {
	r := &Ref{}
	err := d.scan.object(func(key string) error {
		var v Value
		var err error
		switch key {
		case "$ref":
			if v, err = d.value(StringType, depth+1); err == nil {
				r.Key = string(v.(String))
			}
		case "sha256":
			if v, err = d.value(StringType, depth+1); err == nil {
				r.SHA256 = string(v.(String))
			}
		case "size":
			if v, err = d.value(IntType, depth+1); err == nil {
				r.Size = int64(v.(Int))
			}
		default:
			return d.unknown(key, t, depth)
		}
		return within(key, err)
	})
	if err == nil && r.Key == "" {
		err = misfit("expected %s, found an object without \"$ref\"", t)
	}
	return r, err
}

func (d *Decoder) secret(t *Type, depth int) (Value, error) {
	name := ""
	err := d.scan.object(func(key string) error {
		if key != "$secret" {
			return d.unknown(key, t, depth)
		}
		v, err := d.value(StringType, depth+1)
		if err == nil {
			name = string(v.(String))
		}
		return within(key, err)
	})
	if err == nil && name == "" {
		// The document is not quoted: it may hold the secret itself.
		err = misfit("expected %s, found an object without \"$secret\"", t)
	}
	return Secret(name), err
}

// Value returns the document as a value without a declared type: objects are
// maps, whole numbers that fit are ints. A text that is no document is none.
func (j JSON) Value() Value {
	s := scanner{data: []byte(j)}
	v, err := s.any(0)
	if err != nil || s.end() != nil {
		return None{}
	}
	return v
}

func (s *scanner) any(depth int) (Value, error) {
	if depth > maxValueDepth {
		return nil, s.syntax("the document nests deeper than %d", maxValueDepth)
	}
	switch s.peek() {
	case '"':
		text, err := s.text()
		return String(text), err
	case '[':
		list := List{}
		err := s.list(func(int) error {
			v, err := s.any(depth + 1)
			list = append(list, v)
			return err
		})
		return list, err
	case '{':
		var keys []string
		var values []Value
		err := s.object(func(key string) error {
			v, err := s.any(depth + 1)
			keys, values = append(keys, key), append(values, v)
			return err
		})
		return NewMap(keys, values), err
	case 't', 'f', 'n':
		switch {
		case s.literal("true"):
			return Bool(true), nil
		case s.literal("false"):
			return Bool(false), nil
		case s.literal("null"):
			return None{}, nil
		}
		return nil, s.unexpected("a value")
	}
	text, err := s.number()
	if err != nil {
		return nil, err
	}
	if n, err := strconv.ParseInt(string(text), 10, 64); err == nil {
		return Int(n), nil
	}
	f, err := strconv.ParseFloat(string(text), 64)
	if err != nil {
		return String(text), nil // beyond a double: equal only to itself
	}
	return Float(f), nil
}
