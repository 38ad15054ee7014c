package decide

// LastDecision returns the id of the event by which the decision task began
// that was read last.
func (x *Execution) LastDecision() int64 { return x.decision }
