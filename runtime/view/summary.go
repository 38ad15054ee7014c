package view

import (
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/flowc/flowc/compiler/ir"
	"github.com/flowc/flowc/runtime"
)

// How much of a run that went wrong is told. What is left out is counted.
const (
	mostFailures  = 20 // with their reasons
	mostMended    = 10 // of those that were absorbed, caught or retried
	mostNames     = 4  // of nodes cancelled or skipped because of one failure
	mostLastLines = 10 // of what a program wrote to stderr
)

// appendSummary tells how the run ended: in one line, then what failed.
func (v *View) appendSummary(b []byte, r *runtime.RunReport) []byte {
	return v.appendFailures(v.appendOutcome(b, r), r)
}

// appendFailures tells of each failure with its reason and with what was not
// done because of it.
func (v *View) appendFailures(b []byte, r *runtime.RunReport) []byte {
	s := gather(r)
	told := 0
	for _, f := range s.failures {
		if f.fate == "" {
			if told++; told <= mostFailures {
				b = v.appendFailure(b, f)
			}
		}
	}
	if n := told - mostFailures; n > 0 {
		b = fmt.Appendf(b, "\n%s more failed\n", thousands(n))
	}
	switch {
	case told == 0: // it belongs to the outcome
		b = v.appendUndone(b, "    ", "", &s.other)
	case s.other.any(): // it does not belong to the last failure
		b = v.appendUndone(append(b, '\n'), "", "", &s.other)
	}
	for _, fate := range []string{notUndone, absorbed, caught, retried} {
		b = v.appendMended(b, fate, s.failures)
	}
	return b
}

// killed is the status of a run that was ended from without, which no node has.
const killed = "killed"

// appendOutcome appends the line that says how it ended.
func (v *View) appendOutcome(b []byte, r *runtime.RunReport) []byte {
	status := statusOf(r.Status)
	text := word(status)
	if r.Status == killed {
		status, text = ir.Abandoned, killed
	}
	b = v.mark.paint(b, v.mark.color[status], v.mark.sign[status])
	b = append(b, ' ')
	b = v.mark.paint(b, bold, string(escape(nil, r.Workflow))+" "+text)
	if r.Ended != nil {
		b = append(b, " after "+took(time.Duration(*r.Ended-r.Started))...)
	}
	if counts := v.counts(); counts != "" {
		b = append(b, ": "+counts...)
	}
	return append(b, '\n')
}

// counts says how many tasks ended how, those that succeeded first.
func (v *View) counts() string {
	n := v.tasks
	n[ir.Abandoned] += n[ir.Running] // the run is over
	n[ir.Running] = 0
	total := 0
	for _, k := range n {
		total += k
	}
	if total == 0 {
		return ""
	}
	if n[ir.Succeeded] == total {
		return plural(total, "task")
	}
	var parts []string
	for _, s := range []ir.Status{ir.Succeeded, ir.Reused, ir.Failed, ir.TimedOut, ir.Cancelled, ir.Skipped, ir.Undone, ir.Abandoned} {
		if n[s] > 0 {
			parts = append(parts, thousands(n[s])+" "+word(s))
		}
	}
	return plural(total, "task") + ", " + strings.Join(parts, ", ")
}

func plural(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return thousands(n) + " " + what + "s"
}

// A failure is a node that failed by itself, not because one in it did.
type failure struct {
	node   *runtime.NodeReport
	fate   string // what kept it from failing the run, "" if nothing did
	undone undone // because of it
}

// The fates of failures that did not fail the run; they are headings too.
const (
	notUndone = "not undone" // it is an undo, and the run went on
	absorbed  = "absorbed"   // what is around it went on without it
	caught    = "caught"     // a handler of what is around it gave an outcome
	retried   = "retried"    // what is around it was run again
)

// undone is what was not done for one reason.
type undone struct {
	cancelled, skipped, abandoned names
}

// names are the ids of some nodes, of which the first are kept. What is in one
// of them is not named besides; nor is a block without a name, but what is in
// it.
type names struct {
	first []string
	count int
	last  string
}

func (n *names) add(id string) {
	if rest, ok := strings.CutPrefix(id, n.last); ok && n.last != "" && rest != "" && strings.ContainsRune("/[#", rune(rest[0])) {
		return
	}
	if strings.HasPrefix(id[strings.LastIndexByte(id, '/')+1:], "(") && strings.HasSuffix(id, ")") {
		return
	}
	n.last = id
	if n.count++; n.count <= mostNames {
		n.first = append(n.first, id)
	}
}

// any reports whether there is anything.
func (u *undone) any() bool { return u.cancelled.count+u.skipped.count+u.abandoned.count > 0 }

// gathered is a report in the order in which it is told.
type gathered struct {
	failures []*failure
	other    undone // on request, or because of what is not in the report
}

// gather finds the failures in a report, and what each led to.
func gather(r *runtime.RunReport) *gathered {
	g := &gathered{}
	nodes := make(map[string]*runtime.NodeReport, len(r.Nodes))
	for i := range r.Nodes {
		nodes[r.Nodes[i].ID] = &r.Nodes[i]
	}
	byID := map[string]*failure{}
	for i := range r.Nodes {
		n := &r.Nodes[i]
		if !isBad(n) || n.Failure != nil && n.Failure.Node != n.ID && nodes[n.Failure.Node] != nil && isBad(nodes[n.Failure.Node]) {
			continue
		}
		f := &failure{node: n, fate: fateOf(n, nodes)}
		g.failures = append(g.failures, f)
		byID[n.ID] = f
	}
	for i := range r.Nodes {
		n := &r.Nodes[i]
		reason, own := &g.other, ""
		if f := byID[n.Because]; f != nil {
			reason, own = &f.undone, f.node.ID
		}
		if n.Kind == "workflow" || n.ID == own {
			continue
		}
		switch n.Status {
		case ir.Cancelled.String():
			reason.cancelled.add(n.ID)
		case ir.Skipped.String():
			if n.Because != "" { // else a branch that was not taken
				reason.skipped.add(n.ID)
			}
		case ir.Abandoned.String():
			reason.abandoned.add(n.ID)
		}
	}
	return g
}

// fateOf returns what kept the failure of a node from failing the run: it is
// found at the first node around it that did not fail with it. Ids say what is
// around a node: `w/c#2/a` is in attempt 2 of `w/c`.
func fateOf(n *runtime.NodeReport, nodes map[string]*runtime.NodeReport) string {
	switch {
	case n.Absorbed && strings.HasSuffix(n.ID, "/undo"):
		return notUndone
	case n.Absorbed:
		return absorbed
	}
	attempt := 1 // of what is around it
	for at := len(n.ID) - 1; at > 0; at-- {
		switch n.ID[at] {
		case '#':
			if k, err := strconv.Atoi(n.ID[at+1 : at+1+digits(n.ID[at+1:])]); err == nil {
				attempt = k
			}
		case '/', '[':
		default:
			continue
		}
		around := nodes[n.ID[:at]]
		switch {
		case around == nil:
			continue
		case around.Attempts > attempt:
			return retried
		case around.Absorbed:
			return absorbed
		case !isBad(around) && mended(around):
			return caught
		}
		attempt = 1
	}
	return ""
}

// mended reports whether a node that did not fail came to its end.
func mended(n *runtime.NodeReport) bool {
	return n.Status == ir.Succeeded.String() || n.Status == ir.Undone.String()
}

// digits returns how many digits s begins with.
func digits(s string) int { return len(s) - len(strings.TrimLeft(s, "0123456789")) }

func isBad(n *runtime.NodeReport) bool {
	return n.Status == ir.Failed.String() || n.Status == ir.TimedOut.String()
}

// appendFailure tells of a failure that was not absorbed.
func (v *View) appendFailure(b []byte, f *failure) []byte {
	n := f.node
	status := ir.Failed
	if n.Status == ir.TimedOut.String() {
		status = ir.TimedOut
	}
	b = append(b, '\n')
	b = v.mark.paint(b, v.mark.color[status], v.mark.sign[status]+" "+string(escape(nil, n.ID)))
	b = append(b, " "+word(status)+effort(n)...)
	b = append(b, '\n')
	if n.Failure != nil {
		b = v.appendReason(b, n)
	}
	return v.appendUndone(b, "    ", " because of it", &f.undone)
}

// effort says how often and how long it was tried.
func effort(n *runtime.NodeReport) string {
	s := ""
	if n.Attempts > 1 {
		s = fmt.Sprintf(" after %d attempts", n.Attempts)
	}
	if n.Started != nil && n.Ended != nil {
		s += " in " + took(time.Duration(*n.Ended-*n.Started))
	}
	return s
}

// programFacts is what is known of the end of a program.
type programFacts struct {
	Exit   *int   `json:"exit"`
	Stderr string `json:"stderr"`
}

// factsIn returns those among the details of a failure. Fields of a declared
// error may have the same names: then the facts are in `$program`, and what is
// raised by the flow itself has none.
func factsIn(n *runtime.NodeReport) programFacts {
	var details struct {
		programFacts
		Own *programFacts `json:"$program"`
	}
	switch err := json.Unmarshal(n.Failure.Details, &details); {
	case n.Kind != "activity" && n.Kind != "child":
		return programFacts{}
	case details.Own != nil:
		return *details.Own
	case err != nil:
		return programFacts{}
	}
	return details.programFacts
}

// appendReason tells why, and what the program last wrote to stderr.
func (v *View) appendReason(b []byte, n *runtime.NodeReport) []byte {
	f := n.Failure
	facts := factsIn(n)
	text := why(f.Failure)
	if facts.Exit != nil && !strings.Contains(text, "exit") {
		text += fmt.Sprintf(" (exit status %d)", *facts.Exit)
	}
	if f.Node != "" && f.Node != n.ID {
		text += " (" + f.Node + ")"
	}
	for _, line := range strings.Split(strings.TrimRight(text, "\n"), "\n") {
		b = append(escape(append(b, "    "...), line), '\n')
	}
	stderr := strings.TrimRight(facts.Stderr, "\r\n")
	if strings.TrimSpace(stderr) == "" {
		return b
	}
	lines := strings.Split(stderr, "\n")
	b = append(b, "    stderr:\n"...)
	if n := len(lines) - mostLastLines; n > 0 {
		b = fmt.Appendf(b, "      %s %s before\n", v.mark.more, plural(n, "line"))
		lines = lines[n:]
	}
	for _, line := range lines {
		b = v.mark.paint(append(b, "      "...), dim, v.mark.bar)
		b = append(b, ' ')
		b = escape(b, string(withoutColor([]byte(strings.TrimSuffix(line, "\r")))))
		b = append(b, '\n')
	}
	return b
}

// appendUndone tells what was not done for one reason: a failure, which has
// been told before, or a request.
func (v *View) appendUndone(b []byte, indent, because string, u *undone) []byte {
	for _, g := range []struct {
		title string
		names
	}{
		{"cancelled", u.cancelled}, {"skipped", u.skipped}, {"abandoned", u.abandoned},
	} {
		if g.count == 0 {
			continue
		}
		b = append(b, indent+g.title+because+": "...)
		b = escape(b, strings.Join(g.first, ", "))
		if n := g.count - len(g.first); n > 0 {
			b = fmt.Appendf(b, ", and %s more", thousands(n))
		}
		b = append(b, '\n')
	}
	return b
}

// appendMended tells of the failures of one fate, a line each.
func (v *View) appendMended(b []byte, fate string, failures []*failure) []byte {
	told := 0
	for _, f := range failures {
		if f.fate != fate {
			continue
		}
		if told++; told > mostMended {
			continue
		}
		if told == 1 {
			b = append(b, "\n"+fate+":\n"...)
		}
		b = escape(append(b, "    "...), f.node.ID)
		b = append(b, " "+strings.ReplaceAll(f.node.Status, "_", " ")+effort(f.node)...)
		if f.node.Failure != nil {
			b = escape(append(b, ": "...), why(f.node.Failure.Failure))
		}
		if u := f.undone; u.cancelled.count+u.skipped.count > 0 {
			b = fmt.Appendf(b, " (%s not done because of it)", plural(u.cancelled.count+u.skipped.count, "node"))
		}
		b = append(b, '\n')
	}
	if n := told - mostMended; n > 0 {
		b = fmt.Appendf(b, "    and %s more\n", thousands(n))
	}
	return b
}
