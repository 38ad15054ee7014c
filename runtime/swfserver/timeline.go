package swfserver

import (
	"cmp"
	"slices"
	"strconv"
	"strings"
)

// A timeline holds runs in the order of a time and, at the same time, in the
// order in which they were started. A run that is taken out leaves a gap until
// half of the timeline is gaps, so that adding and taking out cost O(1) where,
// as nearly always, runs are added at the end.
type timeline struct {
	items []moment
	gaps  int
}

type moment struct {
	at    stamp
	order int64
	run   *execution // nil is a gap
}

func (m moment) compare(o moment) int {
	return cmp.Or(cmp.Compare(m.at, o.at), cmp.Compare(m.order, o.order))
}

func (l *timeline) add(at stamp, x *execution) {
	m := moment{at, x.order, x}
	if n := len(l.items); n == 0 || l.items[n-1].compare(m) < 0 {
		l.items = append(l.items, m)
		return
	}
	k, _ := slices.BinarySearchFunc(l.items, m, moment.compare)
	l.items = slices.Insert(l.items, k, m)
}

func (l *timeline) remove(at stamp, x *execution) {
	k, found := slices.BinarySearchFunc(l.items, moment{at: at, order: x.order}, moment.compare)
	if !found || l.items[k].run == nil {
		return
	}
	l.items[k].run = nil
	if l.gaps++; l.gaps > len(l.items)/2 {
		l.items = slices.DeleteFunc(l.items, func(m moment) bool { return m.run == nil })
		l.gaps = 0
	}
}

// A span is a range of time; to is included.
type span struct{ from, to stamp }

// walk calls visit with the runs of a span, the newest first unless oldest is
// set, beginning after a key, until it returns false.
func (l *timeline) walk(in span, oldest bool, after string, visit func(m moment) bool) {
	low, _ := slices.BinarySearchFunc(l.items, moment{at: in.from, order: -1}, moment.compare)
	high, _ := slices.BinarySearchFunc(l.items, moment{at: in.to + 1, order: -1}, moment.compare)
	if last, ok := readMoment(after); ok {
		k, found := slices.BinarySearchFunc(l.items, last, moment.compare)
		switch {
		case !oldest:
			high = min(high, k)
		case found:
			low = max(low, k+1)
		default:
			low = max(low, k)
		}
	}
	for low < high {
		var m moment
		if oldest {
			m = l.items[low]
			low++
		} else {
			high--
			m = l.items[high]
		}
		if m.run != nil && !visit(m) {
			return
		}
	}
}

// key returns the place of a moment for a page token.
func (m moment) key() string {
	return strconv.FormatInt(int64(m.at), 10) + "." + strconv.FormatInt(m.order, 10)
}

func readMoment(key string) (moment, bool) {
	at, order, ok := strings.Cut(key, ".")
	a, err1 := strconv.ParseInt(at, 10, 64)
	o, err2 := strconv.ParseInt(order, 10, 64)
	return moment{at: stamp(a), order: o}, ok && err1 == nil && err2 == nil
}
