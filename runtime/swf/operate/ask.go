package operate

import (
	"encoding/json"
	"errors"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/aws"
	sdk "github.com/aws/aws-sdk-go-v2/service/swf"
	"github.com/aws/aws-sdk-go-v2/service/swf/types"
	"github.com/flowc/flowc/compiler/ir/limits"
	"github.com/flowc/flowc/runtime/history"
	"github.com/flowc/flowc/runtime/swf/wire"
)

// cancelSignal is the signal that asks for one node to be cancelled.
const cancelSignal = "flow.cancel"

// Signal sends a signal to a run. The payload must be what the workflow
// declares: the service takes anything.
func (d *Domain) Signal(id, name string, payload json.RawMessage) error {
	x, err := d.current(id)
	if err != nil {
		return err
	}
	input, err := wire.Fit(d.store, string(payload), limits.Input)
	if err != nil {
		return err
	}
	_, err = d.api.SignalWorkflowExecution(d.ctx, &sdk.SignalWorkflowExecutionInput{
		Domain: &d.name, WorkflowId: &x.WorkflowID, RunId: &x.Run, SignalName: &name, Input: &input,
	})
	return gone(id, err)
}

// Cancel asks a run to end as cancelled, or one node of it if node is not "".
// It does not wait.
func (d *Domain) Cancel(id, node string) error {
	if node != "" {
		path, err := json.Marshal(map[string]string{"path": node})
		if err != nil {
			return err
		}
		return d.Signal(id, cancelSignal, path)
	}
	x, err := d.current(id)
	if err != nil {
		return err
	}
	_, err = d.api.RequestCancelWorkflowExecution(d.ctx, &sdk.RequestCancelWorkflowExecutionInput{Domain: &d.name, WorkflowId: &x.WorkflowID, RunId: &x.Run})
	return gone(id, err)
}

// Kill ends a run, and its child runs, at once: no handler runs. Workers find
// out at their next heartbeat, and end its programs.
func (d *Domain) Kill(id string) error {
	x, err := d.current(id)
	if err != nil {
		return err
	}
	_, err = d.api.TerminateWorkflowExecution(d.ctx, &sdk.TerminateWorkflowExecutionInput{
		Domain: &d.name, WorkflowId: &x.WorkflowID, RunId: &x.Run, Reason: aws.String("killed"), ChildPolicy: types.ChildPolicyTerminate,
	})
	return gone(id, err)
}

// gone returns the error of something that was asked of a run which ended just
// before.
func gone(id string, err error) error {
	var unknown *types.UnknownResourceFault
	if errors.As(err, &unknown) {
		return fmt.Errorf("%w: run %s", history.ErrEnded, id)
	}
	return err
}

// Lines returns an error: logs of programs are not kept by the service.
func (d *Domain) Lines(string, history.LineFilter) ([]history.Line, error) {
	return nil, fmt.Errorf("%w: Amazon SWF has no place for the logs of programs; the workers write them", history.ErrNoLogs)
}
