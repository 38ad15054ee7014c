package activity_test

import (
	"encoding/json"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// TestGlobFindsWhatADirectSearchFinds compares with the plain definition: each
// file is matched by itself, `**` by trying all that it may stand for.
func TestGlobFindsWhatADirectSearchFinds(t *testing.T) {
	dir := tree(t, "a", "b", "ab", ".a", "x/a", "x/b", "x/.b", "x/y/a", "x/y/ab", "x/y/z/b", "y/x/y/x/a", ".x/a", "y/.x/b")
	var all []string
	err := filepath.WalkDir(dir, func(p string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			all = append(all, filepath.ToSlash(strings.TrimPrefix(p, dir+string(os.PathSeparator))))
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	segment := rapid.SampledFrom([]string{"**", "**", "*", "?", "a", "b", "x", "y", "a*", "[!x]", ".*", ".x"})
	rapid.Check(t, func(r *rapid.T) {
		parts := rapid.SliceOfN(segment, 1, 6).Draw(r, "pattern")
		out, err := call(t, in(dir), "std/fs.glob", map[string]any{"pattern": strings.Join(parts, "/")})
		var got []string
		if err != nil || json.Unmarshal(out, &got) != nil {
			r.Fatal(err)
		}
		if parts[len(parts)-1] == "**" {
			parts = append(parts, "*any*")
		}
		var want []string
		for _, file := range all {
			if matches(parts, strings.Split(file, "/")) {
				want = append(want, file)
			}
		}
		slices.Sort(want)
		if !slices.Equal(got, want) {
			r.Errorf("got %q\nwant %q", got, want)
		}
	})
}

// matches reports whether the segments of a pattern match those of a path.
func matches(pattern, names []string) bool {
	switch {
	case len(pattern) == 0 || len(names) == 0:
		return len(pattern) == 0 && len(names) == 0
	case pattern[0] == "**":
		return matches(pattern[1:], names) || names[0][0] != '.' && len(names) > 1 && matches(pattern, names[1:])
	case pattern[0] == "*any*":
		return len(names) == 1 && names[0][0] != '.'
	case names[0][0] == '.' && pattern[0][0] != '.':
		return false
	}
	one, err := path.Match(strings.Replace(pattern[0], "[!", "[^", 1), names[0])
	return err == nil && one && matches(pattern[1:], names[1:])
}
