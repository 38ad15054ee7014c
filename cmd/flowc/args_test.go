package main

import (
	"io"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/urfave/cli/v2"
)

func testApp() *cli.App {
	return newApp(&console{in: strings.NewReader(""), out: io.Discard, err: io.Discard})
}

// TestArrange shows a command line and, of the same, the command, its flags and
// its arguments, or the beginning of the error.
func TestArrange(t *testing.T) {
	for _, c := range []struct{ line, want string }{
		{"check a.flow", "check || a.flow"},
		{"check --json a.flow", "check | --json | a.flow"},
		{"check a.flow --json", "check | --json | a.flow"},
		{"check a.flow --json b.flow", "check | --json | a.flow b.flow"},
		{"check a.flow -- --json", "check | | a.flow --json"},
		{"check -- -- a.flow", "check | | -- a.flow"},
		{"fmt -", "fmt | | -"},
		{"fmt - -w -", "fmt | --w | - -"},
		{"fmt -lw a.flow", "fmt | --l --w | a.flow"},
		{"fmt --w a.flow", "fmt | --w | a.flow"},
		{"compile a.flow -o out.json", "compile | --o=out.json | a.flow"},
		{"compile -o=out.json a.flow", "compile | --o=out.json | a.flow"},
		{"compile -oout.json a.flow", "compile | --o=out.json | a.flow"},
		{"compile a.flow --output=", "--output needs a value; see `flowc compile --help`"},
		{"compile -o - a.flow", "compile | --o=- | a.flow"},
		{"run a.flow w --local --input - -j4", "run | --local --input=- --j=4 | a.flow w"},
		{"run -j 4 --local a.flow", "run | --j=4 --local | a.flow"},
		{"run --local a.flow --input --json", "run | --local --input=--json | a.flow"},
		{"run --param a=b=c --param d= a.flow", "run | --param=a=b=c --param=d= | a.flow"},
		{"run -local a.flow", "run | --local | a.flow"},
		{"--color never check a.flow", "check | --color=never | a.flow"},
		{"--color=never check a.flow --color always", "check | --color=never --color=always | a.flow"},
		{"check --json=false a.flow", "check | --json=false | a.flow"},
		{"help run", "help | | run"},
		{"chek", `there is no command "chek"; did you mean`},
		{"frobnicate", `there is no command "frobnicate"; `},
		{"frobnicate", `there is no command "frobnicate"; `},
		{"", "which command?"},
		{"check --jsno", "there is no flag --jsno; did you mean --json?"},
		{"check --json2=x", "there is no flag --json2; did you mean --json?"},
		{"check -x", "there is no flag -x; see `flowc check --help`"},
		{"fmt -lx", "there is no flag -lx; "},
		{"--jsn check", "there is no flag --jsn; see `flowc --help`"},
		{"run --input", "--input needs a value; see `flowc run --help`"},
		{"run -j", "-j needs a value"},
		{"run --id= a.flow", "--id needs a value; see `flowc run --help`"},
		{"check --json=maybe", "--json takes no value; see `flowc check --help`"},
		{"--version", "version | |"},
		{"check --version", "there is no flag --version; "},
		{"run --local --= a", "there is no flag --; "},
	} {
		t.Run(c.line, func(t *testing.T) {
			l, err := arrange(testApp(), strings.Fields(c.line))
			got := ""
			if err != nil {
				got = err.Error()
				got = got[:min(len(got), len(c.want))]
			} else {
				got = l.command.Name + " | " + strings.Join(l.flags, " ") + " | " + strings.Join(l.values, " ")
			}
			want := strings.Join(strings.Fields(strings.ReplaceAll(c.want, "||", "| |")), " ")
			if d := cmp.Diff(want, strings.Join(strings.Fields(got), " ")); d != "" {
				t.Errorf("(-want +got)\n%s", d)
			}
		})
	}
}

// TestArrangeSeesHelp shows where a wish for help is one.
func TestArrangeSeesHelp(t *testing.T) {
	for line, want := range map[string]bool{
		"--help": true, "-h": true, "check --help": true, "check a.flow -h": true, "--help check": true,
		"check": false, "check -- --help": false, "run --input --help a.flow": false,
	} {
		l, err := arrange(testApp(), strings.Fields(line))
		if err != nil || l.help != want {
			t.Errorf("%s: got help %v (%v), want %v", line, l.help, err, want)
		}
	}
}

// TestCommandsAreDescribed holds the table of commands to what help prints.
func TestCommandsAreDescribed(t *testing.T) {
	app := testApp()
	for _, c := range app.Commands {
		if c.Usage == "" || strings.HasSuffix(c.Usage, ".") {
			t.Errorf("%s: the usage is a line without a full stop, got %q", c.Name, c.Usage)
		}
		for _, line := range strings.Split(strings.TrimSpace(c.UsageText), "\n") {
			if !strings.Contains(line, "flowc "+c.Name) {
				t.Errorf("%s: an example shows the command, got %q", c.Name, line)
			}
		}
		for _, row := range flagRows(c.Flags) {
			if row[1] == "" {
				t.Errorf("%s: %s is not described", c.Name, row[0])
			}
		}
		var b strings.Builder
		if err := help(&b, app, c); err != nil {
			t.Fatal(err)
		}
		for _, line := range strings.Split(b.String(), "\n") {
			if len([]rune(line)) > 100 {
				t.Errorf("%s: a line of the help is too long: %s", c.Name, line)
			}
		}
	}
}

func FuzzArrange(f *testing.F) {
	f.Add("run -j4 --local a.flow --input=- -- x")
	f.Fuzz(func(t *testing.T, line string) {
		args := strings.Split(line, " ")
		if l, err := arrange(testApp(), args); err == nil && l.command != nil && len(l.values) > len(args) {
			t.Errorf("%q: more arguments than words: %q", line, l.values)
		}
		completions(testApp(), args)
	})
}
