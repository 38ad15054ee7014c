package lang

import (
	"fmt"
	"io"
	"reflect"
	"strings"
)

// Print writes f as an indented tree, a node a line: where it stands, its kind
// and what it says. It is for golden files and for people who look for a bug;
// [Equal] compares trees.
func Print(w io.Writer, f *File) error {
	d := dumper{f: f, positions: true, layout: true}
	d.node(reflect.ValueOf(f), "", 0)
	for i := range f.Comments {
		d.node(reflect.ValueOf(&f.Comments[i]), "", 1)
	}
	_, err := io.WriteString(w, d.b.String())
	return err
}

// Equal reports whether two files say the same: it ignores positions, comments
// and layout, but not documentation.
func Equal(a, b *File) bool { return canonical(a) == canonical(b) }

// canonical returns the tree without what Equal ignores.
func canonical(f *File) string {
	d := dumper{f: f}
	d.node(reflect.ValueOf(f), "", 0)
	return d.b.String()
}

// dumper writes trees by reflection, so that no field can be forgotten: a
// field is a child if it is a Node, and else a word on its parent's line.
type dumper struct {
	f         *File
	b         strings.Builder
	positions bool
	layout    bool
}

var (
	nodeType  = reflect.TypeFor[Node]()
	rangeType = reflect.TypeFor[Range]()
)

// layoutFields are the fields that say how something was written, not what.
var layoutFields = map[string]bool{
	"FieldInit.Short": true, "MapEntry.Short": true, "Case.Braces": true, "StringLit.Form": true, "Lit.Text": true,
}

func (d *dumper) node(v reflect.Value, label string, depth int) {
	for v.Kind() == reflect.Interface || v.Kind() == reflect.Pointer {
		v = v.Elem()
	}
	t := v.Type()
	d.b.WriteString(strings.Repeat("  ", depth))
	if label != "" {
		d.b.WriteString(label + ": ")
	}
	d.b.WriteString(t.Name())
	if d.positions {
		d.position(v.Interface().(Node).Span())
	}
	for i := range t.NumField() {
		d.word(t, i, v.Field(i))
	}
	d.b.WriteByte('\n')
	for i := range t.NumField() {
		d.children(t.Field(i), v.Field(i), depth+1)
	}
}

func (d *dumper) position(r Range) {
	from, to := d.f.Source.Position(int(r.Start)), d.f.Source.Position(int(r.End))
	fmt.Fprintf(&d.b, " %d:%d-", from.Line, from.Column)
	if to.Line != from.Line {
		fmt.Fprintf(&d.b, "%d:", to.Line)
	}
	fmt.Fprintf(&d.b, "%d", to.Column)
}

// word writes field i of a node of type t, if it is no node and says something.
func (d *dumper) word(t reflect.Type, i int, v reflect.Value) {
	field := t.Field(i)
	if !d.layout && layoutFields[t.Name()+"."+field.Name] {
		return
	}
	if t == reflect.TypeFor[Lit]() && field.Name == "Kind" {
		fmt.Fprintf(&d.b, " kind=%d", v.Uint())
		return
	}
	switch v.Kind() {
	case reflect.String:
		if v.String() != "" {
			fmt.Fprintf(&d.b, " %s=%q", strings.ToLower(field.Name), v.String())
		}
	case reflect.Bool:
		if v.Bool() {
			fmt.Fprintf(&d.b, " %s", strings.ToLower(field.Name))
		}
	case reflect.Uint8:
		if s, ok := v.Interface().(fmt.Stringer); ok {
			fmt.Fprintf(&d.b, " %s=%s", strings.ToLower(field.Name), s)
		} else if v.Uint() != 0 {
			fmt.Fprintf(&d.b, " %s=%d", strings.ToLower(field.Name), v.Uint())
		}
	case reflect.Int64:
		if v.Int() != 0 {
			fmt.Fprintf(&d.b, " %s=%d", strings.ToLower(field.Name), v.Int())
		}
	case reflect.Float64:
		if v.Float() != 0 {
			fmt.Fprintf(&d.b, " %s=%g", strings.ToLower(field.Name), v.Float())
		}
	}
}

// children writes the nodes in a field.
func (d *dumper) children(field reflect.StructField, v reflect.Value, depth int) {
	if field.Type == rangeType || field.Name == "Comments" {
		return
	}
	label := strings.ToLower(field.Name)
	switch v.Kind() {
	case reflect.Slice:
		if field.Type.Elem().Implements(nodeType) {
			for i := range v.Len() {
				d.node(v.Index(i), label, depth)
			}
		}
	case reflect.Pointer, reflect.Interface:
		if !v.IsNil() && field.Type.Implements(nodeType) {
			d.node(v, label, depth)
		}
	case reflect.Struct:
		if field.Type.Implements(nodeType) {
			d.node(v, label, depth)
		}
	}
}
