package diag_test

import (
	"strings"
	"testing"
	"unicode/utf8"

	"pgregory.net/rapid"

	"github.com/flowc/flowc/lang/diag"
)

// The index counts by blocks; the definition counts every code point.
func TestPositionAgreesWithItsDefinition(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		piece := rapid.SampledFrom([]string{"a", "é", "日", "🚀", "\n", "\r\n", "\t", strings.Repeat("é", 700), strings.Repeat("x", 1100)})
		text := strings.Join(rapid.SliceOfN(piece, 0, 12).Draw(t, "text"), "")
		offset := rapid.IntRange(0, len(text)).Draw(t, "offset")
		for offset < len(text) && !utf8.RuneStart(text[offset]) {
			offset++
		}
		before := text[:offset]
		lineStart := strings.LastIndexByte(before, '\n') + 1
		want := diag.Position{
			Line:   strings.Count(before, "\n") + 1,
			Column: utf8.RuneCountInString(before[lineStart:]) + 1,
			Offset: offset,
		}
		if got := diag.NewSource("a", []byte(text)).Position(offset); got != want {
			t.Fatalf("got %+v, want %+v", got, want)
		}
	})
}

func TestPositionOutsideTheText(t *testing.T) {
	src := diag.NewSource("a", []byte("ab\ncd"))
	if got, want := src.Position(-5), (diag.Position{Line: 1, Column: 1, Offset: 0}); got != want {
		t.Errorf("before: %+v", got)
	}
	if got, want := src.Position(99), (diag.Position{Line: 2, Column: 3, Offset: 5}); got != want {
		t.Errorf("after: %+v", got)
	}
	if got, want := diag.NewSource("a", nil).Position(0), (diag.Position{Line: 1, Column: 1, Offset: 0}); got != want {
		t.Errorf("in nothing: %+v", got)
	}
}
