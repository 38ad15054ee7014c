package compiler_test

import (
	"fmt"
	"io/fs"
	"path/filepath"
	"strings"
	"testing"

	"github.com/flowc/flowc/compiler"
	"github.com/flowc/flowc/lang/diag"
	"github.com/flowc/flowc/stdlib/activity"
)

// compileFiles compiles the file main.flow of a project that holds files, by
// their paths relative to its root.
func compileFiles(t *testing.T, main string, files map[string]string) *compiler.Result {
	t.Helper()
	root := t.TempDir()
	return compiler.Compile(diag.NewSource(filepath.Join(root, main), []byte(files[main])), compiler.Config{
		Root:   root,
		Std:    library,
		Verify: true,
		Read: func(path string) ([]byte, error) {
			rel, err := filepath.Rel(root, path)
			if err != nil {
				return nil, err
			}
			text, ok := files[filepath.ToSlash(rel)]
			if !ok {
				return nil, &fs.PathError{Op: "open", Path: path, Err: fs.ErrNotExist}
			}
			return []byte(text), nil
		},
	})
}

// found returns the codes of the findings, each with the base name of its file
// and its line.
func found(r *compiler.Result) string {
	var b strings.Builder
	for _, d := range r.Diags.Sorted() {
		src := d.Primary.Source
		fmt.Fprintf(&b, "%s:%d %s; ", filepath.Base(src.Name), src.Position(d.Primary.Start).Line, d.Code)
	}
	return strings.TrimSuffix(b.String(), "; ")
}

const use = "workflow main() { b.work() }\n"

func TestImports(t *testing.T) {
	for _, test := range []struct {
		name  string
		files map[string]string
		want  string
	}{
		{"a file beside", map[string]string{
			"main.flow": "import \"./b.flow\" as b\n" + use, "b.flow": "activity work()\n"}, ""},
		{"the name without as", map[string]string{
			"main.flow": "import \"./b.flow\"\n" + use, "b.flow": "activity work()\n"}, ""},
		{"a folder below and back up", map[string]string{
			"main.flow":  "import \"./sub/b.flow\" as b\n" + use,
			"sub/b.flow": "import \"../c.flow\" as c\nactivity work()\nworkflow other() { c.more() }\n",
			"c.flow":     "activity more()\n"}, ""},
		{"a file imported on two ways is one", map[string]string{
			"main.flow": "import \"./b.flow\" as b\nimport \"./c.flow\" as c\nworkflow main(x: c.T) { b.work(x) }\n",
			"b.flow":    "import \"./c.flow\" as c\nactivity work(x: c.T)\n", "c.flow": "type T { id: string }\n"}, ""},
		{"not used", map[string]string{
			"main.flow": "import \"./b.flow\" as b\nworkflow main() {}\n", "b.flow": "activity work()\n"}, "main.flow:1 W0212"},
		{"not there", map[string]string{"main.flow": "import \"./b.flow\" as b\n" + use}, "main.flow:1 F0210"},
		{"outside the root", map[string]string{"main.flow": "import \"../b.flow\" as b\n" + use}, "main.flow:1 F0210"},
		{"no path", map[string]string{"main.flow": "import \"b.flow\" as b\n" + use}, "main.flow:1 F0210"},
		{"an absolute path", map[string]string{"main.flow": "import \"/etc/b.flow\" as b\n" + use}, "main.flow:1 F0210"},
		{"no such library", map[string]string{"main.flow": "import \"std/lgo\" as b\n" + use}, "main.flow:1 F0210"},
		{"no name", map[string]string{"main.flow": "import \"./b-c.flow\"\n", "b-c.flow": ""}, "main.flow:1 F0210"},
		{"itself", map[string]string{"main.flow": "import \"./main.flow\" as b\n" + use}, "main.flow:1 F0211"},
		{"a circle", map[string]string{
			"main.flow": "import \"./b.flow\" as b\n" + use,
			"b.flow":    "import \"./c.flow\" as c\nactivity work()\n", "c.flow": "import \"./b.flow\" as b\n"}, "b.flow:1 W0212; c.flow:1 F0211"},
		{"one name for two", map[string]string{
			"main.flow": "import \"./b.flow\" as b\nimport \"./c.flow\" as b\n" + use,
			"b.flow":    "activity work()\n", "c.flow": "activity work()\n"}, "main.flow:2 F0209"},
		{"a mistake in it", map[string]string{
			"main.flow": "import \"./b.flow\" as b\n" + use, "b.flow": "activity work()\nworkflow w() { wrok() }\n"}, "b.flow:2 F0201"},
		{"nothing of that name in it", map[string]string{
			"main.flow": "import \"./b.flow\" as b\nworkflow main() { b.wrok() }\n", "b.flow": "activity work()\n"}, "main.flow:2 F0201"},
	} {
		t.Run(test.name, func(t *testing.T) {
			r := compileFiles(t, "main.flow", test.files)
			if got := found(r); got != test.want {
				t.Errorf("got %q, want %q\n%s", got, test.want, shown(r))
			}
			if r.Bug != nil {
				t.Error(r.Bug)
			}
		})
	}
}

func TestUnusedDeclarationsOfImportsAreLeftOut(t *testing.T) {
	r := compileFiles(t, "main.flow", map[string]string{
		"main.flow": "import \"./b.flow\" as b\nimport \"std/fs\" as fs\nworkflow main() { b.work(); h = fs.hash(\"x\"); b.more(h) }\nactivity idle()\n",
		"b.flow":    "param env: string = \"dev\"\nactivity work()\nactivity more(x: string) { task_list = env }\nactivity other()\nworkflow w() { other() }\n",
	})
	if r.Program == nil {
		t.Fatal(shown(r))
	}
	var names []string
	for _, a := range r.Program.Activities {
		names = append(names, a.Name)
	}
	if got, want := strings.Join(names, " "), "b.work b.more b.other std/fs.hash idle"; got != want {
		t.Errorf("activities %s, want %s", got, want)
	}
	if len(r.Program.Workflows) != 1 || r.Program.Main != "main" {
		t.Errorf("%d workflows, main %q", len(r.Program.Workflows), r.Program.Main)
	}
	if p := r.Program.Params; len(p) != 1 || p[0].Name != "b.env" {
		t.Errorf("params %v", p)
	}
}

// The parameter of an imported file is given by the name of the file.
func TestParamsOfImportedFiles(t *testing.T) {
	r := compileFiles(t, "main.flow", map[string]string{
		"main.flow":    "import \"./lib/a.flow\" as one\nimport \"./other/a.flow\" as two\nparam day: date\nworkflow main() { one.f(); other = two.f(); one.g(day) }\n",
		"lib/a.flow":   "param region: string = \"eu\"\nparam zone: int\nactivity f(r: string = region, z: int = zone)\nactivity g(d: date)\n",
		"other/a.flow": "param region: string = \"us\"\nactivity f(r: string = region)\n",
	})
	if r.Program == nil {
		t.Fatal(shown(r))
	}
	args, diags := compiler.CheckParams(r.Program, map[string]string{"day": "2026-01-31", "a.zone": "3", "lib/a.region": "x"})
	if got, want := joined(args), `day="2026-01-31" lib/a.region="x" lib/a.zone=3`; got != want {
		t.Errorf("got %s, want %s: %v", got, want, diags.All())
	}
	if _, diags = compiler.CheckParams(r.Program, map[string]string{"day": "2026-01-31", "a.zone": "3", "a.region": "x"}); diags.Errors() != 1 {
		t.Errorf("a name that stands for two is taken: %v", diags.All())
	}
}

// A test sets the params of imported files by the name that they have there,
// unless two files have one of that name.
func TestTestsSetParamsOfImportedFiles(t *testing.T) {
	const main = "import \"./lib/a.flow\" as a\nimport \"./lib/b.flow\" as b\n" +
		"workflow w() -> string {\n  b.other()\n  return a.act()\n}\n" +
		"test \"t\" {\n  mock * -> auto\n  run w() with %s\n}\n"
	for with, want := range map[string]string{
		`region = "eu"`:           "",
		`region = 3`:              "main.flow:9 F0506",
		`region = "eu", size = 3`: "main.flow:9 F0907",
		`size = 3`:                "main.flow:9 F0907; main.flow:9 F0907",
	} {
		r := compileFiles(t, "main.flow", map[string]string{
			"main.flow":  fmt.Sprintf(main, with),
			"lib/a.flow": "param region: string\nparam size: int = 1\nactivity act() -> string { run = [region], result = text }\n",
			"lib/b.flow": "param size: int = 2\nactivity other() { run = [\"x\"] }\n",
		})
		if got := found(r); got != want {
			t.Errorf("with %s: got %q, want %q\n%s", with, got, want, shown(r))
		}
	}
}

// Every module of the library is suggested for a name that is near its own.
func TestModulesOfTheLibraryAreSuggested(t *testing.T) {
	for _, module := range activity.Modules() {
		r := compileText("import \"" + module + "x\" as lib\nactivity f()\nworkflow main() { f() }\n")
		if got, want := shown(r), "did you mean `"+module+"`?"; !strings.Contains(got, want) {
			t.Errorf("%q is not in\n%s", want, got)
		}
	}
}
