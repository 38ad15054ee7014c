package view

import (
	"fmt"
	"strings"
	"time"

	"github.com/flowc/flowc/compiler/ir"
	"github.com/flowc/flowc/runtime"
)

// many is how many items of one container plain mode shows with all that
// happens in them, and how many lines it then spends on failures in the others.
// The rest is counted: there may be a million.
const many = 1000

// A crowd is the items of a container that is at work.
type crowd struct {
	id     string          // of the container
	total  int             // how many there are; 0 if that is not known
	first  map[string]bool // the ids of those that are shown, many at most
	ended  int
	failed int // of those that ended
	next   int // when ended is that, it is told
	told   int // lines about failures in others than the first
	hidden int // lines that were left out
}

// crowd returns the crowd of an item, which may be new. The items of a
// container's second attempt, `w/m#2[k]`, are a crowd of their own.
func (v *View) crowd(item *runtime.Change) *crowd {
	rest, ok := strings.CutPrefix(item.Node, item.Parent)
	at := strings.IndexByte(rest, '[')
	if !ok || at < 0 {
		return nil
	}
	key := item.Node[:len(item.Parent)+at]
	k := v.crowds[key]
	if k == nil {
		k = &crowd{id: item.Parent, first: map[string]bool{}}
		v.crowds[key] = k
	}
	return k
}

// countItem keeps count of items, and tells now and then how far a large crowd has
// come.
func (v *View) countItem(now time.Time, c *runtime.Change) {
	if !isItem(c) || c.Ending != ir.Waiting || c.Retry != 0 {
		return
	}
	k := v.crowd(c)
	switch {
	case k == nil:
		return
	case len(k.first) < many:
		k.first[c.Node] = true
	}
	if c.To == ir.Running || c.To == ir.Undone {
		return
	}
	k.ended++
	if c.To == ir.Failed || c.To == ir.TimedOut {
		k.failed++
	}
	if k.ended >= max(2*many, k.next) {
		step := k.total / 100
		if k.total == 0 {
			step = k.ended / 10
		}
		k.next = k.ended + max(many, step)
		v.tellCrowd(now, k)
	}
}

// tellCrowd shows how far a crowd has come.
func (v *View) tellCrowd(now time.Time, k *crowd) {
	text := thousands(k.ended)
	if k.total > 0 {
		text += " of " + thousands(k.total)
	}
	text += " items"
	if k.failed > 0 {
		text += ", " + thousands(k.failed) + " failed"
	}
	v.plainLine(now, k.id, text)
}

// disperse forgets the crowds of a container that has ended, and says how much
// of them was not shown.
func (v *View) disperse(now time.Time, c *runtime.Change) {
	for attempt := 1; attempt <= max(1, c.Attempt); attempt++ {
		key := c.Node
		if attempt > 1 {
			key = fmt.Sprintf("%s#%d", c.Node, attempt)
		}
		k := v.crowds[key]
		if k == nil {
			continue
		}
		delete(v.crowds, key)
		if k.hidden > 0 && !v.leftOut(c.Node, false) {
			v.plainLine(now, c.Node, "and "+thousands(k.hidden)+" more lines about its items")
		}
	}
}

// leftOut reports whether a line about a node is left out, as it is not about
// one of the first items around it.
func (v *View) leftOut(node string, failed bool) bool {
	for at := 0; at < len(node); at++ {
		if node[at] != '[' {
			continue
		}
		k := v.crowds[node[:at]]
		if k == nil || len(k.first) < many || k.shows(node, at) {
			continue
		}
		if failed && k.told < many {
			k.told++
			continue
		}
		k.hidden++
		return true
	}
	return false
}

// shows reports whether a node is in, or is, one of the first items. The key of
// the item begins after at; it may have brackets in it.
func (k *crowd) shows(node string, at int) bool {
	for end := at; end < len(node); end++ {
		if node[end] == ']' && k.first[node[:end+1]] {
			return true
		}
	}
	return false
}
