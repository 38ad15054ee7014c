package main

import (
	"fmt"
	"strings"
)

// flowSource returns a flow of about so many bytes: activities with options
// and programs, and workflows that call them in chains, groups and maps.
func flowSource(size int) string {
	var b strings.Builder
	b.WriteString("defaults activity { timeout = 5m, retry = 3 }\n\ntype Part { name: string, file: path, rows: int }\n")
	for k := 0; b.Len() < size; k++ {
		fmt.Fprintf(&b, `
## Reads one part of shard %[1]d.
activity extract_%[1]d(part: Part, day: date) -> Part {
  run    = ["extract", "--part", "${part.name}", "--day", "${day:%%Y-%%m-%%d}"]
  retry  = exponential(4, from: 1s, factor: 2, max: 1m)
}

activity enrich_%[1]d(part: Part, by: string) -> Part { run = ["enrich", "--by", "${by}"], timeout = %[2]dm }

workflow shard_%[1]d(parts: [Part], day: date) -> int { # one shard
  let wanted = [for p in parts if p.rows > %[2]d: p]
  rows = map part in wanted by part.name with max = 8, tolerate = 5%% {
    raw = extract_%[1]d(part, day)
    group with raises_on_failure = false {
      geo = enrich_%[1]d(raw, "geo")
      fx  = enrich_%[1]d(raw, "fx")
    }
    if raw.rows > 100 { yield raw.rows + (geo? ?? raw).rows + (fx? ?? raw).rows } else { yield 0 }
  }
  return sum(rows.succeeded) + len(rows.failed)
}
`, k, k%50+1)
	}
	return b.String()
}

// goSource returns Go source of about so many bytes, as people write it.
func goSource(size int) string {
	var b strings.Builder
	b.WriteString("package shards\n\ntype Part struct {\n\tName string\n\tRows int\n}\n")
	for k := 0; b.Len() < size; k++ {
		fmt.Fprintf(&b, `
// extract%[1]d reads one part of shard %[1]d.
func extract%[1]d(part Part, day string) (Part, error) {
	out, err := run([]string{"extract", "--part", part.Name, "--day", day}, %[2]d)
	if err != nil {
		return Part{}, fmt.Errorf("extract %%s: %%w", part.Name, err)
	}
	return Part{Name: out.Name, Rows: out.Rows*2 + %[2]d}, nil
}

func shard%[1]d(parts []Part, day string) int { // one shard
	sum := 0
	for _, p := range parts {
		if p.Rows <= %[2]d {
			continue
		}
		raw, err := extract%[1]d(p, day)
		switch {
		case err != nil:
			failed[p.Name] = err
		case raw.Rows > 100:
			sum += raw.Rows + 1
		}
	}
	return sum + len(failed)
}
`, k, k%50+1)
	}
	return b.String()
}
