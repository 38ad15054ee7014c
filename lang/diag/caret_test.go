package diag_test

import (
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/mattn/go-runewidth"
	"pgregory.net/rapid"

	"github.com/flowc/flowc/lang/diag"
)

// On a terminal with tab stops every eight columns, the carets stand exactly
// under what they mark, whatever stands before it.
func TestCaretsStandUnderWhatTheyMark(t *testing.T) {
	piece := rapid.SampledFrom([]string{"a", " ", "\t", "日", "é", "e\u0301", "🚀", "\"${x}\"", "\x00", "\u202e", "\xff", "\xe6\x97"})
	rapid.Check(t, func(t *rapid.T) {
		before := strings.Join(rapid.SliceOfN(piece, 0, 20).Draw(t, "before"), "")
		after := strings.Join(rapid.SliceOfN(piece, 0, 5).Draw(t, "after"), "")
		marked := rapid.SampledFrom([]string{"@", "@@@@", "@日@", "@\t@", "@\x00"}).Draw(t, "marked")
		src := diag.NewSource("a.flow", []byte("# one\r\n"+before+marked+after+"\r\n# three"))
		start := len("# one\r\n") + len(before)
		var out strings.Builder
		err := diag.Render(&out, []diag.Diagnostic{{Primary: diag.Label{Span: src.Span(start, start+len(marked)), Text: "label"}}}, diag.Options{})
		if err != nil {
			t.Fatal(err)
		}
		lines := strings.Split(out.String(), "\n")
		source, carets := lines[3], lines[4]
		from := strings.Index(source, "@")
		drawn := source[from : from+len(drawnAs(marked))]
		first, last := strings.Index(carets, "^"), strings.LastIndex(carets, "^")+1
		if got, want := column(carets[:first]), column(source[:from]); got != want {
			t.Errorf("the carets start at column %d, what they mark at %d:\n%s\n%s", got, want, source, carets)
		}
		if got, want := column(carets[:last]), column(source[:from]+drawn); got != want {
			t.Errorf("the carets end at column %d, what they mark at %d:\n%s\n%s", got, want, source, carets)
		}
		if !strings.HasSuffix(carets, "^ label") {
			t.Errorf("the label does not stand beside the carets: %q", carets)
		}
	})
}

// drawnAs returns how text that may be marked above is drawn.
func drawnAs(text string) string { return strings.ReplaceAll(text, "\x00", `\x00`) }

// column returns the column at which a terminal stands after text.
func column(text string) int {
	widths := runewidth.Condition{StrictEmojiNeutral: true}
	n := 0
	for len(text) > 0 {
		r, size := utf8.DecodeRuneInString(text)
		text = text[size:]
		if r == '\t' {
			n += 8 - n%8
		} else {
			n += widths.RuneWidth(r)
		}
	}
	return n
}
