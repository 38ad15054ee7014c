package view

import (
	"fmt"
	"io"
	"sort"
	"strings"
	"time"

	"github.com/flowc/flowc/compiler/ir"
	"github.com/flowc/flowc/runtime/history"
)

// Show writes the picture of a run: how far it is, its definition with the
// status of each node beside the line that it stands on, and what failed and
// why. Where the width of w is not known lines are not cut.
func Show(w io.Writer, p *history.Picture, o Options) error {
	v := newView(w, o)
	width := 0
	if o.Width != nil || isTerminal(w) {
		width = v.o.Width()
	}
	s := &sourceView{View: v, p: p, width: width, now: v.o.Clock()}
	if p.Then != 0 {
		s.now = moment(p.Then)
	}
	s.countTasks()
	s.header()
	if s.readSources(); len(s.files) > 0 {
		s.placeNodes()
		s.regions()
	} else {
		s.nodes()
	}
	if s.gutters(); len(s.lines) > 0 {
		s.append("\n")
		for i := range s.lines {
			s.line(&s.lines[i])
		}
	}
	if p.Report.Status != ir.Running.String() {
		v.buf = v.appendFailures(v.buf, &p.Report)
	}
	_, err := w.Write(v.buf)
	return err
}

// A sourceView makes a picture.
type sourceView struct {
	*View
	p     *history.Picture
	width int // 0 is any
	now   time.Time

	files []sourceFile
	at    map[sourceLine][]int // nodes by the line that they begin on; those in others of that line are left out
	lines []pictureLine

	marked, counted, timed, tried, numbered int // widths of the columns of the gutter
}

type sourceFile struct {
	name   string
	text   string
	starts []int // of lines
}

type sourceLine struct{ file, line int }

// A pictureLine is a line of the picture: of the source with the gutter beside
// it or, of number 0, something between such lines.
type pictureLine struct {
	number             int
	text               string
	nodes              []int
	has                bool // there is something in the gutter
	status             ir.Status
	count, took, tries string
}

func (s *sourceView) append(text string) { s.buf = append(s.buf, text...) }

// countTasks counts tasks as the end of a live view does.
func (s *sourceView) countTasks() {
	for k := range s.p.Tallies {
		if n := &s.p.Workflow.Nodes[k]; n.Kind == ir.NActivity || n.Kind == ir.NChild {
			for status, count := range s.p.Tallies[k].Counts {
				s.tasks[status] += count
			}
		}
	}
}

// header says which run this is, and how far it has come.
func (s *sourceView) header() {
	r := &s.p.Report
	status := statusOf(r.Status)
	if r.Ended != nil {
		s.buf = s.appendOutcome(s.buf, r)
	} else {
		s.buf = s.mark.paint(s.buf, s.mark.color[status], s.mark.sign[status])
		s.append(" ")
		does, how := " running", " for "
		if !s.p.Summary.Alive {
			does, how = " interrupted", " after "
		}
		s.buf = s.mark.paint(s.buf, bold, string(escape(nil, s.p.Summary.Workflow))+does)
		s.append(how + took(s.now.Sub(moment(r.Started))) + "\n")
	}
	facts := []string{s.p.Summary.Run, "started " + Stamp(r.Started)}
	if r.Ended != nil {
		facts = append(facts, "ended "+Stamp(*r.Ended))
	} else {
		facts = append(facts, fmt.Sprintf("as of event %d", s.p.Events), stamp3(s.p.At))
	}
	if len(s.p.Summary.Tags) > 0 {
		facts = append(facts, "tags "+strings.Join(s.p.Summary.Tags, ", "))
	}
	if up := s.p.Summary.Parent; up != nil {
		facts = append(facts, "called by "+up.Node+" of "+up.Run)
	}
	s.append("  ")
	s.buf = escape(s.buf, strings.Join(facts, "  "))
	s.append("\n")
}

func moment(t ir.Time) time.Time { return time.Unix(0, int64(t)) }

// Stamp writes a time as ISO 8601 has it, in the zone of this machine.
func Stamp(t ir.Time) string { return moment(t).Format("2006-01-02T15:04:05Z07:00") }

// stamp3 does so with milliseconds.
func stamp3(t ir.Time) string { return moment(t).Format("2006-01-02T15:04:05.000Z07:00") }

func statusOf(name string) ir.Status {
	for s := ir.Waiting; s <= ir.Reused; s++ {
		if s.String() == name {
			return s
		}
	}
	return ir.Running
}

// readSources finds the lines of the files of the program.
func (s *sourceView) readSources() {
	for _, src := range s.p.Program.Sources {
		if src.Text == "" {
			s.files = nil
			return
		}
		f := sourceFile{name: src.Name, text: src.Text, starts: []int{0}}
		for i := range len(src.Text) {
			if src.Text[i] == '\n' && i+1 < len(src.Text) {
				f.starts = append(f.starts, i+1)
			}
		}
		s.files = append(s.files, f)
	}
}

// place returns the line of a place; ok is false if there is none.
func (s *sourceView) place(file int32, offset int32) (at sourceLine, ok bool) {
	if file < 0 || int(file) >= len(s.files) || int(offset) > len(s.files[file].text) {
		return at, false
	}
	return sourceLine{int(file), sort.SearchInts(s.files[file].starts, int(offset)+1) - 1}, true
}

// text returns a line of a file, without its end.
func (f *sourceFile) line(n int) string {
	end := len(f.text)
	if n+1 < len(f.starts) {
		end = f.starts[n+1]
	}
	return strings.ReplaceAll(strings.TrimRight(f.text[f.starts[n]:end], "\r\n"), "\t", "    ")
}

// seen reports whether a node has a status of its own in the picture: it is no
// item, whose status is that of the nodes in it.
func (s *sourceView) seen(k int) bool {
	n := &s.p.Workflow.Nodes[k]
	return !n.Kind.Instant() && (n.Kind != ir.NBody || n.Name != "")
}

// placeNodes finds the nodes that begin on each line.
func (s *sourceView) placeNodes() {
	s.at = map[sourceLine][]int{}
	nodes := s.p.Workflow.Nodes
	for k := range nodes {
		at, ok := s.place(nodes[k].At.File, int32(nodes[k].At.Start))
		if !ok || !s.seen(k) {
			continue
		}
		inner := false
		for p := nodes[k].Parent; p >= 0 && !inner; p = nodes[p].Parent {
			around, ok := s.place(nodes[p].At.File, int32(nodes[p].At.Start))
			inner = ok && around == at && s.seen(p)
		}
		if !inner {
			s.at[at] = append(s.at[at], k)
		}
	}
}

// regions chooses the lines that are shown: those of the workflow, and then
// those of canvases that it is made of.
func (s *sourceView) regions() {
	shown := map[sourceLine]bool{}
	nodes := s.p.Workflow.Nodes
	for k := range nodes {
		if !s.seen(k) {
			continue
		}
		first, ok := s.place(nodes[k].Extent.File, int32(nodes[k].Extent.Start))
		last, ok2 := s.place(nodes[k].Extent.File, int32(max(nodes[k].Extent.Start, nodes[k].Extent.End-1)))
		if !ok || !ok2 || shown[first] {
			continue
		}
		if k > 0 {
			first, last = s.canvas(k, first, last)
		}
		if len(s.files) > 1 || k > 0 {
			if len(s.lines) > 0 {
				s.lines = append(s.lines, pictureLine{})
			}
			s.lines = append(s.lines, pictureLine{text: s.files[first.file].name})
		}
		for n := first.line; n <= last.line; n++ {
			at := sourceLine{first.file, n}
			shown[at] = true
			s.lines = append(s.lines, pictureLine{number: n + 1, text: s.files[first.file].line(n), nodes: s.at[at]})
		}
	}
}

// canvas returns the lines of the canvas that a node is written in, of which
// first and last are some: as far as there are nodes of it, its head and its
// closing bracket.
func (s *sourceView) canvas(k int, first, last sourceLine) (from, to sourceLine) {
	nodes := s.p.Workflow.Nodes
	around := nodes[k].Parent
	for ; around > 0; around = nodes[around].Parent {
		if at, ok := s.place(nodes[around].At.File, int32(nodes[around].At.Start)); nodes[around].Kind == ir.NCanvas && (!ok || at.file != first.file || at.line < first.line || at.line > last.line) {
			break
		}
	}
	from, to = first, last
	if around <= 0 {
		return from, to
	}
	for j := around + 1; j < nodes[around].End; j++ {
		head, ok := s.place(nodes[j].Extent.File, int32(nodes[j].Extent.Start))
		end, _ := s.place(nodes[j].Extent.File, int32(max(nodes[j].Extent.Start, nodes[j].Extent.End-1)))
		if ok && s.seen(j) && head.file == first.file && !s.inCanvas(j, around) {
			from.line, to.line = min(from.line, head.line), max(to.line, end.line)
		}
	}
	f := &s.files[from.file]
	for n := from.line; n >= 0 && n > from.line-20; n-- {
		if strings.HasPrefix(strings.TrimSpace(f.line(n)), "canvas ") {
			from.line = n
			break
		}
	}
	if n := to.line + 1; n < len(f.starts) && strings.HasPrefix(f.line(n), "}") {
		to.line = n
	}
	return from, to
}

// inCanvas reports whether there is another canvas between a node and the one
// that it is in.
func (s *sourceView) inCanvas(k, outer int) bool {
	nodes := s.p.Workflow.Nodes
	for p := nodes[k].Parent; p > outer; p = nodes[p].Parent {
		if nodes[p].Kind == ir.NCanvas {
			return true
		}
	}
	return false
}

// nodes makes lines of a program whose source is not known: its nodes.
func (s *sourceView) nodes() {
	nodes := s.p.Workflow.Nodes
	for k := range nodes {
		if !s.seen(k) {
			continue
		}
		depth := 0
		for p := nodes[k].Parent; p >= 0; p = nodes[p].Parent {
			if s.seen(p) {
				depth++
			}
		}
		text := strings.Repeat("  ", depth) + nodes[k].Name
		if c := nodes[k].Call; c != nil && c.Callee != nodes[k].Name {
			text += " = " + c.Callee
		}
		s.lines = append(s.lines, pictureLine{number: len(s.lines) + 1, text: text, nodes: []int{k}})
	}
}

// gutters says for each line what stands beside it, and how wide that is.
func (s *sourceView) gutters() {
	for i := range s.lines {
		l := &s.lines[i]
		s.numbered = max(s.numbered, len(fmt.Sprint(l.number)))
		if len(l.nodes) == 0 {
			continue
		}
		l.has = true
		l.status = ir.Waiting
		for _, k := range l.nodes {
			if status := s.status(k); rank(status) > rank(l.status) {
				l.status = status
			}
		}
		if len(l.nodes) == 1 {
			s.facts(l, l.nodes[0])
		}
		s.marked = max(s.marked, 1)
		s.counted, s.timed, s.tried = max(s.counted, columns(l.count)), max(s.timed, columns(l.took)), max(s.tried, columns(l.tries))
	}
}

// ranks orders statuses: of several copies that of the greatest is shown.
var ranks = [...]int{
	ir.Waiting: 0, ir.Skipped: 1, ir.Reused: 2, ir.Succeeded: 3, ir.Undone: 4, ir.Cancelled: 5,
	ir.Abandoned: 6, ir.TimedOut: 7, ir.Failed: 8, ir.Running: 9,
}

func rank(s ir.Status) int { return ranks[s] }

// greatest returns the status to be shown of copies in these.
func greatest(counts *[ir.Reused + 1]int) ir.Status {
	status := ir.Waiting
	for x, count := range counts {
		if count > 0 && rank(ir.Status(x)) > rank(status) {
			status = ir.Status(x)
		}
	}
	return status
}

// status returns the status of all copies of a node together.
func (s *sourceView) status(k int) ir.Status {
	t := &s.p.Tallies[k]
	status := greatest(&t.Counts)
	switch {
	case t.Undos[ir.Running] > 0:
		return ir.Running
	case t.Undos[ir.Failed] > 0:
		return ir.Failed
	case t.Began() > 0:
		return status
	}
	for p := s.p.Workflow.Nodes[k].Parent; p >= 0; p = s.p.Workflow.Nodes[p].Parent {
		switch around := s.status(p); {
		case s.p.Tallies[p].Sliced() > 0: // it is in the slices
			return greatest(&s.p.Tallies[p].Slices)
		case s.p.Tallies[p].Began() == 0:
			continue
		case around == ir.Running:
			return ir.Waiting
		case around == ir.Cancelled:
			return ir.Cancelled
		default:
			return ir.Skipped
		}
	}
	return ir.Waiting
}

// facts says how many copies of a node there are, how long they took and how
// often they were tried.
func (s *sourceView) facts(l *pictureLine, k int) {
	t, n := &s.p.Tallies[k], &s.p.Workflow.Nodes[k]
	if t.Began() == 0 {
		return
	}
	copies := s.p.Workflow.Frames[n.Frame].Parent >= 0
	switch {
	case t.Sliced() > 0:
		l.count = fmt.Sprintf("%d/%d", t.Slices[ir.Succeeded]+t.Slices[ir.Reused]+t.Slices[ir.Undone], t.Sliced())
	case n.Kind == ir.NMap || n.Kind == ir.NExpand || n.Kind == ir.NLoop:
		items := &s.p.Tallies[n.Body]
		l.count = fraction(items, max(t.Items, items.Began()))
	case copies:
		l.count = fraction(t, max(t.Began()-t.Counts[ir.Skipped], s.expected(k)))
	}
	switch {
	case t.Began() == 1 && t.Counts[ir.Running] == 1:
		l.took = whole(s.now.Sub(moment(t.Last)))
	case t.Timed == 1:
		l.took = took(time.Duration(t.Took))
	case t.Timed > 1:
		l.took = "~" + took(time.Duration(t.Took)/time.Duration(t.Timed))
	}
	if t.Attempts > 1 {
		l.tries = fmt.Sprintf("%s%d", s.mark.times, t.Attempts)
	}
}

// fraction says how many of some copies have succeeded, whatever was undone since.
func fraction(t *history.Tally, of int) string {
	return fmt.Sprintf("%d/%d", t.Counts[ir.Succeeded]+t.Counts[ir.Reused]+t.Counts[ir.Undone], of)
}

// expected returns how many copies of a node there will be: as many as there
// are items of what is around it, unless it depends on something else.
func (s *sourceView) expected(k int) int {
	nodes := s.p.Workflow.Nodes
	for p := nodes[k].Parent; p >= 0; p = nodes[p].Parent {
		switch nodes[p].Kind {
		case ir.NMap, ir.NExpand:
			return s.p.Tallies[p].Items
		case ir.NBody:
			if nodes[p].Name != "" { // a branch, a handler
				return 0
			}
		case ir.NLoop:
			return 0
		}
	}
	return 0
}

// line writes a line of the picture, and what failed on it.
func (s *sourceView) line(l *pictureLine) {
	switch {
	case l.number == 0 && l.text == "":
		s.append("\n")
		return
	case l.number == 0:
		s.buf = s.mark.paint(s.buf, bold, cutTo(string(escape(nil, l.text)), s.width, s.mark.more))
		s.append("\n")
		return
	}
	gutter, room := s.gutter(l), s.width
	if s.width > 0 {
		room = max(1, s.width-s.gutterWidth())
	}
	s.append(gutter)
	s.append(strings.TrimRight(cutTo(string(escape(nil, l.text)), room, s.mark.more), " "))
	s.buf = append([]byte(strings.TrimRight(string(s.buf), " ")), '\n')
	if !l.has {
		return
	}
	indent := l.text[:len(l.text)-len(strings.TrimLeft(l.text, " "))]
	for _, k := range l.nodes {
		s.failures(k, indent, room)
		if n := s.p.Tallies[k].Sliced(); n > 0 {
			s.note(indent, dim, "its items are in "+plural(n, "child run")+", one a slice", room)
		}
	}
}

// gutterWidth returns the columns of the gutter.
func (s *sourceView) gutterWidth() int {
	w := s.marked + 1 + s.timed + 1 + s.numbered + 3
	if s.counted > 0 {
		w += s.counted + 1
	}
	if s.tried > 0 {
		w += s.tried + 1
	}
	return w
}

// gutter returns what stands left of a line.
func (s *sourceView) gutter(l *pictureLine) string {
	var b []byte
	sign, color := " ", ""
	if l.has {
		sign, color = s.mark.sign[l.status], s.mark.color[l.status]
	}
	b = append(s.mark.paint(b, color, sign), ' ')
	if s.counted > 0 {
		b = append(b, pad(l.count, s.counted)...)
		b = append(b, ' ')
	}
	b = append(append(b, pad(l.took, s.timed)...), ' ')
	if s.tried > 0 {
		b = append(append(b, pad(l.tries, s.tried)...), ' ')
	}
	number := ""
	if l.number > 0 {
		number = fmt.Sprint(l.number)
	}
	return string(s.mark.paint(b, dim, pad(number, s.numbered)+" "+s.mark.bar)) + " "
}

// pad writes s at the right of so many columns.
func pad(s string, width int) string { return strings.Repeat(" ", max(0, width-columns(s))) + s }

// failures tells why copies of a node failed: those in which nothing else did.
func (s *sourceView) failures(k int, indent string, room int) {
	t := &s.p.Tallies[k]
	if t.Counts[ir.Failed]+t.Counts[ir.TimedOut]+t.Undos[ir.Failed] == 0 {
		return
	}
	told := 0
	for _, f := range t.Failed {
		if f.Failure == nil || f.Failure.Node != "" && f.Failure.Node != f.Node {
			continue
		}
		told++
		text := s.mark.sign[ir.Failed] + " " + string(escape(nil, f.Node)) + ": " + string(escape(nil, why(f.Failure)))
		if f.Absorbed {
			text += ", absorbed"
		}
		s.note(indent, red, text, room)
	}
	if more := t.Failures - len(t.Failed); told > 0 && more > 0 {
		s.note(indent, red, "and "+thousands(more)+" more", room)
	}
}

// note writes a line below one of the source.
func (s *sourceView) note(indent, color, text string, room int) {
	s.append(s.gutter(&pictureLine{}))
	s.append(indent)
	if room > 0 {
		room = max(1, room-columns(indent))
	}
	s.buf = s.mark.paint(s.buf, color, cutTo(text, room, s.mark.more))
	s.append("\n")
}

// cutTo is cut, but for a width of 0, which is any.
func cutTo(s string, width int, more string) string {
	if width <= 0 {
		return s
	}
	return cut(s, width, more)
}
