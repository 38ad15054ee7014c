package operate

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"

	"github.com/aws/aws-sdk-go-v2/aws"
	sdk "github.com/aws/aws-sdk-go-v2/service/swf"
	"github.com/aws/aws-sdk-go-v2/service/swf/types"
	"github.com/flowc/flowc/compiler/ir"
	"github.com/flowc/flowc/internal/spell"
	"github.com/flowc/flowc/runtime"
	"github.com/flowc/flowc/runtime/history"
	"github.com/flowc/flowc/runtime/swf/wire"
)

// API is what is asked of the service. The SDK's client has it.
type API interface {
	sdk.ListOpenWorkflowExecutionsAPIClient
	sdk.ListClosedWorkflowExecutionsAPIClient
	sdk.GetWorkflowExecutionHistoryAPIClient
	DescribeWorkflowExecution(context.Context, *sdk.DescribeWorkflowExecutionInput, ...func(*sdk.Options)) (*sdk.DescribeWorkflowExecutionOutput, error)
	StartWorkflowExecution(context.Context, *sdk.StartWorkflowExecutionInput, ...func(*sdk.Options)) (*sdk.StartWorkflowExecutionOutput, error)
	SignalWorkflowExecution(context.Context, *sdk.SignalWorkflowExecutionInput, ...func(*sdk.Options)) (*sdk.SignalWorkflowExecutionOutput, error)
	RequestCancelWorkflowExecution(context.Context, *sdk.RequestCancelWorkflowExecutionInput, ...func(*sdk.Options)) (*sdk.RequestCancelWorkflowExecutionOutput, error)
	TerminateWorkflowExecution(context.Context, *sdk.TerminateWorkflowExecutionInput, ...func(*sdk.Options)) (*sdk.TerminateWorkflowExecutionOutput, error)
}

// Store keeps programs, and values that are too long for a history.
type Store interface {
	wire.Blobs
	PutProgram(*ir.Program) (hash string, err error)
	Program(hash string) (*ir.Program, *runtime.Plan, error)
}

// A Domain is where runs are. Any number of goroutines may use one.
type Domain struct {
	ctx   context.Context // of whoever operates: its end ends every call
	api   API
	name  string
	store Store

	mu        sync.Mutex
	ids       map[string]string    // workflow ids of executions that were seen, by run id
	followers map[string]*Follower // of runs whose events were asked for, by run id
}

// Open returns the domain of that name. It asks nothing of the service. Errors
// of its methods are those of the SDK, or wrap one of package history.
func Open(ctx context.Context, api API, name string, store Store) *Domain {
	return &Domain{ctx: ctx, api: api, name: name, store: store, ids: map[string]string{}, followers: map[string]*Follower{}}
}

// An Execution is one that the service knows.
type Execution struct {
	WorkflowID string
	Run        string // run id
}

func (x Execution) sdk() *types.WorkflowExecution {
	return &types.WorkflowExecution{WorkflowId: &x.WorkflowID, RunId: &x.Run}
}

// Find returns the execution that an id stands for: `workflow id/run id`, a run
// id, or a workflow id.
func (d *Domain) Find(id string) (Execution, error) {
	d.mu.Lock()
	workflow, known := d.ids[id]
	d.mu.Unlock()
	if known {
		return Execution{workflow, id}, nil
	}
	if workflow, run, ok := strings.Cut(id, "/"); ok && workflow != "" && run != "" { // a run id may have one in it too
		x := Execution{workflow, run}
		_, err := d.describe(x)
		if err == nil {
			d.saw(x)
		}
		if err == nil || !errors.Is(err, history.ErrUnknown) {
			return x, err
		}
		return d.search(id)
	}
	byID := listing{execution: id, limit: 1}
	for _, open := range []bool{true, false} {
		found, err := d.list(open, byID)
		if err != nil {
			return Execution{}, err
		}
		if len(found) > 0 {
			return executionOf(found[0]), nil
		}
	}
	return d.search(id)
}

// search looks for a run id among all executions: there is no other way.
func (d *Domain) search(id string) (Execution, error) {
	var near []string
	for _, open := range []bool{true, false} {
		var hit *types.WorkflowExecutionInfo
		_, err := d.list(open, listing{limit: 1, keep: func(info *types.WorkflowExecutionInfo) bool {
			x := executionOf(*info)
			if x.Run == id {
				hit = info
			}
			if len(near) < 1000 {
				near = append(near, x.Run, x.WorkflowID)
			}
			return x.Run == id
		}})
		if err != nil {
			return Execution{}, err
		}
		if hit != nil {
			return executionOf(*hit), nil
		}
	}
	if name, ok := spell.Nearest(id, near); ok {
		return Execution{}, fmt.Errorf("%w: %q in domain %s; did you mean %s?", history.ErrUnknown, id, d.name, name)
	}
	return Execution{}, fmt.Errorf("%w: %q in domain %s", history.ErrUnknown, id, d.name)
}

func executionOf(info types.WorkflowExecutionInfo) Execution {
	return Execution{aws.ToString(info.Execution.WorkflowId), aws.ToString(info.Execution.RunId)}
}

// current returns the execution in which a run goes on now, which is another
// than the one that was found when it has been continued as new.
func (d *Domain) current(id string) (Execution, error) {
	x, err := d.Find(id)
	if err != nil {
		return x, err
	}
	info, err := d.describe(x)
	if err != nil {
		return x, err
	}
	if info.ExecutionInfo.CloseStatus == types.CloseStatusContinuedAsNew {
		found, err := d.list(true, listing{execution: x.WorkflowID, limit: 1})
		if err != nil {
			return x, err
		}
		if len(found) > 0 {
			return executionOf(found[0]), nil
		}
	}
	if info.ExecutionInfo.ExecutionStatus == types.ExecutionStatusClosed {
		return x, fmt.Errorf("%w: run %s %s", history.ErrEnded, id, pastOf(info.ExecutionInfo))
	}
	return x, nil
}

// describe returns what the service says about an execution.
func (d *Domain) describe(x Execution) (*sdk.DescribeWorkflowExecutionOutput, error) {
	info, err := d.api.DescribeWorkflowExecution(d.ctx, &sdk.DescribeWorkflowExecutionInput{Domain: &d.name, Execution: x.sdk()})
	return info, d.unknown(x.WorkflowID+"/"+x.Run, err)
}

// pastOf says how an execution has ended.
func pastOf(info *types.WorkflowExecutionInfo) string {
	switch info.CloseStatus {
	case types.CloseStatusCompleted:
		return "succeeded"
	case types.CloseStatusCanceled:
		return "was cancelled"
	case types.CloseStatusTerminated:
		return "was killed"
	case types.CloseStatusTimedOut:
		return "timed out"
	default:
		return "failed"
	}
}
