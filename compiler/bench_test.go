package compiler_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/flowc/flowc/compiler"
	"github.com/flowc/flowc/lang"
	"github.com/flowc/flowc/lang/diag"
)

// chainOf returns a workflow of n steps, each of which uses the one before.
func chainOf(n int) string {
	var b strings.Builder
	b.WriteString("activity step(text: string, n: int) -> string { timeout = 5m, retry = 3 }\n\nworkflow main(seed: string) -> string {\n  s0 = step(seed, 0)\n")
	for i := 1; i < n; i++ {
		fmt.Fprintf(&b, "  s%d = step(s%d, %d)\n", i, i-1, i)
	}
	fmt.Fprintf(&b, "  return s%d\n}\n", n-1)
	return b.String()
}

// activitiesOf returns a file that declares n activities and calls each.
func activitiesOf(n int) string {
	var b strings.Builder
	b.WriteString("defaults activity { timeout = 5m, retry = 3 }\n\n")
	for i := range n {
		fmt.Fprintf(&b, "activity work_%d(part: string, day: date) -> string {\n  run = [\"work\", \"--part\", \"${part}\", \"--day\", \"${day:%%Y}\"]\n  result = text\n}\n", i)
	}
	b.WriteString("\nworkflow main(part: string, day: date) {\n  group {\n")
	for i := range n {
		fmt.Fprintf(&b, "    work_%d(part, day)\n", i)
	}
	b.WriteString("  }\n}\n")
	return b.String()
}

// dagOf returns a dag of n members, written from the last to the first.
func dagOf(n int) string {
	var b strings.Builder
	b.WriteString("activity step(text: string) -> string\n\nworkflow main(seed: string) -> string {\n  dag {\n")
	for i := n - 1; i > 0; i-- {
		fmt.Fprintf(&b, "    s%d = step(s%d)\n", i, i-1)
	}
	fmt.Fprintf(&b, "    s0 = step(seed)\n  }\n  return s%d\n}\n", n-1)
	return b.String()
}

var large = []struct {
	name string
	text func(n int) string
}{
	{"chain", chainOf},
	{"activities", activitiesOf},
	{"dag", dagOf},
}

func TestLargeFilesCompile(t *testing.T) {
	for _, l := range large {
		t.Run(l.name, func(t *testing.T) {
			r := compileText(l.text(3000))
			if r.Diags.Len() > 0 || r.Bug != nil || r.Program == nil {
				t.Fatalf("bug %v\n%s", r.Bug, shown(r))
			}
		})
	}
}

// BenchmarkCompile goes from source to IR. The time for each line should not
// grow with the number of lines.
func BenchmarkCompile(b *testing.B) {
	for _, l := range large {
		for _, n := range []int{1000, 10000} {
			text := []byte(l.text(n))
			src := diag.NewSource("bench.flow", text)
			lines := strings.Count(string(text), "\n")
			b.Run(fmt.Sprintf("%s/%d", l.name, n), func(b *testing.B) {
				b.SetBytes(int64(len(text)))
				b.ReportAllocs()
				for b.Loop() {
					if r := compiler.Compile(src, compiler.Config{}); r.Program == nil {
						b.Fatal(shown(r))
					}
				}
				b.ReportMetric(float64(lines)*float64(b.N)/b.Elapsed().Seconds(), "lines/s")
			})
			b.Run(fmt.Sprintf("%s/%d/parse", l.name, n), func(b *testing.B) {
				b.SetBytes(int64(len(text)))
				b.ReportAllocs()
				for b.Loop() {
					lang.Parse(src)
				}
			})
		}
	}
}
