package diag_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"unicode"

	"github.com/flowc/flowc/lang/diag"
)

// declared returns the codes that codes.go declares, with their doc comments.
func declared(t *testing.T) map[diag.Code]string {
	t.Helper()
	file, err := parser.ParseFile(token.NewFileSet(), "codes.go", nil, parser.ParseComments)
	if err != nil {
		t.Fatal(err)
	}
	codes := map[diag.Code]string{}
	ast.Inspect(file, func(n ast.Node) bool {
		spec, ok := n.(*ast.ValueSpec)
		if !ok {
			return true
		}
		value, err := strconv.Unquote(spec.Values[0].(*ast.BasicLit).Value)
		if err != nil {
			t.Fatal(err)
		}
		code := diag.Code(value)
		if _, twice := codes[code]; twice {
			t.Errorf("%s is declared twice", code)
		}
		codes[code] = spec.Doc.Text()
		if !strings.HasPrefix(spec.Doc.Text(), spec.Names[0].Name+" ") {
			t.Errorf("%s: the comment does not start with its name", spec.Names[0].Name)
		}
		return true
	})
	return codes
}

func TestEveryCodeHasAPageAndEveryPageACode(t *testing.T) {
	codes := declared(t)
	for code := range codes {
		if _, ok := diag.Explain(code); !ok {
			t.Errorf("%s has no page", code)
		}
	}
	pages := diag.Codes()
	if len(pages) != len(codes) {
		t.Errorf("%d pages, %d codes", len(pages), len(codes))
	}
	for i, p := range pages {
		if _, ok := codes[p.Code]; !ok {
			t.Errorf("page %s has no code", p.Code)
		}
		if i > 0 && p.Code[1:] <= pages[i-1].Code[1:] {
			t.Errorf("%s is listed after %s", p.Code, pages[i-1].Code)
		}
	}
}

func TestCodesAreWellFormed(t *testing.T) {
	form := regexp.MustCompile(`^[FW]0[1-9][0-9][0-9]$`)
	numbers := map[string]diag.Code{}
	for code := range declared(t) {
		if !form.MatchString(string(code)) {
			t.Errorf("%s is no code", code)
		}
		if other, twice := numbers[string(code[1:])]; twice {
			t.Errorf("%s and %s have the same number", code, other)
		}
		numbers[string(code[1:])] = code
		if (code[0] == 'W') != (code.Severity() == diag.Warning) {
			t.Errorf("%s is of severity %s", code, code.Severity())
		}
	}
}

func TestExplainTakesAnyCaseAndRefusesTheRest(t *testing.T) {
	if p, ok := diag.Explain("f0201"); !ok || p.Code != "F0201" || p.Title == "" {
		t.Errorf("f0201: %v, %v", p, ok)
	}
	for _, c := range []diag.Code{"", "F9999", "../codes", "F0201.md", "\x00", "pages"} {
		if _, ok := diag.Explain(c); ok {
			t.Errorf("%q is explained", c)
		}
	}
}

// withoutExample are the codes that no file alone can yield, or only one too
// long to be shown.
var withoutExample = map[diag.Code]bool{
	diag.FileTooLarge: true, diag.NestingTooDeep: true, diag.NotText: true, diag.TooManyTokens: true, diag.NameTooLong: true,
	diag.ImportCycle: true, diag.RegisteredOtherwise: true, diag.MissingRun: true, diag.BadInput: true,
	diag.UnknownParam: true, diag.NotYet: true, diag.CannotMove: true, diag.TooManyNodes: true,
}

func TestPagesHaveExamples(t *testing.T) {
	for _, p := range diag.Codes() {
		if withoutExample[p.Code] {
			if p.Wrong != "" || p.Right != "" {
				t.Errorf("%s has an example", p.Code)
			}
			continue
		}
		if p.Wrong == "" || p.Right == "" || p.Wrong == p.Right {
			t.Errorf("%s has no example of wrong and right", p.Code)
		}
		for _, example := range []string{p.Wrong, p.Right} {
			if !strings.HasSuffix(example, "}\n") || strings.Contains(example, "\t") {
				t.Errorf("%s: an example is not a whole file laid out with spaces:\n%s", p.Code, example)
			}
		}
	}
}

func TestPageStyle(t *testing.T) {
	goTypes := regexp.MustCompile(`\b(int64|float64|rune|struct|interface|nil|diag\.|ast\.)`)
	bad := regexp.MustCompile(`(?i)\b(illegal|invalid|oops|sorry|please)\b`)
	for _, p := range diag.Codes() {
		if p.Title == "" || strings.HasSuffix(p.Title, ".") || unicode.IsUpper([]rune(p.Title)[0]) || len(p.Title) > 72 {
			t.Errorf("%s: title %q is not short, lower case and without full stop", p.Code, p.Title)
		}
		if len(p.Text) < 60 || len(p.Text) > 1500 {
			t.Errorf("%s: the text has %d bytes", p.Code, len(p.Text))
		}
		for _, text := range []string{p.Title, p.Text} {
			for _, pattern := range []*regexp.Regexp{goTypes, bad} {
				if word := pattern.FindString(text); word != "" {
					t.Errorf("%s says %q", p.Code, word)
				}
			}
		}
		for _, line := range strings.Split(p.Text, "\n") {
			if len([]rune(line)) > 110 {
				t.Errorf("%s: a line of %d characters: %s", p.Code, len(line), line)
			}
		}
	}
}

// A page is its own file, so that it can be read and changed where it is; the
// file holds nothing that is not shown.
func TestPagesAreTheirMarkdown(t *testing.T) {
	for _, p := range diag.Codes() {
		file, err := os.ReadFile(filepath.Join("pages", string(p.Code)+".md"))
		if err != nil {
			t.Fatal(err)
		}
		want := strings.NewReplacer("\n## Wrong\n", "\nWrong:\n", "\n## Right\n", "\nRight:\n").Replace(string(file))
		want = strings.Replace(want, "# ", "# "+string(p.Code)+": ", 1)
		if got := p.Markdown(1); got != want {
			t.Errorf("%s.md holds\n%s\nand its Markdown is\n%s", p.Code, want, got)
		}
	}
}
