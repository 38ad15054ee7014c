package limits_test

import (
	"strings"
	"testing"

	"github.com/flowc/flowc/compiler/ir/limits"
)

func TestValidID(t *testing.T) {
	for _, c := range []struct {
		id   string
		want bool
	}{
		{"etl.rows.extract", true},
		{"arn", false},
		{"arnold", true},
		{"", false},
		{"a/b", false},
		{"a:b", false},
		{"a|b", false},
		{"a\x00b", false},
		{"a\u0085b", false},
		{"a\xff", false},
		{" a", false},
		{"a ", false},
		{"a b", true},
		{strings.Repeat("é", limits.ID), true},
		{strings.Repeat("é", limits.ID+1), false},
	} {
		if got := limits.ValidID(c.id); got != c.want {
			t.Errorf("ValidID(%q) = %v, want %v", c.id, got, c.want)
		}
	}
}

func TestTableSaysWhatHappens(t *testing.T) {
	seen := map[string]bool{}
	for _, l := range limits.Table {
		if l.Value <= 0 || l.Then == "" || seen[l.Name] {
			t.Errorf("row %+v is empty or stands twice", l)
		}
		seen[l.Name] = true
	}
}
