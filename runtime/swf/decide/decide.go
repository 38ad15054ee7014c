package decide

import (
	"encoding/json"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/swf/types"

	"github.com/flowc/flowc/compiler/ir"
	"github.com/flowc/flowc/compiler/ir/limits"
	"github.com/flowc/flowc/runtime"
	"github.com/flowc/flowc/runtime/swf/wire"
)

// Decisions is the answer to a decision task.
type Decisions struct {
	List      []types.Decision
	Context   string        // for people who look at the execution: a JSON object
	Register  []Type        // that the service does not know, and that decisions need: to be registered before the answer
	Terminate []string      // workflow ids of child executions to be terminated once the answer has closed the execution
	Delay     time.Duration // to wait before the answer, because the service has refused what is decided here; else 0
}

// Type is one of activities, or of workflows.
type Type struct {
	Workflow      bool   // not an activity
	Name, Version string // as the service knows it
	Program       *ir.Program
}

// Timers of the decider's own.
const (
	moreTimer    = "flow.more"    // not all decisions had room in an answer: a further decision task, at once
	backoffTimer = "flow.backoff" // the service has refused something because there was too much of it
)

// batch collects decisions.
type batch struct {
	list  []types.Decision
	bytes int
	full  bool // not all have room
}

// maxBytes is how large an answer may become. The service takes 1 MB.
const maxBytes = 900_000

// room returns how many decisions may be added; one place is kept.
func (b *batch) room() int {
	if b.full {
		return 0
	}
	return limits.Decisions - 1 - len(b.list)
}

// add adds a decision, if there is room.
func (b *batch) add(d types.Decision) bool {
	size := weigh(&d)
	if b.room() <= 0 || len(b.list) > 0 && b.bytes+size > maxBytes {
		b.full = true
		return false
	}
	b.list = append(b.list, d)
	b.bytes += size
	return true
}

// weigh returns about how many bytes a decision has on its way.
func weigh(d *types.Decision) int {
	n := 300
	for _, s := range texts(d) {
		if s == nil {
			continue
		}
		n += len(*s) + 20
		for k := 0; k < len(*s); k++ {
			switch c := (*s)[k]; {
			case c == '"' || c == '\\':
				n++
			case c < ' ' || c == '<' || c == '>' || c == '&':
				n += 5
			case c == 0xe2 && (strings.HasPrefix((*s)[k:], "\u2028") || strings.HasPrefix((*s)[k:], "\u2029")):
				n += 3
			}
		}
	}
	return n
}

// texts returns those of a decision that may be long.
func texts(d *types.Decision) []*string {
	switch d.DecisionType {
	case types.DecisionTypeScheduleActivityTask:
		a := d.ScheduleActivityTaskDecisionAttributes
		return []*string{a.Input, a.Control, a.ActivityId}
	case types.DecisionTypeStartChildWorkflowExecution:
		a := d.StartChildWorkflowExecutionDecisionAttributes
		return []*string{a.Input, a.Control, a.WorkflowId}
	case types.DecisionTypeScheduleLambdaFunction:
		a := d.ScheduleLambdaFunctionDecisionAttributes
		return []*string{a.Input, a.Control, a.Id}
	case types.DecisionTypeStartTimer:
		a := d.StartTimerDecisionAttributes
		return []*string{a.Control, a.TimerId}
	case types.DecisionTypeRecordMarker:
		return []*string{d.RecordMarkerDecisionAttributes.Details}
	}
	return nil
}

// Decide returns what is to be decided now: what the interpreter wants and the
// service has not taken. It changes nothing, so that an answer that is lost is
// decided again.
func (x *Execution) Decide() (d Decisions, err error) {
	defer x.guard(&err)
	if x.err != nil {
		return d, x.err
	}
	if x.begun == nil || x.decision == 0 || x.closed != "" || x.bare || x.final {
		return d, &BrokenError{Message: "there is nothing to decide: no decision task has started, or the execution is closed"}
	}
	if x.machine == nil {
		if x.err = x.begin(x.foreseen); x.err != nil {
			return d, x.err
		}
	}
	b := &batch{}
	if err := x.fill(b, &d); err != nil {
		return Decisions{}, err
	}
	d.List, d.Delay, d.Context = b.list, x.delay(b), x.context()
	return d, nil
}

// fill collects decisions in the order in which they are to be made.
func (x *Execution) fill(b *batch, d *Decisions) error {
	if !x.marked {
		m, err := x.marker()
		if err != nil {
			return err
		}
		b.add(m)
	}
	if x.stuck != nil {
		return x.close(b, d, &runtime.Command{Type: runtime.FailRun, Failure: x.stuck})
	}
	x.cancel(b)
	if x.end != nil {
		return x.finish(b, d)
	}
	if x.continuing() && x.idle() {
		return x.continueAsNew(b)
	}
	x.startTimers(b)
	if err := x.startWork(b, d); err != nil {
		return err
	}
	x.startOwn(b)
	return nil
}

// marker returns the first decision of an execution.
func (x *Execution) marker() (types.Decision, error) {
	s := x.start
	doc, err := json.Marshal(beginning{IR: s.IR, Run: s.Run, WorkflowID: s.WorkflowID, Params: s.Params, Flags: s.Flags, Window: s.MaxOpen})
	if err != nil {
		return types.Decision{}, err
	}
	details, err := wire.Fit(x.env.Blobs, string(doc), limits.Details)
	return types.Decision{DecisionType: types.DecisionTypeRecordMarker, RecordMarkerDecisionAttributes: &types.RecordMarkerDecisionAttributes{
		MarkerName: aws.String(startMarker), Details: &details,
	}}, err
}

// cancel decides the end of what is open and wanted no more, in the order in
// which the interpreter said so.
func (x *Execution) cancel(b *batch) {
	open := x.cancels[:0]
	for _, c := range x.cancels {
		if !c.done() {
			open = append(open, c)
		}
	}
	clear(x.cancels[len(open):])
	x.cancels = open
	for _, c := range x.cancels {
		switch {
		case c.timer != nil && x.end != nil: // it ends with the execution
		case c.timer != nil:
			b.add(cancelTimer(c.timer))
		case c.work.class == task:
			b.add(types.Decision{DecisionType: types.DecisionTypeRequestCancelActivityTask, RequestCancelActivityTaskDecisionAttributes: &types.RequestCancelActivityTaskDecisionAttributes{ActivityId: &c.work.id}})
		case c.work.class == child && c.work.started && !x.queues[child].pause.on(): // before, it cannot be told
			b.add(cancelChild(c.work.id))
		}
	}
}

func cancelTimer(t *timer) types.Decision {
	return types.Decision{DecisionType: types.DecisionTypeCancelTimer, CancelTimerDecisionAttributes: &types.CancelTimerDecisionAttributes{TimerId: &t.id}}
}

func cancelChild(id string) types.Decision {
	return types.Decision{DecisionType: types.DecisionTypeRequestCancelExternalWorkflowExecution, RequestCancelExternalWorkflowExecutionDecisionAttributes: &types.RequestCancelExternalWorkflowExecutionDecisionAttributes{
		WorkflowId: aws.String(trimKey(id)), // the run id changes when the child continues as a new execution
	}}
}

// startTimers decides that timers start, those that fire first before others.
func (x *Execution) startTimers(b *batch) {
	leaving := 0
	for _, c := range x.cancels {
		if c.timer != nil {
			leaving++
		}
	}
	start, stop := x.timers.first(b.room(), leaving)
	for _, t := range stop {
		b.add(cancelTimer(t))
	}
	for _, t := range start {
		control, err := json.Marshal(note{Node: t.node, Timer: t.kind, Due: &t.due})
		if err != nil { // plain data always encodes
			continue
		}
		text := wire.Cut(string(control), limits.Control)
		b.add(startTimer(t.id, text, max(0, (int64(t.due-x.now)+1e9-1)/1e9)))
	}
	if b.room() <= 0 && len(x.timers.ready) > len(start) {
		b.full = true
	}
}

// delay returns how long an answer is to be kept back that starts timers, after
// the service has refused to start some: a timer cannot wait for that.
func (x *Execution) delay(b *batch) time.Duration {
	n := x.timers.refused.times
	starts := func(d types.Decision) bool { return d.DecisionType == types.DecisionTypeStartTimer }
	if n == 0 || !slices.ContainsFunc(b.list, starts) {
		return 0
	}
	return min(time.Second<<min(n-1, 4), x.patience())
}

// patience is how long an answer may be kept back, so that the decision task
// surely does not time out.
func (x *Execution) patience() time.Duration {
	const most = 10 * time.Second
	seconds, err := strconv.Atoi(aws.ToString(x.begun.TaskStartToCloseTimeout))
	if err != nil { // it has no end, or the event does not say
		return most
	}
	return min(time.Duration(seconds)*time.Second/3, most)
}

func startTimer(id, control string, seconds int64) types.Decision {
	const most = 99_999_999 // eight digits: three years, more than any execution has
	a := &types.StartTimerDecisionAttributes{TimerId: &id, StartToFireTimeout: aws.String(strconv.FormatInt(min(seconds, most), 10))}
	if control != "" {
		a.Control = &control
	}
	return types.Decision{DecisionType: types.DecisionTypeStartTimer, StartTimerDecisionAttributes: a}
}

// startWork decides that tasks and children begin, as many as may be open, in
// document order.
func (x *Execution) startWork(b *batch, d *Decisions) error {
	room := b.room()
	if x.continuing() {
		return x.startDetached(b)
	}
	list := merge(x.queues[task].first(room+1), x.queues[lambda].first(room+1), x.queues[child].first(room+1))
	asked := map[typeName]bool{}
	for _, w := range list {
		decision, err := x.decide(w)
		if err != nil {
			return err
		}
		if !b.add(decision) {
			return nil
		}
		if t := w.typeName(); w.refusals > 0 && x.ours.missing[t] > 0 && !asked[t] {
			asked[t] = true
			d.Register = append(d.Register, Type{t.workflow, t.name, t.version, x.program})
		}
	}
	return nil
}

// startDetached lets only those children begin that nobody waits for: when the
// execution continues as a new one they are no part of the state.
func (x *Execution) startDetached(b *batch) error {
	q := &x.queues[child]
	var list []*work
	for _, w := range q.ready { // those before them in the document wait
		if w.child.Detach {
			list = append(list, w)
		}
	}
	slices.SortFunc(list, func(v, w *work) int {
		if v.before(w) {
			return -1
		}
		return 1
	})
	for _, w := range list[:max(0, q.pause.allowed(min(len(list), q.window-q.busy())))] {
		if d, err := x.decide(w); err != nil || !b.add(d) {
			return err
		}
	}
	return nil
}

// merge returns what is in lists, in document order.
func merge(lists ...[]*work) []*work {
	var all []*work
	for {
		best := -1
		for k, l := range lists {
			if len(l) > 0 && (best < 0 || l[0].before(lists[best][0])) {
				best = k
			}
		}
		if best < 0 {
			return all
		}
		all = append(all, lists[best][0])
		lists[best] = lists[best][1:]
	}
}

// startOwn starts the decider's own timers.
func (x *Execution) startOwn(b *batch) {
	seconds := 0
	for k := range x.queues {
		q := &x.queues[k]
		if p := &q.pause; p.on() || p.allowed(q.room()) < q.room() {
			seconds = max(seconds, p.seconds())
		}
	}
	if x.ours.ending.on() {
		seconds = max(seconds, x.ours.ending.seconds())
	}
	switch {
	case seconds > 0 && x.ours.backoff == 0 && !b.full:
		b.list = append(b.list, startTimer(backoffTimer, "", int64(seconds)))
	case b.full && x.ours.more == 0:
		b.list = append(b.list, startTimer(moreTimer, "", 0))
	}
}

// context describes the execution for people.
func (x *Execution) context() string {
	c := struct {
		IR      string `json:"ir"`
		Run     string `json:"run"`
		Open    int    `json:"open"`
		Waiting int    `json:"waiting"`
	}{IR: x.start.IR, Run: x.start.Run}
	for k := range x.queues {
		c.Open += x.queues[k].open
		c.Waiting += len(x.queues[k].ready)
	}
	text, _ := json.Marshal(c) // plain data always encodes
	return string(text)
}
