package view

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/flowc/flowc/compiler/ir"
)

// How the nodes of a frame are chosen when there is no room for all. First
// come those that run and those that failed, level by level from the root; of
// a map with many items some. Then, level by level, the next ones that wait
// and the last ones that ended: half of what room is left for each, and what
// one side does not need for the other. So what is finished collapses first.
// The lists of the tree are in the order in which they are needed, and no more
// of them is read than there is room.

const mostItems = 8 // that run or failed are shown of a map with many

// A line of a frame stands for a node. An item in which one thing runs shares
// its line with that.
type line struct {
	*node
	leaf *node // what is at work in it, or itself
}

// frameLines returns the lines of a frame of at most rows lines of at most
// width columns each.
func (v *View) frameLines(now time.Time, width, rows int) []string {
	if v.tree.root == nil || rows < 1 || width < 1 {
		return nil
	}
	chosen := v.tree.choose(rows)
	lines := make([]string, len(chosen))
	for i, l := range chosen {
		lines[i] = v.frameLine(now, l, width)
	}
	return lines
}

// chooser chooses the nodes of one frame.
type chooser struct {
	frame int
	room  int
	lines []line
}

// choose returns at most rows lines, in document order.
func (t *tree) choose(rows int) []line {
	t.frame++
	c := &chooser{frame: t.frame, room: rows}
	c.take(t.root)
	for i := 0; i < len(c.lines) && c.room > 0; i++ {
		leaf := c.lines[i].leaf
		most := c.room
		if leaf.crowd() {
			most = min(mostItems, max(2, rows/3))
		}
		most -= c.some(&leaf.lists[failed], most/2+most%2)
		most -= c.some(&leaf.lists[running], most)
		c.some(&leaf.lists[failed], most)
	}
	c.others(waiting, c.room/2)
	c.others(ended, c.room)
	c.others(waiting, c.room)
	slices.SortFunc(c.lines, func(a, b line) int {
		if d := slices.Compare(a.order, b.order); d != 0 {
			return d
		}
		return a.seq - b.seq
	})
	return c.lines
}

// take chooses a node.
func (c *chooser) take(n *node) {
	n.frame, n.shown = c.frame, [ir.Reused + 1]int{}
	l := line{n, n}
	if n.parent != nil {
		if n.parent.frame == c.frame {
			n.parent.shown[n.status]++
		}
		for n.parent.crowd() && l.leaf.alone() {
			l.leaf = l.leaf.lists[running].first
			l.leaf.frame, l.leaf.shown = c.frame, [ir.Reused + 1]int{}
		}
	}
	c.lines = append(c.lines, l)
	c.room--
}

// alone reports whether one thing is at work in n, and nothing in it failed.
func (n *node) alone() bool {
	r := &n.lists[running]
	return r.first != nil && r.first == r.last && n.lists[failed].first == nil && !n.crowd()
}

// some chooses up to most nodes of a list that are not chosen yet, and returns
// how many.
func (c *chooser) some(l *list, most int) int {
	most = min(most, c.room)
	taken := 0
	for n := l.first; n != nil && taken < most; n = n.next {
		if n.frame != c.frame {
			c.take(n)
			taken++
		}
	}
	return taken
}

// others chooses up to most nodes that wait or have ended.
func (c *chooser) others(of class, most int) {
	for i := 0; i < len(c.lines) && most > 0; i++ {
		l := c.lines[i]
		if l.leaf != l.node || l.crowd() || l.parent != nil && l.parent.crowd() {
			continue
		}
		if of == waiting {
			most -= c.some(&l.lists[waiting], most)
			continue
		}
		for n := l.lists[ended].last; n != nil && most > 0; n = n.prev {
			if n.frame != c.frame {
				c.take(n)
				most--
			}
		}
		most -= c.some(&l.lists[failed], most) // in what has ended
	}
}

// frameLine returns a line: sign, name, what there is to say.
func (v *View) frameLine(now time.Time, l line, width int) string {
	depth := 0
	for p := l.parent; p != nil; p = p.parent {
		if p.frame == v.tree.frame {
			depth++
		}
	}
	b := pen{marks: &v.mark, room: width}
	b.text("", strings.Repeat(" ", min(2*depth, width/2)))
	leaf := l.leaf
	sign, color := v.mark.sign[leaf.status], v.mark.color[leaf.status]
	switch {
	case leaf.queued && leaf.status == ir.Running:
		sign, color = v.mark.queued, dim
	case leaf.ending != ir.Waiting:
		color = yellow
	}
	b.text(color, sign)
	name := l.name
	if leaf != l.node {
		name += " " + v.mark.into + " " + leaf.name
	}
	style := ""
	if leaf.status == ir.Waiting || leaf.status == ir.Skipped {
		style = dim
	}
	b.text("", " ")
	b.text(style, oneLine(name))
	b.facts(now, leaf)
	if leaf.status != ir.Running || now.Before(leaf.retry) {
		b.reason(leaf, v.tree)
	}
	return string(b.out)
}

// oneLine makes s fit to be measured and drawn.
func oneLine(s string) string {
	return strings.ReplaceAll(string(escape(nil, strings.TrimSpace(s))), "\t", `\t`)
}

// pen writes a line until there is no more room.
type pen struct {
	*marks
	out  []byte
	room int // columns
	gap  int // spaces that are written when something follows: no line ends with any
}

// text writes s, or as much of it as there is room for.
func (p *pen) text(color, s string) {
	if p.room <= 0 || s == "" {
		return
	}
	short := cut(s, p.room, p.more)
	p.room -= columns(short)
	if short != s {
		p.room = 0
	}
	ink := strings.TrimRight(short, " ")
	if ink != "" {
		p.out = append(p.out, strings.Repeat(" ", p.gap)...)
		p.out = p.paint(p.out, color, ink)
		p.gap = 0
	}
	p.gap += len(short) - len(ink)
}

// facts writes what there is to say of a node beside its name.
func (p *pen) facts(now time.Time, n *node) {
	if n.crowd() {
		p.bar(n)
	} else {
		p.hidden(n)
	}
	switch {
	case n.status == ir.Running && now.Before(n.retry):
		p.text(yellow, "  retry in "+whole(n.retry.Sub(now)+time.Second-1))
	case n.status == ir.Running && n.queued:
		p.text(dim, "  queued")
	case n.status == ir.Running:
		if s := now.Sub(n.tried); s >= time.Second {
			p.text(dim, "  "+whole(s))
		}
	case !n.begun.IsZero() && !n.over.IsZero():
		p.text(dim, "  "+took(n.over.Sub(n.begun)))
	}
	if n.attempt > 1 {
		p.text(yellow, fmt.Sprintf("  attempt %d", n.attempt))
	}
	if n.ending != ir.Waiting {
		p.text(yellow, "  ending as "+word(n.ending))
	}
}

// reason writes why a node ended as it did, unless that stands at a node in it.
func (p *pen) reason(n *node, t *tree) {
	cause := t.nodes[n.cause]
	switch {
	case n.reason == "":
	case cause == nil || cause.frame != t.frame:
		p.text(dim, "  "+oneLine(n.reason))
	case n.absorbed:
		p.text(dim, "  absorbed")
	}
}

// hidden counts the children that are not shown, by status.
func (p *pen) hidden(n *node) {
	for s, count := range n.counts {
		if k := count - n.shown[s]; k > 0 {
			p.text("", "  ")
			p.text(p.color[s], fmt.Sprintf("%s %s", p.sign[s], thousands(k)))
		}
	}
}

// bar shows how far a map has come.
func (p *pen) bar(n *node) {
	total, ok, bad, now := n.size(), n.counts[ir.Succeeded]+n.counts[ir.Reused], 0, n.counts[ir.Running]
	for _, s := range []ir.Status{ir.Failed, ir.TimedOut, ir.Abandoned} {
		bad += n.counts[s]
	}
	rest := -now
	for _, k := range n.counts {
		rest += k
	}
	if n.items > 0 {
		cells := min(20, max(4, p.room/4))
		a, b := cells*ok/total, cells*(ok+bad)/total
		c := cells * rest / total
		if bad > 0 && a == b { // one that failed is seen, however many there are
			a, b = max(0, b-1), max(1, b)
			c = max(b, c)
		}
		p.text("", "  ")
		p.text(green, strings.Repeat(p.full, a))
		p.text(red, strings.Repeat(p.full, b-a))
		p.text(yellow, strings.Repeat(p.full, c-b))
		p.text(dim, strings.Repeat(p.empty, cells-c))
	}
	if n.items > 0 {
		p.text("", fmt.Sprintf("  %s/%s", thousands(rest), thousands(total)))
	}
	for _, x := range []struct {
		status ir.Status
		count  int
	}{
		{ir.Succeeded, ok}, {ir.Failed, bad}, {ir.Running, now}, {ir.Cancelled, n.counts[ir.Cancelled] + n.counts[ir.Skipped]},
		{ir.Undone, n.counts[ir.Undone]}, {ir.Waiting, total - now - rest},
	} {
		if x.count > 0 {
			p.text("", "  ")
			p.text(p.color[x.status], p.sign[x.status]+" "+thousands(x.count))
		}
	}
}
