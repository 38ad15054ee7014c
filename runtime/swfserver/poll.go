package swfserver

import (
	"bytes"
	"slices"
	"strconv"
	"time"
)

type pollInput struct {
	pageInput
	Domain   string
	TaskList listName
	Identity *string
}

// pollForActivityTask implements the operation.
func (s *Server) pollForActivityTask(c *call, in *pollInput) (any, error) {
	out, err := s.poll(c, in, func(d *domain) *taskLists { return &d.activityLists })
	if out == nil && err == nil {
		return struct {
			StartedEventID int64 `json:"startedEventId"`
		}{}, nil
	}
	return out, err
}

// pollForDecisionTask implements the operation. With a page token it asks for
// more of the history that came with a task.
func (s *Server) pollForDecisionTask(c *call, in *pollInput) (any, error) {
	if in.NextPageToken != "" {
		return s.nextDecisionPage(c, in)
	}
	out, err := s.poll(c, in, func(d *domain) *taskLists { return &d.decisionLists })
	if out == nil && err == nil {
		return struct {
			PreviousStartedEventID int64 `json:"previousStartedEventId"`
			StartedEventID         int64 `json:"startedEventId"`
		}{}, nil
	}
	return out, err
}

// poll waits for a task; the result is nil if none has come in time. A client
// that hangs up leaves the list, so that no task is given to it.
func (s *Server) poll(c *call, in *pollInput, lists func(*domain) *taskLists) (any, error) {
	p := &poll{ctx: c.ctx, identity: in.Identity, page: in.pageInput, answer: make(chan any, 1)}
	var list *taskList
	err := s.transact(func() error {
		if err := s.admit(c); err != nil {
			return err
		}
		d, err := s.domain(in.Domain)
		if err != nil {
			return err
		}
		list = lists(d).get(in.TaskList.Name)
		if list.polls.Len() >= s.config.Quotas.PollsPerTaskList {
			return limitExceeded("Limit on maximum concurrent poll requests per task list reached")
		}
		list.wait(p)
		return nil
	})
	if err != nil {
		return nil, err
	}
	patience := time.NewTimer(s.config.PollTime)
	defer patience.Stop()
	select {
	case out := <-p.answer:
		return out, nil
	case <-patience.C:
	case <-c.ctx.Done():
	case <-s.life.Done():
	}
	s.mu.Lock()
	left := list.leave(p)
	broken := s.broken
	s.mu.Unlock()
	switch {
	case left:
		return nil, c.ctx.Err()
	case broken != nil:
		return nil, broken
	}
	return <-p.answer, nil // it came in the meantime
}

// startActivity starts an activity task for a poll.
func startActivity(t *task, p *poll) any {
	x, open := t.run, t.run.activities[t.scheduled]
	started := x.add(activityTaskStarted, &attributes{Identity: p.identity, ScheduledEventID: t.scheduled})
	return struct {
		ActivityID        *string        `json:"activityId"`
		ActivityType      *typeName      `json:"activityType"`
		Input             *string        `json:"input,omitempty"`
		StartedEventID    int64          `json:"startedEventId"`
		TaskToken         string         `json:"taskToken"`
		WorkflowExecution *executionName `json:"workflowExecution"`
	}{
		open.attrs.ActivityID, open.attrs.ActivityType, open.attrs.Input, started,
		taskRef{'a', x.runID, t.scheduled, started}.token(), x.name(),
	}
}

// A decisionAnswer is a page of the history, up to its start, of a decision
// task.
type decisionAnswer struct {
	events []event

	NextPageToken          string         `json:"nextPageToken,omitempty"`
	PreviousStartedEventID int64          `json:"previousStartedEventId"`
	StartedEventID         int64          `json:"startedEventId"`
	TaskToken              string         `json:"taskToken"`
	WorkflowExecution      *executionName `json:"workflowExecution"`
	WorkflowType           *typeName      `json:"workflowType"`
}

func (a *decisionAnswer) writeTo(b *bytes.Buffer) { writeEvents(b, a.events, encode(a)) }

// startDecision starts a decision task for a poll.
func startDecision(t *task, p *poll) any {
	x := t.run
	x.add(decisionTaskStarted, &attributes{Identity: p.identity, ScheduledEventID: t.scheduled})
	a, _ := x.decisionPage(t.list.name, &p.page, "") // the history of an open run is in memory
	return a
}

// decisionQuery is what the page tokens of the started decision task are for.
func (x *execution) decisionQuery(list string, in *pageInput) []byte {
	return queryOf("decision", x.domain.record.Name, list, in.ReverseOrder, in.StartAtPreviousStartedEvent)
}

// decisionPage returns a page of the history of the started decision task,
// beginning at the event of that id if one is given.
func (x *execution) decisionPage(list string, in *pageInput, key string) (*decisionAnswer, error) {
	d := x.started
	first := int64(1)
	if in.StartAtPreviousStartedEvent {
		first = max(first, x.previousStarted)
	}
	a := &decisionAnswer{
		PreviousStartedEventID: x.previousStarted, StartedEventID: d.startedID,
		TaskToken:         taskRef{'d', x.runID, d.scheduled, d.startedID}.token(),
		WorkflowExecution: x.name(), WorkflowType: x.start.WorkflowType,
	}
	var next string
	var err error
	if a.events, next, err = x.events(first, d.startedID, key, in); next != "" {
		a.NextPageToken = x.server.newToken(a.TaskToken+" "+next, x.decisionQuery(list, in))
	}
	return a, err
}

// nextDecisionPage returns a further page of the history of a decision task
// that is still started.
func (s *Server) nextDecisionPage(c *call, in *pollInput) (out any, err error) {
	err = s.transact(func() error {
		if err := s.admit(c); err != nil {
			return err
		}
		d, err := s.domain(in.Domain)
		if err != nil {
			return err
		}
		query := queryOf("decision", in.Domain, in.TaskList.Name, in.ReverseOrder, in.StartAtPreviousStartedEvent)
		key, err := s.readToken(in.NextPageToken, query)
		if err != nil {
			return err
		}
		token, next, _ := bytes.Cut([]byte(key), []byte(" "))
		x, ref, err := s.tokenRun(string(token), 'd')
		switch {
		case err != nil:
			return err
		case x.domain != d:
			return errInvalidToken
		case x.started == nil || x.started.startedID != ref.started:
			return unknown("Unknown decision task, scheduledEventId = %d", ref.scheduled)
		}
		out, err = x.decisionPage(in.TaskList.Name, &in.pageInput, string(next))
		return err
	})
	return out, err
}

// events returns a page of the events from first to last, both included, and
// the key of the next page, "" if this is the last.
func (x *execution) events(first, last int64, key string, in *pageInput) (page []event, next string, err error) {
	n := int64(in.size())
	at, err := strconv.ParseInt(key, 10, 64)
	known := err == nil && at >= first && at <= last
	if !in.ReverseOrder {
		if known {
			first = at
		}
		if end := first + n - 1; end < last {
			last, next = end, strconv.FormatInt(end+1, 10)
		}
		page, err = x.between(first, last)
		return page, next, err
	}
	if known {
		last = at
	}
	if begin := last - n + 1; begin > first {
		first, next = begin, strconv.FormatInt(begin-1, 10)
	}
	page, err = x.between(first, last)
	page = slices.Clone(page)
	slices.Reverse(page)
	return page, next, err
}

// between returns the events from first to last, both included.
func (x *execution) between(first, last int64) ([]event, error) {
	if x.history == nil {
		return x.server.store.history(x.runID, first, last)
	}
	return x.history[first-1 : last], nil
}

// writeEvents writes an object whose first member is a page of events; rest is
// the object without it.
func writeEvents(b *bytes.Buffer, events []event, rest []byte) {
	b.WriteString(`{"events":[`)
	for k, e := range events {
		if k > 0 {
			b.WriteByte(',')
		}
		b.Write(e.text)
	}
	b.WriteByte(']')
	if len(rest) > len("{}") {
		b.WriteByte(',')
	}
	b.Write(rest[1:])
}

type historyInput struct {
	pageInput
	Domain    string
	Execution executionName
}

// A historyAnswer is a page of a history.
type historyAnswer struct {
	events []event

	NextPageToken string `json:"nextPageToken,omitempty"`
}

func (a *historyAnswer) writeTo(b *bytes.Buffer) { writeEvents(b, a.events, encode(a)) }

// run returns a run of a domain.
func (s *Server) run(domain string, name executionName) (*execution, error) {
	d, err := s.domain(domain)
	if err != nil {
		return nil, err
	}
	x := s.runs[name.RunID]
	if x == nil || x.domain != d || x.workflowID != name.WorkflowID {
		return nil, unknownExecution(name.WorkflowID, name.RunID)
	}
	return x, nil
}

// getWorkflowExecutionHistory implements the operation.
func (s *Server) getWorkflowExecutionHistory(c *call, in *historyInput) (any, error) {
	x, err := s.run(in.Domain, in.Execution)
	if err == nil {
		err = x.admit(c)
	}
	if err != nil {
		return nil, err
	}
	query := queryOf("history", in.Domain, in.Execution, in.ReverseOrder)
	key, err := s.readToken(in.NextPageToken, query)
	if err != nil {
		return nil, err
	}
	a := &historyAnswer{}
	var next string
	a.events, next, err = x.events(1, x.length, key, &in.pageInput)
	a.NextPageToken = s.newToken(next, query)
	return a, err
}

type countInput struct {
	Domain   string
	TaskList listName
}

type countAnswer struct {
	Count     int  `json:"count"`
	Truncated bool `json:"truncated"`
}

// countPendingActivityTasks implements the operation.
func (s *Server) countPendingActivityTasks(c *call, in *countInput) (any, error) {
	return s.countTasks(in, func(d *domain) *taskLists { return &d.activityLists })
}

// countPendingDecisionTasks implements the operation.
func (s *Server) countPendingDecisionTasks(c *call, in *countInput) (any, error) {
	return s.countTasks(in, func(d *domain) *taskLists { return &d.decisionLists })
}

func (s *Server) countTasks(in *countInput, lists func(*domain) *taskLists) (any, error) {
	d, err := s.domain(in.Domain)
	if err != nil {
		return nil, err
	}
	n := 0
	if l := lists(d).byName[in.TaskList.Name]; l != nil {
		n = len(l.tasks)
	}
	return countAnswer{Count: n}, nil
}
