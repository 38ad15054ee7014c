package ir_test

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
)

// validator checks documents against the part of JSON Schema that schema.json
// uses; a keyword that it does not know is an error, so that none is ignored.
type validator struct{ root map[string]any }

func (v *validator) check(schema map[string]any, doc any, at string) error {
	if ref, ok := schema["$ref"].(string); ok {
		defs := v.root["$defs"].(map[string]any)
		name := strings.TrimPrefix(ref, "#/$defs/")
		target, ok := defs[name].(map[string]any)
		if !ok {
			return fmt.Errorf("%s: the schema has no %s", at, ref)
		}
		return v.check(target, doc, at)
	}
	for keyword, arg := range schema {
		if err := v.keyword(keyword, arg, schema, doc, at); err != nil {
			return err
		}
	}
	return nil
}

func (v *validator) keyword(keyword string, arg any, schema map[string]any, doc any, at string) error {
	list, _ := doc.([]any)
	object, _ := doc.(map[string]any)
	number, _ := doc.(float64)
	ok := true
	switch keyword {
	case "description", "title", "$schema", "$defs", "additionalProperties":
	case "type":
		ok = kindOf(doc) == arg || arg == "number" && kindOf(doc) == "integer"
	case "const":
		ok = doc == arg
	case "enum":
		ok = slices.Contains(arg.([]any), doc)
	case "pattern":
		ok = regexp.MustCompile(arg.(string)).MatchString(doc.(string))
	case "minimum":
		ok = number >= arg.(float64)
	case "minItems":
		ok = float64(len(list)) >= arg.(float64)
	case "maxItems":
		ok = float64(len(list)) <= arg.(float64)
	case "required":
		for _, name := range arg.([]any) {
			if _, has := object[name.(string)]; !has {
				return fmt.Errorf("%s: %s is missing", at, name)
			}
		}
	case "items":
		for i, e := range list {
			if err := v.check(arg.(map[string]any), e, fmt.Sprintf("%s[%d]", at, i)); err != nil {
				return err
			}
		}
	case "properties":
		for name, e := range object {
			property, known := arg.(map[string]any)[name].(map[string]any)
			if !known {
				return fmt.Errorf("%s: the schema has no %s", at, name)
			}
			if err := v.check(property, e, at+"."+name); err != nil {
				return err
			}
		}
	case "oneOf":
		matches := 0
		for _, s := range arg.([]any) {
			if v.check(s.(map[string]any), doc, at) == nil {
				matches++
			}
		}
		ok = matches == 1
	default:
		return fmt.Errorf("%s: the validator does not know %s", at, keyword)
	}
	if !ok {
		return fmt.Errorf("%s: %v breaks %s: %v", at, doc, keyword, arg)
	}
	return nil
}

func kindOf(doc any) string {
	switch doc := doc.(type) {
	case nil:
		return "null"
	case bool:
		return "boolean"
	case string:
		return "string"
	case []any:
		return "array"
	case float64:
		if doc == float64(int64(doc)) {
			return "integer"
		}
		return "number"
	}
	return "object"
}
