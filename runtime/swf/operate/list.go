package operate

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	sdk "github.com/aws/aws-sdk-go-v2/service/swf"
	"github.com/aws/aws-sdk-go-v2/service/swf/types"
	"github.com/flowc/flowc/compiler/ir"
	"github.com/flowc/flowc/compiler/ir/limits"
	"github.com/flowc/flowc/runtime"
	"github.com/flowc/flowc/runtime/history"
	"github.com/flowc/flowc/runtime/swf/names"
)

// killed is the status of a run that was terminated.
const killed = "killed"

// closeStatuses are the statuses of runs that have ended, as the service has
// them.
var closeStatuses = map[string]types.CloseStatus{
	ir.Succeeded.String(): types.CloseStatusCompleted,
	ir.Failed.String():    types.CloseStatusFailed,
	ir.Cancelled.String(): types.CloseStatusCanceled,
	ir.TimedOut.String():  types.CloseStatusTimedOut,
	killed:                types.CloseStatusTerminated,
}

// A listing says which executions are wanted. The service itself takes one
// filter at a time: the first that is set, in the order in which they stand
// here. The others are left to keep.
type listing struct {
	execution string            // workflow id
	workflow  string            // type
	tag       string            //
	closed    types.CloseStatus //
	since     time.Time
	limit     int                                     // 0 is all
	keep      func(*types.WorkflowExecutionInfo) bool // nil keeps all
}

// Runs returns the runs that a filter wants, the newest first.
func (d *Domain) Runs(f history.Filter) ([]history.Summary, error) {
	l := listing{tag: f.Tag, since: goTime(f.Since), limit: f.Limit, keep: func(info *types.WorkflowExecutionInfo) bool { return wanted(info, &f) }}
	if f.Workflow != "" {
		l.workflow = names.Type(f.Workflow)
	}
	if status, ok := closeStatuses[f.Status]; ok {
		l.closed = status
	}
	if limits.ValidID(f.Prefix) { // most often it is a whole workflow id, by which the service finds what it has
		l.execution = f.Prefix
		if list, err := d.listed(f, l); err != nil || len(list) > 0 {
			return list, err
		}
		l.execution = ""
	}
	return d.listed(f, l)
}

// listed returns the runs that a filter wants out of a listing.
func (d *Domain) listed(f history.Filter, l listing) ([]history.Summary, error) {
	var all []types.WorkflowExecutionInfo
	for _, open := range []bool{true, false} {
		if f.Status != "" && open != (f.Status == ir.Running.String()) {
			continue
		}
		found, err := d.list(open, l)
		if err != nil {
			return nil, err
		}
		all = append(all, found...)
	}
	slices.SortStableFunc(all, func(a, b types.WorkflowExecutionInfo) int {
		return b.StartTimestamp.Compare(*a.StartTimestamp)
	})
	if f.Limit > 0 && len(all) > f.Limit {
		all = all[:f.Limit]
	}
	list := make([]history.Summary, len(all))
	for i := range all {
		list[i] = summaryOf(&all[i])
	}
	return list, nil
}

// wanted reports whether a filter wants an execution.
func wanted(info *types.WorkflowExecutionInfo, f *history.Filter) bool {
	x := executionOf(*info)
	switch {
	case f.Prefix != "":
		if !strings.HasPrefix(x.Run, f.Prefix) && !strings.HasPrefix(x.WorkflowID, f.Prefix) {
			return false
		}
	case info.CloseStatus == types.CloseStatusContinuedAsNew, info.Parent != nil && !f.Children:
		return false
	}
	return (f.Status == "" || statusOf(info) == f.Status) &&
		(f.Workflow == "" || aws.ToString(info.WorkflowType.Name) == names.Type(f.Workflow)) &&
		(f.Tag == "" || slices.Contains(info.TagList, f.Tag))
}

// list returns open or closed executions, the newest first.
func (d *Domain) list(open bool, l listing) ([]types.WorkflowExecutionInfo, error) {
	next := d.openPages(l)
	if !open {
		next = d.closedPages(l)
	}
	var found []types.WorkflowExecutionInfo
	for {
		page, more, err := next()
		if err != nil {
			return nil, err
		}
		for i := range page {
			d.saw(executionOf(page[i]))
			if l.keep != nil && !l.keep(&page[i]) {
				continue
			}
			if found = append(found, page[i]); l.limit > 0 && len(found) == l.limit {
				return found, nil
			}
		}
		if !more {
			return found, nil
		}
	}
}

// saw remembers the workflow id of an execution.
func (d *Domain) saw(x Execution) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.ids[x.Run] = x.WorkflowID
}

// pages returns a page of executions at a time, and whether there are more.
type pages func() (page []types.WorkflowExecutionInfo, more bool, err error)

// pageSize is what is asked for when few are wanted: filters that we apply
// ourselves may leave some out.
func (l *listing) pageSize() int32 {
	switch {
	case l.limit == 1 && l.execution != "":
		return 1
	case l.limit > 0 && l.limit < 100:
		return 100
	}
	return 0 // the service's most
}

func (d *Domain) openPages(l listing) pages {
	in := &sdk.ListOpenWorkflowExecutionsInput{Domain: &d.name, StartTimeFilter: &types.ExecutionTimeFilter{OldestDate: aws.Time(oldest(l.since))}, MaximumPageSize: l.pageSize()}
	switch {
	case l.execution != "":
		in.ExecutionFilter = &types.WorkflowExecutionFilter{WorkflowId: &l.execution}
	case l.workflow != "":
		in.TypeFilter = &types.WorkflowTypeFilter{Name: &l.workflow}
	case l.tag != "":
		in.TagFilter = &types.TagFilter{Tag: &l.tag}
	}
	p := sdk.NewListOpenWorkflowExecutionsPaginator(d.api, in)
	return func() ([]types.WorkflowExecutionInfo, bool, error) {
		page, err := p.NextPage(d.ctx)
		if err != nil {
			return nil, false, err
		}
		return page.ExecutionInfos, p.HasMorePages(), nil
	}
}

func (d *Domain) closedPages(l listing) pages {
	in := &sdk.ListClosedWorkflowExecutionsInput{Domain: &d.name, StartTimeFilter: &types.ExecutionTimeFilter{OldestDate: aws.Time(oldest(l.since))}, MaximumPageSize: l.pageSize()}
	switch {
	case l.execution != "":
		in.ExecutionFilter = &types.WorkflowExecutionFilter{WorkflowId: &l.execution}
	case l.workflow != "":
		in.TypeFilter = &types.WorkflowTypeFilter{Name: &l.workflow}
	case l.tag != "":
		in.TagFilter = &types.TagFilter{Tag: &l.tag}
	case l.closed != "":
		in.CloseStatusFilter = &types.CloseStatusFilter{Status: l.closed}
	}
	p := sdk.NewListClosedWorkflowExecutionsPaginator(d.api, in)
	return func() ([]types.WorkflowExecutionInfo, bool, error) {
		page, err := p.NextPage(d.ctx)
		if err != nil {
			return nil, false, err
		}
		return page.ExecutionInfos, p.HasMorePages(), nil
	}
}

// oldest returns the time to list from: the service knows none before 1970.
func oldest(since time.Time) time.Time {
	if since.Unix() < 1 {
		return time.Unix(1, 0)
	}
	return since
}

// summaryOf returns what a list says about an execution.
func summaryOf(info *types.WorkflowExecutionInfo) history.Summary {
	x := executionOf(*info)
	s := history.Summary{
		Run: x.Run, WorkflowID: x.WorkflowID, Workflow: aws.ToString(info.WorkflowType.Name),
		Status: statusOf(info), Started: irTime(info.StartTimestamp), Ended: irTime(info.CloseTimestamp),
		Tags: info.TagList, Alive: info.ExecutionStatus == types.ExecutionStatusOpen,
	}
	if info.Parent != nil {
		s.Parent = &runtime.ParentRun{Run: aws.ToString(info.Parent.RunId)}
	}
	return s
}

// statusOf returns the status of the run of an execution.
func statusOf(info *types.WorkflowExecutionInfo) string {
	if info.ExecutionStatus == types.ExecutionStatusOpen {
		return ir.Running.String()
	}
	for status, closed := range closeStatuses {
		if closed == info.CloseStatus {
			return status
		}
	}
	return "continued"
}

// irTime returns a time of the service as the interpreter has it, 0 for none.
func irTime(t *time.Time) ir.Time {
	if t == nil {
		return 0
	}
	return ir.Time(t.UnixNano())
}

func goTime(t ir.Time) time.Time {
	if t == 0 {
		return time.Time{}
	}
	return time.Unix(0, int64(t))
}

// unknown returns err as one that says that there is no such run, if that is
// what the service means.
func (d *Domain) unknown(id string, err error) error {
	var fault *types.UnknownResourceFault
	if errors.As(err, &fault) && !strings.HasPrefix(aws.ToString(fault.Message), "Unknown domain") && !strings.HasPrefix(aws.ToString(fault.Message), "Unknown type") {
		return fmt.Errorf("%w: %s in domain %s", history.ErrUnknown, id, d.name)
	}
	return err
}
