package main

import (
	"bytes"
	"fmt"
	"go/parser"
	"go/token"
	goruntime "runtime"
	"strconv"
	"strings"
	"time"

	"github.com/flowc/flowc/compiler"
	"github.com/flowc/flowc/lang/diag"
	"github.com/flowc/flowc/stdlib/activity"
)

// reading is what a child of this section measured.
type reading struct {
	Seconds float64 `json:"seconds"` // of one pass
	Bytes   float64 `json:"bytes"`
	Lines   float64 `json:"lines"`
	Allocs  float64 `json:"allocs"` // of one pass
}

// frontEnd measures flowc's front end and Go's on sources of three sizes.
func frontEnd(b *bench) error {
	t := newTable("source", "time", "MB/s", "lines/s", "allocations/line", "peak B/B")
	var first, last reading
	for _, size := range []int{64 << 10, 512 << 10, 2 << 20} {
		for _, front := range []struct{ child, title string }{{"frontend", "flowc"}, {"gosource", "go/parser"}} {
			var r reading
			var idle struct{}
			base, err := child(true, &idle, front.child, strconv.Itoa(size), "0")
			if err != nil {
				return err
			}
			once, err := child(true, &r, front.child, strconv.Itoa(size), "1")
			if err != nil {
				return err
			}
			var s sample
			for range b.rounds {
				if _, err := child(true, &r, front.child, strconv.Itoa(size), strconv.Itoa(max(1, 1<<20/size))); err != nil {
					return err
				}
				s = append(s, r.Seconds)
			}
			r.Seconds = s.median()
			t.row(fmt.Sprintf("%s, %d KiB", front.title, size>>10), s.seconds(), short(r.Bytes/1e6/r.Seconds),
				short(r.Lines/r.Seconds), short(r.Allocs/r.Lines), short((once-base)/r.Bytes))
			if front.child == "frontend" {
				if first.Bytes == 0 {
					first = r
				}
				last = r
			}
		}
	}
	t.print()
	fmt.Printf("  time for a byte of the largest to that of the smallest: %s\n", ratio(last.Seconds/last.Bytes, first.Seconds/first.Bytes))
	return nil
}

// frontEndChild compiles a source of so many bytes so many times.
func frontEndChild(args []string) (any, error) {
	return read(args, flowSource, func(text []byte) error {
		r := compiler.Compile(diag.NewSource("bench.flow", text), compiler.Config{Std: activity.Source})
		if r.Program == nil || r.Bug != nil || r.Diags.Len() > 0 {
			var b bytes.Buffer
			_ = diag.Render(&b, r.Diags.Sorted(), diag.Options{}) // a buffer takes everything
			return fmt.Errorf("the generated flow is not right: %v\n%s", r.Bug, b.Bytes()[:min(b.Len(), 2000)])
		}
		return nil
	})
}

// goSourceChild parses a source of so many bytes so many times.
func goSourceChild(args []string) (any, error) {
	return read(args, goSource, func(text []byte) error {
		_, err := parser.ParseFile(token.NewFileSet(), "bench.go", text, parser.ParseComments|parser.SkipObjectResolution)
		return err
	})
}

// read measures passes over a generated source.
func read(args []string, source func(size int) string, pass func([]byte) error) (any, error) {
	size, err := strconv.Atoi(args[0])
	if err != nil {
		return nil, err
	}
	times, err := strconv.Atoi(args[1])
	if err != nil {
		return nil, err
	}
	text := []byte(source(size))
	if times == 0 {
		return struct{}{}, nil
	}
	var before, after goruntime.MemStats
	goruntime.GC()
	goruntime.ReadMemStats(&before)
	begin := time.Now()
	for range times {
		if err := pass(text); err != nil {
			return nil, err
		}
	}
	seconds := time.Since(begin).Seconds() / float64(times)
	goruntime.ReadMemStats(&after)
	return reading{seconds, float64(len(text)), float64(strings.Count(string(text), "\n")), float64(after.Mallocs-before.Mallocs) / float64(times)}, nil
}
