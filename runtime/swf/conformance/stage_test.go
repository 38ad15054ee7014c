package conformance_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"os"
	"regexp"
	"slices"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	sdk "github.com/aws/aws-sdk-go-v2/service/swf"
	"github.com/aws/aws-sdk-go-v2/service/swf/types"

	"github.com/flowc/flowc/compiler/ir"
	"github.com/flowc/flowc/runtime"
	"github.com/flowc/flowc/runtime/sim"
	"github.com/flowc/flowc/runtime/swf"
	"github.com/flowc/flowc/runtime/swf/account"
	"github.com/flowc/flowc/runtime/swf/decide"
	"github.com/flowc/flowc/runtime/swf/deploy"
	"github.com/flowc/flowc/runtime/swf/names"
	"github.com/flowc/flowc/runtime/swf/operate"
	"github.com/flowc/flowc/runtime/swf/store"
	"github.com/flowc/flowc/runtime/swf/wire"
	"github.com/flowc/flowc/runtime/swfserver"
)

const domain = "stage"

// A stage is where a scenario is carried out.
type stage struct {
	t       testing.TB
	ctx     context.Context
	clock   *swfserver.VirtualClock
	server  *swfserver.Server
	direct  *sdk.Client // speaks to the server without a network
	store   *store.Store
	domain  *operate.Domain
	program *ir.Program
	options options

	decider func() // ends the one that decides
	order   map[string]int
	script  sim.Scenario
	used    []int // how often each rule has answered
	outside int   // how many things from outside have happened
	runs    []*execution
	byRun   map[string]*execution
	tasks   []*task // at work, in the order of their start
}

// options say what else there is than a service in order.
type options struct {
	server   swfserver.Config
	through  http.RoundTripper // what carries the decider's requests; nil is the network
	decider  func(*swf.DeciderConfig)
	kill     func(step int) bool // kill the decider, and start another
	twice    func(step int) bool // answer a task twice
	real     bool                // the clock is that of the machine, and work is not scripted
	patience time.Duration       // after which a decision task that was handed out is taken for lost; 0 is not at all
}

// execution is one that was seen.
type execution struct {
	id       decide.ID
	prefix   string // path of the call that it is a child of
	seen     int64  // the last event that was read
	events   []types.HistoryEvent
	closed   bool
	deciding bool       // a decision task was handed out
	next     *execution // that it was continued as
	slice    bool       // it is some items of a map
	ask      []*types.ActivityTaskScheduledEventAttributes
	ids      []int64
	births   map[int64]string // nodes of children, by the event that initiated them
}

// task is an activity task at work.
type task struct {
	of       *execution
	event    int64 // that scheduled it
	token    *string
	node     string // path
	activity string
	attempt  int
	due      time.Time // zero: it hangs
	beat     time.Duration
	beaten   time.Time
	result   *string
	failure  *runtime.Failure
	stopped  bool // it was asked to stop
}

// direct hands requests to a handler.
type direct struct{ to http.Handler }

func (d direct) RoundTrip(r *http.Request) (*http.Response, error) {
	w := httptest.NewRecorder()
	d.to.ServeHTTP(w, r)
	return w.Result(), nil
}

// epoch is when simulations begin.
func epoch() time.Time { return time.Unix(0, int64(sim.Epoch)).UTC() }

// newStage returns a stage for a program.
func newStage(t testing.TB, p *ir.Program, o options) *stage {
	t.Helper()
	s := &stage{t: t, ctx: context.Background(), clock: swfserver.NewVirtualClock(epoch()), program: p, options: o, byRun: map[string]*execution{}, decider: func() {}}
	if o.server.Clock = s.clock; o.real {
		o.server.Clock = nil
	}
	if o.server.PollTime == 0 {
		o.server.PollTime = 50 * time.Millisecond
	}
	s.server = swfserver.Start(t, o.server)
	s.direct = sdk.New(sdk.Options{
		BaseEndpoint: aws.String("http://stage"), Region: "us-east-1", HTTPClient: &http.Client{Transport: direct{s.server}},
		Credentials: credentials.NewStaticCredentialsProvider("key", "secret", ""), Retryer: aws.NopRetryer{},
	})
	var err error
	s.store, err = store.Open(s.ctx, t.TempDir(), store.Config{})
	s.ok(err)
	s.domain = operate.Open(s.ctx, s.direct, domain, s.store)
	_, err = s.direct.RegisterDomain(s.ctx, &sdk.RegisterDomainInput{Name: aws.String(domain), WorkflowExecutionRetentionPeriodInDays: aws.String("90")})
	s.ok(err)
	return s
}

func (s *stage) ok(err error) {
	s.t.Helper()
	if err != nil {
		s.t.Fatal(err)
	}
}

// decide starts a decider, in place of the one there was.
func (s *stage) decide(params map[string]json.RawMessage) {
	s.t.Helper()
	client, err := swf.Connect(s.ctx, swf.Config{Domain: domain, Endpoint: s.server.URL, Config: account.Config{HTTP: s.options.through, Attempts: 3}})
	s.ok(err)
	c := swf.DeciderConfig{Client: client, Store: s.store, Definitions: []swf.Definition{{Program: s.program, Params: params}}, Pollers: 2}
	if s.options.decider != nil {
		s.options.decider(&c)
	}
	d, err := swf.NewDecider(c)
	s.ok(err)
	ctx, cancel := context.WithCancel(s.ctx)
	done := make(chan struct{})
	go func() {
		defer close(done)
		d.Run(ctx)
	}()
	s.decider = func() {
		cancel()
		d.Kill()
		<-done
	}
}

// start begins a run, with a decider.
func (s *stage) start(script sim.Scenario) {
	s.t.Helper()
	if script.Workflow == "" {
		script.Workflow = s.program.Main
	}
	values, err := deploy.Values(s.program, script.Params)
	s.ok(err)
	list, err := deploy.Types(deploy.Source{Program: s.program, Params: values})
	s.ok(err)
	for _, typ := range list {
		s.ok(deploy.RegisterType(s.ctx, s.direct, domain, typ))
	}
	s.decide(script.Params)
	x, err := s.domain.Start(operate.Order{Program: s.program, Workflow: script.Workflow, Input: script.Input, Params: script.Params, Values: values, ID: "run"})
	s.ok(err)
	s.saw(decide.ID{WorkflowID: x.WorkflowID, RunID: x.Run}, "")
}

// perform carries a scenario out.
func (s *stage) perform(script sim.Scenario, order map[string]int) outcome {
	s.t.Helper()
	s.script, s.used, s.order = script, make([]int, len(script.Rules)), order
	s.start(script)
	defer func() { s.decider() }()
	for step := 1; ; step++ {
		if step > 100_000 {
			s.t.Fatal("the run does not end")
		}
		s.settle()
		if s.options.kill != nil && s.options.kill(step) {
			s.decider()
			s.decide(script.Params)
		}
		if s.over() || !s.step(step) {
			return s.outcome()
		}
	}
}

// saw takes note of an execution.
func (s *stage) saw(id decide.ID, prefix string) *execution {
	if x := s.byRun[id.RunID]; x != nil {
		return x
	}
	x := &execution{id: id, prefix: prefix}
	s.runs = append(s.runs, x)
	s.byRun[id.RunID] = x
	return x
}

// over reports whether every execution has closed.
func (s *stage) over() bool {
	return !slices.ContainsFunc(s.runs, func(x *execution) bool { return !x.closed })
}

// calm is how long a test waits for a decider in order.
const calm = 30 * time.Second

// settle waits until no decision task is open: until everything that has
// happened has led to what it leads to. A decision task that nobody seems to
// work at is let time out.
func (s *stage) settle() {
	s.t.Helper()
	begin, length := time.Now(), int64(-1)
	for pause := 100 * time.Microsecond; ; pause = min(2*pause, 2*time.Millisecond) {
		open, now := false, int64(0)
		for _, x := range s.runs {
			open = open || !x.closed && s.undecided(x)
		}
		for k := 0; k < len(s.runs); k++ { // scan finds more
			x := s.runs[k]
			if !x.closed {
				s.scan(x)
			}
			now += x.seen
		}
		if now != length { // else nothing has happened since before they were asked
			begin, length = time.Now(), now
			continue
		}
		if !open {
			return
		}
		switch waited := time.Since(begin); {
		case s.options.patience > 0 && waited > s.options.patience && slices.ContainsFunc(s.runs, func(x *execution) bool { return x.deciding && !x.closed }):
			s.clock.Advance(time.Second) // the decision tasks of these flows have no longer
			begin = time.Now()
		case waited > calm:
			s.story()
			s.t.Fatal("a decision task is not decided")
		}
		time.Sleep(pause)
	}
}

// undecided reports whether a decision task is open.
func (s *stage) undecided(x *execution) bool {
	s.t.Helper()
	out, err := s.direct.DescribeWorkflowExecution(s.ctx, &sdk.DescribeWorkflowExecutionInput{Domain: aws.String(domain), Execution: x.name()})
	s.ok(err)
	return out.OpenCounts.OpenDecisionTasks > 0
}

func (x *execution) name() *types.WorkflowExecution {
	return &types.WorkflowExecution{WorkflowId: &x.id.WorkflowID, RunId: &x.id.RunID}
}

// scan reads what is new in a history.
func (s *stage) scan(x *execution) {
	s.t.Helper()
	var fresh []types.HistoryEvent
	in := &sdk.GetWorkflowExecutionHistoryInput{Domain: aws.String(domain), Execution: x.name(), ReverseOrder: true, MaximumPageSize: 50}
	for {
		page, err := s.direct.GetWorkflowExecutionHistory(s.ctx, in)
		s.ok(err)
		k := slices.IndexFunc(page.Events, func(e types.HistoryEvent) bool { return e.EventId <= x.seen })
		if k >= 0 {
			fresh = append(fresh, page.Events[:k]...)
			break
		}
		fresh = append(fresh, page.Events...)
		if in.NextPageToken = page.NextPageToken; in.NextPageToken == nil {
			break
		}
	}
	slices.Reverse(fresh)
	for k := range fresh {
		s.heed(x, &fresh[k])
	}
	x.events = append(x.events, fresh...)
}

// sliced matches the node of a child that is some items of a map.
var sliced = regexp.MustCompile(`/slice[0-9]+$`)

// note is what a decider says of what it schedules.
type note struct {
	Node    string
	Attempt int
}

func noteOf(control *string) (n note) {
	_ = json.Unmarshal([]byte(aws.ToString(control)), &n)
	return n
}

// heed does what an event asks of workers, and takes note of the others.
func (s *stage) heed(x *execution, e *types.HistoryEvent) {
	x.seen = e.EventId
	switch e.EventType {
	case types.EventTypeActivityTaskScheduled:
		x.ask, x.ids = append(x.ask, e.ActivityTaskScheduledEventAttributes), append(x.ids, e.EventId)
	case types.EventTypeDecisionTaskStarted:
		x.deciding = true
	case types.EventTypeDecisionTaskCompleted, types.EventTypeDecisionTaskTimedOut:
		x.deciding = false
	case types.EventTypeActivityTaskCancelRequested:
		id := *e.ActivityTaskCancelRequestedEventAttributes.ActivityId
		for _, t := range s.tasks {
			if t.of == x && t.id() == id {
				t.stopped = true
			}
		}
	case types.EventTypeActivityTaskTimedOut:
		s.drop(x, e.ActivityTaskTimedOutEventAttributes.ScheduledEventId)
	case types.EventTypeActivityTaskCanceled:
		s.drop(x, e.ActivityTaskCanceledEventAttributes.ScheduledEventId)
	case types.EventTypeStartChildWorkflowExecutionInitiated:
		a := e.StartChildWorkflowExecutionInitiatedEventAttributes
		if x.births == nil {
			x.births = map[int64]string{}
		}
		x.births[e.EventId] = noteOf(a.Control).Node
	case types.EventTypeChildWorkflowExecutionStarted:
		a := e.ChildWorkflowExecutionStartedEventAttributes
		id, node := decide.ID{WorkflowID: *a.WorkflowExecution.WorkflowId, RunID: *a.WorkflowExecution.RunId}, x.births[a.InitiatedEventId]
		if sliced.MatchString(node) { // its nodes are those of x
			s.saw(id, x.prefix).slice = true
		} else {
			s.saw(id, x.path(node))
		}
	case types.EventTypeWorkflowExecutionContinuedAsNew:
		id := decide.ID{WorkflowID: x.id.WorkflowID, RunID: *e.WorkflowExecutionContinuedAsNewEventAttributes.NewExecutionRunId}
		x.closed, x.next = true, s.saw(id, x.prefix)
		s.closeTasks(x)
	case types.EventTypeWorkflowExecutionCompleted, types.EventTypeWorkflowExecutionFailed, types.EventTypeWorkflowExecutionCanceled,
		types.EventTypeWorkflowExecutionTerminated, types.EventTypeWorkflowExecutionTimedOut:
		x.closed = true
		s.closeTasks(x)
	}
}

func (s *stage) drop(x *execution, event int64) {
	s.tasks = slices.DeleteFunc(s.tasks, func(t *task) bool { return t.of == x && t.event == event })
	if k := slices.Index(x.ids, event); k >= 0 {
		x.ask, x.ids = slices.Delete(x.ask, k, k+1), slices.Delete(x.ids, k, k+1)
	}
}

func (s *stage) closeTasks(x *execution) {
	s.tasks = slices.DeleteFunc(s.tasks, func(t *task) bool { return t.of == x })
	x.ask, x.ids = nil, nil
}

// path returns the path of a node in the whole run.
func (x *execution) path(node string) string {
	if x.prefix == "" {
		return node
	}
	for k := range len(node) {
		if node[k] == '/' || node[k] == '#' {
			return x.prefix + node[k:]
		}
	}
	return x.prefix
}

// step lets the next thing happen; it reports whether anything can.
func (s *stage) step(step int) bool {
	s.t.Helper()
	for _, x := range s.runs {
		for len(x.ask) > 0 {
			s.begin(x)
		}
	}
	for _, t := range s.tasks {
		if t.stopped {
			s.answer(t, step)
			return true
		}
	}
	now := s.clock.Now()
	if s.outside < len(s.script.Events) && !s.at(s.script.Events[s.outside].At).After(now) {
		s.intervene(s.script.Events[s.outside])
		s.outside++
		return true
	}
	if t := s.first(now); t != nil {
		s.answer(t, step)
		return true
	}
	return s.wait(now)
}

func (s *stage) at(d ir.Duration) time.Time { return epoch().Add(time.Duration(d)) }

// first returns the task that ends first of those that are due, in the order of
// simulations: that of the document.
func (s *stage) first(now time.Time) (first *task) {
	for _, t := range s.tasks {
		if t.due.IsZero() || t.due.After(now) {
			continue
		}
		if first == nil || t.due.Before(first.due) || t.due.Equal(first.due) && s.order[t.node] < s.order[first.node] {
			first = t
		}
	}
	return first
}

// wait lets time pass until something is due.
func (s *stage) wait(now time.Time) bool {
	var until time.Time
	sooner := func(at time.Time) {
		if until.IsZero() || at.Before(until) {
			until = at
		}
	}
	for _, t := range s.tasks {
		if !t.due.IsZero() {
			sooner(t.due)
			if t.beat > 0 {
				if !t.beaten.Add(t.beat).After(now) {
					_, err := s.direct.RecordActivityTaskHeartbeat(s.ctx, &sdk.RecordActivityTaskHeartbeatInput{TaskToken: t.token})
					s.ok(err)
					t.beaten = now
				}
				sooner(t.beaten.Add(t.beat))
			}
		}
	}
	if s.outside < len(s.script.Events) {
		sooner(s.at(s.script.Events[s.outside].At))
	}
	alarm, ok := s.clock.Next()
	stuck := ok && alarm.Sub(epoch()) > 360*24*time.Hour // only the end of all executions is left
	switch {
	case !until.IsZero() && (!ok || !alarm.Before(until)):
		if until.After(now) {
			s.clock.Reach(until)
			return true
		}
		return false
	case !ok || stuck:
		return false
	}
	s.clock.Advance(alarm.Sub(now))
	return true
}

// intervene lets something happen from outside.
func (s *stage) intervene(e sim.Outside) {
	s.t.Helper()
	root := s.runs[0]
	for root.next != nil {
		root = root.next
	}
	if root.closed {
		return
	}
	id := root.id.WorkflowID + "/" + root.id.RunID
	if e.Cancel {
		s.ok(s.domain.Cancel(id, e.Path))
		return
	}
	s.ok(s.domain.Signal(id, e.Signal, e.Value))
}

// begin takes the next task that was scheduled in an execution to work.
func (s *stage) begin(x *execution) {
	s.t.Helper()
	a, event := x.ask[0], x.ids[0]
	x.ask, x.ids = x.ask[1:], x.ids[1:]
	out, err := s.direct.PollForActivityTask(s.ctx, &sdk.PollForActivityTaskInput{Domain: aws.String(domain), TaskList: a.TaskList})
	s.ok(err)
	if out.StartedEventId == 0 {
		s.t.Fatalf("no task of %s is given out", *a.ActivityId)
	}
	got := s.byRun[*out.WorkflowExecution.RunId]
	if got != x || *out.ActivityId != *a.ActivityId { // that of another run: begin with it
		k := slices.IndexFunc(got.ask, func(b *types.ActivityTaskScheduledEventAttributes) bool { return *b.ActivityId == *out.ActivityId })
		if k < 0 {
			s.t.Fatalf("a task of %s is given out that was not scheduled", *out.ActivityId)
		}
		x.ask, x.ids = slices.Insert(x.ask, 0, a), slices.Insert(x.ids, 0, event)
		a, event = got.ask[k], got.ids[k]
		got.ask, got.ids = slices.Delete(got.ask, k, k+1), slices.Delete(got.ids, k, k+1)
		x = got
	}
	n := noteOf(a.Control)
	t := &task{of: x, event: event, token: out.TaskToken, node: x.path(n.Node), attempt: n.Attempt, beaten: s.clock.Now()}
	for _, act := range s.program.Activities {
		if names.Type(act.Name) == *a.ActivityType.Name {
			t.activity = act.Name
			s.look(t, act, aws.ToString(out.Input))
		}
	}
	if t.activity == "" {
		s.t.Fatalf("nobody knows the activity %s", *a.ActivityType.Name)
	}
	if d := aws.ToString(a.HeartbeatTimeout); d != "NONE" && !t.due.IsZero() {
		beat, err := time.ParseDuration(d + "s")
		s.ok(err)
		t.beat = beat / 2
	}
	s.tasks = append(s.tasks, t)
}

// id returns the activity id of a task.
func (t *task) id() string {
	for k := range t.of.events {
		if a := t.of.events[k].ActivityTaskScheduledEventAttributes; a != nil && t.of.events[k].EventId == t.event {
			return *a.ActivityId
		}
	}
	return ""
}

// look looks up what becomes of a task.
func (s *stage) look(t *task, act *ir.Activity, input string) {
	s.t.Helper()
	input, err := wire.Open(s.store, input)
	s.ok(err)
	bare, _ := names.TakeFlow(json.RawMessage(input))
	now := s.clock.Now()
	t.due = now
	for k := range s.script.Rules {
		r := &s.script.Rules[k]
		if r.Times > 0 && s.used[k] >= r.Times || !fits(r, t, bare) {
			continue
		}
		s.used[k]++
		t.due = now.Add(time.Duration(r.After))
		switch {
		case r.Hangs:
			t.due = time.Time{}
			return
		case r.Failure != nil:
			t.failure = r.Failure
			return
		case r.Result != nil:
			t.result = aws.String(string(r.Result))
			return
		}
		break
	}
	if act.Result == nil || act.Result.Kind == ir.KNone {
		return
	}
	v, err := sim.Auto(act.Result)
	s.ok(err)
	raw, err := ir.Encode(v, act.Result)
	s.ok(err)
	t.result = aws.String(string(raw))
}

func fits(r *sim.Rule, t *task, input json.RawMessage) bool {
	return (r.Activity == "" || r.Activity == t.activity) &&
		(r.Node == "" || r.Node == t.node || r.Node == ir.StaticID(t.node)) &&
		(r.Attempt == 0 || r.Attempt == t.attempt) &&
		(r.Input == nil || bytes.Equal(r.Input, input))
}

// answer ends a task.
func (s *stage) answer(t *task, step int) {
	s.t.Helper()
	s.tasks = slices.DeleteFunc(s.tasks, func(o *task) bool { return o == t })
	send := func() error {
		switch {
		case t.stopped:
			_, err := s.direct.RespondActivityTaskCanceled(s.ctx, &sdk.RespondActivityTaskCanceledInput{TaskToken: t.token})
			return err
		case t.failure != nil:
			reason, details, err := wire.Failure(s.store, t.failure)
			s.ok(err)
			_, err = s.direct.RespondActivityTaskFailed(s.ctx, &sdk.RespondActivityTaskFailedInput{TaskToken: t.token, Reason: &reason, Details: &details})
			return err
		}
		in := &sdk.RespondActivityTaskCompletedInput{TaskToken: t.token}
		if t.result != nil {
			text, err := wire.Fit(s.store, *t.result, 32768)
			s.ok(err)
			in.Result = &text
		}
		_, err := s.direct.RespondActivityTaskCompleted(s.ctx, in)
		return err
	}
	s.ok(send())
	if s.options.twice != nil && s.options.twice(step) {
		var gone *types.UnknownResourceFault
		if err := send(); !errors.As(err, &gone) {
			s.t.Fatalf("a second answer gave %v", err)
		}
	}
}

// story logs what has happened.
func (s *stage) story() {
	if !testing.Verbose() {
		return
	}
	for _, x := range s.runs {
		s.t.Logf("execution %s %s", x.id.WorkflowID, x.id.RunID)
		for k := range x.events {
			e := &x.events[k]
			text, _ := json.Marshal(e)
			var members map[string]any
			_ = json.Unmarshal(text, &members)
			for name, m := range members {
				if m == nil || name == "EventId" || name == "EventTimestamp" || name == "EventType" {
					delete(members, name)
				}
			}
			text, _ = json.Marshal(members)
			s.t.Logf("%5d %s %s %.300s", e.EventId, e.EventTimestamp.Sub(epoch()), e.EventType, text)
		}
	}
}

// soak reports whether much is to be tried.
func soak() bool { return os.Getenv("FLOWC_SOAK") != "" }
