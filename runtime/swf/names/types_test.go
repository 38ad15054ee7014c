package names_test

import (
	"strings"
	"testing"

	"github.com/flowc/flowc/runtime/swf/names"
)

// TestTypesHaveNamesThatTheServiceTakes wants names to be as they are in the
// program where that is possible, and to stay different.
func TestTypesHaveNamesThatTheServiceTakes(t *testing.T) {
	long := strings.Repeat("é", 300)
	seen := map[string]string{}
	for name, want := range map[string]string{
		"extract":        "extract",
		"billing.charge": "billing.charge",
		"std/fs.glob":    "std.fs.glob",
		"a/b.c":          "a.b.c",
		"a.b.c":          "a%2Eb.c",
		"a%2Eb.c":        "a%252Eb.c",
		"arn":            "%61rn",
		"my lib.run":     "my lib.run",
		"a:b|c.d":        "a%3Ab%7Cc.d",
		long:             "",
		long + "a":       "",
	} {
		got := names.Type(name)
		if want != "" && got != want {
			t.Errorf("%q is %q, want %q", name, got, want)
		}
		if n := len([]rune(got)); n > 256 || strings.ContainsAny(got, ":/|\x00") {
			t.Errorf("%q is %q, of %d characters", name, got, n)
		}
		if seen[got] != "" {
			t.Errorf("%q and %q are both %q", name, seen[got], got)
		}
		seen[got] = name
	}
}
