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
	if s, ok := v.(String); ok {
		return string(s)
	}
	return string(AppendText(nil, v))
}

// AppendText appends what [Text] gives to dst.
func AppendText(dst []byte, v Value) []byte {
	switch v := v.(type) {
	case nil, None:
		return append(dst, "none"...)
	case Bool:
		return strconv.AppendBool(dst, bool(v))
	case Int:
		return strconv.AppendInt(dst, int64(v), 10)
	case Size:
		return strconv.AppendInt(dst, int64(v), 10)
	case Float:
		dst, _ = appendFloat(dst, float64(v))
		return dst
	case String:
		return append(dst, v...)
	case Bytes:
		return base64.StdEncoding.AppendEncode(dst, []byte(v))
	case Date:
		return v.append(dst)
	case Time:
		return v.append(dst)
	case Duration:
		return v.append(dst)
	case JSON:
		return append(dst, v...)
	case Secret:
		return append(append(dst, "secret "...), v...)
	case *Ref:
		return append(dst, v.Key...)
	}
	return appendShow(dst, v)
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
	return AppendText(dst, v)
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
