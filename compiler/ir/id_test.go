package ir_test

import (
	"testing"

	"github.com/flowc/flowc/compiler/ir"
)

func TestStaticID(t *testing.T) {
	for id, want := range map[string]string{
		"":                          "",
		"etl/rows":                  "etl/rows",
		"etl/rows[]/load":           "etl/rows[]/load",
		"etl/rows[p4]/load#2":       "etl/rows[]/load",
		"etl#12/rows[a/b#3]/x[0]/y": "etl/rows[]/x[]/y",
		"etl/rows[p4":               "etl/rows[]", // what users write need not be whole
		"etl/a#":                    "etl/a",
	} {
		if got := ir.StaticID(id); got != want {
			t.Errorf("StaticID(%q) = %q, want %q", id, got, want)
		}
	}
}
