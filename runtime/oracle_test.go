package runtime_test

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/flowc/flowc/compiler/ir"
)

// oracle says how a run ends without running it: a recursive reading of
// language.md, section 8, in which a node is a function from when it starts and
// when it is killed to how it ends. There are no events, no states and no
// floods here: where a group fails at time f, its members are simply looked at
// again with f as the time at which they are killed.
type oracle struct {
	fate   fate
	status map[string]ir.Status
	eff    map[*tree]bool
}

// forever is later than anything.
const forever = ir.Time(1) << 60

// verdict is how a node ends.
type verdict struct {
	status ir.Status // Succeeded, Failed, TimedOut or Cancelled
	failed ir.Time   // when its failure is known to what is around it; forever if it does not fail
	quiet  ir.Time   // when everything in it has ended
}

func foretell(root *tree, f fate, cancel ir.Time) (*oracle, verdict) {
	if cancel == 0 {
		cancel = forever - 1 // before what never happens
	}
	o := &oracle{fate: f, status: map[string]ir.Status{}, eff: map[*tree]bool{}}
	o.flags(root, true)
	return o, o.node(root, "w", "w", 0, cancel)
}

func (o *oracle) flags(t *tree, eff bool) {
	if f := t.flag(); f != nil {
		eff = *f
	}
	o.eff[t] = eff
	for _, k := range t.kids {
		o.flags(k, eff)
	}
}

func explicitFalse(t *tree) bool { f := t.flag(); return f != nil && !*f }

// ids returns the id of a kid in a segment, and the segment for its kids.
func ids(seg string, kids []*tree, k int) (id, inner string) {
	t := kids[k]
	if t.name != "" {
		return seg + "/" + t.name, seg + "/" + t.name
	}
	// nameless: the number was given when the tree was built
	return seg + t.id[strings.LastIndex(t.id, "/"):], seg
}

// node is how t ends when it starts at start and is killed at kill.
func (o *oracle) node(t *tree, id, seg string, start, kill ir.Time) verdict {
	if t.kind == "task" {
		return o.put(id, o.task(t, id, start, kill))
	}
	deadline := forever
	if t.has("timeout") {
		d, _ := ir.ParseDuration(t.opts["timeout"])
		deadline = start + ir.Time(d)
	}
	for attempt := 1; ; attempt++ {
		if attempt > 1 {
			seg = strings.TrimSuffix(id, "#"+strconv.Itoa(attempt-1)) + "#" + strconv.Itoa(attempt)
		}
		v := o.kids(t, id, seg, attempt, start, min(kill, deadline))
		last := attempt > t.number("retry")
		switch {
		case v.status == ir.Succeeded:
			return o.put(id, v)
		case v.status == ir.Cancelled && deadline <= kill:
			return o.put(id, verdict{ir.TimedOut, v.quiet, v.quiet})
		case v.status == ir.Cancelled:
			return o.put(id, v)
		case last:
			return o.put(id, v)
		}
		end := min(kill, deadline)
		next := v.quiet + backoff(attempt)
		if end < next {
			v = verdict{ir.Cancelled, forever, max(end, v.quiet)}
			if deadline <= kill {
				v = verdict{ir.TimedOut, v.quiet, v.quiet}
			}
			return o.put(id, v)
		}
		start = next
	}
}

func backoff(attempt int) ir.Time { return ir.Time(min(60, 1<<(attempt-1))) * 1_000_000_000 }

func (o *oracle) put(id string, v verdict) verdict {
	o.status[id] = v.status
	return v
}

func (o *oracle) task(t *tree, id string, start, kill ir.Time) verdict {
	for attempt := 1; ; attempt++ {
		end := start + o.fate.duration(id, attempt)
		if end > kill {
			return verdict{ir.Cancelled, forever, kill + o.fate.linger(id, attempt)}
		}
		if !o.fate.fails(id, attempt) {
			return verdict{ir.Succeeded, forever, end}
		}
		if attempt > t.number("retry") {
			return verdict{ir.Failed, end, end}
		}
		if start = end + backoff(attempt); start > kill {
			return verdict{ir.Cancelled, forever, kill}
		}
	}
}

// kids is one attempt of what is in t.
func (o *oracle) kids(t *tree, id, seg string, attempt int, start, kill ir.Time) verdict {
	switch t.kind {
	case "chain", "workflow":
		return o.chain(t.kids, seg, start, kill)
	case "if":
		if t.has("no") {
			o.status[id+"/then"] = ir.Skipped
			o.neverAll(t.kids, id+"/then", ir.Skipped)
			return verdict{ir.Succeeded, forever, start}
		}
		return o.put(id+"/then", o.chain(t.kids, id+"/then", start, kill))
	case "map":
		if attempt > 1 {
			id = seg
		}
		return o.items(t, id, start, kill)
	case "dag":
		return o.dag(t, seg, start, kill)
	}
	return o.group(t, seg, start, kill)
}

func (o *oracle) chain(kids []*tree, seg string, start, kill ir.Time) verdict {
	now := start
	for k := range kids {
		id, inner := ids(seg, kids, k)
		v := o.node(kids[k], id, inner, now, kill)
		if v.failed <= kill && !explicitFalse(kids[k]) {
			o.neverAll(kids[k+1:], seg, ir.Skipped)
			return verdict{ir.Failed, v.failed, v.quiet}
		}
		if now = v.quiet; now > kill || v.status == ir.Cancelled { // one that waits to try again ends at once
			o.neverAll(kids[k+1:], seg, ir.Cancelled)
			return verdict{ir.Cancelled, forever, now}
		}
	}
	return verdict{ir.Succeeded, forever, now}
}

// pass looks at members that start when one of max slots is free, and are
// killed at kill. It returns the verdicts of those that start.
func pass(n, limit int, start, kill ir.Time, look func(k int, start ir.Time) verdict) []verdict {
	if limit == 0 {
		limit = n
	}
	slots := make([]ir.Time, limit)
	for k := range slots {
		slots[k] = start
	}
	var all []verdict
	for k := range n {
		s := slices.Min(slots)
		if s >= kill {
			break
		}
		v := look(k, s)
		all = append(all, v)
		slots[slices.Index(slots, s)] = v.quiet
	}
	return all
}

// killed reports whether one of them was.
func killed(all []verdict) bool {
	return slices.ContainsFunc(all, func(v verdict) bool { return v.status == ir.Cancelled })
}

func lastQuiet(all []verdict, at ir.Time) ir.Time {
	for _, v := range all {
		at = max(at, v.quiet)
	}
	return at
}

// group is a group or a race.
func (o *oracle) group(t *tree, seg string, start, kill ir.Time) verdict {
	before := maps.Clone(o.status)
	look := func(kill ir.Time) []verdict {
		o.status = maps.Clone(before) // what an earlier look has said counts no more
		return pass(len(t.kids), t.number("max"), start, kill, func(k int, start ir.Time) verdict {
			id, inner := ids(seg, t.kids, k)
			return o.node(t.kids[k], id, inner, start, kill)
		})
	}
	all := look(kill)
	fails, wins := forever, forever
	for k, v := range all {
		if v.failed < fails && o.eff[t.kids[k]] {
			fails = v.failed
		}
		if v.status == ir.Succeeded {
			wins = min(wins, v.quiet)
		}
	}
	if t.kind != "race" {
		wins = forever
	}
	if end := min(fails, wins); end <= kill {
		all = look(end)
		o.neverAll(t.kids[len(all):], seg, ir.Cancelled)
		last := lastQuiet(all, end)
		if wins < fails {
			return verdict{ir.Succeeded, forever, last}
		}
		return verdict{ir.Failed, fails, last}
	}
	o.neverAll(t.kids[len(all):], seg, ir.Cancelled)
	last := lastQuiet(all, start)
	switch {
	case last > kill || killed(all) || len(all) < len(t.kids):
		return verdict{ir.Cancelled, forever, max(last, kill)}
	case t.kind == "race":
		return verdict{ir.Failed, last, last}
	}
	return verdict{ir.Succeeded, forever, last}
}

func (o *oracle) dag(t *tree, seg string, start, kill ir.Time) verdict {
	const never = forever + 1
	var all []verdict
	useless := make([]bool, len(t.kids))
	before := maps.Clone(o.status)
	look := func(kill ir.Time) {
		o.status = maps.Clone(before)
		all = nil
		clear(useless)
		ends := map[string]ir.Time{}
		for k, c := range t.kids {
			begin := start
			skip := ir.Time(0)
			for _, name := range strings.Split(c.opts["after"], "+") {
				j := slices.IndexFunc(t.kids, func(c *tree) bool { return c.name == name })
				if name == "" || j < 0 {
					continue
				}
				begin = max(begin, ends[name])
				if useless[j] || all[j].failed < forever && !explicitFalse(t.kids[j]) && all[j].quiet <= kill {
					useless[k] = true
					skip = max(skip, ends[name])
				}
			}
			v := verdict{ir.Waiting, forever, never}
			switch {
			case useless[k]:
				v.quiet = start // so that nobody waits for it
				o.neverOne(t.kids, k, seg, ir.Skipped)
			case begin < kill:
				id, inner := ids(seg, t.kids, k)
				v = o.node(c, id, inner, begin, kill)
			}
			ends[c.name] = v.quiet
			all = append(all, v)
		}
	}
	look(kill)
	fails, who := forever, -1
	for k, v := range all {
		if v.failed < fails && o.eff[t.kids[k]] {
			fails, who = v.failed, k
		}
	}
	if fails <= kill {
		look(fails)
		needs := map[string]bool{t.kids[who].name: true}
		last := fails
		for k, c := range t.kids {
			for _, name := range strings.Split(c.opts["after"], "+") {
				needs[c.name] = needs[c.name] || name != "" && needs[name]
			}
			switch {
			case all[k].status != ir.Waiting:
				last = max(last, all[k].quiet)
			case useless[k]:
			case needs[c.name]:
				o.neverOne(t.kids, k, seg, ir.Skipped)
			default:
				o.neverOne(t.kids, k, seg, ir.Cancelled)
			}
		}
		return verdict{ir.Failed, fails, last}
	}
	last, unstarted := start, false
	for k, v := range all {
		switch {
		case v.status != ir.Waiting:
			last = max(last, v.quiet)
		case !useless[k]:
			unstarted = true
			o.neverOne(t.kids, k, seg, ir.Cancelled)
		}
	}
	if last > kill || killed(all) || unstarted {
		return verdict{ir.Cancelled, forever, max(last, kill)}
	}
	return verdict{ir.Succeeded, forever, last}
}

func (o *oracle) items(t *tree, id string, start, kill ir.Time) verdict {
	n := t.number("n")
	item := func(k int) string { return fmt.Sprintf("%s[%d]", id, k) }
	before := maps.Clone(o.status)
	look := func(kill ir.Time) []verdict {
		o.status = maps.Clone(before) // what an earlier look has said counts no more
		return pass(n, t.number("max"), start, kill, func(k int, start ir.Time) verdict {
			return o.put(item(k), o.chain(t.kids, item(k), start, kill))
		})
	}
	unborn := func(from int) {
		for k := range n {
			if k < from {
				continue
			}
			o.status[item(k)] = ir.Cancelled
		}
	}
	all := look(kill)
	var failed []ir.Time
	for _, v := range all {
		if v.failed <= kill {
			failed = append(failed, v.failed)
		}
	}
	slices.Sort(failed)
	limit := n
	if t.has("tolerate") {
		limit = t.number("tolerate")
	} else if o.eff[t] {
		limit = 0
	}
	if limit < len(failed) {
		all = look(failed[limit])
		unborn(len(all))
		return verdict{ir.Failed, failed[limit], lastQuiet(all, failed[limit])}
	}
	last := lastQuiet(all, start)
	if last > kill || killed(all) || len(all) < n {
		unborn(len(all))
		return verdict{ir.Cancelled, forever, max(last, kill)}
	}
	return verdict{ir.Succeeded, forever, last}
}

// neverOne says that kid k never starts.
func (o *oracle) neverOne(kids []*tree, k int, seg string, s ir.Status) {
	id, inner := ids(seg, kids, k)
	o.status[id] = s
	t := kids[k]
	switch t.kind {
	case "map": // its items are not known
	case "if":
		o.status[id+"/then"] = s
		o.neverAll(t.kids, id+"/then", s)
	default:
		o.neverAll(t.kids, inner, s)
	}
}

func (o *oracle) neverAll(kids []*tree, seg string, s ir.Status) {
	for k := range kids {
		o.neverOne(kids, k, seg, s)
	}
}
