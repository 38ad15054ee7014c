package runtime

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"

	"github.com/flowc/flowc/compiler/ir"
	"github.com/flowc/flowc/compiler/ir/eval"
)

// Errors that the interpreter itself gives to failures. Drivers add their own.
const (
	Undeclared       = "Failed"           // a task failed with no declared error
	TimeOut          = "TimedOut"         // a timeout passed
	CancelledAlone   = "Cancelled"        // the node was cancelled alone, or by the backend
	BadResult        = "BadResult"        // a result does not fit its type
	BadInput         = "BadInput"         // the run's input does not fit its parameters
	ExpressionFailed = "ExpressionFailed" // an expression failed; see Failure.At
	DuplicateKey     = "DuplicateKey"     // two items of a map have the same key
	LimitExceeded    = "LimitExceeded"    // expand or loop passed its limit
	NoWinner         = "NoWinner"         // every member of a race was absorbed
	NoSuchItem       = "NoSuchItem"       // Start.Only names an item that the map does not have
	NotRun           = "NotRun"           // a node that Start.Asked names was not run
)

// schedule asks for an attempt of an activity.
func (m *Machine) schedule(r ref) {
	task, failure := m.task(r)
	if failure == nil {
		failure = m.totalTimeout(r, task)
	}
	if failure != nil {
		m.fail(r, ir.Failed, failure)
		return
	}
	r.inst().pending = 1
	m.opened()
	if r.node().fickle {
		r.inst().extra().keep().task = task
	}
	m.ask(r, task)
}

// ask asks for a task of r.
func (m *Machine) ask(r ref, task *Task) {
	id := m.id(r)
	m.remember(id, r)
	task.Key = m.key(id)
	m.step.Commands = append(m.step.Commands, Command{Type: ScheduleTask, Node: id, Attempt: int(r.inst().tries), Task: task})
}

// key returns the idempotency key of a node: equal for all its attempts.
func (m *Machine) key(id string) string {
	sum := sha256.Sum256([]byte(m.begin.Run + "\x00" + id))
	return hex.EncodeToString(sum[:16])
}

// task makes what an attempt of r needs. The key is left out.
func (m *Machine) task(r ref) (*Task, *Failure) {
	n := r.node()
	args, failure := m.arguments(r, n.act, n.args)
	if failure != nil {
		return nil, failure
	}
	return m.taskWith(r, n.act, args, n.options)
}

// arguments computes the arguments of a call in r's frame.
func (m *Machine) arguments(r ref, act *activity, codes []code) ([]ir.Value, *Failure) {
	args := make([]ir.Value, len(act.Params))
	var scope *eval.Frame
	for k := range act.Params {
		var failure *Failure
		switch {
		case k < len(codes) && !codes[k].none():
			args[k], failure = m.eval(r, codes[k])
		case !act.expr[k].none():
			if scope == nil {
				scope = &eval.Frame{Slots: args}
			}
			args[k], failure = m.evalIn(r, scope, act.expr[k])
		default:
			args[k] = ir.None{}
		}
		if failure != nil {
			return nil, failure
		}
	}
	return args, nil
}

// taskWith makes a task of an activity for r. Options at the call read r's
// frame, those of the activity its parameters.
func (m *Machine) taskWith(r ref, act *activity, args []ir.Value, call *options) (*Task, *Failure) {
	t := &Task{Activity: act.Activity, Args: args, At: r.node().At}
	input, err := encodeArgs(act.Activity, args)
	if err != nil {
		return nil, &Failure{Node: m.id(r), Error: ExpressionFailed, Message: err.Error()}
	}
	t.Input = input
	o := optionReader{m: m, r: r, act: eval.Frame{Slots: args}}
	t.Timeout = o.duration(call.timeout, act.options.timeout, "timeout")
	t.QueueTimeout = o.duration(call.queueTimeout, act.options.queueTimeout, "queue_timeout")
	t.Heartbeat = o.duration(call.heartbeat, act.options.heartbeat, "heartbeat")
	t.TotalTimeout = o.duration(call.totalTimeout, act.options.totalTimeout, "total_timeout")
	t.Priority = int(o.number(call.priority, act.options.priority))
	t.TaskList = o.text(call.taskList, act.options.taskList, "")
	t.Version = o.text(call.version, act.options.version, act.Version)
	return t, o.failure
}

// optionReader computes options, the call's own before the activity's, and
// remembers the first failure.
type optionReader struct {
	m       *Machine
	r       ref
	act     eval.Frame
	failure *Failure
}

func (o *optionReader) number(call, act code) int64 {
	c, f := call, &o.r.frame
	if c.none() {
		c, f = act, &o.act
	}
	if c.none() {
		return 0
	}
	v, failure := o.m.number(o.r, f, c, 0)
	if o.failure == nil {
		o.failure = failure
	}
	return v
}

func (o *optionReader) duration(call, act code, name string) ir.Duration {
	c, f := call, &o.r.frame
	if c.none() {
		c, f = act, &o.act
	}
	if c.none() {
		return 0
	}
	v, failure := o.m.positive(o.r, f, c, name)
	if o.failure == nil {
		o.failure = failure
	}
	return ir.Duration(v)
}

func (o *optionReader) text(call, act code, fallback string) string {
	c, f := call, &o.r.frame
	if c.none() {
		c, f = act, &o.act
	}
	if c.none() {
		return fallback
	}
	v, failure := o.m.text(o.r, f, c, fallback)
	if o.failure == nil {
		o.failure = failure
	}
	return v
}

// encodeArgs encodes arguments as the object that a task gets.
func encodeArgs(a *ir.Activity, args []ir.Value) (json.RawMessage, error) {
	b := make([]byte, 0, 64)
	if a.Kwargs {
		b = append(b, `{"args":[],"kwargs":`...)
	}
	b = append(b, '{')
	first := true
	for k, q := range a.Params {
		if _, none := args[k].(ir.None); none && q.Type.Kind == ir.KOptional {
			continue
		}
		if !first {
			b = append(b, ',')
		}
		first = false
		b = append(append(append(b, '"'), q.Name...), '"', ':')
		var err error
		if b, err = ir.AppendJSON(b, args[k], q.Type, ir.MaxJSON); err != nil {
			return nil, err
		}
	}
	b = append(b, '}')
	if a.Kwargs {
		b = append(b, '}')
	}
	return b, nil
}

// totalTimeout starts the clock of all attempts together with the first, and
// tells later ones what is left of it.
func (m *Machine) totalTimeout(r ref, t *Task) *Failure {
	if t.TotalTimeout <= 0 {
		return nil
	}
	x := r.inst().extra()
	if x.due == 0 {
		x.due = m.after(int64(t.TotalTimeout))
		m.startTimer(r, TimeoutTimer, x.due)
	}
	t.TotalTimeout = ir.Duration(max(1, x.due-m.now))
	return nil
}

// stopTask asks the task or child of r to stop, and limits how long that may
// take.
func (m *Machine) stopTask(r ref) {
	m.askToStop(r)
	if r.node().Kind != ir.NChild { // which has handlers to run, and may take its time
		m.startTimer(r, GraceTimer, m.after(taskGrace))
	}
}

// askToStop asks the task or child of r to stop.
func (m *Machine) askToStop(r ref) {
	c := Command{Type: CancelTask, Node: m.id(r), Attempt: int(r.inst().tries)}
	if r.node().Kind == ir.NChild {
		c.Type = CancelChild
	}
	m.step.Commands = append(m.step.Commands, c)
}

// abandon stops waiting for a task that does not stop.
func (m *Machine) abandon(r ref) {
	i := r.inst()
	if i.pending == 0 || i.ending == ir.Waiting || i.phase != working {
		return
	}
	i.pending = 0
	if r.node().Kind == ir.NActivity {
		m.answered()
	}
	if i.ending == ir.Cancelled {
		i.ending = ir.Abandoned
	}
	m.push(r, doSettle)
}

// taskEnded takes the answer of a task. One of an attempt that is not open is
// late or repeated, and changes nothing.
func (m *Machine) taskEnded(r ref, e Event) {
	n, i := r.node(), r.inst()
	if n.Kind != ir.NActivity || i.status != ir.Running || i.phase != working || i.pending == 0 || e.Attempt != int(i.tries) {
		m.undoEnded(e)
		return
	}
	if e.Type == TaskAbandoned {
		if i.ending == ir.Waiting { // nobody asked it to stop, so its backend has lost it
			i.pending = 0
			m.answered()
			m.taskFailed(r, &Failure{Error: Undeclared, Message: "the task was lost"}, ir.Failed)
			return
		}
		m.abandon(r)
		return
	}
	i.pending = 0
	m.answered()
	m.stopTimer(r, GraceTimer)
	if i.ending != ir.Waiting { // it was asked to stop: how it ended is of no interest, but that it is done is
		if e.Type == TaskCompleted && n.undo != nil {
			if v, failure := m.result(r, n.act, e.Result); failure == nil {
				i.extra().value = v
				i.flags |= lateDone
			}
		}
		m.push(r, doSettle)
		return
	}
	switch e.Type {
	case TaskCompleted:
		v, failure := m.result(r, n.act, e.Result)
		if failure != nil {
			m.taskFailed(r, failure, ir.Failed)
			return
		}
		if _, none := v.(ir.None); !none {
			i.give(v)
		}
		i.ending = ir.Succeeded
		m.push(r, doSettle)
	case TaskFailed:
		m.taskFailed(r, e.Failure, ir.Failed)
	case TaskTimedOut:
		f := e.Failure
		if f == nil {
			f = &Failure{Message: timeoutText(e.Timeout)}
		}
		if e.Timeout == ScheduleToClose {
			i.flags |= noRetry
		}
		m.taskFailed(r, f, ir.TimedOut)
	case TaskCancelled: // of the backend's own accord
		i.flags |= noRetry
		m.taskFailed(r, &Failure{Error: CancelledAlone, Message: "the backend cancelled the task"}, ir.Failed)
	}
}

func timeoutText(kind TimeoutKind) string {
	switch kind {
	case ScheduleToStart:
		return "queue_timeout passed: no worker took the task"
	case ScheduleToClose:
		return "total_timeout passed"
	case HeartbeatMissed:
		return "heartbeat passed: the worker fell silent"
	}
	return "timeout passed"
}

// result reads what a task gave.
func (m *Machine) result(r ref, act *activity, raw json.RawMessage) (ir.Value, *Failure) {
	if act.Result == nil || act.Result.Kind == ir.KNone {
		return ir.None{}, nil
	}
	if len(raw) == 0 {
		raw = json.RawMessage("null")
	}
	v, err := ir.Decode(raw, act.Result, ir.IgnoreUnknown)
	if err != nil {
		return nil, &Failure{Error: BadResult, Message: "the result of " + act.Name + " does not fit: " + err.Error()}
	}
	return v, nil
}

// taskFailed tries again, or fails r for good.
func (m *Machine) taskFailed(r ref, f *Failure, status ir.Status) {
	n, i := r.node(), r.inst()
	own := Failure{Error: Undeclared}
	if f != nil {
		own = *f
	}
	own.Node, own.Attempts = m.id(r), int(i.tries)
	if own.Error == "" {
		own.Error = Undeclared
		if status == ir.TimedOut {
			own.Error = TimeOut
		}
	}
	policy, frame := n.options.retry, &r.frame
	if policy == nil && n.act.options.retry != nil {
		args, failure := m.arguments(r, n.act, n.args)
		if failure != nil {
			m.fail(r, ir.Failed, failure)
			return
		}
		policy, frame = n.act.options.retry, &eval.Frame{Slots: args}
	}
	if policy != nil && i.flags&noRetry == 0 && m.mayRetry(n.act.Raises, policy, &own) {
		most, failure := m.number(r, frame, policy.max, 0)
		if failure == nil && int64(i.tries) <= most {
			var delay int64
			if delay, failure = m.delay(r, frame, policy, i.tries); failure == nil {
				i.phase = backoff
				m.startTimer(r, RetryTimer, m.after(delay))
				m.reportRetry(r, &own, m.after(delay))
				return
			}
		}
		if failure != nil {
			m.fail(r, ir.Failed, failure)
			return
		}
	}
	m.fail(r, status, &own)
}

// mayRetry reports whether an error is one that is tried again: not a declared
// one, unless the policy lists it, and not a failing expression, which would
// fail again.
func (m *Machine) mayRetry(declared []string, policy *retry, f *Failure) bool {
	if f.Error == ExpressionFailed {
		return false
	}
	for _, e := range policy.on {
		if e == f.Error {
			return true
		}
	}
	for _, e := range declared {
		if e == f.Error {
			return false
		}
	}
	return true
}

// retried is mayRetry for a block, in which every declared error is one.
func (m *Machine) retried(policy *retry, f *Failure) bool {
	var declared []string
	if m.plan.errors[f.Error] != nil {
		declared = []string{f.Error}
	}
	return m.mayRetry(declared, policy, f)
}

// delay returns the back-off of r after so many attempts: from × factor^k, at
// most cap, moved by the jitter. The jitter is drawn from a hash of the node's
// id and the attempt, so that a replay agrees.
func (m *Machine) delay(r ref, f *eval.Frame, p *retry, tries int32) (int64, *Failure) {
	from, failure := m.number(r, f, p.from, second)
	if failure != nil {
		return 0, failure
	}
	most, failure := m.number(r, f, p.cap, minute)
	if failure != nil {
		return 0, failure
	}
	factor, failure := m.float(r, f, p.factor, 2)
	if failure != nil {
		return 0, failure
	}
	jitter, failure := m.float(r, f, p.jitter, 0)
	if failure != nil {
		return 0, failure
	}
	if from <= 0 || factor < 0 {
		return 0, nil
	}
	d := min(float64(from)*power(factor, tries-1), float64(most))
	d *= 1 + float64(min(max(jitter, 0), 1)*(2*m.draw(r, tries)-1)) // converted, so that no machine fuses it with the sum
	return int64(max(d, 0)), nil
}

// power returns x to the n by multiplications alone, which every machine does
// alike.
func power(x float64, n int32) float64 {
	p := 1.0
	for ; n > 0; n >>= 1 {
		if n&1 == 1 {
			p *= x
		}
		x *= x
	}
	return p
}

// float computes a number that may be an int or a float.
func (m *Machine) float(r ref, f *eval.Frame, c code, fallback float64) (float64, *Failure) {
	if c.none() {
		return fallback, nil
	}
	v, failure := m.evalIn(r, f, c)
	if failure != nil {
		return 0, failure
	}
	switch v := v.(type) {
	case ir.Float:
		return float64(v), nil
	case ir.Int:
		return float64(v), nil
	}
	return fallback, nil
}

// draw returns a number in [0, 1) that depends on the run, the node and the
// attempt.
func (m *Machine) draw(r ref, tries int32) float64 {
	h := uint64(14695981039346656037) // FNV-1a
	mix := func(c byte) { h = (h ^ uint64(c)) * 1099511628211 }
	for k := 0; k < len(m.begin.Run); k++ {
		mix(m.begin.Run[k])
	}
	for _, c := range appendID(m.scratch[:0], r) {
		mix(c)
	}
	for k := tries; k > 0; k >>= 8 {
		mix(byte(k))
	}
	h ^= h >> 33 // the low bits of FNV reach the high ones too slowly
	h *= 0xff51afd7ed558ccd
	h ^= h >> 33
	return float64(h>>11) / (1 << 53)
}
