package spell_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/flowc/flowc/internal/spell"
)

func TestNearest(t *testing.T) {
	names := []string{"transform", "extract", "reduce", "publish", "fx", "geo", "Tier", "max", "map"}
	for _, test := range []struct{ name, want string }{
		{"tranform", "transform"},   // a letter left out
		{"transfromm", "transform"}, // two edits
		{"extrcat", "extract"},      // neighbours swapped
		{"publihs", "publish"},
		{"EXTRACT", "extract"}, // only the case differs
		{"tier", "Tier"},
		{"fz", "fx"}, // one edit is always allowed
		{"mx", "fx"}, // "max" is one edit away too; "fx" comes first
		{"mapp", "map"},
		{"x", ""},
		{"delete_staging", ""},
		{"transform", ""}, // itself is no answer
		{"", ""},
		{strings.Repeat("a", 1000), ""},
	} {
		got, ok := spell.Nearest(test.name, names)
		if got != test.want || ok != (test.want != "") {
			t.Errorf("Nearest(%q) = %q, %v; want %q", test.name, got, ok, test.want)
		}
	}
}

func TestRelated(t *testing.T) {
	for _, test := range []struct {
		name       string
		candidates []string
		want       string
	}{
		{"row_count", []string{"location", "rows"}, "rows"},
		{"rows_read", []string{"row"}, "row"},
		{"row_count", []string{"row", "rows"}, ""}, // which?
		{"user_name", []string{"user_id"}, ""},     // another thing of the same user
		{"rows", []string{"row"}, ""},              // one word
		{"is_done", []string{"is"}, ""},            // says nothing
		{"", []string{""}, ""},
	} {
		if got, ok := spell.Related(test.name, test.candidates); got != test.want || ok != (test.want != "") {
			t.Errorf("Related(%q, %q) = %q, %v; want %q", test.name, test.candidates, got, ok, test.want)
		}
	}
}

func TestOrderOfCandidatesDoesNotMatter(t *testing.T) {
	names := []string{"bat", "cat", "hat", "rat", "mat", "cart", "ca", "Cat"}
	want, _ := spell.Nearest("caat", names)
	for range len(names) {
		names = append(names[1:], names[0])
		reversed := slices.Clone(names)
		slices.Reverse(reversed)
		for _, order := range [][]string{names, reversed} {
			if got, _ := spell.Nearest("caat", order); got != want {
				t.Errorf("Nearest over %v = %q, want %q", order, got, want)
			}
		}
	}
}

func TestHostileCandidatesAreRefused(t *testing.T) {
	long := strings.Repeat("é", 1<<20)
	if got, ok := spell.Nearest("name", []string{long, "nam", long}); !ok || got != "nam" {
		t.Errorf("got %q, %v", got, ok)
	}
	if got, ok := spell.Nearest(strings.Repeat("a", 64), []string{strings.Repeat("a", 65) + long}); ok {
		t.Errorf("a candidate of a megabyte is near: %d bytes", len(got))
	}
	if _, ok := spell.Nearest("\xff\xfe", []string{"a", "\xff"}); !ok {
		t.Error("broken UTF-8 is compared like other text")
	}
}

func BenchmarkNearestOf100000(b *testing.B) {
	names := make([]string, 100_000)
	for i := range names {
		names[i] = fmt.Sprintf("activity_%d", i*7919%100_000)
	}
	for b.Loop() {
		spell.Nearest("activty_4242", names)
	}
}
