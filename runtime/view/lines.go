package view

import (
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"github.com/flowc/flowc/runtime/history"
)

// Took writes a duration as people read it.
func Took(d time.Duration) string { return took(max(0, d)) }

// longestValue is how much of a value is shown on a line of events.
const longestValue = 120

// AppendEntry appends a line of `events`.
func AppendEntry(b []byte, e *history.Entry) []byte {
	b = fmt.Appendf(b, "%s  %5d  %s", stamp3(e.Time), e.Seq, e.Type)
	word := func(format string, args ...any) { b = escape(append(b, "  "...), fmt.Sprintf(format, args...)) }
	if e.Node != "" {
		word("%s", e.Node)
	}
	if e.Attempt > 1 {
		word("attempt %d", e.Attempt)
	}
	for _, text := range []string{string(e.Timer), string(e.Timeout), e.Name, e.Child, strings.ReplaceAll(e.Status, "_", " ")} {
		if text != "" {
			word("%s", text)
		}
	}
	if s := e.Start; s != nil {
		word("%s", s.Workflow)
		if input, err := json.Marshal(s.Input); err == nil {
			word("%s", cut(string(input), longestValue, "…"))
		}
		if s.Reuse != nil {
			word("redrives %s", s.Reuse.Run)
		}
	}
	if e.Result != nil && string(e.Result) != "null" {
		word("%s", cut(string(e.Result), longestValue, "…"))
	}
	if e.Failure != nil {
		word("%s", cut(why(e.Failure), 2*longestValue, "…"))
		if f := e.Failure.Node; f != "" && f != e.Node {
			word("(%s)", f)
		}
	}
	if e.Because != "" {
		word("because of %s", e.Because)
	}
	return append(b, '\n')
}

// AppendLine appends a line of a log, with the attempt that wrote it.
func AppendLine(b []byte, l *history.Line, o Options) []byte {
	v := &View{mark: newMarks(o)}
	b = v.mark.paint(b, dim, stamp3(l.Time))
	b = append(b, "  "...)
	return v.appendLog(b, tried(l.Node, l.Attempt), []byte(l.Text))
}
