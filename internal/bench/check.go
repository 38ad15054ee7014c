package main

import (
	"fmt"
	"strings"
)

// oneScreen is a flow that fits on a screen.
const oneScreen = `## Loads the parts of a day.
type Part { name: string, rows: int }

activity list(day: date) -> [Part] { run = ["list", "${day}"] }
activity load(part: Part) -> int   { run = ["load", "${part.name}"], retry = 3 }
activity publish(rows: int)        { run = ["publish", "${rows}"] }

workflow daily(day: date) -> int {
  parts = list(day)
  rows  = map part in parts by part.name with max = 4, tolerate = 10% {
    loaded = load(part)
    yield loaded
  }
  let total = sum(rows.succeeded)
  if total > 0 { publish(total) }
  return total
}
`

// check measures what a person waits for who checks a file.
func check(b *bench) error {
	small, err := b.write("screen.flow", oneScreen)
	if err != nil {
		return err
	}
	var text strings.Builder
	text.WriteString("activity t(n: int) { run = [\"t\", \"${n}\"], stdin = none }\n\nworkflow w() {\n  group {\n")
	for k := range 10_000 {
		fmt.Fprintf(&text, "    t%d = t(%d)\n", k, k)
	}
	text.WriteString("  }\n}\n")
	large, err := b.write("large.flow", text.String())
	if err != nil {
		return err
	}
	contenders := []contender{
		{"flowc version", process(b.flowc, "version")},
		{"flowc check, one screen", process(b.flowc, "check", small)},
		{"flowc check, 10,000 tasks", process(b.flowc, "check", large)},
	}
	samples, err := b.inTurn(5*b.rounds, contenders)
	if err != nil {
		return err
	}
	t := newTable("contender", "time", "of flowc version")
	for _, c := range contenders {
		s := samples[c.name]
		t.row(c.name, s.seconds(), ratio(s.median(), samples[contenders[0].name].median()))
	}
	t.print()
	return nil
}
