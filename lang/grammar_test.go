package lang_test

import (
	"fmt"
	"math/rand"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/alecthomas/participle/v2/ebnf"
	"github.com/sebdah/goldie/v2"
	"pgregory.net/rapid"

	"github.com/flowc/flowc/lang"
	"github.com/flowc/flowc/lang/diag"
)

var productionComment = regexp.MustCompile(`(?m)^//\t([A-Z]\w* = .* \.)$`)

// wholeGrammar is what participle prints of its part, followed by the
// productions that stand above the functions written by hand.
func wholeGrammar(t testing.TB) string {
	files, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	b.WriteString(lang.DeclarationGrammar() + "\n")
	for _, f := range files {
		text, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range productionComment.FindAllStringSubmatch(string(text), -1) {
			b.WriteString(m[1] + "\n")
		}
	}
	return b.String()
}

func TestGrammarGolden(t *testing.T) {
	goldie.New(t, goldie.WithNameSuffix(".ebnf")).Assert(t, "grammar", []byte(wholeGrammar(t)))
}

// sentences makes random sentences of the grammar, so that what is documented
// and what is accepted cannot drift apart.
type sentences struct {
	rules   map[string]*ebnf.Production
	least   map[string]int // depth of the shallowest sentence of each rule
	reached map[string]bool
	pick    func(n int) int // a choice among n

	out   []string
	room  int    // depth left
	line  bool   // inside a string, which ends with its line
	case_ bool   // in the values of a case, where `as` binds
	in    string // the production that is being made
}

func newSentences(t testing.TB) *sentences {
	g, err := ebnf.ParseString(wholeGrammar(t))
	if err != nil {
		t.Fatal(err)
	}
	s := &sentences{rules: map[string]*ebnf.Production{}, least: map[string]int{}, reached: map[string]bool{}}
	for _, p := range g.Productions {
		if s.rules[p.Production] != nil {
			t.Errorf("two productions are called %s", p.Production)
		}
		s.rules[p.Production] = p
	}
	for changed := true; changed; {
		changed = false
		for name, p := range s.rules {
			if d := s.depth(p.Expression) + 1; d < s.leastOf(name) {
				s.least[name] = d
				changed = true
			}
		}
	}
	for name := range s.rules {
		if s.leastOf(name) >= unknownDepth {
			t.Errorf("no sentence of %s ends", name)
		}
	}
	return s
}

const unknownDepth = 1000

func (s *sentences) leastOf(name string) int {
	if d, ok := s.least[name]; ok {
		return d
	}
	return unknownDepth
}

func (s *sentences) depth(e *ebnf.Expression) int {
	best := unknownDepth
	for _, seq := range e.Alternatives {
		best = min(best, s.seqDepth(seq))
	}
	return best
}

func (s *sentences) seqDepth(seq *ebnf.Sequence) int {
	d := 0
	for _, term := range seq.Terms {
		switch {
		case term.Repetition == "*" || term.Repetition == "?":
		case term.Group != nil:
			d = max(d, s.depth(term.Group.Expr))
		case term.Name != "":
			d = max(d, s.leastOf(term.Name))
		}
	}
	return d
}

// of returns a random file that is one sentence of a production; a block is that
// of a workflow.
func (s *sentences) of(production string, depth int) string {
	s.out, s.room, s.line, s.case_ = nil, depth, false, false
	if production == "Block" {
		s.out = strings.Fields("workflow w ( )")
	}
	s.rule(production)
	return s.text()
}

// roots are the productions that make a file, with those that have the most
// below them more than once.
var roots = []string{"FlowFile", "Declaration", "WorkflowDecl", "Block", "Block", "Block", "TestDecl", "ActivityDecl"}

// left returns how deep what follows may be: nothing more than it must once the
// sentence is long.
func (s *sentences) left() int {
	if len(s.out) > maxSentence {
		return 0
	}
	return s.room
}

const maxSentence = 600

func (s *sentences) rule(name string) {
	p := s.rules[name]
	if p == nil {
		panic("no production " + name)
	}
	s.reached[name] = true
	s.room--
	line, inCase, from, parent := s.line, s.case_, len(s.out), s.in
	s.in = name
	switch name {
	case "String":
		s.line = true
	case "Case":
		s.case_ = true
	case "Stmt", "Block":
		s.case_ = false
	}
	s.expr(p.Expression)
	if name == "TypeName" && parent == "Primary" {
		s.out = append(s.out, fmt.Sprintf("\x00%d", from)) // see text
	}
	s.line, s.case_, s.in = line, inCase, parent
	s.room++
}

func (s *sentences) expr(e *ebnf.Expression) {
	var fit []*ebnf.Sequence
	for _, seq := range e.Alternatives {
		if s.seqDepth(seq) < s.left() && !(s.line && s.isNewline(seq)) {
			fit = append(fit, seq)
		}
	}
	if len(fit) == 0 {
		best := e.Alternatives[0]
		for _, seq := range e.Alternatives[1:] {
			if s.seqDepth(seq) < s.seqDepth(best) {
				best = seq
			}
		}
		fit = append(fit, best)
	}
	for _, term := range fit[s.pick(len(fit))].Terms {
		s.term(term)
	}
}

func (s *sentences) isNewline(seq *ebnf.Sequence) bool {
	return len(seq.Terms) == 1 && seq.Terms[0].Token == "newline"
}

func (s *sentences) term(t *ebnf.Term) {
	n := 1
	room := s.left() > 1 && s.seqDepth(&ebnf.Sequence{Terms: []*ebnf.Term{{Group: t.Group, Name: t.Name}}}) < s.left()
	switch t.Repetition {
	case "*":
		n = 0
		for room && n < 3 && s.pick(5) > 2 {
			n++
		}
	case "?":
		n = 0
		if room && s.pick(3) == 0 {
			n = 1
		}
	case "+":
		n = 1 + s.pick(2)
	}
	if s.case_ && t.Group != nil && t.Repetition == "*" && strings.HasPrefix(t.Group.String(), `("as"`) {
		n = 0 // a cast in a case needs parentheses
	}
	for ; n > 0; n-- {
		switch {
		case t.Group != nil:
			s.expr(t.Group.Expr)
		case t.Name != "":
			s.rule(t.Name)
		case t.Token != "":
			s.token(t.Token)
		case unquote(t.Literal) == "%":
			s.out = append(s.out, "*") // `7 % {` is taken for a percentage
		default:
			s.out = append(s.out, unquote(t.Literal))
		}
	}
}

func unquote(literal string) string {
	text, err := strconv.Unquote(literal)
	if err != nil {
		panic(err)
	}
	return text
}

func (s *sentences) token(kind string) {
	choose := func(words ...string) string { return words[s.pick(len(words))] }
	var w string
	switch kind {
	case "newline":
		if w = "\n"; s.line {
			w = ""
		}
	case "ident":
		w = choose("day", "row_1", "x", "_", "part")
	case "typeident":
		w = choose("Row", "Partition", "T2")
	case "reserved":
		w = choose("catch", "map", "in", "while")
	case "int":
		w = choose("0", "12", "1_000")
	case "float":
		w = choose("2.5", "0.001")
	case "duration":
		w = choose("250ms", "1h30m", "7d")
	case "size":
		w = choose("64KB", "1GB", "3MiB")
	case "percent":
		w = choose("10%", "2.5%")
	case "date":
		w = choose("2026-01-31", "2024-02-29")
	case "time":
		w = choose("2026-01-31T02:00Z", "2026-01-31T02:00:30.5+01:00")
	case "string":
		w = choose(`"text"`, `""`, `r"raw\"`, `"\u{1F600}\n"`)
		if !s.line && s.pick(4) == 0 {
			w = "\"\"\"\n  many\n    lines\n  \"\"\""
		}
	case "text":
		w = choose("text", "$", `\"`, "{", "#")
	case "format":
		w = choose("%Y/%m/%d", "%H:%M")
	case "path":
		w = choose("rows[p4]/raw", "publish", "etl/rows[2026-01-31]/extract")
	default:
		panic("no token " + kind)
	}
	s.out = append(s.out, w)
}

// text joins the tokens. A type's name right before a `{` begins a record, so
// where a block follows, the name is put in parentheses.
func (s *sentences) text() string {
	var words []string
	at := map[int]int{} // from index in out to index in words
	for i, w := range s.out {
		at[i] = len(words)
		if from, mark := strings.CutPrefix(w, "\x00"); mark {
			var start int
			fmt.Sscan(from, &start)
			if i+1 < len(s.out) && s.out[i+1] == "{" {
				words = append(words, ")")
				j := at[start]
				words = append(words[:j], append([]string{"("}, words[j:]...)...)
			}
			continue
		}
		words = append(words, w)
	}
	return strings.ReplaceAll(strings.Join(words, " "), " \n ", "\n") + "\n"
}

func TestSentencesAreAccepted(t *testing.T) {
	s := newSentences(t)
	rapid.Check(t, func(rt *rapid.T) {
		s.pick = func(n int) int { return rapid.IntRange(0, n-1).Draw(rt, "choice") }
		checkSentence(rt, s.of(roots[s.pick(len(roots))], 40))
	})
}

func TestEveryProductionIsReached(t *testing.T) {
	s := newSentences(t)
	r := rand.New(rand.NewSource(1))
	s.pick = r.Intn
	for i := range 2000 {
		checkSentence(t, s.of(roots[i%len(roots)], 20+r.Intn(40)))
	}
	for name := range s.rules {
		if !s.reached[name] {
			t.Errorf("no sentence has a %s", name)
		}
	}
}

type fataler interface {
	Helper()
	Fatalf(format string, args ...any)
}

func checkSentence(t fataler, text string) {
	t.Helper()
	src := diag.NewSource("sentence.flow", []byte(text))
	f, ds := lang.Parse(src)
	checkSpans(t, f, true)
	for _, d := range ds.Sorted() {
		pos := src.Position(d.Primary.Start)
		line := strings.Split(text, "\n")[pos.Line-1]
		t.Fatalf("%d:%d: %s %s: %s\n%s\n\n%s", pos.Line, pos.Column, d.Code, d.Message, d.Primary.Text, line, text)
	}
}
