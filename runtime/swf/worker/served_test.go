package worker_test

import (
	"context"
	"fmt"
	"net"
	"os"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	sdk "github.com/aws/aws-sdk-go-v2/service/swf"
	"github.com/aws/aws-sdk-go-v2/service/swf/types"

	"github.com/flowc/flowc/runtime/swf"
	"github.com/flowc/flowc/runtime/swfserver"
)

// TestMain starts a server, which the environment names, for the example.
func TestMain(m *testing.M) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	server, err := swfserver.New(swfserver.Config{PollTime: time.Second})
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	go func() { _ = server.Serve(l) }() // until the process ends
	os.Setenv("AWS_ENDPOINT_URL_SWF", "http://"+l.Addr().String())
	os.Exit(m.Run())
}

// untilServed has two customers charged, and returns a context that ends when
// both have heard what came of it.
func untilServed(ctx context.Context, client *swf.Client) context.Context {
	must := func(err error) {
		if err != nil {
			fmt.Println(err)
			os.Exit(1)
		}
	}
	one, domain := aws.String("1"), &client.Domain
	_, err := client.RegisterDomain(ctx, &sdk.RegisterDomainInput{Name: domain, WorkflowExecutionRetentionPeriodInDays: one})
	must(err)
	_, err = client.RegisterWorkflowType(ctx, &sdk.RegisterWorkflowTypeInput{Domain: domain, Name: aws.String("orders"), Version: one})
	must(err)
	_, err = client.RegisterActivityType(ctx, &sdk.RegisterActivityTypeInput{Domain: domain, Name: aws.String("charge"), Version: one})
	must(err)
	list, never := &types.TaskList{Name: aws.String("orders")}, aws.String("NONE")
	_, err = client.StartWorkflowExecution(ctx, &sdk.StartWorkflowExecutionInput{
		Domain: domain, WorkflowId: aws.String("orders"), WorkflowType: &types.WorkflowType{Name: aws.String("orders"), Version: one},
		TaskList: list, ExecutionStartToCloseTimeout: aws.String("600"), TaskStartToCloseTimeout: never, ChildPolicy: types.ChildPolicyTerminate,
	})
	must(err)
	var decisions []types.Decision
	for _, c := range []struct{ id, input string }{{"ann", `{"customer":"ann","cents":4200}`}, {"bob", `{"customer":"bob","cents":420000}`}} {
		decisions = append(decisions, types.Decision{
			DecisionType: types.DecisionTypeScheduleActivityTask,
			ScheduleActivityTaskDecisionAttributes: &types.ScheduleActivityTaskDecisionAttributes{
				ActivityId: &c.id, ActivityType: &types.ActivityType{Name: aws.String("charge"), Version: one}, Input: &c.input,
				TaskList: &types.TaskList{Name: aws.String("billing")}, HeartbeatTimeout: never, StartToCloseTimeout: never, ScheduleToCloseTimeout: never, ScheduleToStartTimeout: never,
			},
		})
	}
	served, all := context.WithCancel(ctx)
	go func() {
		defer all()
		said := map[string]string{}
		for len(said) < 2 {
			task, err := client.PollForDecisionTask(ctx, &sdk.PollForDecisionTaskInput{Domain: domain, TaskList: list})
			must(err)
			if task.TaskToken == nil {
				continue
			}
			_, err = client.RespondDecisionTaskCompleted(ctx, &sdk.RespondDecisionTaskCompletedInput{TaskToken: task.TaskToken, Decisions: decisions})
			must(err)
			decisions = nil
			ids := map[int64]string{}
			for _, e := range task.Events {
				switch {
				case e.ActivityTaskScheduledEventAttributes != nil:
					ids[e.EventId] = *e.ActivityTaskScheduledEventAttributes.ActivityId
				case e.ActivityTaskCompletedEventAttributes != nil:
					said[ids[e.ActivityTaskCompletedEventAttributes.ScheduledEventId]] = *e.ActivityTaskCompletedEventAttributes.Result
				case e.ActivityTaskFailedEventAttributes != nil:
					said[ids[e.ActivityTaskFailedEventAttributes.ScheduledEventId]] = *e.ActivityTaskFailedEventAttributes.Reason
				}
			}
		}
		fmt.Println("ann:", said["ann"])
		fmt.Println("bob:", said["bob"])
	}()
	return served
}
