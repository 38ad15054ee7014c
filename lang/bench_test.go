package lang_test

import (
	"fmt"
	"go/parser"
	"go/token"
	"strings"
	"testing"

	"github.com/flowc/flowc/lang"
	"github.com/flowc/flowc/lang/diag"
)

// manyDecls is a file of n bytes or a little more that looks like what people
// write: a few types, then activities and workflows in turn.
func manyDecls(n int) []byte {
	var b strings.Builder
	for i := 0; b.Len() < n; i++ {
		fmt.Fprintf(&b, `## Loads part %[1]d.
activity extract_%[1]d(part: Partition, day: date) -> ref<bytes> raises BadPartition {
  run     = ["python3", "-m", "etl.extract", "--part", "${part.id}", "--day", "${day}"]
  timeout = 20m
  retry   = exponential(5, on: [Throttled], from: 2s, factor: 2, max: 1m, jitter: 20%%)
}
activity geo_%[1]d(clean: ref<bytes>) -> ref<bytes> { retry = 0 }

workflow etl_%[1]d(day: date) -> Report {
  parts = list_partitions(day)
  rows  = map part in parts by part.id with max = 20, tolerate = 10%% {
    raw   = extract_%[1]d(part, day)
    clean = transform(raw)
    group with raises_on_failure = false {
      geo = geo_%[1]d(clean)
      fx  = fx_rates(clean)
    }
    yield Row { clean, geo: geo?, fx: fx? }
  }
  if len(rows.succeeded) > 0 and day != today() { # nothing to do otherwise
    publish(reduce_%[1]d, rows.succeeded)
  }
  return report
}

`, i)
	}
	return []byte(b.String())
}

// oneWorkflow is one declaration of n bytes or a little more.
func oneWorkflow(n int) []byte {
	var b strings.Builder
	b.WriteString("workflow big(day: date) {\n")
	for i := 0; b.Len() < n; i++ {
		fmt.Fprintf(&b, "  row_%d = extract(\"p%d\", day, limit: %d) with timeout = 20m\n", i, i, i)
	}
	b.WriteString("}\n")
	return []byte(b.String())
}

// goSource is Go of about the same shape and size, for the reference.
func goSource(n int) []byte {
	var b strings.Builder
	b.WriteString("package p\n")
	for i := 0; b.Len() < n; i++ {
		fmt.Fprintf(&b, `// etl%[1]d loads part %[1]d.
func etl%[1]d(day Date) (Report, error) {
	parts := listPartitions(day)
	rows := mapAll(parts, options{max: 20, tolerate: 10}, func(part Partition) Row {
		raw := extract%[1]d(part, day)
		clean := transform(raw)
		geo, fx := geo%[1]d(clean), rates(clean)
		return Row{clean: clean, geo: geo, fx: fx}
	})
	if len(rows.succeeded) > 0 && day != today() { // nothing to do otherwise
		publish(reduce%[1]d, rows.succeeded)
	}
	return report, nil
}

`, i)
	}
	return []byte(b.String())
}

func BenchmarkParse(b *testing.B) {
	const size = 1 << 20
	for name, text := range map[string][]byte{"decls": manyDecls(size), "workflow": oneWorkflow(size)} {
		b.Run(name, func(b *testing.B) {
			b.SetBytes(int64(len(text)))
			b.ReportAllocs()
			for b.Loop() {
				_, ds := lang.Parse(diag.NewSource("x.flow", text))
				if ds.Len() != 0 {
					b.Fatal(ds.All()[0].Message)
				}
			}
		})
	}
	b.Run("screen", func(b *testing.B) {
		text := manyDecls(1000)
		b.SetBytes(int64(len(text)))
		b.ReportAllocs()
		for b.Loop() {
			lang.Parse(diag.NewSource("x.flow", text))
		}
	})
	b.Run("go", func(b *testing.B) {
		text := goSource(size)
		b.SetBytes(int64(len(text)))
		b.ReportAllocs()
		for b.Loop() {
			if _, err := parser.ParseFile(token.NewFileSet(), "x.go", text, parser.ParseComments|parser.SkipObjectResolution); err != nil {
				b.Fatal(err)
			}
		}
	})
}
