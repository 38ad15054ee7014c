package runtime

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"

	"github.com/flowc/flowc/compiler/ir"
)

// Result turns what a program printed into the result of its activity, as
// JSON that fits the declared type. The error is one sentence for users, which
// names the field that does not fit. It is not for `result = file(…)`; see
// [FileResult].
func Result(a *ir.Activity, stdout []byte) (json.RawMessage, error) {
	if a.Result == nil || a.Result.Kind == ir.KNone || a.Program == nil {
		return nil, nil
	}
	switch a.Program.Stdout {
	case ir.ResultNone:
		return nil, nil
	case ir.ResultText:
		if !utf8.Valid(stdout) {
			return nil, errors.New("stdout is not UTF-8 text")
		}
		return fitting(a, quote(oneLess(string(stdout))))
	case ir.ResultLines:
		if !utf8.Valid(stdout) {
			return nil, errors.New("stdout is not UTF-8 text")
		}
		lines := []string{}
		if text := oneLess(string(stdout)); text != "" || len(stdout) > 0 {
			for _, line := range strings.Split(text, "\n") {
				lines = append(lines, strings.TrimSuffix(line, "\r"))
			}
		}
		return fitting(a, quote(lines))
	}
	doc, err := lastDocument(stdout)
	if err != nil {
		return nil, fmt.Errorf("%w (a result of type %s was expected)", err, a.Result)
	}
	return fitting(a, doc)
}

// FileResult is Result for `result = file(p)`: path is where the file is,
// content what is in it, which is asked for only when the type is bytes or
// string.
func FileResult(a *ir.Activity, path string, content func() ([]byte, error)) (json.RawMessage, error) {
	t := a.Result
	if t.Kind == ir.KOptional {
		t = t.Elem
	}
	switch t.Kind {
	case ir.KBytes:
		b, err := content()
		if err != nil {
			return nil, err
		}
		doc, err := ir.Encode(ir.Bytes(b), t)
		if err != nil {
			return nil, err
		}
		return fitting(a, doc)
	case ir.KPath:
		return fitting(a, quote(path))
	}
	return nil, fmt.Errorf("a result of type %s cannot be read from a file", a.Result)
}

// fitting checks a document against the declared type, and gives it back in
// its shortest form.
func fitting(a *ir.Activity, doc json.RawMessage) (json.RawMessage, error) {
	v, err := ir.Decode(doc, a.Result, ir.IgnoreUnknown)
	if err != nil {
		return nil, fmt.Errorf("the result does not fit: %w", err)
	}
	return ir.Encode(v, a.Result)
}

// oneLess drops one final newline.
func oneLess(s string) string {
	return strings.TrimSuffix(strings.TrimSuffix(s, "\n"), "\r")
}

// quote encodes what holds only text.
func quote(v any) json.RawMessage {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil { // strings always encode
		return json.RawMessage("null")
	}
	return bytes.TrimSuffix(b.Bytes(), []byte("\n"))
}

// lastDocument returns the JSON document that stdout ends with. Before it may
// stand other documents, or lines of text: then it begins a line. The cost is
// linear.
func lastDocument(stdout []byte) (json.RawMessage, error) {
	text := bytes.TrimSpace(stdout)
	if len(text) == 0 {
		return nil, errors.New("the program printed no JSON document")
	}
	doc, rest := documents(text)
	if rest == nil {
		return doc, nil
	}
	if last := text[bytes.LastIndexByte(text, '\n')+1:]; json.Valid(last) {
		return last, nil
	}
	// A document of several lines, after text: its first line begins with the
	// bracket that its last line closes.
	opening := map[byte]string{'}': "\n{", ']': "\n["}[text[len(text)-1]]
	if opening != "" {
		if k := bytes.LastIndex(text, []byte(opening)); k >= 0 && json.Valid(text[k+1:]) {
			return text[k+1:], nil
		}
	}
	half := rest
	if c := rest[0]; c != '{' && c != '[' && c != '"' {
		half = rest[max(bytes.LastIndex(rest, []byte("\n{")), bytes.LastIndex(rest, []byte("\n[")))+1:]
	}
	if errors.Is(firstError(half), io.ErrUnexpectedEOF) {
		return nil, errors.New("stdout ends in the middle of a JSON document")
	}
	if tooDeep(half) {
		return nil, errors.New("stdout ends with a JSON document that is nested too deeply")
	}
	last := text[bytes.LastIndexByte(text, '\n')+1:]
	if len(last) > 80 {
		last = append(bytes.ToValidUTF8(last[:80:80], nil), "…"...)
	}
	return nil, fmt.Errorf("stdout does not end with a JSON document, but with %q", last)
}

// documents reads documents from the start of text, and returns the last of
// them with what cannot be read, nil if everything can.
func documents(text []byte) (doc json.RawMessage, rest []byte) {
	d := json.NewDecoder(bytes.NewReader(text))
	for {
		at := d.InputOffset()
		var next json.RawMessage
		if err := d.Decode(&next); err == io.EOF {
			return doc, nil
		} else if err != nil {
			return doc, bytes.TrimSpace(text[at:])
		}
		doc = next
	}
}

// mostNested is how deep a document may be nested at most, for encoding/json.
const mostNested = 10_000

// tooDeep reports whether more brackets are open somewhere in text, which
// begins a document, than can be read.
func tooDeep(text []byte) bool {
	depth, inString := 0, false
	for k := 0; k < len(text); k++ {
		switch c := text[k]; {
		case inString && c == '\\':
			k++
		case c == '"':
			inString = !inString
		case inString:
		case c == '[' || c == '{':
			if depth++; depth > mostNested {
				return true
			}
		case c == ']' || c == '}':
			if depth--; depth <= 0 {
				return false
			}
		}
	}
	return false
}

// firstError returns why no document can be read from the start of text.
func firstError(text []byte) error {
	var doc json.RawMessage
	return json.NewDecoder(bytes.NewReader(text)).Decode(&doc)
}
