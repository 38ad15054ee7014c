package swfserver

// What a run does to other runs happens after its own decisions, in the same
// transaction. By then it may have closed, and hears nothing of it any more.

// reply adds an event that answers an earlier one of the run.
func (t *turn) reply(k kind, a *attributes) {
	if t.open() {
		t.add(k, a)
	}
}

// another returns the open run that a decision is about, nil if there is none.
func (t *turn) another(a *attributes) *execution {
	runID := ""
	if a.RunID != nil {
		runID = *a.RunID
	}
	return t.domain.openRun(*a.WorkflowID, runID)
}

// external carries out a decision about another run: the event initiated, then
// what it does to the run or, if there is none, the event failed.
func (t *turn) external(a *attributes, decision, rateCause string, initiated, failed kind, do func(y *execution, id int64)) {
	id := t.add(initiated, a)
	t.server.later = append(t.server.later, func() {
		y, cause := t.another(a), ""
		switch {
		case !t.server.take(decision):
			cause = rateCause
		case y == nil:
			cause = "UNKNOWN_EXTERNAL_WORKFLOW_EXECUTION"
		default:
			do(y, id)
			return
		}
		t.reply(failed, &attributes{
			WorkflowID: a.WorkflowID, RunID: a.RunID, Cause: cause, Control: a.Control,
			InitiatedEventID: &id, DecisionTaskCompletedEventID: t.completed,
		})
	})
}

// signalExternal carries out a decision.
func (t *turn) signalExternal(a *attributes) {
	t.external(a, "SignalExternalWorkflowExecution", "SIGNAL_EXTERNAL_WORKFLOW_EXECUTION_RATE_EXCEEDED",
		signalExternalWorkflowExecutionInitiated, signalExternalWorkflowExecutionFailed,
		func(y *execution, id int64) {
			y.add(workflowExecutionSignaled, &attributes{
				SignalName: a.SignalName, Input: a.Input, ExternalInitiatedEventID: &id, ExternalWorkflowExecution: t.name(),
			})
			t.reply(externalWorkflowExecutionSignaled, &attributes{WorkflowExecution: y.name(), InitiatedEventID: &id})
		})
}

// requestCancelExternal carries out a decision.
func (t *turn) requestCancelExternal(a *attributes) {
	t.external(a, "RequestCancelExternalWorkflowExecution", "REQUEST_CANCEL_EXTERNAL_WORKFLOW_EXECUTION_RATE_EXCEEDED",
		requestCancelExternalWorkflowExecutionInitiated, requestCancelExternalWorkflowExecutionFailed,
		func(y *execution, id int64) {
			y.add(workflowExecutionCancelRequested, &attributes{ExternalInitiatedEventID: &id, ExternalWorkflowExecution: t.name()})
			t.reply(externalWorkflowExecutionCancelRequested, &attributes{WorkflowExecution: y.name(), InitiatedEventID: &id})
		})
}

// startChild carries out a decision. That the workflow id is taken is found
// only when the child is to start, and so comes after the event that it is
// going to; all other causes come instead of it.
func (t *turn) startChild(a *attributes) {
	failure := &attributes{
		WorkflowType: a.WorkflowType, WorkflowID: a.WorkflowID, Control: a.Control,
		InitiatedEventID: new(int64(0)), DecisionTaskCompletedEventID: t.completed,
	}
	if failure.Cause = t.refuseChild(a); failure.Cause != "" {
		t.add(startChildWorkflowExecutionFailed, failure)
		return
	}
	id := t.add(startChildWorkflowExecutionInitiated, a)
	t.starting++
	t.server.later = append(t.server.later, func() {
		if t.domain.open[*a.WorkflowID] != nil {
			failure.Cause, failure.InitiatedEventID = "WORKFLOW_ALREADY_RUNNING", &id
			t.reply(startChildWorkflowExecutionFailed, failure)
			return
		}
		start := *a
		start.WorkflowID, start.Control, start.DecisionTaskCompletedEventID = nil, nil, 0
		start.ParentWorkflowExecution, start.ParentInitiatedEventID = t.name(), &id
		y := t.domain.begin(*a.WorkflowID, newRunID(), &start)
		t.reply(childWorkflowExecutionStarted, &attributes{WorkflowExecution: y.name(), WorkflowType: a.WorkflowType, InitiatedEventID: &id})
	})
}

// refuseChild fills in what a child takes from its type, and returns the cause
// if it cannot be started.
func (t *turn) refuseChild(a *attributes) string {
	q := &t.server.config.Quotas
	typ, ok := t.domain.workflowTypes.get(a.WorkflowType.key())
	switch {
	case !ok:
		return "WORKFLOW_TYPE_DOES_NOT_EXIST"
	case typ.DeprecationDate != 0:
		return "WORKFLOW_TYPE_DEPRECATED"
	}
	if _, cause := typ.resolveWorkflow(a); cause != "" {
		return cause
	}
	switch {
	case len(t.children) >= q.OpenChildren:
		return "OPEN_CHILDREN_LIMIT_EXCEEDED"
	case len(t.domain.open)+t.starting >= q.OpenExecutions:
		return "OPEN_WORKFLOWS_LIMIT_EXCEEDED"
	case !t.server.take("StartChildWorkflowExecution"):
		return "CHILD_CREATION_RATE_EXCEEDED"
	}
	return ""
}
