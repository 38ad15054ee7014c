package history

import (
	"cmp"
	"slices"

	"github.com/flowc/flowc/compiler/ir"
	"github.com/flowc/flowc/runtime"
)

// Seconds is a duration as it stands in JSON.
type Seconds float64

func seconds(d ir.Duration) Seconds { return Seconds(float64(d/1e3) / 1e6) }

// Duration returns s as a duration.
func (s Seconds) Duration() ir.Duration { return ir.Duration(float64(s) * 1e9) }

// Stats gathers what some runs took. Each run that is added costs its events;
// what is remembered of it does not grow with them, but for the critical path
// of the last one.
type Stats struct {
	runs   int
	status map[string]int
	took   sketch
	nodes  map[string]*nodeStats
	slow   []Slow // the slowest, the first of them is the slowest
	most   int
	path   []Stretch
}

// nodeStats is what is known of a node.
type nodeStats struct {
	NodeStats
	order      []int32 // place in its workflow
	run, queue sketch
	critical   ir.Duration
}

// StatsReport is what `stats --json` prints.
type StatsReport struct {
	Runs     int            `json:"runs"`
	Statuses map[string]int `json:"statuses"` // of the runs
	Time     Spread         `json:"time"`     // of those that ended
	Nodes    []NodeStats    `json:"nodes"`
	Slowest  []Slow         `json:"slowest"`
	Path     []PathStretch  `json:"path"` // critical path of the last run
}

// NodeStats is what the copies of one node of a definition took in all runs.
type NodeStats struct {
	ID       string         `json:"id"` // without keys
	Kind     string         `json:"kind"`
	Activity string         `json:"activity,omitempty"`
	Count    int            `json:"count"`              // copies that began
	Attempts int            `json:"attempts,omitempty"` // of tasks and child runs: of all copies together
	Statuses map[string]int `json:"statuses"`           // how they ended; running those that have not
	Failures map[string]int `json:"failures,omitempty"` // attempts that failed, by the name of the error
	Time     Spread         `json:"time"`               // of tasks: of each attempt at work; else from beginning to end
	Queue    *Spread        `json:"queue,omitempty"`    // of tasks: how long each attempt waited to be taken
	Critical Seconds        `json:"critical,omitempty"` // how long the runs waited for it and for nothing else
}

// Spread says how some durations are distributed, in seconds.
type Spread struct {
	Total Seconds `json:"total"`
	P50   Seconds `json:"p50"`
	P95   Seconds `json:"p95"`
	Max   Seconds `json:"max"`
}

// Slow is an attempt of a task, or a child run, that took long.
type Slow struct {
	Run     string  `json:"run"`
	Node    string  `json:"node"`
	Attempt int     `json:"attempt,omitempty"`
	Queue   Seconds `json:"queue"`
	Time    Seconds `json:"time"`
}

// PathStretch is a [Stretch] as it is printed.
type PathStretch struct {
	Stretch
	Queue Seconds `json:"queue"`
	Time  Seconds `json:"time"`
}

// NewStats returns what nothing has been added to. It will list so many of the
// slowest tasks.
func NewStats(slowest int) *Stats {
	return &Stats{status: map[string]int{}, nodes: map[string]*nodeStats{}, most: slowest}
}

// Add takes in a run.
func (s *Stats) Add(r *Record) error {
	x := &adder{Stats: s, run: r.Summary.Run, trace: newTracer(), begun: map[string]ir.Time{}, asked: map[string]inquiry{}}
	err := r.Each(func(e *runtime.Event, step runtime.Step) bool {
		x.trace.add(e, &step)
		x.event(e)
		for i := range step.Changes {
			x.change(e, &step.Changes[i])
		}
		for i := range step.Commands {
			x.command(e, &step.Commands[i])
		}
		return true
	})
	if err != nil {
		return err
	}
	s.runs++
	s.status[r.Summary.Status]++
	if r.Summary.Ended != 0 {
		s.took.add(ir.Duration(r.Summary.Ended - r.Summary.Started))
	}
	s.path = x.trace.path(r.Events)
	for _, stretch := range s.path {
		if n := s.nodes[ir.StaticID(stretch.Node)]; n != nil && x.trace.known(stretch) {
			n.critical += ir.Duration(stretch.Ended - stretch.Began)
		}
	}
	return nil
}

// known reports whether it is known when a stretch began: of what somebody
// asked for from without, it is not.
func (t *tracer) known(s Stretch) bool {
	return s.What != "cancel" && s.What != "undo" && s.Node != ""
}

// An adder adds one run.
type adder struct {
	*Stats
	run   string
	trace *tracer
	begun map[string]ir.Time // of what runs, by id
	asked map[string]inquiry // tasks and child runs that have not been answered; event is the attempt
}

// node returns what is known of a node.
func (s *Stats) node(id string) *nodeStats {
	static := ir.StaticID(id)
	n := s.nodes[static]
	if n == nil {
		n = &nodeStats{NodeStats: NodeStats{ID: static, Statuses: map[string]int{}, Failures: map[string]int{}}}
		s.nodes[static] = n
	}
	return n
}

// change takes in a change of a node.
func (x *adder) change(e *runtime.Event, c *runtime.Change) {
	if c.Ending != ir.Waiting || c.Retry != 0 {
		return
	}
	n := x.node(c.Node)
	n.Kind, n.Activity = c.Kind, c.Activity
	if n.order == nil {
		n.order = places(c.Order)
	}
	if c.From != ir.Waiting {
		n.end(c.From.String(), -1)
	}
	n.end(c.To.String(), 1)
	switch {
	case c.To == ir.Running:
		n.Count++
		x.begun[c.Node] = e.Time
	case c.From == ir.Running:
		begun, ok := x.begun[c.Node]
		delete(x.begun, c.Node)
		if ok && !asks(c.Kind) {
			n.run.add(ir.Duration(e.Time - begun))
		}
	}
}

func (n *nodeStats) end(status string, by int) {
	if n.Statuses[status] += by; n.Statuses[status] == 0 {
		delete(n.Statuses, status)
	}
}

// asks reports whether a node of a kind asks somebody to do it.
func asks(kind string) bool { return kind == "activity" || kind == "child" }

// places returns the order of a node without the numbers of items.
func places(order []int32) []int32 {
	var list []int32
	for k := 0; k < len(order); k += 2 {
		list = append(list, order[k])
	}
	return list
}

// command takes in what was asked for.
func (x *adder) command(e *runtime.Event, c *runtime.Command) {
	if c.Type == runtime.ScheduleTask || c.Type == runtime.StartChild {
		x.node(c.Node).Attempts++
		x.asked[c.Node] = inquiry{event: int32(len(x.trace.times) - 1)}
	}
}

// event takes in the answer of a task or a child run.
func (x *adder) event(e *runtime.Event) {
	q, ok := x.asked[e.Node]
	switch {
	case !ok:
		return
	case e.Type == runtime.TaskStarted:
		q.started = e.Time
		x.asked[e.Node] = q
		return
	case e.Type == runtime.TimerFired || e.Type == runtime.CancelRequested || e.Type == runtime.ChildStarted || e.Type == runtime.TaskScheduled:
		return
	}
	delete(x.asked, e.Node)
	n := x.node(e.Node)
	asked, slow := x.trace.times[q.event], Slow{Run: x.run, Node: e.Node, Attempt: e.Attempt}
	ran := ir.Duration(e.Time - asked)
	if q.started != 0 {
		n.queue.add(ir.Duration(q.started - asked))
		slow.Queue = seconds(ir.Duration(q.started - asked))
		ran = ir.Duration(e.Time - q.started)
	}
	n.run.add(ran)
	slow.Time = seconds(ran)
	x.slower(slow)
	if kind := failureOf(e); kind != "" {
		n.Failures[kind]++
	}
}

// failureOf returns the name of the error that an answer is, "" for none.
func failureOf(e *runtime.Event) string {
	switch {
	case e.Failure != nil && e.Failure.Error != "":
		return e.Failure.Error
	case e.Type == runtime.TaskTimedOut || e.Type == runtime.ChildTimedOut:
		return runtime.TimeOut
	case e.Type == runtime.TaskFailed || e.Type == runtime.ChildFailed:
		return runtime.Undeclared
	}
	return ""
}

// slower keeps one that is among the slowest.
func (s *Stats) slower(x Slow) {
	k := len(s.slow)
	for k > 0 && s.slow[k-1].Time < x.Time {
		k--
	}
	if k < s.most {
		s.slow = slices.Insert(s.slow, k, x)
		s.slow = s.slow[:min(len(s.slow), s.most)]
	}
}

// Report returns what has been gathered.
func (s *Stats) Report() StatsReport {
	o := StatsReport{Runs: s.runs, Statuses: s.status, Time: s.took.spread(), Nodes: []NodeStats{}, Slowest: s.slow, Path: []PathStretch{}}
	if o.Slowest == nil {
		o.Slowest = []Slow{}
	}
	list := make([]*nodeStats, 0, len(s.nodes))
	for _, n := range s.nodes {
		list = append(list, n)
	}
	slices.SortFunc(list, func(a, b *nodeStats) int {
		return cmp.Or(cmp.Compare(root(a.ID), root(b.ID)), slices.Compare(a.order, b.order), cmp.Compare(a.ID, b.ID))
	})
	for _, n := range list {
		line := n.NodeStats
		line.Time = n.run.spread()
		if n.queue.count > 0 {
			queue := n.queue.spread()
			line.Queue = &queue
		}
		line.Critical = seconds(n.critical)
		o.Nodes = append(o.Nodes, line)
	}
	for _, stretch := range s.path {
		o.Path = append(o.Path, PathStretch{stretch, seconds(stretch.Queued), seconds(stretch.Ran)})
	}
	return o
}

// root returns the first segment of an id: the name of the workflow.
func root(id string) string {
	for k := range len(id) {
		if id[k] == '/' || id[k] == '[' {
			return id[:k]
		}
	}
	return id
}

func (s *sketch) spread() Spread {
	q := s.quantiles(0.5, 0.95)
	return Spread{seconds(s.sum), seconds(q[0]), seconds(q[1]), seconds(s.longest)}
}
