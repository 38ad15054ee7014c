package compiler

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/flowc/flowc/compiler/ir"
	"github.com/flowc/flowc/internal/spell"
	"github.com/flowc/flowc/lang/diag"
)

// This file has one function for each mistake in what is given from outside:
// the input of a run, and the program's parameters.

func (in *input) fail(d diag.Diagnostic) {
	d.Severity = d.Code.Severity()
	in.diags.Add(d)
}

// declared labels a place of the program.
func (in *input) declared(at ir.Pos, format string, args ...any) []diag.Label {
	if at.File < 0 || int(at.File) >= len(in.p.Sources) {
		return nil
	}
	src := in.sources[at.File]
	if src == nil {
		s := in.p.Sources[at.File]
		src = diag.NewSource(s.Name, []byte(s.Text))
		if in.sources == nil {
			in.sources = map[int32]*diag.Source{}
		}
		in.sources[at.File] = src
	}
	return []diag.Label{{Span: src.Span(int(at.Start), int(at.End)), Text: fmt.Sprintf(format, args...)}}
}

// whole labels all of the input.
func (in *input) whole(text string) diag.Label {
	return diag.Label{Span: in.src.Span(0, len(in.src.Text)), Text: text}
}

// sortedNames returns the keys of m in alphabetical order.
func sortedNames[V any](m map[string]V) []string {
	names := make([]string, 0, len(m))
	for n := range m {
		names = append(names, n)
	}
	slices.Sort(names)
	return names
}

func (in *input) errNoWorkflow(name string) {
	var known []string
	for _, w := range in.p.Workflows {
		known = append(known, w.Name)
	}
	d := diag.Diagnostic{Code: diag.UnknownCallable, Message: fmt.Sprintf("there is no workflow named `%s`", name)}
	if near, ok := spell.Nearest(name, known); ok {
		d.Fixes = []diag.Fix{advice("did you mean `%s`?", near)}
	} else if len(known) > 0 {
		d.Notes = []string{"there is " + list(known)}
	}
	in.fail(d)
}

func (in *input) errSyntax(err error) {
	end := len(in.src.Text)
	start := end
	var syntax *json.SyntaxError
	if errors.As(err, &syntax) && 0 < syntax.Offset && int(syntax.Offset) < end {
		end = int(syntax.Offset)
		start = end - 1
	}
	in.fail(diag.Diagnostic{
		Code:    diag.BadInput,
		Message: "the input is not one JSON document",
		Primary: diag.Label{Span: in.src.Span(start, end), Text: err.Error()},
	})
}

func (in *input) errNotAnObject(w *ir.Workflow) {
	in.fail(diag.Diagnostic{
		Code:      diag.BadInput,
		Message:   "the input of a workflow is a JSON object with its parameters by name",
		Primary:   in.whole("expected `{`"),
		Secondary: in.declared(w.At, "takes %s", signature(w.Params)),
	})
}

func (in *input) errUnknownArgument(w *ir.Workflow, key string, at diag.Span) {
	known := make([]string, len(w.Params))
	for i, p := range w.Params {
		known[i] = p.Name
	}
	d := diag.Diagnostic{
		Code:      diag.BadInput,
		Message:   fmt.Sprintf("`%s` has no parameter `%s`", w.Name, key),
		Primary:   diag.Label{Span: at, Text: "unknown parameter"},
		Secondary: in.declared(w.At, "takes %s", signature(w.Params)),
	}
	if near, ok := spell.Nearest(key, known); ok {
		d.Fixes = []diag.Fix{{
			Title:         fmt.Sprintf("did you mean `%s`?", near),
			Applicability: diag.Maybe,
			Edits:         []diag.Edit{{Span: at, New: `"` + near + `"`}},
		}}
	}
	in.fail(d)
}

func (in *input) errGivenTwice(key string, at diag.Span) {
	in.fail(diag.Diagnostic{
		Code:    diag.BadInput,
		Message: fmt.Sprintf("the parameter `%s` is given twice", key),
		Primary: diag.Label{Span: at, Text: "given before"},
	})
}

// errMisfit reports a value that does not fit its parameter. raw is where it
// stands in the source, from start on; nil means the whole source.
func (in *input) errMisfit(p ir.Param, raw []byte, start int, err error) {
	code := diag.BadInput
	from, to := 0, len(in.src.Text)
	message, path := err.Error(), p.Name
	var misfit *ir.MisfitError
	if errors.As(err, &misfit) {
		message = misfit.Message
		if raw != nil {
			from, to = locate(raw, misfit.Path)
		}
		switch {
		case strings.HasPrefix(misfit.Path, "["):
			path += misfit.Path
		case misfit.Path != "":
			path += "." + misfit.Path
		}
	}
	if raw != nil {
		from, to = from+start, to+start
	}
	d := diag.Diagnostic{
		Code:      code,
		Message:   fmt.Sprintf("`%s` does not fit: %s", path, message),
		Primary:   diag.Label{Span: in.src.Span(from, to), Text: message},
		Secondary: in.declared(p.At, "`%s` is %s", p.Name, article(p.Type)),
	}
	if holdsSecret(p.Type) {
		d.Primary.Span = diag.Span{} // what was given may be the secret itself
		d.Fixes = []diag.Fix{advice("a secret is given by its name: `{\"$secret\": \"NAME\"}`; who runs the program looks it up")}
	}
	in.fail(d)
}

func (in *input) errMissing(w *ir.Workflow, missing []ir.Param) {
	names := make([]string, len(missing))
	for i, p := range missing {
		names[i] = p.Name
	}
	word := "parameter"
	if len(missing) > 1 {
		word = "parameters"
	}
	d := diag.Diagnostic{
		Code:    diag.BadInput,
		Message: fmt.Sprintf("`%s` needs the %s %s", w.Name, word, list(names)),
		Primary: in.whole("missing in the input"),
		Fixes:   []diag.Fix{advice("give the input as `--input '%s'`", exampleInput(missing))},
	}
	for _, p := range missing[:min(3, len(missing))] {
		d.Secondary = append(d.Secondary, in.declared(p.At, "takes %s", article(p.Type))...)
	}
	if in.blank() && len(d.Secondary) > 0 { // there is no text to point at
		d.Primary, d.Secondary = d.Secondary[0], d.Secondary[1:]
	}
	in.fail(d)
}

// exampleInput shows the form of an input.
func exampleInput(params []ir.Param) string {
	parts := make([]string, len(params))
	for i, p := range params {
		parts[i] = fmt.Sprintf("%q: %s", p.Name, exampleValue(p.Type))
	}
	return "{" + strings.Join(parts, ", ") + "}"
}

func exampleValue(t *ir.Type) string {
	switch t.Kind {
	case ir.KBool:
		return "true"
	case ir.KInt, ir.KSize, ir.KFloat:
		return "1"
	case ir.KDate:
		return `"2026-01-31"`
	case ir.KTime:
		return `"2026-01-31T02:00Z"`
	case ir.KDuration:
		return `"1h30m"`
	case ir.KEnum:
		return `"` + firstMember(t.Decl) + `"`
	case ir.KList:
		return "[" + exampleValue(t.Elem) + "]"
	case ir.KMap, ir.KRecord, ir.KUnion, ir.KRef, ir.KJSON:
		return "{…}"
	case ir.KSecret:
		return `{"$secret": "NAME"}`
	}
	return `"…"`
}

func (in *input) errUnknownParam(name string) {
	known := make([]string, len(in.p.Params))
	for i, p := range in.p.Params {
		known[i] = p.Name
	}
	d := diag.Diagnostic{Code: diag.UnknownParam, Message: fmt.Sprintf("the file declares no param `%s`", name)}
	near, ok := spell.Nearest(name, known)
	switch {
	case ok:
		d.Fixes = []diag.Fix{advice("did you mean `%s`?", near)}
	case len(known) > 0:
		d.Notes = []string{"there is " + list(known)}
	}
	in.fail(d)
}

func (in *input) errParamMissing(p ir.Param) {
	in.fail(diag.Diagnostic{
		Code:      diag.UnknownParam,
		Message:   fmt.Sprintf("the param `%s` has no default, and is not given", p.Name),
		Secondary: in.declared(p.At, "takes %s", article(p.Type)),
		Fixes:     []diag.Fix{advice("give it as `--param %s=…`", p.Name)},
	})
}
