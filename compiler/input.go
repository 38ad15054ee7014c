package compiler

import (
	"bytes"
	"encoding/json"
	"path"
	"strings"

	"github.com/flowc/flowc/compiler/ir"
	"github.com/flowc/flowc/lang"
	"github.com/flowc/flowc/lang/diag"
)

// CheckInput checks src, a JSON object, against the parameters of a workflow
// of p. It returns the arguments by parameter name, in their canonical
// encoding; those that are left to their defaults are absent. Blank text is an
// empty object. What does not fit is a finding that points into src.
func CheckInput(p *ir.Program, workflow string, src *diag.Source) (map[string]json.RawMessage, *diag.List) {
	in := &input{p: p, src: src, args: map[string]json.RawMessage{}}
	w := workflowNamed(p, workflow)
	if w == nil {
		in.errNoWorkflow(workflow)
		return nil, &in.diags
	}
	if !in.blank() {
		in.object(w)
	}
	if in.diags.HasErrors() {
		return nil, &in.diags
	}
	var missing []ir.Param
	for _, param := range w.Params {
		if _, given := in.args[param.Name]; !given && param.Default == nil && param.Type.Kind != ir.KOptional {
			missing = append(missing, param)
		}
	}
	if len(missing) > 0 {
		in.errMissing(w, missing)
		return nil, &in.diags
	}
	return in.args, &in.diags
}

func workflowNamed(p *ir.Program, name string) *ir.Workflow {
	for _, w := range p.Workflows {
		if w.Name == name {
			return w
		}
	}
	return nil
}

// input is what is being read from outside.
type input struct {
	p       *ir.Program
	src     *diag.Source
	args    map[string]json.RawMessage
	sources map[int32]*diag.Source // of the program, those that findings point into
	diags   diag.List
}

// blank reports whether nothing was given at all.
func (in *input) blank() bool { return len(bytes.TrimSpace(in.src.Text)) == 0 }

// object reads the members of the object that src holds.
func (in *input) object(w *ir.Workflow) {
	var whole json.RawMessage
	if err := json.Unmarshal(in.src.Text, &whole); err != nil {
		in.errSyntax(err)
		return
	}
	dec := json.NewDecoder(bytes.NewReader(in.src.Text))
	if open, _ := dec.Token(); open != json.Delim('{') {
		in.errNotAnObject(w)
		return
	}
	for dec.More() {
		start := dec.InputOffset()
		tok, _ := dec.Token()
		key, _ := tok.(string) // an object's keys are strings
		at := in.keySpan(int(start), int(dec.InputOffset()))
		var raw json.RawMessage
		if err := dec.Decode(&raw); err != nil {
			in.errSyntax(err)
			return
		}
		in.argument(w, key, at, raw, int(dec.InputOffset())-len(raw))
	}
}

// keySpan returns the key that ends at end and begins after start.
func (in *input) keySpan(start, end int) diag.Span {
	if quote := bytes.IndexByte(in.src.Text[start:end], '"'); quote >= 0 {
		start += quote
	}
	return in.src.Span(start, end)
}

// argument checks one member of the object.
func (in *input) argument(w *ir.Workflow, key string, at diag.Span, raw []byte, start int) {
	i := paramNamed(w.Params, key)
	if i < 0 {
		in.errUnknownArgument(w, key, at)
		return
	}
	param := w.Params[i]
	if _, twice := in.args[key]; twice {
		in.errGivenTwice(key, at)
		return
	}
	value, err := canonical(raw, param.Type)
	if err != nil {
		in.errMisfit(param, raw, start, err)
		return
	}
	in.args[key] = value
}

// canonical checks a document against t, and encodes it anew.
func canonical(raw []byte, t *ir.Type) (json.RawMessage, error) {
	v, err := ir.Decode(raw, t, ir.RefuseUnknown)
	if err != nil {
		return nil, err
	}
	if err := checkSecrets(v); err != nil {
		return nil, err
	}
	return ir.Encode(v, t)
}

// CheckParams checks the values given for the program's parameters, as text by
// name: JSON or, where the type has a plain text, that: `prod`, `2026-01-31`,
// `1h30m`, `64KB`. It returns all that were given, in their canonical encoding.
// The folder in the name of an imported file's parameter, as in `lib/etl.day`,
// may be left out where that is clear.
func CheckParams(p *ir.Program, given map[string]string) (map[string]json.RawMessage, *diag.List) {
	in := &input{p: p, args: map[string]json.RawMessage{}}
	known := map[string]bool{}
	short := shortNames(p.Params)
	for _, param := range p.Params {
		known[param.Name] = true
		text, ok := given[param.Name]
		if name := path.Base(param.Name); !ok && short[name] == param.Name {
			known[name] = true
			text, ok = given[name]
		}
		switch {
		case ok:
			in.src = diag.NewSource("--param "+param.Name, []byte(text))
			raw := fromText(text, param.Type)
			value, err := canonical(raw, param.Type)
			if err != nil {
				in.errMisfit(param, nil, 0, err)
				continue
			}
			in.args[param.Name] = value
		case param.Default == nil && param.Type.Kind != ir.KOptional:
			in.errParamMissing(param)
		}
	}
	for _, name := range sortedNames(given) {
		if !known[name] {
			in.errUnknownParam(name)
		}
	}
	if in.diags.HasErrors() {
		return nil, &in.diags
	}
	return in.args, &in.diags
}

// shortNames returns the parameters by their names without folders, those left
// out that would stand for several.
func shortNames(params []ir.Param) map[string]string {
	short := make(map[string]string, len(params))
	for _, p := range params {
		name := path.Base(p.Name)
		if _, twice := short[name]; twice {
			short[name] = ""
			continue
		}
		short[name] = p.Name
	}
	return short
}

// fromText returns text as a JSON document that a t may be: text is taken as
// it is where t is written as a string.
func fromText(text string, t *ir.Type) []byte {
	switch plain(t).Kind {
	case ir.KString, ir.KURL, ir.KPath, ir.KDate, ir.KTime, ir.KDuration, ir.KEnum, ir.KBytes:
		if t.Kind == ir.KOptional && text == "null" {
			break
		}
		if quoted, err := json.Marshal(text); err == nil {
			return quoted
		}
	case ir.KSecret:
		if quoted, err := json.Marshal(text); err == nil {
			return append(append([]byte(`{"$secret":`), quoted...), '}')
		}
	case ir.KSize:
		if size, ok := sizeLiteral(text); ok {
			return size
		}
	}
	return []byte(text)
}

// sizeLiteral returns a size such as `64KB` as JSON, and whether text is one.
func sizeLiteral(text string) ([]byte, bool) {
	if strings.ContainsAny(text, "\n\r#") {
		return nil, false
	}
	file, diags := lang.Parse(diag.NewSource("", []byte("const size = "+text)))
	if diags.HasErrors() || len(file.Decls) != 1 {
		return nil, false
	}
	decl, ok := file.Decls[0].(*lang.ValueDecl)
	if !ok {
		return nil, false
	}
	lit, ok := decl.Value.(*lang.Lit)
	if !ok || lit.Kind != lang.SizeLit {
		return nil, false
	}
	size, err := ir.Encode(ir.Size(lit.Int), ir.SizeType)
	return size, err == nil
}

// locate returns the part of raw that path, as in [ir.MisfitError], leads to,
// or the innermost part that is there.
func locate(raw []byte, path string) (start, end int) {
	start, end = 0, len(raw)
	for path != "" {
		var key string
		index := -1
		switch {
		case strings.HasPrefix(path, "[\""):
			quoted, rest, ok := quotedStep(path[1:])
			if !ok {
				return start, end
			}
			key, path = quoted, strings.TrimPrefix(rest, "]")
		case path[0] == '[':
			step, rest, _ := strings.Cut(path[1:], "]")
			if json.Unmarshal([]byte(step), &index) != nil {
				return start, end
			}
			path = rest
		default:
			path = strings.TrimPrefix(path, ".")
			n := strings.IndexAny(path, ".[")
			if n < 0 {
				n = len(path)
			}
			key, path = path[:n], path[n:]
		}
		from, to, ok := child(raw[start:end], key, index)
		if !ok {
			return start, end
		}
		start, end = start+from, start+to
	}
	return start, end
}

// quotedStep takes a quoted key from the front of path.
func quotedStep(path string) (key, rest string, ok bool) {
	dec := json.NewDecoder(strings.NewReader(path))
	if err := dec.Decode(&key); err != nil {
		return "", "", false
	}
	return key, path[dec.InputOffset():], true
}

// child returns the value of a key of the object raw or, where index is not
// negative, the element of the list raw.
func child(raw []byte, key string, index int) (start, end int, ok bool) {
	dec := json.NewDecoder(bytes.NewReader(raw))
	open, err := dec.Token()
	if err != nil || open != json.Delim('{') && open != json.Delim('[') {
		return 0, 0, false
	}
	for i := 0; dec.More(); i++ {
		found := i == index
		if open == json.Delim('{') {
			name, err := dec.Token()
			if err != nil {
				return 0, 0, false
			}
			found = index < 0 && name == key
		}
		var value json.RawMessage
		if err := dec.Decode(&value); err != nil {
			return 0, 0, false
		}
		if found {
			end := int(dec.InputOffset())
			return end - len(value), end, true
		}
	}
	return 0, 0, false
}
