package activity

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"
)

// A Func is an implementation: input is the arguments as an object by
// parameter name; the result is null where the activity declares none.
//
// Its error says why the task failed, in one sentence for the user. An
// [*Error] in its tree makes it a declared error.
type Func func(ctx context.Context, input json.RawMessage) (json.RawMessage, error)

// A Registry holds implementations by the names of activities: `extract` in
// the main file, `billing.charge` in an import, `std/fs.glob` in the library.
// The zero Registry is empty. It may be read by many goroutines once all is
// registered.
type Registry struct {
	funcs map[string]Func
	types map[string][2]reflect.Type // In and Out of those that came by Register, for the tests
}

// Std returns a new registry with the library's activities, to which others
// may be added.
func Std() *Registry {
	r := new(Registry)
	registerFS(r)
	registerLog(r)
	registerExec(r)
	registerHTTP(r)
	registerS3(r)
	registerLambda(r)
	return r
}

// Lookup returns the implementation of the named activity.
func (r *Registry) Lookup(name string) (Func, bool) {
	f, ok := r.funcs[name]
	return f, ok
}

// Names returns the names of all activities in r, sorted.
func (r *Registry) Names() []string { return slices.Sorted(maps.Keys(r.funcs)) }

// Add registers f as the implementation of the named activity. Like
// http.Handle it panics where that is a mistake of the program: a name that is
// empty or taken, or no function.
func (r *Registry) Add(name string, f Func) {
	switch {
	case name == "" || f == nil:
		panic("activity: a name and a function are needed")
	case r.funcs[name] != nil:
		panic(fmt.Sprintf("activity: %s is registered twice", name))
	case r.funcs == nil:
		r.funcs = map[string]Func{}
	}
	r.funcs[name] = f
}

// Register registers f as the implementation of the named activity. In is a
// struct whose fields bear the parameters' names in `json` tags. In and Out
// are in the language's encoding: see [Int], [Duration], [Size] and [None]
// for the types where that is not encoding/json's own.
//
// The [Error.Name] of a declared error is taken to be of the file that
// declares the activity, unless it is qualified itself.
//
// It panics where [Registry.Add] does, and where In is no struct.
func Register[In, Out any](r *Registry, name string, f func(ctx context.Context, in In) (Out, error)) {
	if t := reflect.TypeFor[In](); t.Kind() != reflect.Struct {
		panic(fmt.Sprintf("activity: %s takes a %s; want a struct with a field a parameter", name, t))
	}
	if f == nil {
		panic("activity: a name and a function are needed")
	}
	r.Add(name, func(ctx context.Context, input json.RawMessage) (json.RawMessage, error) {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		var in In
		if len(input) > 0 {
			if err := json.Unmarshal(input, &in); err != nil {
				return nil, fmt.Errorf("the arguments of `%s` cannot be read: %w", name, err)
			}
		}
		out, err := f(ctx, in)
		if err != nil {
			return nil, qualify(err, name)
		}
		return encode(out)
	})
	if r.types == nil {
		r.types = map[string][2]reflect.Type{}
	}
	r.types[name] = [2]reflect.Type{reflect.TypeFor[In](), reflect.TypeFor[Out]()}
}

// encode returns v as JSON, without the escapes that are for HTML only.
func encode(v any) (json.RawMessage, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		return nil, fmt.Errorf("the result cannot be written as JSON: %w", err)
	}
	return bytes.TrimSuffix(b.Bytes(), []byte("\n")), nil
}

// Error is a declared error: one that a flow can name, after `catch` and in
// `retry`. The activity's declaration lists it after `raises`.
type Error struct {
	Name    string // as declared: `Throttled`; `billing.Declined` if that is another file's
	Message string // one sentence, without a final stop; "" means the name
	Fields  any    // what the declaration's fields hold, as a struct or map for encoding/json; nil for none
}

// Error returns the message.
func (e *Error) Error() string {
	if e.Message == "" {
		return e.Name
	}
	return e.Message
}

// qualify gives a declared error in err the name that it has in the program:
// that of the activity, up to the last dot, is put in front of a bare one.
func qualify(err error, activity string) error {
	var e *Error
	dot := strings.LastIndexByte(activity, '.')
	if dot < 0 || !errors.As(err, &e) || strings.Contains(e.Name, ".") {
		return err
	}
	named := *e
	named.Name = activity[:dot+1] + e.Name
	named.Message = err.Error() // with what others have put around it
	return &named
}
