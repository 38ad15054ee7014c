package ir

import (
	"encoding/base64"
	"strconv"
)

// Text returns a scalar as text, the way `${x}` and string(x) show it: as in
// its JSON form but without quotes, so that what a program is given in its
// arguments is what it would read on its standard input. Strings, urls, paths
// and enum members are themselves, a duration is `1h30m`, a size the number of
// bytes, bytes are base64, a document is its text. Other values are shown with
// [Show].
func Text(v Value) string {
	switch v := v.(type) {
	case nil, None:
		return "none"
	case Bool:
		if v {
			return "true"
		}
		return "false"
	case Int:
		return string(strconv.AppendInt(nil, int64(v), 10))
	case Size:
		return string(strconv.AppendInt(nil, int64(v), 10))
	case Float:
		text, _ := appendFloat(nil, float64(v))
		return string(text)
	case String:
		return string(v)
	case Bytes:
		return base64.StdEncoding.EncodeToString([]byte(v))
	case Date:
		return v.String()
	case Time:
		return v.String()
	case Duration:
		return v.String()
	case JSON:
		return string(v)
	case Secret:
		return "secret " + string(v)
	case *Ref:
		return v.Key
	}
	return Show(v)
}

// Show returns v as a person would write it in a flow, such as
// `Row { id: "a", size: 64KB }`, for messages, goldens and diffs.
func Show(v Value) string { return string(appendShow(nil, v)) }

func appendShow(dst []byte, v Value) []byte {
	switch v := v.(type) {
	case String:
		return appendString(dst, string(v))
	case Size:
		return v.append(dst)
	case List:
		dst = append(dst, '[')
		for i, e := range v {
			if i > 0 {
				dst = append(dst, ", "...)
			}
			dst = appendShow(dst, e)
		}
		return append(dst, ']')
	case *Map:
		return appendShowFields(dst, v.Keys, v.Values, true)
	case *Record:
		if v.Decl != nil {
			dst = append(append(dst, v.Decl.Name...), ' ')
		}
		return appendShowFields(dst, v.Names, v.Values, false)
	case *Outcome:
		dst = append(dst, v.Status.String()...)
		if v.Value != nil {
			dst = append(appendShow(append(dst, '('), v.Value), ')')
		}
		if v.Error != nil {
			dst = append(appendShow(append(dst, '('), v.Error), ')')
		}
		return dst
	case *Ref:
		return append(appendString(append(dst, "ref("...), v.Key), ')')
	}
	return append(dst, Text(v)...)
}

func appendShowFields(dst []byte, names []string, values []Value, quoted bool) []byte {
	if len(names) == 0 {
		return append(dst, "{}"...)
	}
	dst = append(dst, "{ "...)
	first := true
	for i, name := range names {
		if _, none := values[i].(None); none && !quoted {
			continue
		}
		if !first {
			dst = append(dst, ", "...)
		}
		first = false
		if quoted {
			dst = appendString(dst, name)
		} else {
			dst = append(dst, name...)
		}
		dst = appendShow(append(dst, ": "...), values[i])
	}
	return append(dst, " }"...)
}
