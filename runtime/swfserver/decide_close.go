package swfserver

// refuseClose refuses a decision that closes the run if something has happened
// that the decider has not seen; it reports whether it did.
func (t *turn) refuseClose(k kind) bool {
	if t.unhandled {
		t.add(k, &attributes{Cause: "UNHANDLED_DECISION", DecisionTaskCompletedEventID: t.completed})
	}
	return t.unhandled
}

// complete carries out a decision.
func (t *turn) complete(a *attributes) {
	if !t.refuseClose(completeWorkflowExecutionFailed) {
		t.add(workflowExecutionCompleted, a)
		t.report(childWorkflowExecutionCompleted, &attributes{Result: a.Result})
	}
}

// fail carries out a decision.
func (t *turn) fail(a *attributes) {
	if !t.refuseClose(failWorkflowExecutionFailed) {
		t.add(workflowExecutionFailed, a)
		t.report(childWorkflowExecutionFailed, &attributes{Reason: a.Reason, Details: a.Details})
	}
}

// cancel carries out a decision.
func (t *turn) cancel(a *attributes) {
	if !t.refuseClose(cancelWorkflowExecutionFailed) {
		t.add(workflowExecutionCanceled, a)
		t.report(childWorkflowExecutionCanceled, &attributes{Details: a.Details})
	}
}

// continueAsNew carries out a decision: the run closes and another begins with
// the same workflow id, the same parent and the same name of type. All else is
// of the decision or of the type, not of the run that closes.
func (t *turn) continueAsNew(a *attributes) {
	if t.refuseClose(continueAsNewWorkflowExecutionFailed) {
		return
	}
	name := *t.start.WorkflowType
	if a.WorkflowTypeVersion != nil {
		name.Version, a.WorkflowTypeVersion = *a.WorkflowTypeVersion, nil
	}
	a.WorkflowType = &name
	cause := ""
	if typ, ok := t.domain.workflowTypes.get(name.key()); !ok {
		cause = "WORKFLOW_TYPE_DOES_NOT_EXIST"
	} else if typ.DeprecationDate != 0 {
		cause = "WORKFLOW_TYPE_DEPRECATED"
	} else if _, cause = typ.resolveWorkflow(a); cause == "" && !t.server.take("ContinueAsNewWorkflowExecution") {
		cause = "CONTINUE_AS_NEW_WORKFLOW_EXECUTION_RATE_EXCEEDED"
	}
	if cause != "" {
		t.add(continueAsNewWorkflowExecutionFailed, &attributes{Cause: cause, DecisionTaskCompletedEventID: t.completed})
		return
	}
	next := *a
	next.DecisionTaskCompletedEventID = 0
	next.ContinuedExecutionRunID = &t.runID
	next.ParentWorkflowExecution = t.start.ParentWorkflowExecution
	next.ParentInitiatedEventID = t.start.ParentInitiatedEventID
	a.NewExecutionRunID = new(newRunID())
	t.add(workflowExecutionContinuedAsNew, a)
	t.domain.begin(t.workflowID, *a.NewExecutionRunID, &next)
}
