package swfserver

// workflowDefaults lists, in the order in which they are looked for, what a run
// must have from the call or from its type.
var workflowDefaults = []struct {
	member string // of the type, for faults
	cause  string // for decisions
	of     func(*attributes) bool
}{
	{"defaultExecutionStartToCloseTimeout", "DEFAULT_EXECUTION_START_TO_CLOSE_TIMEOUT_UNDEFINED", func(a *attributes) bool { return a.ExecutionStartToCloseTimeout != nil }},
	{"defaultTaskList", "DEFAULT_TASK_LIST_UNDEFINED", func(a *attributes) bool { return a.TaskList != nil }},
	{"defaultTaskStartToCloseTimeout", "DEFAULT_TASK_START_TO_CLOSE_TIMEOUT_UNDEFINED", func(a *attributes) bool { return a.TaskStartToCloseTimeout != nil }},
	{"defaultChildPolicy", "DEFAULT_CHILD_POLICY_UNDEFINED", func(a *attributes) bool { return a.ChildPolicy != nil }},
}

// given returns the first of some texts that says something, nil if none does.
func given(texts ...*string) *string {
	for _, t := range texts {
		if t != nil && *t != "" {
			return t
		}
	}
	return nil
}

// resolveWorkflow fills in what a run takes from its type. It returns what is
// missing in both, as a fault words it and as a decision's cause.
func (t *registered) resolveWorkflow(a *attributes) (member, cause string) {
	d := &t.Defaults
	a.ExecutionStartToCloseTimeout = given(a.ExecutionStartToCloseTimeout, d.ExecutionStartToCloseTimeout)
	a.TaskStartToCloseTimeout = given(a.TaskStartToCloseTimeout, d.TaskStartToCloseTimeout)
	a.ChildPolicy = given(a.ChildPolicy, d.ChildPolicy)
	a.TaskPriority = given(a.TaskPriority, d.TaskPriority)
	a.LambdaRole = given(a.LambdaRole, d.LambdaRole)
	if a.TaskList == nil {
		a.TaskList = d.TaskList
	}
	for _, m := range workflowDefaults {
		if !m.of(a) {
			return m.member, m.cause
		}
	}
	return "", ""
}

// checkExecutionTimeout refuses a run without an end.
func checkExecutionTimeout(d *string, path string) error {
	if d != nil && *d == "NONE" {
		return invalid("1 validation error detected: Value 'NONE' at '%s' failed to satisfy constraint: Member must be a number of seconds", path)
	}
	return nil
}

// begin starts a run. Its attributes are resolved.
func (d *domain) begin(workflowID, runID string, a *attributes) *execution {
	s := d.server
	s.runCount++
	x := newExecution(d, workflowID, runID, s.runCount)
	s.runs[runID] = x
	s.batch.put(runKind, runID, runRecord{d.record.Name, workflowID, x.order})
	if a.ParentInitiatedEventID == nil {
		a.ParentInitiatedEventID = new(int64(0))
	}
	x.add(workflowExecutionStarted, a)
	return x
}

// A runRecord is what is on record of a run beside its history.
type runRecord struct {
	Domain     string
	WorkflowID string
	Order      int64
}

type startInput struct {
	Domain string
	attributes
}

// startWorkflowExecution implements the operation.
func (s *Server) startWorkflowExecution(c *call, in *startInput) (any, error) {
	if err := checkExecutionTimeout(in.ExecutionStartToCloseTimeout, "executionStartToCloseTimeout"); err != nil {
		return nil, err
	}
	d, err := s.active(in.Domain)
	if err != nil {
		return nil, err
	}
	t, err := d.typeOf(workflowKind, *in.WorkflowType)
	if err != nil {
		return nil, err
	}
	if t.DeprecationDate != 0 {
		return nil, modelFault("TypeDeprecatedFault", "%s", t.describe(workflowKind))
	}
	a, workflowID := in.attributes, *in.WorkflowID
	a.WorkflowID = nil
	if member, _ := t.resolveWorkflow(&a); member != "" {
		return nil, modelFault("DefaultUndefinedFault", "%s", member)
	}
	if d.open[workflowID] != nil {
		return nil, modelFault("WorkflowExecutionAlreadyStartedFault", "Already Started")
	}
	if len(d.open) >= s.config.Quotas.OpenExecutions {
		return nil, limitExceeded("Limit on maximum number of open workflow executions reached")
	}
	x := d.begin(workflowID, newRunID(), &a)
	return struct {
		RunID string `json:"runId"`
	}{x.runID}, nil
}

// A runInput names a run from outside, with what to do to it.
type runInput struct {
	Domain      string
	WorkflowID  string
	RunID       string
	SignalName  *string
	Input       *string
	Reason      *string
	Details     *string
	ChildPolicy *string
}

// openRun returns the open run of a workflow id, which must be runID if that is
// given; nil if there is none.
func (d *domain) openRun(workflowID, runID string) *execution {
	if x := d.open[workflowID]; x != nil && (runID == "" || runID == x.runID) {
		return x
	}
	return nil
}

func (s *Server) target(in *runInput) (*execution, error) {
	d, err := s.domain(in.Domain)
	if err != nil {
		return nil, err
	}
	if x := d.openRun(in.WorkflowID, in.RunID); x != nil {
		return x, nil
	}
	return nil, unknownExecution(in.WorkflowID, in.RunID)
}

// signalWorkflowExecution implements the operation.
func (s *Server) signalWorkflowExecution(c *call, in *runInput) (any, error) {
	x, err := s.target(in)
	if err == nil {
		err = x.admit(c)
	}
	if err != nil {
		return nil, err
	}
	x.add(workflowExecutionSignaled, &attributes{SignalName: in.SignalName, Input: in.Input, ExternalInitiatedEventID: new(int64(0))})
	return nil, nil
}

// requestCancelWorkflowExecution implements the operation.
func (s *Server) requestCancelWorkflowExecution(c *call, in *runInput) (any, error) {
	x, err := s.target(in)
	if err == nil {
		err = x.admit(c)
	}
	if err != nil {
		return nil, err
	}
	x.add(workflowExecutionCancelRequested, &attributes{ExternalInitiatedEventID: new(int64(0))})
	return nil, nil
}

// terminateWorkflowExecution implements the operation.
func (s *Server) terminateWorkflowExecution(c *call, in *runInput) (any, error) {
	x, err := s.target(in)
	if err != nil {
		return nil, err
	}
	policy := given(in.ChildPolicy, x.start.ChildPolicy)
	x.terminate(&attributes{Reason: in.Reason, Details: in.Details, ChildPolicy: policy, Cause: "OPERATOR_INITIATED"})
	return nil, nil
}

// terminate closes a run against its will.
func (x *execution) terminate(a *attributes) {
	x.add(workflowExecutionTerminated, a)
	x.report(childWorkflowExecutionTerminated, &attributes{})
	x.applyChildPolicy(*a.ChildPolicy)
}

// report tells the parent, if it is still open, that the run has closed.
func (x *execution) report(k kind, a *attributes) {
	name := x.start.ParentWorkflowExecution
	if name == nil {
		return
	}
	parent := x.server.runs[name.RunID]
	if parent == nil || !parent.open() {
		return
	}
	if c := parent.children[*x.start.ParentInitiatedEventID]; c != nil {
		a.WorkflowExecution, a.WorkflowType = x.name(), x.start.WorkflowType
		a.InitiatedEventID, a.StartedEventID = x.start.ParentInitiatedEventID, &c.started
		parent.add(k, a)
	}
}

// applyChildPolicy does to the open children what the policy of a run that was
// terminated or has timed out says.
func (x *execution) applyChildPolicy(policy string) {
	if policy == "ABANDON" {
		return
	}
	const cause = "CHILD_POLICY_APPLIED"
	for _, id := range inOrder(x.children) {
		x.server.later = append(x.server.later, func() {
			y := x.domain.open[*x.children[id].attrs.WorkflowID]
			switch {
			case y == nil || y.start.ParentWorkflowExecution == nil || *y.start.ParentWorkflowExecution != *x.name() || *y.start.ParentInitiatedEventID != id:
				// it has closed, or its id is somebody else's
			case policy == "TERMINATE":
				y.terminate(&attributes{ChildPolicy: y.start.ChildPolicy, Cause: cause})
			default:
				y.add(workflowExecutionCancelRequested, &attributes{Cause: cause, ExternalInitiatedEventID: new(int64(0)), ExternalWorkflowExecution: x.name()})
			}
		})
	}
}
