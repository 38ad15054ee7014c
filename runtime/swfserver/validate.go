package swfserver

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// A shape is what a value must look like.
type shape struct {
	word     string // of shapeText
	min, max int    // of the length; no max is -1
	element  *shape // of a list
}

// A member is a member of a structure.
type member struct {
	name     string
	required bool
	shape    *shape
}

// structures holds shapeText by name.
var structures = parseShapes(shapeText)

func parseShapes(text string) map[string][]member {
	all := map[string][]member{}
	name := ""
	for _, line := range strings.Split(text, "\n") {
		words := strings.Fields(line)
		if len(words) == 0 {
			continue
		}
		if line[0] != '\t' {
			name, words = words[0], words[1:]
			all[name] = nil
		}
		for _, w := range words {
			key, rest, _ := strings.Cut(w, ":")
			key, required := strings.CutSuffix(key, "*")
			all[name] = append(all[name], member{key, required, parseShape(rest)})
		}
	}
	return all
}

func parseShape(word string) *shape {
	s := &shape{word: word, max: -1}
	switch {
	case word[0] == '[':
		end := strings.LastIndexByte(word, ']')
		s.word, s.element = "list", parseShape(word[1:end])
		if rest := word[end+1:]; rest != "" {
			s.max, _ = strconv.Atoi(rest)
		}
	case strings.Contains(word, ".."):
		low, high, _ := strings.Cut(word, "..")
		s.word = "string"
		s.min, _ = strconv.Atoi(low)
		s.max, _ = strconv.Atoi(high)
	case word == "id", word == "trimmed":
		s.min, s.max = 1, 256
	case word == "version":
		s.min, s.max = 1, 64
	case word == "duration":
		s.max = 8
	case word == "seconds":
		s.min, s.max = 1, 8
	}
	return s
}

// A checker collects what is wrong with an input.
type checker struct {
	errors []string
	mistyp *fault // the first value of a wrong JSON type
	pruned bool   // members that no shape knows were taken out
}

// maxReported is how many errors a message lists.
const maxReported = 10

func (c *checker) errorf(value any, path, format string, args ...any) {
	if len(c.errors) == maxReported {
		return
	}
	shown := "null"
	if value != nil {
		shown = "'" + strings.ToValidUTF8(fmt.Sprint(value), "\uFFFD") + "'"
	}
	c.errors = append(c.errors, fmt.Sprintf("Value %s at '%s' failed to satisfy constraint: %s", shown, path, fmt.Sprintf(format, args...)))
}

func (c *checker) mistyped(v any, path string) {
	if c.mistyp == nil {
		c.mistyp = serviceFault("SerializationException", "%s of type %s was not expected", path, jsonType(v))
	}
}

func jsonType(v any) string {
	switch v.(type) {
	case nil:
		return "null"
	case bool:
		return "boolean"
	case string:
		return "string"
	case json.Number:
		return "number"
	case []any:
		return "list"
	default:
		return "structure"
	}
}

// validate checks the input of an operation against its shape. Members that
// the shape does not know are taken out of the input; pruned reports whether
// there were any.
func validate(operation string, input map[string]any) (pruned bool, err error) {
	if operation == "RespondDecisionTaskCompleted" && closesEarly(input) {
		return false, invalid("Close must be last decision in list")
	}
	c := &checker{}
	c.structure(operation, input, "")
	return c.pruned, c.verdict()
}

func (c *checker) verdict() error {
	switch {
	case c.mistyp != nil:
		return c.mistyp
	case len(c.errors) == 1:
		return invalid("1 validation error detected: %s", c.errors[0])
	case len(c.errors) > 1:
		return invalid("%d validation errors detected: %s", len(c.errors), strings.Join(c.errors, "; "))
	}
	return nil
}

func (c *checker) structure(name string, in map[string]any, path string) {
	known := 0
	for _, m := range structures[name] {
		if _, ok := in[m.name]; ok {
			known++
		}
		at := m.name
		if path != "" {
			at = path + "." + m.name
		}
		switch v, ok := in[m.name]; {
		case ok && v != nil:
			c.value(m.shape, v, at)
		case m.required:
			c.errorf(nil, at, "Member must not be null")
		}
	}
	if known < len(in) {
		c.pruned = true
		maps.DeleteFunc(in, func(key string, _ any) bool {
			return !slices.ContainsFunc(structures[name], func(m member) bool { return m.name == key })
		})
	}
}

func (c *checker) value(s *shape, v any, path string) {
	if values, ok := enums[s.word]; ok {
		if text, ok := v.(string); !ok {
			c.mistyped(v, path)
		} else if !slices.Contains(values, text) {
			c.errorf(v, path, "Member must satisfy enum value set: [%s]", strings.Join(values, ", "))
		}
		return
	}
	if _, ok := structures[s.word]; ok {
		if in, ok := v.(map[string]any); ok {
			c.structure(s.word, in, path)
		} else {
			c.mistyped(v, path)
		}
		return
	}
	switch s.word {
	case "list":
		c.list(s, v, path)
	case "bool":
		if _, ok := v.(bool); !ok {
			c.mistyped(v, path)
		}
	case "time":
		if n, ok := v.(json.Number); !ok {
			c.mistyped(v, path)
		} else if _, err := n.Float64(); err != nil {
			c.mistyped(v, path)
		}
	case "page":
		c.page(v, path)
	default:
		c.text(s, v, path)
	}
}

func (c *checker) list(s *shape, v any, path string) {
	list, ok := v.([]any)
	if !ok {
		c.mistyped(v, path)
		return
	}
	if s.max >= 0 && len(list) > s.max {
		c.errorf(v, path, "Member must have length less than or equal to %d", s.max)
		return
	}
	for k, e := range list {
		if e == nil && s.element.word == "string" {
			continue // the service takes such tags, and gives them back
		} else if e == nil {
			c.errorf(nil, fmt.Sprintf("%s.%d.member", path, k+1), "Member must not be null")
		} else {
			c.value(s.element, e, fmt.Sprintf("%s.%d.member", path, k+1))
		}
	}
}

func (c *checker) page(v any, path string) {
	n, ok := v.(json.Number)
	k, err := n.Int64()
	switch {
	case !ok || err != nil:
		c.mistyped(v, path)
	case k < 0:
		c.errorf(v, path, "Member must have value greater than or equal to 0")
	case k > 1000:
		c.errorf(v, path, "Member must have value less than or equal to 1000")
	}
}

func (c *checker) text(s *shape, v any, path string) {
	text, ok := v.(string)
	if !ok {
		c.mistyped(v, path)
		return
	}
	n := utf8.RuneCountInString(text)
	switch {
	case n < s.min:
		c.errorf(v, path, "Member must have length greater than or equal to %d", s.min)
		return
	case s.max >= 0 && n > s.max:
		c.errorf(v, path, "Member must have length less than or equal to %d", s.max)
		return
	}
	switch s.word {
	case "id", "version":
		c.name(text, path)
	case "trimmed":
		c.name(text, path)
		if strings.TrimSpace(text) != text {
			c.errorf(text, path, "Member must not start or end with whitespace")
		}
	case "duration":
		if text != "" && text != "NONE" && !digits(text) {
			c.errorf(text, path, "Member must be a number of seconds or NONE")
		}
	case "seconds":
		if !digits(text) {
			c.errorf(text, path, "Member must be a number of seconds")
		}
	case "priority":
		if _, err := strconv.ParseInt(text, 10, 32); err != nil {
			c.errorf(text, path, "Member must be an integer between -2147483648 and 2147483647")
		}
	}
}

// name checks the rule of names and ids.
func (c *checker) name(text, path string) {
	if text == "arn" || strings.ContainsAny(text, ":/|") || strings.ContainsFunc(text, unicode.IsControl) {
		c.errorf(text, path, "Member must not contain ':', '/', '|' or control characters, nor be 'arn'")
	}
}

func digits(s string) bool {
	return s != "" && strings.Trim(s, "0123456789") == ""
}
