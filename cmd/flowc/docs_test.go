package main

import (
	"bytes"
	"encoding/json"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// cliPage returns the sections of docs/cli.md about commands, and their names
// in order.
func cliPage(t *testing.T) (names []string, sections map[string]string) {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("..", "..", "docs", "cli.md"))
	if err != nil {
		t.Fatal(err)
	}
	sections = map[string]string{}
	for _, part := range strings.Split(string(text), "\n## flowc ")[1:] {
		name, section, _ := strings.Cut(part, "\n")
		names, sections[name] = append(names, name), section
	}
	return names, sections
}

// TestCommandsAreDocumented holds docs/cli.md to the table of commands: there
// is a section a command, in the order of help, with an example that the
// command line understands.
func TestCommandsAreDocumented(t *testing.T) {
	names, sections := cliPage(t)
	app := testApp()
	if d := cmp.Diff(commandNames(app), names); d != "" {
		t.Errorf("docs/cli.md has other commands than help (-help +docs)\n%s", d)
	}
	for name, section := range sections {
		_, block, _ := strings.Cut(section, "```sh\n")
		block, _, _ = strings.Cut(block, "```")
		examples := 0
		for _, line := range strings.Split(block, "\n") {
			line = regexp.MustCompile(`'[^']*'`).ReplaceAllString(line, "quoted")
			_, line, found := strings.Cut(line, "flowc ")
			if !found {
				continue
			}
			line, _, _ = strings.Cut(line, " >")
			l, err := arrange(app, strings.Fields(strings.TrimSuffix(line, ")")))
			if err != nil || l.command.Name != name {
				t.Errorf("%s: the example %q is not of it (%v)", name, line, err)
			}
			examples++
		}
		if examples == 0 {
			t.Errorf("%s: there is no example", name)
		}
	}
}

// TestFieldsAreDocumented runs commands with --json, and wants every field that
// they print to be in docs/cli.md.
func TestFieldsAreDocumented(t *testing.T) {
	_, sections := cliPage(t)
	t.Setenv("XDG_STATE_HOME", t.TempDir())
	flow := filepath.Join(t.TempDir(), "main.flow")
	if err := os.WriteFile(flow, []byte(documented), 0o666); err != nil {
		t.Fatal(err)
	}
	wrong := filepath.Join(t.TempDir(), "wrong.flow")
	if err := os.WriteFile(wrong, []byte("activity beep()\n\nworkflow w() { bep() }\n"), 0o666); err != nil {
		t.Fatal(err)
	}
	changed := filepath.Join(t.TempDir(), "changed.flow")
	if err := os.WriteFile(changed, []byte("workflow main() {\n  wait 1s\n}\n"), 0o666); err != nil {
		t.Fatal(err)
	}
	for _, line := range [][]string{
		{"check", wrong}, {"version"}, {"explain", "F0501"}, {"explain"},
		{"explain", "main/m/x", flow}, {"explain", "--fail", "main/m/x", flow}, {"explain", "--fail", "main/spare", flow},
		{"graph", flow, "--format", "json", "--undo"}, {"plan", flow}, {"diff", changed, flow},
		{"run", "--local", flow}, {"run", "--local", flow, "--param", "at=7"}, {"run", "--local", flow, "--param", "at=1"},
		{"test", "--cover", flow},
		{"run", "--local", flow, "--id", "kept", "--param", "at=7"}, {"list", "--status", "failed"}, {"events", "kept"},
		{"stats", "kept"}, {"redrive", "kept", "--plan"},
	} {
		t.Run(strings.Join(line[:len(line)-1], " "), func(t *testing.T) {
			if line[0] != "graph" {
				line = append(line, "--json")
			}
			var out bytes.Buffer
			run(line, strings.NewReader(""), &out, io.Discard)
			found := map[string]bool{}
			for dec := json.NewDecoder(&out); ; {
				var v any
				if err := dec.Decode(&v); err == io.EOF {
					break
				} else if err != nil {
					t.Fatal(err)
				}
				fields(v, found)
			}
			if len(found) < 3 {
				t.Fatalf("only the fields %v are printed", found)
			}
			for f := range found {
				if s := sections[line[0]]; !strings.Contains(s, `"`+f+`"`) && !strings.Contains(s, "`"+f+"`") {
					t.Errorf("the field %q is not in the section of docs/cli.md", f)
				}
			}
		})
	}
}

// documented has something of most of what can be printed.
const documented = `
param at: int = 0

error Bad

activity say(n: int) raises Bad { run = ["sh", "-c", "exit $1", "sh", "${n}"], errors = { 7: Bad } }

activity take(n: int) -> string { run = ["echo", "${n}"], result = text, undo = say(0) }

workflow main() -> int {
  m = map i in range(0, 3) by i with tolerate = 1 {
    x = take(i)
    if i == at { say(7) }
    yield x
  }
  group with raises_on_failure = false { spare = take(1) }
  if at == 7 { say(1) }
  return range(0, at + 1)[len(spare ?? "") + 1 - at]
}

test "it ends" {
  run main()
  expect failed
}
`

// fields adds the names of the fields in v to found. What a flow decides is
// left out: its arguments and results, the fields of its errors, how many ended
// how.
func fields(v any, found map[string]bool) {
	switch v := v.(type) {
	case map[string]any:
		for name, field := range v {
			found[name] = true
			if !slices.Contains([]string{"result", "details", "items", "input", "params", "statuses", "failures"}, name) {
				fields(field, found)
			}
		}
	case []any:
		for _, field := range v {
			fields(field, found)
		}
	}
}
