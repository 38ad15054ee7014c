package runtime

import (
	"bytes"
	"strconv"

	"github.com/flowc/flowc/compiler/ir"
	"github.com/flowc/flowc/compiler/ir/eval"
)

// region is one instantiation of a frame: the workflow itself, an item of a
// map or an expand, a round of a loop. It holds the state of the nodes that
// belong to that frame, and the values that they leave in its slots.
type region struct {
	frame eval.Frame
	plan  *regionPlan
	owner ref    // the map, expand or loop; its region is nil for the root
	item  int32  // index of the item, number of the round
	key   string // as it stands in ids: escaped
	insts []inst // by node.local
}

// ref is an instance of a node.
type ref struct {
	*region
	at int32
}

// inst is the state of one instance. It is small: a run may hold millions.
type inst struct {
	status  ir.Status
	ending  ir.Status // how it will end once it is quiet; Waiting when that is open
	phase   phase
	flags   flags
	tries   int32 // attempts of a task or block; rounds of a loop
	pending int32 // members or tasks at work; of a waiting dag member, siblings that it waits for
	left    int32 // group, dag, race: members that have not ended
	next    int32 // chain, group: the next member to start; if, switch: 1 + the branch taken; handler: 1 + the one that runs
	more    *more // nil for most
}

// flags of an instance.
type flags uint8

const (
	told     flags = 1 << iota // the failure has climbed past it: its parent knows
	counted                    // an item whose failure has been counted by its map
	returned                   // a `return` left it: of its handlers, only finally runs
	noRetry                    // it failed for good
	lateDone                   // cancelled, but the task completed before it heard of it
	absorbed                   // it ended badly and its parent went on
)

// more is what only some instances need.
type more struct {
	failure *Failure
	because string   // node whose failure was the cause of the cancel
	value   ir.Value // given by yield, by a winner, by the last round; a task's result
	given   bool     // value counts, even if none
	timers  uint8    // bit set of timerBit
	due     ir.Time  // of a task: when its total_timeout passes; 0 for none
	ready   []int32  // dag: members that may start and wait for a free slot
	max     int32    // how many members or items may run at once; 0 for all
	items   *items
	undo    *undoing
	kept    *kept
}

// kept is what is only held for a snapshot.
type kept struct {
	dues  [len(timerKinds)]ir.Time // of the timers that run
	task  *Task                    // that was asked for, where it cannot be computed again
	child *Child                   // likewise
}

// keep returns what is held for a snapshot, made when first needed.
func (x *more) keep() *kept {
	if x.kept == nil {
		x.kept = &kept{}
	}
	return x.kept
}

// due returns when a timer is due.
func (x *kept) due(kind TimerKind) ir.Time {
	if x == nil {
		return 0
	}
	return x.dues[timerIndex(kind)]
}

func (r ref) node() *node { return r.plan.nodes[r.at] }
func (r ref) inst() *inst { return &r.insts[r.at] }

// extra returns the instance's more, made when first needed.
func (i *inst) extra() *more {
	if i.more == nil {
		i.more = &more{}
	}
	return i.more
}

// max returns how many members may run at once.
func (i *inst) max() int32 {
	if i.more == nil || i.more.max == 0 {
		return 1<<31 - 1
	}
	return i.more.max
}

// failure returns why the instance failed, nil if it did not.
func (i *inst) failure() *Failure {
	if i.more == nil {
		return nil
	}
	return i.more.failure
}

// value returns what the instance gives when it succeeds.
func (i *inst) value() ir.Value {
	if i.more == nil || i.more.value == nil {
		return ir.None{}
	}
	return i.more.value
}

// give sets the value that the instance has when it succeeds.
func (i *inst) give(v ir.Value) {
	x := i.extra()
	x.value, x.given = v, true
}

// parent returns the instance around r; ok is false for the root.
func (r ref) parent() (p ref, ok bool) {
	n := r.node()
	if n.parent == nil {
		return ref{}, false
	}
	if n.parent.region == n.region {
		return ref{r.region, n.parent.local}, true
	}
	return r.owner, true
}

// member returns the instance, in r's region, of the node with local index at.
func (r ref) member(at int32) ref { return ref{r.region, at} }

// newRegion instantiates a frame.
func newRegion(p *regionPlan, owner ref, item int32, key string) *region {
	reg := &region{plan: p, owner: owner, item: item, key: key}
	reg.frame.Slots = make([]ir.Value, p.slots)
	reg.insts = make([]inst, len(p.nodes))
	if owner.region != nil {
		reg.frame.Parent = &owner.frame
	}
	return reg
}

// id returns the id of an instance, keys and attempts of retried blocks
// included. It is built when it is needed: a quiet node has no string.
func (m *Machine) id(r ref) string {
	m.scratch = appendID(m.scratch[:0], r)
	return string(m.scratch)
}

// appendID appends the id of r to b.
func appendID(b []byte, r ref) []byte {
	b = appendPrefix(b, r.region)
	n, pos := r.node(), 0
	for _, q := range n.retriers {
		if tries := r.insts[q.local].tries; tries > 1 {
			b = append(b, n.tail[pos:len(q.tail)]...)
			b = appendAttempt(b, tries)
			pos = len(q.tail)
		}
	}
	return append(b, n.tail[pos:]...)
}

// appendPrefix appends what stands before the tails of a region's nodes.
func appendPrefix(b []byte, reg *region) []byte {
	if reg.owner.region == nil {
		return b
	}
	b = appendID(b, reg.owner)
	tries := reg.owner.inst().tries
	if tries > 1 && reg.owner.node().retries() {
		b = appendAttempt(b, tries)
	}
	if reg.plan.slice {
		return strconv.AppendInt(append(b, sliceSegment...), int64(reg.item)+1, 10)
	}
	b = append(b, '[')
	b = append(b, reg.key...)
	return append(b, ']')
}

func appendAttempt(b []byte, tries int32) []byte {
	return strconv.AppendInt(append(b, '#'), int64(tries), 10)
}

// order returns the place of r in document order: static index, item, static
// index, and so on.
func order(r ref) []int32 {
	depth := 1
	for reg := r.region; reg.owner.region != nil; reg = reg.owner.region {
		depth += 2
	}
	o := make([]int32, depth)
	for {
		depth--
		o[depth] = r.node().index
		if r.owner.region == nil {
			return o
		}
		depth--
		o[depth] = r.item
		r = r.owner
	}
}

// recently asked for tasks are found without reading their ids: the next
// answer is often to one of the last questions. An instance never comes back
// under an id that it had, so that what is remembered cannot be wrong; it may
// have ended.
type recently struct {
	id string
	at ref
}

// remember notes the instance of a task that was asked for.
func (m *Machine) remember(id string, r ref) {
	m.asks = (m.asks + 1) % len(m.recent)
	m.recent[m.asks] = recently{id, r}
}

// find returns the instance with an id, if there is one now. The id is read,
// not looked up: no string is kept for an open task but the last few.
func (m *Machine) find(id string) (ref, bool) {
	for k := range m.recent {
		if m.recent[k].id == id {
			return m.recent[k].at, id != ""
		}
	}
	static, keys := m.scratch[:0], m.keys[:0]
	for k := 0; k < len(id); k++ {
		switch c := id[k]; c {
		case '[':
			from := k + 1
			for k < len(id) && id[k] != ']' {
				k++
			}
			keys = append(keys, id[from:min(k, len(id))])
			static = append(static, '[', ']')
		case '#':
			for k+1 < len(id) && '0' <= id[k+1] && id[k+1] <= '9' {
				k++
			}
		default:
			static = append(static, c)
		}
	}
	m.scratch, m.keys = static, keys
	r := m.lookUp(static, keys)
	if r.region == nil {
		return ref{}, false
	}
	m.scratch = appendID(m.scratch[:0], r)
	return r, string(m.scratch) == id
}

// lookUp returns the instance of the node with a static id under the items with
// these keys.
func (m *Machine) lookUp(static []byte, keys []string) ref {
	if m.root == nil {
		return ref{}
	}
	n := m.flow.byID[string(static)]
	if n == nil {
		if k := bytes.LastIndex(static, []byte(sliceSegment)); k >= 0 {
			return m.findSlice(string(static), k, keys)
		}
		return ref{}
	}
	if reg := m.regionOf(n.region, keys); reg != nil {
		return ref{reg, n.local}
	}
	return ref{}
}

// regionOf returns the live region of a frame under the items with these keys.
func (m *Machine) regionOf(frame int32, keys []string) *region {
	p := m.flow.regions[frame]
	if p.owner == nil {
		return m.root
	}
	if len(keys) == 0 {
		return nil
	}
	reg := m.regionOf(p.owner.region, keys[:len(keys)-1])
	if reg == nil {
		return nil
	}
	x := reg.insts[p.owner.local].more
	if x == nil || x.items == nil {
		return nil
	}
	return x.items.find(keys[len(keys)-1])
}

// escapeKey makes a key fit to stand in an id: what could forge a path is
// written as %XX.
func escapeKey(s string) string {
	clean := true
	for k := 0; k < len(s); k++ {
		if forges(s[k]) {
			clean = false
			break
		}
	}
	if clean {
		return s
	}
	const hex = "0123456789ABCDEF"
	b := make([]byte, 0, len(s)+8)
	for k := 0; k < len(s); k++ {
		if c := s[k]; forges(c) {
			b = append(b, '%', hex[c>>4], hex[c&15])
		} else {
			b = append(b, c)
		}
	}
	return string(b)
}

func forges(c byte) bool {
	return c < ' ' || c == 0x7f || c == '/' || c == '[' || c == ']' || c == '#' || c == '%'
}
