package activity_test

import (
	"bytes"
	"flag"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/flowc/flowc/compiler"
	"github.com/flowc/flowc/lang/diag"
	"github.com/flowc/flowc/lang/format"
	"github.com/flowc/flowc/stdlib"
	"github.com/flowc/flowc/stdlib/activity"
)

var update = flag.Bool("update", false, "rewrite docs/library.md")

const libraryPage = "../../docs/library.md"

func TestDeclarationsAreInTheCanonicalLayout(t *testing.T) {
	for _, name := range activity.Modules() {
		text, _ := activity.Source(name)
		if got, _ := format.Source(diag.NewSource(name, text)); !bytes.Equal(got, text) {
			t.Errorf("%s is not as the formatter writes it:\n%s", name, got)
		}
	}
}

func TestGoldenLibraryPage(t *testing.T) {
	got := libraryMarkdown()
	if *update {
		if err := os.WriteFile(libraryPage, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(libraryPage)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Error("docs/library.md is not what the library says of itself; go test ./stdlib/activity -update writes it")
	}
}

// topics are the headings of the functions, by the name that each begins with
// in the order of the page. A function is under the first topic that lists it.
var topics = []struct {
	title string
	names string
}{
	{"Lists", "all any chunk collect contains distinct filter first flatten group_by last len max min range reverse sort_by sum zip"},
	{"Maps", "keys values"},
	{"Text and paths", "basename dirname ends_with join lower matches replace split starts_with trim upper"},
	{"Numbers", "abs ceil floor round"},
	{"Conversions", "date duration float int path string time url"},
	{"Encodings", "base64 json.decode json.encode sha256"},
	{"Of the run", "now today uuid"},
}

func TestEveryFunctionHasATopic(t *testing.T) {
	all := " "
	for _, topic := range topics {
		all += topic.names + " "
	}
	for _, f := range stdlib.Functions() {
		if !strings.Contains(all, " "+f.Name+" ") {
			t.Errorf("%s has no topic in docs/library.md", f.Name)
		}
	}
	for name := range strings.FieldsSeq(all) {
		if stdlib.Lookup(name) == nil {
			t.Errorf("docs/library.md lists %s, which there is not", name)
		}
	}
}

// libraryMarkdown writes the page.
func libraryMarkdown() string {
	var b strings.Builder
	b.WriteString(`# The library

<!-- Written by: go test ./stdlib/activity -update -->

Two parts: functions, which any expression may use and which only compute, and activities, which touch the
world and are imported by module.

## Functions

` + "`x.f(y)` is `f(x, y)`" + `. In a signature T and U stand for any type, O for one whose values have an order,
S for ` + "`string`, `url` and `path`; `T -> U` takes a lambda: `filter(xs, x -> x > 1)`" + `.
The conditions under a function hold.
`)
	for _, topic := range topics {
		fmt.Fprintf(&b, "\n### %s\n\n", topic.title)
		for name := range strings.FieldsSeq(topic.names) {
			for _, f := range stdlib.Lookup(name) {
				writeFunction(&b, f)
			}
		}
	}
	b.WriteString("\n## Activities\n")
	for _, name := range activity.Modules() {
		writeModule(&b, name)
	}
	return b.String()
}

func writeFunction(b *strings.Builder, f *stdlib.Function) {
	fmt.Fprintf(b, "- `%s`\n  %s\n", f, f.Doc)
	for _, e := range f.Examples {
		fmt.Fprintf(b, "  - `%s`\n", e)
	}
}

// usage shows each module at work.
var usage = map[string]string{
	"std/exec": `import "std/exec" as exec

workflow versions(tools: [string]) -> [string] {
  found = map tool in tools by tool {
    out = exec.run([tool, "--version"])
    yield "${tool}: ${trim(out.stdout)}"
  }
  return found
}`,
	"std/fs": `import "std/fs" as fs

workflow backup(from: path, to: path) -> int {
  files = fs.glob("**/*.{md,txt}", root: from)
  map file in files by file with max = 8 {
    fs.copy(file, path("${to}/${file}"))
  }
  return len(files)
}`,
	"std/http": `import "std/http" as http

type Rates { base: string, eur: float }

workflow rates(day: date) -> Rates {
  answer = http.request(url("https://rates.example/${day}"), timeout: 5s) with retry = 3
  return json.decode(answer.body) as Rates
}`,
	"std/lambda": `import "std/lambda" as lambda

type Answer { accepted: bool }

workflow order(sku: string) -> bool {
  said = lambda.invoke("check-order", { "sku": sku }) with timeout = 30s
  let answer = said as Answer
  return answer.accepted
}`,
	"std/log": `import "std/log" as log

workflow greet(name: string) {
  log.info("greeting", { "name": name })
}`,
	"std/s3": `import "std/s3" as s3

workflow mirror(from: url, to: string) -> int {
  objects = s3.list(from)
  map object in objects by object.url with max = 8 {
    content = s3.fetch(object.url)
    s3.store(content, url("${to}/${basename(object.url)}"))
  }
  return len(objects)
}`,
}

// writeModule writes an example of a module's use, and the module as it is.
func writeModule(b *strings.Builder, name string) {
	text, _ := activity.Source(name)
	fmt.Fprintf(b, "\n### %s\n\n```flow\n%s\n```\n\nThe module:\n\n```flow\n%s```\n", name, usage[name], text)
}

func TestExamplesOfTheLibraryPageCompile(t *testing.T) {
	for _, name := range activity.Modules() {
		r := compiler.Compile(diag.NewSource(name+" example", []byte(usage[name])), compiler.Config{Std: activity.Source})
		if found := r.Diags.Sorted(); usage[name] == "" || len(found) > 0 {
			var b strings.Builder
			_ = diag.Render(&b, found, diag.Options{})
			t.Errorf("%s: the example %s", name, &b)
		}
	}
}
