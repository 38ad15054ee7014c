package lang_test

import (
	"fmt"
	"runtime"
	"strings"
	"testing"

	"github.com/flowc/flowc/lang"
	"github.com/flowc/flowc/lang/diag"
)

func codesOf(text string) []diag.Code {
	_, ds := lang.Parse(diag.NewSource("x.flow", []byte(text)))
	var codes []diag.Code
	for _, d := range ds.Sorted() {
		codes = append(codes, d.Code)
	}
	return codes
}

// TestLimits checks that whatever is too much is one diagnostic, not a crash
// and not a flood.
func TestLimits(t *testing.T) {
	r := strings.Repeat
	const million = 1_000_000
	tests := map[string]struct {
		text string
		want diag.Code // empty means that there is nothing to report
	}{
		"a file of 16 MiB":            {r(" ", lang.MaxFile), ""},
		"a file over 16 MiB":          {r(" ", lang.MaxFile+1), diag.FileTooLarge},
		"a million {":                 {r("{", million), diag.TooManyTokens},
		"many {":                      {r("{", million-10), diag.Syntax},
		"many { in a workflow":        {"workflow w() " + r("{", million-10), diag.NestingTooDeep},
		"many } in a workflow":        {"workflow w() {" + r("}", million-10), diag.Syntax},
		"many groups":                 {"workflow w() {" + r("group {", 10_000), diag.NestingTooDeep},
		"many groups, closed":         {"workflow w() {" + r("group {", 10_000) + r("}", 10_001), diag.NestingTooDeep},
		"groups as deep as allowed":   {"workflow w() {" + r("group {", lang.MaxNesting-1) + r("}", lang.MaxNesting), ""},
		"groups one too deep":         {"workflow w() {" + r("group {", lang.MaxNesting) + r("}", lang.MaxNesting+1), diag.NestingTooDeep},
		"many (":                      {"const a = " + r("(", 10_000) + "1" + r(")", 10_000), diag.NestingTooDeep},
		"parentheses within bounds":   {"const a = " + r("(", 150) + "1" + r(")", 150), ""},
		"many [":                      {"const a = " + r("[", 10_000), diag.NestingTooDeep},
		"many -":                      {"const a = " + r("- ", 10_000) + "1", diag.NestingTooDeep},
		"many not":                    {"const a = " + r("not ", 10_000) + "b", diag.NestingTooDeep},
		"many list types":             {"param a: " + r("[", 10_000) + "int" + r("]", 10_000), diag.NestingTooDeep},
		"many optional types":         {"param a: int" + r(" ?", 10_000), diag.NestingTooDeep},
		"many refs":                   {"param a: " + r("ref<", 10_000) + "int" + r(">", 10_000), diag.NestingTooDeep},
		"many ${":                     {"const a = " + r(`"${`, 10_000) + "1" + r(`}"`, 10_000), diag.NestingTooDeep},
		"many else wait":              {"workflow w() { " + r("wait a else ", 10_000) + "f() }", diag.NestingTooDeep},
		"many if then":                {"const a = " + r("if a then b else ", 10_000) + "c", diag.NestingTooDeep},
		"many fields":                 {"const a = b" + r(".c", 10_000), diag.NestingTooDeep},
		"many +":                      {"const a = 1" + r(" + 1", 10_000), diag.NestingTooDeep},
		"an operator for every row":   {"const a = 1" + r(" + 1", 900), ""},
		"many else if":                {"workflow w() { if a { }" + r(" else if a { }", 10_000) + " }", ""},
		"a million tokens":            {r("a;", million/2), diag.TooManyTokens},
		"a long name":                 {"const " + r("a", lang.MaxName) + " = 1", ""},
		"a name too long":             {"const " + r("a", lang.MaxName+1) + " = 1", diag.NameTooLong},
		"a long number":               {"const a = " + r("1", 100_000), diag.NumberRange},
		"NUL bytes":                   {"const a = 1\x00\x00\nfoo", diag.NotText},
		"only NUL bytes":              {r("\x00", 100_000), diag.NotText},
		"half a character":            {"# caf\xc3", diag.NotText},
		"half a character in a text":  {"const a = \"caf\xc3\"", diag.NotText},
		"half a character by itself":  {"const a = 1\n\xe2\x82", diag.NotText},
		"Latin-1":                     {"# caf\xe9\nconst a = \"\xe9\xe8\" # \xe9", diag.NotText},
		"a byte-order mark":           {"\ufeffconst a = 1\n", ""},
		"a byte-order mark inside":    {"const a = 1 \ufeff", diag.Syntax},
		"CRLF":                        {"const a = 1\r\nworkflow w() {\r\n  f()\r\n  g()\r\n}\r\n", ""},
		"only a quote":                {`const a = "`, diag.BadLiteral},
		"only three quotes":           {`const a = """`, diag.BadLiteral},
		"only ${":                     {`const a = "${`, diag.BadLiteral},
		"a backslash at the end":      {`const a = "\`, diag.BadLiteral},
		"nothing":                     {"", ""},
		"a comment without a newline": {"# x", ""},
		"many unclosed strings":       {r("{", 400_000) + r("\"${\n", 1000), diag.BadLiteral},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			got := codesOf(tt.text)
			switch {
			case tt.want == "" && len(got) > 0:
				t.Errorf("got %v, want nothing", got)
			case tt.want != "" && (len(got) == 0 || len(got) > 200):
				t.Errorf("got %d diagnostics, want %s", len(got), tt.want)
			case tt.want != "" && got[0] != tt.want:
				t.Errorf("got %v, want %s", got[0], tt.want)
			case tt.want == diag.NestingTooDeep && len(got) > 1:
				t.Errorf("got %d diagnostics, want one: %v", len(got), got)
			}
		})
	}
}

// TestMistakesAreCapped checks that a file of mistakes does not give a
// diagnostic for each.
func TestMistakesAreCapped(t *testing.T) {
	for _, text := range []string{
		strings.Repeat("foo = bar\n", 10_000),
		"workflow w() {\n" + strings.Repeat("  foo bar\n", 10_000) + "}\n",
		strings.Repeat("@ ", 10_000),
		strings.Repeat("type A { x }\n", 10_000),
	} {
		if got := len(codesOf(text)); got == 0 || got > 200 {
			t.Errorf("%.20q…: got %d diagnostics, want 1 to 200", text, got)
		}
	}
}

// tempting are texts that tempt a parser to look far ahead or back.
var tempting = map[string]func(n int) string{
	"indented declarations": func(n int) string { return strings.Repeat("  type A { x: int }\n", n) },
	"unclosed parentheses":  func(n int) string { return strings.Repeat("  activity f(\n", n) },
	"unclosed blocks":       func(n int) string { return strings.Repeat("  workflow f() {\n", n) },
	"documentation":         func(n int) string { return strings.Repeat("## doc\ntype A { x: int }\n", n) },
	"escaped quotes":        func(n int) string { return strings.Repeat("type A {}\n\\\"\"\" x\n", n) },
	"nested strings":        func(n int) string { return strings.Repeat("const a = \"${ \"${ x }\" \"\n", n) },
	"dots":                  func(n int) string { return "workflow w() {\n" + strings.Repeat("a.b.c.", n) + "}" },
	"columns":               func(n int) string { return "workflow w() {\n" + strings.Repeat("  group {\n", n) },
	"one long line":         func(n int) string { return "workflow w() { " + strings.Repeat("x = 1; ", n) + "}" },
	"declarations on a line": func(n int) string {
		return strings.Repeat("type A { x: int } ", n)
	},
}

// TestTemptingTextsEnd reads each of them at a size where a cost that grows
// with the square would be seen by whoever waits for the test. What they cost
// is measured by BenchmarkTempting.
func TestTemptingTextsEnd(t *testing.T) {
	for name, text := range tempting {
		t.Run(name, func(t *testing.T) {
			if got := len(codesOf(text(60_000))); got > 200 {
				t.Errorf("got %d diagnostics, want at most 200", got)
			}
		})
	}
}

// BenchmarkTempting shows that the cost of a unit does not grow with their
// number: compare ns/unit of a text at both sizes.
func BenchmarkTempting(b *testing.B) {
	for name, text := range tempting {
		for _, n := range []int{250, 16_000} {
			src := []byte(text(n))
			b.Run(fmt.Sprintf("%s/%d", name, n), func(b *testing.B) {
				for b.Loop() {
					lang.Parse(diag.NewSource("x.flow", src))
				}
				b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(n), "ns/unit")
			})
		}
	}
}

// TestMemory bounds what the tree of a real file keeps for each byte of it.
func TestMemory(t *testing.T) {
	for name, text := range map[string][]byte{"declarations": manyDecls(1 << 20), "one workflow": oneWorkflow(1 << 20)} {
		src := diag.NewSource("x.flow", text)
		lang.Parse(src) // fills pools
		var before, after runtime.MemStats
		runtime.GC()
		runtime.ReadMemStats(&before)
		f, _ := lang.Parse(src)
		runtime.GC()
		runtime.ReadMemStats(&after)
		perByte := float64(after.HeapAlloc-before.HeapAlloc) / float64(len(text))
		t.Logf("%s: %.1f bytes kept a byte", name, perByte)
		if perByte > 50 {
			t.Errorf("%s: a tree of %.1f bytes a byte of source, want at most 50", name, perByte)
		}
		runtime.KeepAlive(f)
	}
}
