package swfserver

import (
	"crypto/rand"
	"encoding/base64"
)

// An execution is a run of a workflow. Its state is a fold of its history:
// add appends an event and apply draws the consequences for the state, when it
// happens and when the history is read again after a restart.
type execution struct {
	server     *Server
	domain     *domain
	workflowID string
	runID      string
	order      int64   // of all runs
	length     int64   // of the history
	history    []event // nil once the run has closed and the store has it
	doomed     bool    // its history has reached the limit
	buckets    buckets // of the rates that apply to it

	start      *attributes // of WorkflowExecutionStarted
	startTime  stamp
	deadline   *deadline // of the execution
	closeTime  stamp
	status     string // the close status; "" while it is open
	counts     openCounts
	cancelling bool    // a cancellation was requested
	context    *string // of the latest decision that gave one
	lastTask   stamp   // of the latest event of an activity

	// At most one decision task is scheduled and at most one is started.
	scheduled       *decisionTask
	started         *decisionTask
	previousStarted int64  // the started event of the last one that was completed
	sticky          string // the task list of further ones; "" is that of the start
	stickyTimeout   *string

	activities  map[int64]*activityTask // the open ones, by scheduled event
	activityIDs map[string]*activityTask
	timers      map[string]*timer
	children    map[int64]*child // by initiated event
	lambdas     map[int64]*lambdaTask
	lambdaIDs   map[string]*lambdaTask
}

// A decisionTask is a decision task that is scheduled or started.
type decisionTask struct {
	scheduled int64
	startedID int64 // 0 until it is started
	attrs     *attributes
	task      *task // while it waits in a task list
	deadline  *deadline
}

// A timer is an open timer.
type timer struct {
	started  int64
	deadline *deadline
}

// A child is an open child execution.
type child struct {
	attrs   *attributes // of StartChildWorkflowExecutionInitiated
	started int64       // 0 until it is started
}

// openCounts counts what is open in a run.
type openCounts struct {
	ActivityTasks   int `json:"openActivityTasks"`
	ChildExecutions int `json:"openChildWorkflowExecutions"`
	DecisionTasks   int `json:"openDecisionTasks"`
	LambdaFunctions int `json:"openLambdaFunctions"`
	Timers          int `json:"openTimers"`
}

func newExecution(d *domain, workflowID, runID string, order int64) *execution {
	return &execution{
		server: d.server, domain: d, workflowID: workflowID, runID: runID, order: order,
		activities: map[int64]*activityTask{}, activityIDs: map[string]*activityTask{},
		timers: map[string]*timer{}, children: map[int64]*child{},
		lambdas: map[int64]*lambdaTask{}, lambdaIDs: map[string]*lambdaTask{},
	}
}

// newRunID returns an id like those of the service.
func newRunID() string {
	var b [32]byte
	_, _ = rand.Read(b[:]) // never fails
	return "22" + base64.StdEncoding.EncodeToString(b[:])
}

func (x *execution) open() bool { return x.status == "" }

func (x *execution) name() *executionName { return &executionName{x.runID, x.workflowID} }

// add appends an event to the history and returns its id. It is the only way
// in which anything happens to a run.
func (x *execution) add(k kind, a *attributes) int64 {
	e := newEvent(x.length+1, x.server.time, k, a)
	x.server.batch.addEvent(x.runID, e)
	x.apply(e, a)
	if triggers[k] && x.open() && x.scheduled == nil {
		x.add(decisionTaskScheduled, x.nextDecisionTask())
	}
	if x.open() && !x.doomed && x.full() {
		x.doomed = true
		x.server.later = append(x.server.later, func() {
			if x.open() {
				x.terminate(&attributes{ChildPolicy: x.start.ChildPolicy, Cause: "EVENT_LIMIT_EXCEEDED"})
			}
		})
	}
	return e.id
}

// full reports whether the history has no room but for the end of the run.
func (x *execution) full() bool {
	return x.length >= int64(x.server.config.Quotas.HistoryEvents)-1
}

// nextDecisionTask returns the attributes of a decision task to be scheduled.
func (x *execution) nextDecisionTask() *attributes {
	a := &attributes{
		TaskList:               x.start.TaskList,
		TaskPriority:           x.start.TaskPriority,
		StartToCloseTimeout:    x.start.TaskStartToCloseTimeout,
		ScheduleToStartTimeout: new("NONE"),
	}
	if x.sticky != "" {
		a.TaskList = &listName{x.sticky}
		if x.stickyTimeout != nil {
			a.ScheduleToStartTimeout = x.stickyTimeout
		}
	}
	return a
}

// apply appends an event and brings the state up to date with it.
func (x *execution) apply(e event, a *attributes) {
	x.history = append(x.history, e)
	x.length++
	switch e.kind {
	case workflowExecutionStarted:
		x.onStarted(e, a)
	case workflowExecutionCancelRequested:
		x.cancelling = true
	case workflowExecutionCompleted:
		x.onClosed(e, "COMPLETED")
	case workflowExecutionFailed:
		x.onClosed(e, "FAILED")
	case workflowExecutionTimedOut:
		x.onClosed(e, "TIMED_OUT")
	case workflowExecutionCanceled:
		x.onClosed(e, "CANCELED")
	case workflowExecutionContinuedAsNew:
		x.onClosed(e, "CONTINUED_AS_NEW")
	case workflowExecutionTerminated:
		x.onClosed(e, "TERMINATED")
	case decisionTaskScheduled:
		x.onDecisionScheduled(e, a)
	case decisionTaskStarted:
		x.onDecisionStarted(e)
	case decisionTaskCompleted:
		x.onDecisionCompleted(e, a)
	case decisionTaskTimedOut:
		x.onDecisionTimedOut(e, a)
	case activityTaskScheduled:
		x.onActivityScheduled(e, a)
	case activityTaskStarted:
		x.onActivityStarted(e, a)
	case activityTaskCancelRequested:
		x.activityIDs[*a.ActivityID].cancelRequested = e.id
	case activityTaskCompleted, activityTaskFailed, activityTaskTimedOut, activityTaskCanceled:
		x.onActivityClosed(e, a)
	case timerStarted:
		x.onTimerStarted(e, a)
	case timerFired, timerCanceled:
		x.server.deadlines.remove(x.timers[*a.TimerID].deadline)
		delete(x.timers, *a.TimerID)
	case startChildWorkflowExecutionInitiated:
		x.children[e.id] = &child{attrs: a}
	case childWorkflowExecutionStarted:
		x.children[*a.InitiatedEventID].started = e.id
	case startChildWorkflowExecutionFailed, childWorkflowExecutionCompleted, childWorkflowExecutionFailed,
		childWorkflowExecutionTimedOut, childWorkflowExecutionCanceled, childWorkflowExecutionTerminated:
		delete(x.children, *a.InitiatedEventID)
	case lambdaFunctionScheduled:
		x.onLambdaScheduled(e, a)
	case lambdaFunctionStarted:
		x.onLambdaStarted(e, a)
	case lambdaFunctionCompleted, lambdaFunctionFailed, lambdaFunctionTimedOut, startLambdaFunctionFailed:
		x.onLambdaClosed(a)
	}
}

// yearMillis is how long an execution may take.
const yearMillis = 365 * 24 * 3600 * 1000

func (x *execution) onStarted(e event, a *attributes) {
	x.start, x.startTime = a, e.at
	x.domain.open[x.workflowID] = x
	x.domain.opened.add(x.startTime, x)
	x.domain.all.add(x.startTime, x)
	d, ok := seconds(a.ExecutionStartToCloseTimeout)
	if !ok {
		d = yearMillis
	}
	x.deadline = x.server.deadlines.add(e.at+min(d, yearMillis), func() {
		x.add(workflowExecutionTimedOut, &attributes{TimeoutType: "START_TO_CLOSE", ChildPolicy: x.start.ChildPolicy})
		x.report(childWorkflowExecutionTimedOut, &attributes{TimeoutType: "START_TO_CLOSE"})
		x.applyChildPolicy(*x.start.ChildPolicy)
	})
}

// onClosed ends everything that is open: tokens die, timers never fire.
func (x *execution) onClosed(e event, status string) {
	x.counts = x.openCounts()
	x.status, x.closeTime = status, e.at
	for _, d := range []*decisionTask{x.scheduled, x.started} {
		if d != nil {
			d.task.withdraw()
			x.server.deadlines.remove(d.deadline)
		}
	}
	x.scheduled, x.started = nil, nil
	for _, t := range x.activities {
		t.release(x.server)
		if t.beating {
			x.server.batch.remove(heartbeatRecord, taskKey(x.runID, t.scheduled))
		}
	}
	for _, t := range x.timers {
		x.server.deadlines.remove(t.deadline)
	}
	for _, t := range x.lambdas {
		t.release(x.server)
	}
	x.server.deadlines.remove(x.deadline)
	x.activities, x.activityIDs, x.timers, x.lambdas, x.lambdaIDs = nil, nil, nil, nil, nil
	if x.domain.open[x.workflowID] == x {
		delete(x.domain.open, x.workflowID)
	}
	x.domain.opened.remove(x.startTime, x)
	x.domain.closed.add(x.closeTime, x)
	x.server.deadlines.add(e.at+x.domain.retention(), x.forget)
	if x.server.store != nil { // which has what is seldom asked for
		brief := *x.start
		brief.Input = nil
		x.start, x.history, x.buckets = &brief, nil, nil
	}
}

// forget removes a closed run: its retention has ended.
func (x *execution) forget() {
	x.domain.all.remove(x.startTime, x)
	x.domain.closed.remove(x.closeTime, x)
	delete(x.server.runs, x.runID)
	x.server.batch.forgetRun(x.runID)
}

func (x *execution) openCounts() openCounts {
	if !x.open() {
		return x.counts
	}
	c := openCounts{
		ActivityTasks: len(x.activities), ChildExecutions: len(x.children),
		LambdaFunctions: len(x.lambdas), Timers: len(x.timers),
	}
	if x.scheduled != nil || x.started != nil {
		c.DecisionTasks = 1
	}
	return c
}

func (x *execution) onDecisionScheduled(e event, a *attributes) {
	x.scheduled = &decisionTask{scheduled: e.id, attrs: a}
	if wait, ok := seconds(a.ScheduleToStartTimeout); ok {
		x.scheduled.deadline = x.server.deadlines.add(e.at+wait, func() {
			x.add(decisionTaskTimedOut, &attributes{ScheduledEventID: e.id, StartedEventID: new(int64(0)), TimeoutType: "SCHEDULE_TO_START"})
		})
	}
	x.offerDecision(e.at)
}

// offerDecision puts the scheduled decision task into its list. While another
// one is started it has to wait.
func (x *execution) offerDecision(at stamp) {
	if d := x.scheduled; d != nil && x.started == nil && d.task == nil {
		t := &task{run: x, scheduled: d.scheduled, priority: priority(d.attrs.TaskPriority), at: at}
		d.task = x.domain.decisionLists.add(d.attrs.TaskList.Name, t)
	}
}

func (x *execution) onDecisionStarted(e event) {
	d := x.scheduled
	x.scheduled, x.started = nil, d
	d.startedID = e.id
	d.task.withdraw()
	x.server.deadlines.remove(d.deadline)
	d.deadline = nil
	if wait, ok := seconds(d.attrs.StartToCloseTimeout); ok {
		d.deadline = x.server.deadlines.add(e.at+wait, func() {
			x.add(decisionTaskTimedOut, &attributes{ScheduledEventID: d.scheduled, StartedEventID: &d.startedID, TimeoutType: "START_TO_CLOSE"})
		})
	}
}

func (x *execution) onDecisionCompleted(e event, a *attributes) {
	x.server.deadlines.remove(x.started.deadline)
	x.previousStarted = x.started.startedID
	x.started = nil
	if a.ExecutionContext != nil {
		x.context = a.ExecutionContext
	}
	if a.TaskList != nil {
		x.sticky, x.stickyTimeout = a.TaskList.Name, nil
		if _, lent := seconds(a.TaskListScheduleToStartTimeout); lent {
			x.stickyTimeout = a.TaskListScheduleToStartTimeout
		}
	}
	x.offerDecision(e.at)
}

func (x *execution) onDecisionTimedOut(e event, a *attributes) {
	if d := x.started; d != nil && d.scheduled == a.ScheduledEventID {
		x.server.deadlines.remove(d.deadline)
		x.started = nil
	} else if d := x.scheduled; d != nil {
		d.task.withdraw()
		x.server.deadlines.remove(d.deadline)
		x.scheduled = nil
	}
	if x.stickyTimeout != nil { // a time-out ends a task list that was lent
		x.sticky, x.stickyTimeout = "", nil
	}
	x.offerDecision(e.at)
}

func (x *execution) onTimerStarted(e event, a *attributes) {
	wait, _ := seconds(a.StartToFireTimeout)
	x.timers[*a.TimerID] = &timer{started: e.id, deadline: x.server.deadlines.add(e.at+wait, func() {
		x.add(timerFired, &attributes{TimerID: a.TimerID, StartedEventID: &e.id})
	})}
}
