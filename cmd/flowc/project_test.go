package main

import (
	"strings"
	"testing"
)

// TestProjectFilesAreRead wants what is laid over what, and where mistakes are.
func TestProjectFilesAreRead(t *testing.T) {
	const good = `
state = ".state"
domain = "sales"
task_lists = ["etl", "gpu"]
params = { day = 2026-01-31, max = 3, name = "Ada" }

[profiles.prod]
domain = "sales-prod"
blobs = "s3://sales/blobs"
params = { max = 40 }
`
	p, err := readProject("/p/flow.toml", good, "prod")
	if err != nil {
		t.Fatal(err)
	}
	s := p.settings
	if s.Domain != "sales-prod" || s.Blobs != "s3://sales/blobs" || s.State != ".state" || len(s.TaskLists) != 2 {
		t.Errorf("got %+v", s)
	}
	for name, want := range map[string]string{"day": "2026-01-31", "max": "40", "name": "Ada"} {
		if got, err := paramText(s.Params[name]); err != nil || got != want {
			t.Errorf("%s: got %q (%v), want %q", name, got, err, want)
		}
	}
	if got := p.stateDir(""); got != "/p/.state" {
		t.Errorf("the state folder is %s", got)
	}
	if p, err := readProject("/p/flow.toml", good, ""); err != nil || p.settings.Domain != "sales" {
		t.Errorf("without a profile: %+v, %v", p, err)
	}
	for _, test := range []struct{ name, text, profile, want string }{
		{"a key", "domain = \"a\"\n  blob = \"b\"\n", "", "/p/flow.toml:2:3: there is no setting `blob`; did you mean `blobs`?"},
		{"a key of a profile", "[profiles.a]\nregion = \"b\"\nregoin = \"c\"\n", "", "/p/flow.toml:3:1: there is no setting `regoin`; did you mean `region`?"},
		{"a key in braces", "profiles = { a = { colour = 3 } }\n", "", "1:20: there is no setting `colour`; there are state, "},
		{"a table", "[profile.a]\nregion = \"b\"\n", "", "there is no setting `profile`; did you mean `profiles`?"},
		{"a type", "domain = \"a\"\nregion = 3\n", "", "/p/flow.toml:2:1: `region` wants a string, not an integer"},
		{"a type in a profile", "region = \"a\"\n[profiles.a]\n  region = true\n", "", "/p/flow.toml:3:3: `region` wants a string, not a boolean"},
		{"a type in a list", "task_lists = [\"a\", 3]\n", "", "/p/flow.toml:1:1: `task_lists` wants a list of strings, not a list with an integer"},
		{"no list", "task_lists = \"a\"\n", "", "/p/flow.toml:1:1: `task_lists` wants a list of strings, not a string"},
		{"no table", "\nparams = 2026-01-31\n", "", "/p/flow.toml:2:1: `params` wants a table, not a time"},
		{"a profile that is none", "[profiles]\nregion = \"a\"\n", "", "/p/flow.toml:2:1: `region` wants a table, not a string"},
		{"a list of profiles", "[[profiles]]\nregion = \"a\"\n", "", "/p/flow.toml:1:3: `profiles` wants a table, not a list of tables"},
		{"a table that is none", "[domain]\nname = \"a\"\n", "", "/p/flow.toml:1:2: `domain` wants a string, not a table"},
		{"no TOML", "domain == \"a\"\n", "", "/p/flow.toml:1:"},
		{"a profile", good, "prd", `/p/flow.toml has no profile "prd"; did you mean "prod"?`},
		{"a profile far off", good, "staging", `has no profile "staging"; it has prod`},
		{"no profiles", "", "prod", "has no profiles"},
		{"a time", "params = { at = 2026-01-31T01:02:03 }", "", "the parameter `at` is a time without a zone"},
	} {
		t.Run(test.name, func(t *testing.T) {
			if _, err := readProject("/p/flow.toml", test.text, test.profile); err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("got %v\nwant %s", err, test.want)
			}
		})
	}
}
