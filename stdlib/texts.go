package stdlib

import (
	"errors"
	"fmt"
	"path"
	"regexp"
	"strings"
	"unicode/utf8"

	"github.com/flowc/flowc/compiler/ir"
	"github.com/flowc/flowc/compiler/ir/eval"
)

var textFunctions = []entry{
	{
		sig: "len(s: S) -> int",
		doc: "The number of characters, that is code points.",
		call: one(func(c *eval.Call, s ir.String) (ir.Value, error) {
			return ir.Int(utf8.RuneCountInString(string(s))), c.Spend(len(s) / 64)
		}),
	},
	{
		sig: "len(b: bytes) -> int",
		doc: "The number of bytes.",
		call: one(func(_ *eval.Call, b ir.Bytes) (ir.Value, error) {
			return ir.Int(len(b)), nil
		}),
	},
	{
		sig: "contains(s: S, part: string) -> bool",
		doc: "Whether the text holds the part.",
		call: two(func(c *eval.Call, s, part ir.String) (ir.Value, error) {
			return ir.Bool(strings.Contains(string(s), string(part))), c.Spend(len(s) / 64)
		}),
	},
	{
		sig:      "split(s: S, separator: string) -> [string]",
		doc:      "The parts between the separators; with an empty separator, the characters.",
		examples: []string{`split("a,b", ",") == ["a", "b"]`, `split("", ",") == [""]`},
		call: two(func(c *eval.Call, s, sep ir.String) (ir.Value, error) {
			if err := c.Elements(strings.Count(string(s), string(sep)) + 1); err != nil {
				return nil, err
			}
			return texts(c, strings.Split(string(s), string(sep)))
		}),
	},
	{
		sig:      "join(parts: [S], separator: string) -> string",
		doc:      "The texts, one after the other, with the separator between them.",
		examples: []string{`join(["a", "b"], "-") == "a-b"`},
		call:     two(join),
	},
	{
		sig:      "trim(s: string) -> string",
		doc:      "The text without white space at its ends.",
		examples: []string{`trim("  a b ") == "a b"`},
		call:     text(strings.TrimSpace),
	},
	{
		sig:      "lower(s: string) -> string",
		doc:      "The text in lower case.",
		examples: []string{`lower("Ä") == "ä"`},
		call:     text(strings.ToLower),
	},
	{
		sig:      "upper(s: string) -> string",
		doc:      "The text in upper case.",
		examples: []string{`upper("ab") == "AB"`},
		call:     text(strings.ToUpper),
	},
	{
		sig:      "replace(s: string, old: string, new: string) -> string",
		doc:      "The text with every `old` replaced by `new`; with an empty `old`, the text itself.",
		examples: []string{`replace("a-b-c", "-", "+") == "a+b+c"`},
		call:     three(replace),
	},
	{
		sig:      "matches(s: S, pattern: string) -> bool",
		doc:      "Whether some part of the text matches the regular expression, in RE2 syntax; `^` and `$` bind it to the ends.",
		examples: []string{`matches("p17", r"^p\d+$")`, `not matches("x", "y")`},
		bind:     matches,
	},
	{
		sig:      "starts_with(s: S, prefix: string) -> bool",
		doc:      "Whether the text begins with the prefix.",
		examples: []string{`starts_with("s3://raw", "s3://")`},
		call: two(func(_ *eval.Call, s, prefix ir.String) (ir.Value, error) {
			return ir.Bool(strings.HasPrefix(string(s), string(prefix))), nil
		}),
	},
	{
		sig:      "ends_with(s: S, suffix: string) -> bool",
		doc:      "Whether the text ends with the suffix.",
		examples: []string{`ends_with("a.csv", ".csv")`},
		call: two(func(_ *eval.Call, s, suffix ir.String) (ir.Value, error) {
			return ir.Bool(strings.HasSuffix(string(s), string(suffix))), nil
		}),
	},
	{
		sig:      "basename(p: S) -> string",
		doc:      "What follows the last slash of a path or url; slashes at its end are left away.",
		examples: []string{`basename("data/a.csv") == "a.csv"`, `basename("s3://raw/p1/") == "p1"`},
		call: text(func(s string) string {
			trimmed := strings.TrimRight(s, "/")
			return trimmed[strings.LastIndexByte(trimmed, '/')+1:]
		}),
	},
	{
		sig:      "dirname(p: S) -> S",
		doc:      "What stands before the last slash of a path or url: `.` if there is none, `/` for what is in the root.",
		examples: []string{`dirname("data/a.csv") == "data"`, `dirname("s3://raw/p1") == "s3://raw"`, `dirname("a") == "."`},
		call:     text(dirname),
	},
}

// text makes a function from text to text.
func text(f func(string) string) eval.Func {
	return one(func(c *eval.Call, s ir.String) (ir.Value, error) {
		if err := c.Grow(len(s)); err != nil {
			return nil, err
		}
		return ir.String(f(string(s))), nil
	})
}

func join(c *eval.Call, parts ir.List, sep ir.String) (ir.Value, error) {
	list := make([]string, 0, len(parts))
	size := 0
	for _, p := range parts {
		s, ok := p.(ir.String)
		if !ok {
			return nil, errors.New("this is a bug in flowc: join of what is no text")
		}
		size += len(s) + len(sep)
		list = append(list, string(s))
		if size > 1<<40 {
			break // far over the limit, and no overflow
		}
	}
	if err := c.Spend(len(parts)); err != nil {
		return nil, err
	}
	if err := c.Grow(size); err != nil {
		return nil, err
	}
	return ir.String(strings.Join(list, string(sep))), nil
}

func replace(c *eval.Call, s, old, new ir.String) (ir.Value, error) {
	if old == "" {
		return s, nil
	}
	n := strings.Count(string(s), string(old))
	grown := 0
	if more := len(new) - len(old); more > 0 && n > 0 {
		if more > 1<<40/n {
			more = 1 << 40 / n
		}
		grown = n * more
	}
	if err := c.Grow(len(s) + grown); err != nil {
		return nil, err
	}
	return ir.String(strings.ReplaceAll(string(s), string(old), string(new))), nil
}

// maxPattern bounds the length of a regular expression.
const maxPattern = 4096

func pattern(p ir.String) (*regexp.Regexp, error) {
	if len(p) > maxPattern {
		return nil, fmt.Errorf("a regular expression of %d bytes is too long (at most %d)", len(p), maxPattern)
	}
	re, err := regexp.Compile(string(p))
	if err != nil {
		what := err.Error()
		var syntax interface{ Unwrap() error }
		if errors.As(err, &syntax) {
			what = syntax.Unwrap().Error()
		}
		return nil, fmt.Errorf("the pattern is no regular expression: %s", strings.TrimPrefix(what, "error parsing regexp: "))
	}
	return re, nil
}

// matches compiles a constant pattern once.
func matches(b Binding) (eval.Func, error) {
	run := func(c *eval.Call, re *regexp.Regexp, s ir.String) (ir.Value, error) {
		if err := c.Spend(1 + len(s)/8*(1+len(re.String())/16)); err != nil {
			return nil, err
		}
		return ir.Bool(re.MatchString(string(s))), nil
	}
	if p, ok := b.Consts[1].(ir.String); ok {
		re, err := pattern(p)
		if err != nil {
			return nil, err
		}
		return one(func(c *eval.Call, s ir.String) (ir.Value, error) { return run(c, re, s) }), nil
	}
	return two(func(c *eval.Call, s, p ir.String) (ir.Value, error) {
		if err := c.Spend(1000 + 10*len(p)); err != nil {
			return nil, err
		}
		re, err := pattern(p)
		if err != nil {
			return nil, err
		}
		return run(c, re, s)
	}), nil
}

// dirname keeps the two slashes of a url together with its host.
func dirname(s string) string {
	scheme, rest, isURL := strings.Cut(s, "://")
	if !isURL {
		return path.Dir(strings.TrimRight(s, "/") + strings.Repeat("/", rootSlash(s)))
	}
	rest = strings.TrimRight(rest, "/")
	if i := strings.LastIndexByte(rest, '/'); i >= 0 {
		rest = rest[:i]
	}
	return scheme + "://" + rest
}

// rootSlash is 1 for a path of slashes only, which must keep one.
func rootSlash(s string) int {
	if s != "" && strings.Trim(s, "/") == "" {
		return 1
	}
	return 0
}
