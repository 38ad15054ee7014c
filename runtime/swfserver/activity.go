package swfserver

// An activityTask is an open activity task.
type activityTask struct {
	attrs           *attributes // of ActivityTaskScheduled
	scheduled       int64
	started         int64   // 0 until it is started
	cancelRequested int64   // the latest such event; 0 is none
	details         *string // of the last heartbeat
	beating         bool    // there is a heartbeat on record
	task            *task   // while it waits in its task list
	startBy         *deadline
	closeBy         []*deadline
	beatBy          *deadline
}

// A heartbeat is what is on record of the last heartbeat of a task: no event
// tells of it.
type heartbeat struct {
	At      stamp
	Details *string
}

// release takes a task out of its list and calls its time-outs off.
func (t *activityTask) release(s *Server) {
	t.task.withdraw()
	s.deadlines.remove(t.startBy)
	s.deadlines.remove(t.beatBy)
	for _, d := range t.closeBy {
		s.deadlines.remove(d)
	}
}

// expire returns a deadline on which a task times out, nil if there is none.
func (x *execution) expire(t *activityTask, from stamp, timeout *string, kind string) *deadline {
	wait, ok := seconds(timeout)
	if !ok {
		return nil
	}
	return x.server.deadlines.add(from+wait, func() {
		x.add(activityTaskTimedOut, &attributes{
			Details: t.details, ScheduledEventID: t.scheduled, StartedEventID: &t.started, TimeoutType: kind,
		})
	})
}

func (x *execution) onActivityScheduled(e event, a *attributes) {
	t := &activityTask{attrs: a, scheduled: e.id}
	x.activities[e.id], x.activityIDs[*a.ActivityID] = t, t
	x.lastTask = e.at
	t.closeBy = append(t.closeBy, x.expire(t, e.at, a.ScheduleToCloseTimeout, "SCHEDULE_TO_CLOSE"))
	t.startBy = x.expire(t, e.at, a.ScheduleToStartTimeout, "SCHEDULE_TO_START")
	t.task = x.domain.activityLists.add(a.TaskList.Name, &task{run: x, scheduled: e.id, priority: priority(a.TaskPriority), at: e.at})
}

func (x *execution) onActivityStarted(e event, a *attributes) {
	t := x.activities[a.ScheduledEventID]
	t.started = e.id
	x.lastTask = e.at
	t.task.withdraw()
	x.server.deadlines.remove(t.startBy)
	t.closeBy = append(t.closeBy, x.expire(t, e.at, t.attrs.StartToCloseTimeout, "START_TO_CLOSE"))
	t.beatBy = x.expire(t, e.at, t.attrs.HeartbeatTimeout, "HEARTBEAT")
}

func (x *execution) onActivityClosed(e event, a *attributes) {
	t := x.activities[a.ScheduledEventID]
	x.lastTask = e.at
	t.release(x.server)
	if t.beating {
		x.server.batch.remove(heartbeatRecord, taskKey(x.runID, t.scheduled))
	}
	delete(x.activities, t.scheduled)
	delete(x.activityIDs, *t.attrs.ActivityID)
}

// beat takes note of a heartbeat.
func (x *execution) beat(t *activityTask, h heartbeat) {
	t.details, t.beating = h.Details, true
	if wait, ok := seconds(t.attrs.HeartbeatTimeout); ok {
		x.server.deadlines.move(t.beatBy, h.At+wait)
	}
}

type activityInput struct {
	TaskToken string
	Details   *string
	Reason    *string
	Result    *string
}

// activityOf returns the open task that a token is for.
func (s *Server) activityOf(token string) (*execution, *activityTask, error) {
	x, ref, err := s.tokenRun(token, 'a')
	if err != nil {
		return nil, nil, err
	}
	t := x.activities[ref.scheduled]
	if t == nil || t.started != ref.started {
		return nil, nil, unknown("Unknown activity, scheduledEventId = %d", ref.scheduled)
	}
	return x, t, nil
}

// recordActivityTaskHeartbeat implements the operation.
func (s *Server) recordActivityTaskHeartbeat(c *call, in *activityInput) (any, error) {
	x, t, err := s.activityOf(in.TaskToken)
	if err == nil {
		err = x.admit(c)
	}
	if err != nil {
		return nil, err
	}
	h := heartbeat{s.time, in.Details}
	x.beat(t, h)
	s.batch.put(heartbeatRecord, taskKey(x.runID, t.scheduled), h)
	return struct {
		CancelRequested bool `json:"cancelRequested"`
	}{t.cancelRequested != 0}, nil
}

// respondActivityTaskCompleted implements the operation.
func (s *Server) respondActivityTaskCompleted(c *call, in *activityInput) (any, error) {
	return s.closeActivity(in, activityTaskCompleted, &attributes{Result: in.Result})
}

// respondActivityTaskFailed implements the operation.
func (s *Server) respondActivityTaskFailed(c *call, in *activityInput) (any, error) {
	return s.closeActivity(in, activityTaskFailed, &attributes{Reason: in.Reason, Details: in.Details})
}

// respondActivityTaskCanceled implements the operation.
func (s *Server) respondActivityTaskCanceled(c *call, in *activityInput) (any, error) {
	return s.closeActivity(in, activityTaskCanceled, &attributes{Details: in.Details})
}

func (s *Server) closeActivity(in *activityInput, k kind, a *attributes) (any, error) {
	x, t, err := s.activityOf(in.TaskToken)
	if err != nil {
		return nil, err
	}
	a.ScheduledEventID, a.StartedEventID = t.scheduled, &t.started
	if k == activityTaskCanceled {
		a.LatestCancelRequestedEventID = t.cancelRequested
	}
	x.add(k, a)
	return nil, nil
}
