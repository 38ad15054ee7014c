package activity_test

import (
	"context"
	"encoding/json"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/flowc/flowc/compiler"
	"github.com/flowc/flowc/compiler/ir"
	"github.com/flowc/flowc/lang"
	"github.com/flowc/flowc/lang/diag"
	"github.com/flowc/flowc/stdlib/activity"
)

// library compiles each module of the library by itself.
func library(t *testing.T) map[string]*ir.Program {
	t.Helper()
	programs := map[string]*ir.Program{}
	for _, name := range activity.Modules() {
		text, ok := activity.Source(name)
		if !ok {
			t.Fatalf("%s has no source", name)
		}
		r := compiler.Compile(diag.NewSource(name, text), compiler.Config{Verify: true})
		if r.Program == nil || len(r.Diags.Sorted()) > 0 {
			var b strings.Builder
			_ = diag.Render(&b, r.Diags.Sorted(), diag.Options{})
			t.Fatalf("%s does not compile:\n%s%v", name, &b, r.Bug)
		}
		programs[name] = r.Program
	}
	return programs
}

func TestSourcesAreThoseOfTheModules(t *testing.T) {
	for _, name := range []string{"", "fs", "std/", "std/nothing", "std/../fs", "std/fs.flow", "std/flow/fs", `std/..\fs`} {
		if _, ok := activity.Source(name); ok {
			t.Errorf("there is a module %q", name)
		}
	}
	if got, want := activity.Modules(), []string{"std/exec", "std/fs", "std/http", "std/lambda", "std/log", "std/s3"}; !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}

func TestEveryDeclarationIsDocumented(t *testing.T) {
	for _, name := range activity.Modules() {
		text, _ := activity.Source(name)
		file, _ := lang.Parse(diag.NewSource(name, text))
		for _, d := range file.Decls {
			doc := reflect.ValueOf(d).Elem().FieldByName("Doc").String()
			if !strings.HasSuffix(strings.TrimSpace(doc), ".") {
				t.Errorf("%s: %T has the documentation %q", name, d, doc)
			}
		}
	}
}

func TestDeclaredActivitiesAreThoseImplemented(t *testing.T) {
	var declared []string
	for name, p := range library(t) {
		for _, a := range p.Activities {
			declared = append(declared, name+"."+a.Name)
		}
	}
	slices.Sort(declared)
	if got := activity.Std().Names(); !slices.Equal(got, declared) {
		t.Errorf("implemented: %v\ndeclared: %v", got, declared)
	}
}

// TestFieldsAreThoseDeclared holds the structs of Go to the declarations: the
// same names in the same order, each with the Go type that stands for its own.
func TestFieldsAreThoseDeclared(t *testing.T) {
	shapes := activity.Shapes()
	for name, p := range library(t) {
		for _, a := range p.Activities {
			shape, ok := shapes[name+"."+a.Name]
			if !ok {
				t.Errorf("%s.%s: no shape", name, a.Name)
				continue
			}
			var params []ir.Field
			for _, param := range a.Params {
				params = append(params, ir.Field{Name: param.Name, Type: param.Type})
			}
			for _, problem := range []string{
				fieldsDiffer(shape[0], params), differ(shape[1], a.Result),
			} {
				if problem != "" {
					t.Errorf("%s.%s: %s", name, a.Name, problem)
				}
			}
		}
	}
}

// TestErrorsFieldsAreThoseDeclared does the same for the declared errors.
func TestErrorsFieldsAreThoseDeclared(t *testing.T) {
	fields := activity.ErrorFields()
	declared := 0
	for name, p := range library(t) {
		for _, d := range p.Types {
			if d.Kind != ir.KError {
				continue
			}
			declared++
			typ, ok := fields[name+"."+d.Name]
			if !ok {
				t.Errorf("%s.%s has no Go type", name, d.Name)
			} else if problem := fieldsDiffer(typ, d.Fields); problem != "" {
				t.Errorf("%s.%s: %s", name, d.Name, problem)
			}
		}
	}
	if declared != len(fields) {
		t.Errorf("%d declared errors, %d Go types", declared, len(fields))
	}
}

// fieldsDiffer says how a struct differs from fields, "" if it does not.
func fieldsDiffer(t reflect.Type, fields []ir.Field) string {
	if t.NumField() != len(fields) {
		return fmt.Sprintf("%s has %d fields, declared are %d", t, t.NumField(), len(fields))
	}
	for i, f := range fields {
		tag := t.Field(i).Tag.Get("json")
		if tag != f.Name {
			return fmt.Sprintf("field %d is %q in Go, declared is `%s`", i, tag, f.Name)
		}
		if problem := differ(t.Field(i).Type, f.Type); problem != "" {
			return fmt.Sprintf("field `%s`: %s", f.Name, problem)
		}
	}
	return ""
}

// goTypes says which Go type stands for which type of the language.
var goTypes = map[ir.Kind]string{
	ir.KNone: "activity.None", ir.KBool: "bool", ir.KInt: "activity.Int", ir.KString: "string", ir.KBytes: "[]uint8",
	ir.KURL: "string", ir.KPath: "string", ir.KTime: "time.Time", ir.KDuration: "activity.Duration",
	ir.KSize: "activity.Size", ir.KJSON: "json.RawMessage", ir.KEnum: "string", ir.KRef: "activity.Ref",
}

func differ(t reflect.Type, want *ir.Type) string {
	switch want.Kind {
	case ir.KOptional:
		if t.Kind() == reflect.Pointer {
			return differ(t.Elem(), want.Elem)
		}
	case ir.KList:
		if t.Kind() == reflect.Slice {
			return differ(t.Elem(), want.Elem)
		}
	case ir.KMap:
		if t.Kind() == reflect.Map && t.Key().Kind() == reflect.String {
			return differ(t.Elem(), want.Elem)
		}
	case ir.KRecord:
		if t.Kind() == reflect.Struct {
			return fieldsDiffer(t, want.Decl.Fields)
		}
	default:
		if t.String() == goTypes[want.Kind] {
			return ""
		}
	}
	return fmt.Sprintf("%s in Go, declared is `%s`", t, want)
}

// call runs an activity of the library, with the declared defaults for the
// arguments that are not given, and checks the result against its type.
func call(t *testing.T, ctx context.Context, name string, args map[string]any) (json.RawMessage, error) {
	t.Helper()
	module, short, _ := strings.Cut(name, ".")
	text, _ := activity.Source(module)
	p := compiler.Compile(diag.NewSource(module, text), compiler.Config{}).Program
	for _, a := range p.Activities {
		if a.Name != short {
			continue
		}
		input := map[string]any{}
		for _, param := range a.Params {
			if given, ok := args[param.Name]; ok {
				input[param.Name] = given
			} else if param.Default != nil {
				raw, err := ir.Encode(param.Default.Value, param.Type)
				if err != nil {
					t.Fatal(err)
				}
				input[param.Name] = json.RawMessage(raw)
			}
		}
		for name := range args {
			if _, ok := input[name]; !ok {
				t.Fatalf("%s has no parameter %s", a.Name, name)
			}
		}
		raw, err := json.Marshal(input)
		if err != nil {
			t.Fatal(err)
		}
		f, _ := activity.Std().Lookup(name)
		out, err := f(ctx, raw)
		if err == nil {
			if _, misfit := ir.Decode(out, a.Result, ir.RefuseUnknown); misfit != nil {
				t.Errorf("%s gave %s: %v", name, out, misfit)
			}
		}
		return out, err
	}
	t.Fatalf("no activity %s", name)
	return nil, nil
}
