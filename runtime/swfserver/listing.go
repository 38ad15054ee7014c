package swfserver

import (
	"math"
	"slices"
	"strings"
)

type timeFilter struct {
	OldestDate stamp
	LatestDate *stamp
}

func (f *timeFilter) span() span {
	if f.LatestDate == nil {
		return span{f.OldestDate, math.MaxInt64 - 1}
	}
	return span{f.OldestDate, *f.LatestDate}
}

// A listInput is the input of the operations that list and count runs.
type listInput struct {
	pageInput
	Domain            string
	StartTimeFilter   *timeFilter
	CloseTimeFilter   *timeFilter
	ExecutionFilter   *struct{ WorkflowID string }
	CloseStatusFilter *struct{ Status string }
	TagFilter         *struct{ Tag string }
	TypeFilter        *struct{ Name, Version string }
}

// exclusive refuses more than one of the filters that exclude each other.
func (in *listInput) exclusive() error {
	var used []string
	for _, f := range []struct {
		name string
		set  bool
	}{
		{"closeStatusFilter", in.CloseStatusFilter != nil},
		{"executionFilter", in.ExecutionFilter != nil},
		{"tagFilter", in.TagFilter != nil},
		{"typeFilter", in.TypeFilter != nil},
	} {
		if f.set {
			used = append(used, f.name)
		}
	}
	if len(used) > 1 {
		return invalid("Cannot specify more than one exclusive filters in the same query: [%s]", strings.Join(used, ", "))
	}
	return nil
}

// match reports whether a run is one that the filters, other than those of
// time, let pass.
func (in *listInput) match(x *execution) bool {
	switch t := x.start.WorkflowType; {
	case in.ExecutionFilter != nil:
		return x.workflowID == in.ExecutionFilter.WorkflowID
	case in.CloseStatusFilter != nil:
		return x.status == in.CloseStatusFilter.Status
	case in.TagFilter != nil:
		return slices.ContainsFunc(x.start.TagList, func(tag *string) bool { return tag != nil && *tag == in.TagFilter.Tag })
	case in.TypeFilter != nil:
		return t.Name == in.TypeFilter.Name && (in.TypeFilter.Version == "" || t.Version == in.TypeFilter.Version)
	}
	return true
}

// A listing is what an input asks for.
type listing struct {
	line   *timeline
	span   span
	closed bool // the line also holds open runs, which are not wanted
}

func (s *Server) openListing(in *listInput) (listing, error) {
	d, err := s.domain(in.Domain)
	if err != nil {
		return listing{}, err
	}
	return listing{line: &d.opened, span: in.StartTimeFilter.span()}, in.exclusive()
}

func (s *Server) closedListing(in *listInput) (listing, error) {
	d, err := s.domain(in.Domain)
	if err != nil {
		return listing{}, err
	}
	switch {
	case in.StartTimeFilter == nil && in.CloseTimeFilter == nil:
		return listing{}, invalid("Must specify time filter")
	case in.StartTimeFilter != nil && in.CloseTimeFilter != nil:
		return listing{}, invalid("Cannot specify more than one exclusive filters in the same query: [closeTimeFilter, startTimeFilter]")
	case in.StartTimeFilter != nil:
		return listing{&d.all, in.StartTimeFilter.span(), true}, in.exclusive()
	}
	return listing{line: &d.closed, span: in.CloseTimeFilter.span()}, in.exclusive()
}

// listOpenWorkflowExecutions implements the operation.
func (s *Server) listOpenWorkflowExecutions(c *call, in *listInput) (any, error) {
	l, err := s.openListing(in)
	if err != nil {
		return nil, err
	}
	return s.list(c, in, l)
}

// listClosedWorkflowExecutions implements the operation.
func (s *Server) listClosedWorkflowExecutions(c *call, in *listInput) (any, error) {
	l, err := s.closedListing(in)
	if err != nil {
		return nil, err
	}
	return s.list(c, in, l)
}

func (s *Server) list(c *call, in *listInput, l listing) (any, error) {
	asked := *in
	asked.pageInput = pageInput{ReverseOrder: in.ReverseOrder}
	query := queryOf(c.operation, asked)
	after, err := s.readToken(in.NextPageToken, query)
	if err != nil {
		return nil, err
	}
	infos, last, next := []executionInfo{}, "", ""
	l.line.walk(l.span, in.ReverseOrder, after, func(m moment) bool {
		switch {
		case l.closed && m.run.open() || !in.match(m.run):
			return true
		case len(infos) == in.size():
			next = last
			return false
		}
		infos, last = append(infos, m.run.info()), m.key()
		return true
	})
	return struct {
		Infos []executionInfo `json:"executionInfos"`
		Next  string          `json:"nextPageToken,omitempty"`
	}{infos, s.newToken(next, query)}, nil
}

// countOpenWorkflowExecutions implements the operation.
func (s *Server) countOpenWorkflowExecutions(c *call, in *listInput) (any, error) {
	l, err := s.openListing(in)
	if err != nil {
		return nil, err
	}
	return count(in, l), nil
}

// countClosedWorkflowExecutions implements the operation.
func (s *Server) countClosedWorkflowExecutions(c *call, in *listInput) (any, error) {
	l, err := s.closedListing(in)
	if err != nil {
		return nil, err
	}
	return count(in, l), nil
}

func count(in *listInput, l listing) countAnswer {
	n := 0
	l.line.walk(l.span, false, "", func(m moment) bool {
		if !(l.closed && m.run.open()) && in.match(m.run) {
			n++
		}
		return true
	})
	return countAnswer{Count: n}
}

type executionInfo struct {
	CancelRequested bool           `json:"cancelRequested"`
	CloseStatus     string         `json:"closeStatus,omitempty"`
	CloseTimestamp  stamp          `json:"closeTimestamp,omitempty"`
	Execution       *executionName `json:"execution"`
	ExecutionStatus string         `json:"executionStatus"`
	Parent          *executionName `json:"parent,omitempty"`
	StartTimestamp  stamp          `json:"startTimestamp"`
	TagList         []*string      `json:"tagList,omitempty"`
	WorkflowType    *typeName      `json:"workflowType"`
}

func (x *execution) info() executionInfo {
	i := executionInfo{
		CancelRequested: x.cancelling && x.open(), CloseStatus: x.status, CloseTimestamp: x.closeTime,
		Execution: x.name(), ExecutionStatus: "OPEN", Parent: x.start.ParentWorkflowExecution,
		StartTimestamp: x.startTime, TagList: x.start.TagList, WorkflowType: x.start.WorkflowType,
	}
	if !x.open() {
		i.ExecutionStatus = "CLOSED"
	}
	return i
}

type executionConfiguration struct {
	ChildPolicy                  *string   `json:"childPolicy"`
	ExecutionStartToCloseTimeout *string   `json:"executionStartToCloseTimeout"`
	LambdaRole                   *string   `json:"lambdaRole,omitempty"`
	TaskList                     *listName `json:"taskList"`
	TaskPriority                 *string   `json:"taskPriority,omitempty"`
	TaskStartToCloseTimeout      *string   `json:"taskStartToCloseTimeout"`
}

// describeWorkflowExecution implements the operation.
func (s *Server) describeWorkflowExecution(c *call, in *historyInput) (any, error) {
	x, err := s.run(in.Domain, in.Execution)
	if err != nil {
		return nil, err
	}
	a := x.start
	return struct {
		Configuration executionConfiguration `json:"executionConfiguration"`
		Info          executionInfo          `json:"executionInfo"`
		LatestTask    stamp                  `json:"latestActivityTaskTimestamp,omitempty"`
		LatestContext *string                `json:"latestExecutionContext,omitempty"`
		Counts        openCounts             `json:"openCounts"`
	}{
		executionConfiguration{a.ChildPolicy, a.ExecutionStartToCloseTimeout, a.LambdaRole, a.TaskList, a.TaskPriority, a.TaskStartToCloseTimeout},
		x.info(), x.lastTask, x.context, x.openCounts(),
	}, nil
}
