package runtime

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"strconv"
	"unicode/utf8"

	"github.com/flowc/flowc/compiler/ir"
)

// A pool holds the values of a snapshot, each that is more than a few bytes
// once: what a flow has put in many places takes the space of one. Which Go
// values share their memory is of no influence, so that a snapshot is a
// function of the state alone.
//
// The JSON of a value says what it is, since a slot may hold a T or a T!:
//
//	null            none                  ["t", n]          time
//	true            bool                  ["D", n]          duration
//	12              int                   ["z", n]          size
//	"x"             string                ["j", "text"]     json
//	["f", "0x…"]    float, exactly        ["S", "name"]     secret
//	["b", "base64"] bytes                 ["R", key, sha256, size]  ref
//	["x", "base64"] string, not UTF-8     ["l", v, …]       list
//	["d", n]        date                  ["m", k, v, …]    map
//	["n", decl, name, …]                  shape of records, decl "" for none
//	["r", shape, v, …]                    record
//	["o", status, value, error]           outcome; [] for what it has not
//	["F", node, error, message, attempts, details, file, start, end]  Failure; without a place, 6 long
//	[7]             what stands at that index in the pool, before this one
//	[]              nothing: a slot that is not set
type pool struct {
	decls  map[string]*ir.TypeDecl
	list   []json.RawMessage
	byText map[string]int // index in list
	byAddr map[any]string // what refers to a value, by what its memory is: lest shared parts are written again and again
	err    error          // the first value that cannot be written
}

// pooledFrom is the length from which a text is put into the pool.
const pooledFrom = 32

func newPool(decls map[string]*ir.TypeDecl) *pool {
	return &pool{decls: decls, byText: map[string]int{}, byAddr: map[any]string{}}
}

// unset stands for a slot that is not set.
const unset = "[]"

// put returns the JSON of v, nil for unset.
func (p *pool) put(v ir.Value) json.RawMessage { return json.RawMessage(p.value(v)) }

// value returns what stands for v: its JSON, or a reference.
func (p *pool) value(v ir.Value) string {
	switch v := v.(type) {
	case nil:
		return unset
	case ir.None:
		return "null"
	case ir.Bool:
		return strconv.FormatBool(bool(v))
	case ir.Int:
		return strconv.FormatInt(int64(v), 10)
	case ir.Float:
		return `["f","` + strconv.FormatFloat(float64(v), 'x', -1, 64) + `"]`
	case ir.String:
		return p.text(string(v))
	case ir.Bytes:
		return p.pooled(`["b","` + base64.StdEncoding.EncodeToString([]byte(v)) + `"]`)
	case ir.Date:
		return number("d", int64(v))
	case ir.Time:
		return number("t", int64(v))
	case ir.Duration:
		return number("D", int64(v))
	case ir.Size:
		return number("z", int64(v))
	case ir.JSON:
		return p.pooled(`["j",` + p.text(string(v)) + `]`)
	case ir.Secret:
		return `["S",` + p.text(string(v)) + `]`
	}
	return p.compound(v)
}

func number(tag string, n int64) string {
	return `["` + tag + `",` + strconv.FormatInt(n, 10) + `]`
}

// text returns what stands for a string.
func (p *pool) text(s string) string {
	if !utf8.ValidString(s) {
		return p.pooled(`["x","` + base64.StdEncoding.EncodeToString([]byte(s)) + `"]`)
	}
	return p.pooled(string(quote(s)))
}

// compound returns what stands for a value that has parts.
func (p *pool) compound(v ir.Value) string {
	var addr any = v
	if list, is := v.(ir.List); is {
		if len(list) == 0 {
			return `["l"]`
		}
		addr = [2]any{&list[0], len(list)}
	}
	if known, ok := p.byAddr[addr]; ok {
		return known
	}
	var b []byte
	switch v := v.(type) {
	case ir.List:
		b = append(b, `["l"`...)
		for _, e := range v {
			b = p.append(b, p.value(e))
		}
	case *ir.Map:
		b = append(b, `["m"`...)
		for k, key := range v.Keys {
			b = p.append(b, p.text(key), p.value(v.Values[k]))
		}
	case *ir.Record:
		b = p.append(append(b, `["r"`...), p.shape(v))
		for _, e := range v.Values {
			b = p.append(b, p.value(e))
		}
	case *ir.Outcome:
		failure := unset
		if v.Error != nil {
			failure = p.value(v.Error)
		}
		b = p.append(append(b, `["o"`...), strconv.Itoa(int(v.Status)), p.value(v.Value), failure)
	case *ir.Ref:
		b = p.append(append(b, `["R"`...), p.text(v.Key), p.text(v.SHA256), strconv.FormatInt(v.Size, 10))
	default:
		p.fail("a value of an unknown kind")
	}
	known := p.pooled(string(append(b, ']')))
	p.byAddr[addr] = known
	return known
}

// append appends elements to an array that is being written.
func (p *pool) append(b []byte, parts ...string) []byte {
	for _, s := range parts {
		b = append(append(b, ','), s...)
	}
	return b
}

// shape returns what stands for the names of a record.
func (p *pool) shape(r *ir.Record) string {
	decl := ""
	if r.Decl != nil {
		decl = r.Decl.Name
		if p.decls[decl] == nil {
			p.fail("a record of type " + decl + ", which the program does not declare")
		}
	}
	b := p.append([]byte(`["n"`), p.text(decl))
	for _, name := range r.Names {
		b = p.append(b, p.text(name))
	}
	return p.refer(string(append(b, ']')))
}

// failure returns what stands for a Failure, unset for nil.
func (p *pool) failure(f *Failure) json.RawMessage {
	if f == nil {
		return nil
	}
	b := p.append([]byte(`["F"`), p.text(f.Node), p.text(f.Error), p.text(f.Message), strconv.Itoa(f.Attempts), p.text(string(f.Details)))
	if at := f.At; at != nil {
		b = p.append(b, strconv.Itoa(int(at.File)), strconv.Itoa(int(at.Start)), strconv.Itoa(int(at.End)))
	}
	return json.RawMessage(p.refer(string(append(b, ']'))))
}

// pooled returns text, or a reference to it when it is long.
func (p *pool) pooled(text string) string {
	if len(text) < pooledFrom {
		return text
	}
	return p.refer(text)
}

// refer returns a reference to text, which is put into the pool.
func (p *pool) refer(text string) string {
	k, ok := p.byText[text]
	if !ok {
		k = len(p.list)
		p.list = append(p.list, json.RawMessage(text))
		p.byText[text] = k
	}
	return "[" + strconv.Itoa(k) + "]"
}

func (p *pool) fail(what string) {
	if p.err == nil {
		p.err = fmt.Errorf("a snapshot cannot hold %s", what)
	}
}

// unpool reads a pool. What it holds refers only backwards, so that reading it
// once, in order, is enough.
type unpool struct {
	decls map[string]*ir.TypeDecl
	list  []any // ir.Value, *shape, *Failure
}

// shape is what is common to records.
type shape struct {
	decl  *ir.TypeDecl
	names []string
}

// misread is the panic of a snapshot that is none of ours. It is turned into an
// error where the snapshot is read.
type misread struct{ message string }

func (u *unpool) fail(format string, args ...any) {
	panic(misread{fmt.Sprintf(format, args...)})
}

func (u *unpool) read(list []json.RawMessage) {
	for _, raw := range list {
		u.list = append(u.list, u.any(raw))
	}
}

// value returns the value that raw stands for, nil for unset.
func (u *unpool) value(raw json.RawMessage) ir.Value {
	if len(raw) == 0 {
		return nil
	}
	switch v := u.any(raw).(type) {
	case nil:
		return nil
	case ir.Value:
		return v
	}
	u.fail("something that is no value stands in the place of one")
	return nil
}

// failure returns the Failure that raw stands for, nil for unset.
func (u *unpool) failure(raw json.RawMessage) *Failure {
	if len(raw) == 0 {
		return nil
	}
	f, ok := u.any(raw).(*Failure)
	if !ok {
		u.fail("something that is no failure stands in the place of one")
	}
	return f
}

func (u *unpool) any(raw json.RawMessage) any {
	switch raw[0] {
	case 'n':
		return ir.None{}
	case 't', 'f':
		return ir.Bool(raw[0] == 't')
	case '"':
		var s string
		u.json(raw, &s)
		return ir.String(s)
	case '[':
		var parts []json.RawMessage
		u.json(raw, &parts)
		if len(parts) == 0 {
			return nil
		}
		if parts[0][0] != '"' {
			k := u.int(parts[0])
			if k < 0 || k >= int64(len(u.list)) {
				u.fail("it refers to value %d of %d", k, len(u.list))
			}
			return u.list[k]
		}
		var tag string
		u.json(parts[0], &tag)
		return u.tagged(tag, parts[1:])
	}
	return ir.Int(u.int(raw))
}

func (u *unpool) tagged(tag string, parts []json.RawMessage) any {
	least := 1
	switch tag {
	case "l", "m":
		least = 0
	case "o", "R":
		least = 3
	case "F":
		least = 5
	}
	if len(parts) < least {
		u.fail("a value of kind %q is too short", tag)
	}
	switch tag {
	case "f":
		x, err := strconv.ParseFloat(u.text(parts[0]), 64)
		if err != nil {
			u.fail("%v", err)
		}
		return ir.Float(x)
	case "b":
		return ir.Bytes(u.base64(parts[0]))
	case "x":
		return ir.String(u.base64(parts[0]))
	case "d":
		return ir.Date(u.int(parts[0]))
	case "t":
		return ir.Time(u.int(parts[0]))
	case "D":
		return ir.Duration(u.int(parts[0]))
	case "z":
		return ir.Size(u.int(parts[0]))
	case "j":
		return ir.JSON(u.text(parts[0]))
	case "S":
		return ir.Secret(u.text(parts[0]))
	case "R":
		return &ir.Ref{Key: u.text(parts[0]), SHA256: u.text(parts[1]), Size: u.int(parts[2])}
	case "l":
		list := make(ir.List, len(parts))
		for k, raw := range parts {
			list[k] = u.value(raw)
		}
		return list
	case "m":
		return u.mapping(parts)
	case "n":
		return u.shape(parts)
	case "r":
		return u.record(parts)
	case "o":
		o := &ir.Outcome{Status: ir.Status(u.int(parts[0])), Value: u.value(parts[1])}
		o.Error, _ = u.value(parts[2]).(*ir.Record)
		return o
	case "F":
		return u.readFailure(parts)
	}
	u.fail("there is no value of kind %q", tag)
	return nil
}

func (u *unpool) mapping(parts []json.RawMessage) *ir.Map {
	if len(parts)%2 != 0 {
		u.fail("a map has a key without a value")
	}
	var keys []string
	var values []ir.Value
	for k := 0; k < len(parts); k += 2 {
		keys, values = append(keys, u.text(parts[k])), append(values, u.value(parts[k+1]))
	}
	return ir.NewMap(keys, values)
}

func (u *unpool) shape(parts []json.RawMessage) *shape {
	s := &shape{}
	if name := u.text(parts[0]); name != "" {
		if s.decl = u.decls[name]; s.decl == nil {
			u.fail("the program declares no type %s", name)
		}
	}
	for _, raw := range parts[1:] {
		s.names = append(s.names, u.text(raw))
	}
	return s
}

func (u *unpool) record(parts []json.RawMessage) *ir.Record {
	s, ok := u.any(parts[0]).(*shape)
	if !ok || len(s.names) != len(parts)-1 {
		u.fail("a record does not have its shape")
	}
	r := &ir.Record{Decl: s.decl, Names: s.names, Values: make([]ir.Value, len(s.names))}
	for k, raw := range parts[1:] {
		r.Values[k] = u.value(raw)
	}
	return r
}

func (u *unpool) readFailure(parts []json.RawMessage) *Failure {
	f := &Failure{Node: u.text(parts[0]), Error: u.text(parts[1]), Message: u.text(parts[2]), Attempts: int(u.int(parts[3]))}
	if details := u.text(parts[4]); details != "" {
		f.Details = json.RawMessage(details)
	}
	if len(parts) == 8 {
		f.At = &ir.Pos{File: int32(u.int(parts[5])), Start: int32(u.int(parts[6])), End: int32(u.int(parts[7]))}
	}
	return f
}

func (u *unpool) text(raw json.RawMessage) string {
	s, ok := u.value(raw).(ir.String)
	if !ok {
		u.fail("something that is no text stands in the place of one")
	}
	return string(s)
}

func (u *unpool) base64(raw json.RawMessage) string {
	b, err := base64.StdEncoding.DecodeString(u.text(raw))
	if err != nil {
		u.fail("%v", err)
	}
	return string(b)
}

func (u *unpool) int(raw json.RawMessage) int64 {
	n, err := strconv.ParseInt(string(raw), 10, 64)
	if err != nil {
		u.fail("%v", err)
	}
	return n
}

func (u *unpool) json(raw json.RawMessage, to any) {
	if err := json.Unmarshal(raw, to); err != nil {
		u.fail("%v", err)
	}
}
