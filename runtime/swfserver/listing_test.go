package swfserver_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/swf"
	"github.com/aws/aws-sdk-go-v2/service/swf/types"
	"github.com/flowc/flowc/runtime/swfserver"
)

func TestListingsOfRuns(t *testing.T) {
	w := start(t, swfserver.Config{})
	w.registerWorkflow("order", "2")
	begin := w.clock.Now()
	for k := range 6 { // 0 2 4 close in reverse, 1 3 5 stay open
		w.run(fmt.Sprint(k), func(in *swf.StartWorkflowExecutionInput) {
			in.WorkflowType = &types.WorkflowType{Name: aws.String("order"), Version: aws.String(fmt.Sprint(1 + k/3))}
			in.TagList = []string{fmt.Sprint("third-", k%3)}
		})
		w.clock.Advance(time.Second)
	}
	for _, k := range []string{"4", "2", "0"} {
		_, err := w.client.TerminateWorkflowExecution(w.ctx, &swf.TerminateWorkflowExecutionInput{Domain: aws.String(domain), WorkflowId: &k})
		w.ok(err)
		w.clock.Advance(time.Second)
	}
	since := func(seconds int) *types.ExecutionTimeFilter {
		return &types.ExecutionTimeFilter{OldestDate: aws.Time(begin.Add(time.Duration(seconds) * time.Second))}
	}
	until := func(f *types.ExecutionTimeFilter, seconds int) *types.ExecutionTimeFilter {
		f.LatestDate = aws.Time(begin.Add(time.Duration(seconds) * time.Second))
		return f
	}
	open := func(want string, in swf.ListOpenWorkflowExecutionsInput) {
		t.Helper()
		in.Domain, in.MaximumPageSize = aws.String(domain), 2
		got := ""
		p := swf.NewListOpenWorkflowExecutionsPaginator(w.client, &in)
		for p.HasMorePages() {
			page, err := p.NextPage(w.ctx)
			w.ok(err)
			for _, i := range page.ExecutionInfos {
				got += *i.Execution.WorkflowId
			}
		}
		count, err := w.client.CountOpenWorkflowExecutions(w.ctx, &swf.CountOpenWorkflowExecutionsInput{
			Domain: in.Domain, StartTimeFilter: in.StartTimeFilter, TypeFilter: in.TypeFilter, TagFilter: in.TagFilter, ExecutionFilter: in.ExecutionFilter,
		})
		w.ok(err)
		if got != want || int(count.Count) != len(want) {
			t.Errorf("got open %s, count %d, want %s", got, count.Count, want)
		}
	}
	closed := func(want string, in swf.ListClosedWorkflowExecutionsInput) {
		t.Helper()
		in.Domain, in.MaximumPageSize = aws.String(domain), 2
		got := ""
		p := swf.NewListClosedWorkflowExecutionsPaginator(w.client, &in)
		for p.HasMorePages() {
			page, err := p.NextPage(w.ctx)
			w.ok(err)
			for _, i := range page.ExecutionInfos {
				got += *i.Execution.WorkflowId
			}
		}
		if got != want {
			t.Errorf("got closed %s, want %s", got, want)
		}
	}
	open("531", swf.ListOpenWorkflowExecutionsInput{StartTimeFilter: since(0)})
	open("135", swf.ListOpenWorkflowExecutionsInput{StartTimeFilter: since(0), ReverseOrder: true})
	open("3", swf.ListOpenWorkflowExecutionsInput{StartTimeFilter: until(since(2), 4)})
	open("53", swf.ListOpenWorkflowExecutionsInput{StartTimeFilter: since(0), TypeFilter: &types.WorkflowTypeFilter{Name: aws.String("order"), Version: aws.String("2")}})
	open("1", swf.ListOpenWorkflowExecutionsInput{StartTimeFilter: since(0), TagFilter: &types.TagFilter{Tag: aws.String("third-1")}})
	open("3", swf.ListOpenWorkflowExecutionsInput{StartTimeFilter: since(0), ExecutionFilter: &types.WorkflowExecutionFilter{WorkflowId: aws.String("3")}})
	closed("420", swf.ListClosedWorkflowExecutionsInput{StartTimeFilter: since(0)})
	closed("024", swf.ListClosedWorkflowExecutionsInput{CloseTimeFilter: since(0)})
	closed("42", swf.ListClosedWorkflowExecutionsInput{CloseTimeFilter: until(since(0), 7), ReverseOrder: true})
	closed("024", swf.ListClosedWorkflowExecutionsInput{CloseTimeFilter: since(0), CloseStatusFilter: &types.CloseStatusFilter{Status: types.CloseStatusTerminated}})
	closed("", swf.ListClosedWorkflowExecutionsInput{CloseTimeFilter: since(0), CloseStatusFilter: &types.CloseStatusFilter{Status: types.CloseStatusFailed}})

	first, err := w.client.ListOpenWorkflowExecutions(w.ctx, &swf.ListOpenWorkflowExecutionsInput{Domain: aws.String(domain), StartTimeFilter: since(0), MaximumPageSize: 1})
	w.ok(err)
	_, err = w.client.ListOpenWorkflowExecutions(w.ctx, &swf.ListOpenWorkflowExecutionsInput{Domain: aws.String(domain), StartTimeFilter: since(1), NextPageToken: first.NextPageToken})
	w.fault(err, "ValidationException", "Invalid token")
	w.clock.Advance(25 * time.Hour)
	_, err = w.client.ListOpenWorkflowExecutions(w.ctx, &swf.ListOpenWorkflowExecutionsInput{Domain: aws.String(domain), StartTimeFilter: since(0), NextPageToken: first.NextPageToken})
	w.fault(err, "ValidationException", "Specified token has exceeded its maximum lifetime")
	_, err = w.client.ListClosedWorkflowExecutions(w.ctx, &swf.ListClosedWorkflowExecutionsInput{Domain: aws.String(domain), StartTimeFilter: since(0), CloseTimeFilter: since(0)})
	w.fault(err, "ValidationException", "")
}

func TestTheLifeOfATypeAndADomain(t *testing.T) {
	w := start(t, swfserver.Config{Quotas: swfserver.Quotas{WorkflowTypes: 2, Domains: 2}})
	name, typ := aws.String(domain), &types.WorkflowType{Name: aws.String("order"), Version: aws.String("1")}
	del := func() error {
		_, err := w.client.DeleteWorkflowType(w.ctx, &swf.DeleteWorkflowTypeInput{Domain: name, WorkflowType: typ})
		return err
	}
	deprecate := func() error {
		_, err := w.client.DeprecateWorkflowType(w.ctx, &swf.DeprecateWorkflowTypeInput{Domain: name, WorkflowType: typ})
		return err
	}
	undeprecate := func() error {
		_, err := w.client.UndeprecateWorkflowType(w.ctx, &swf.UndeprecateWorkflowTypeInput{Domain: name, WorkflowType: typ})
		return err
	}
	register := func(n string) error {
		_, err := w.client.RegisterWorkflowType(w.ctx, &swf.RegisterWorkflowTypeInput{Domain: name, Name: &n, Version: aws.String("1")})
		return err
	}
	run := func() error {
		_, err := w.client.StartWorkflowExecution(w.ctx, &swf.StartWorkflowExecutionInput{Domain: name, WorkflowId: aws.String("x"), WorkflowType: typ})
		return err
	}
	const shown = "WorkflowType=[name=order, version=1]"
	w.fault(register("order"), "TypeAlreadyExistsFault", shown)
	w.fault(undeprecate(), "TypeAlreadyExistsFault", shown)
	w.fault(del(), "TypeNotDeprecatedFault", "The type is currently registered and cannot be deleted in its current state")
	w.ok(deprecate())
	w.fault(deprecate(), "TypeDeprecatedFault", shown)
	w.fault(register("order"), "TypeAlreadyExistsFault", shown)
	w.fault(run(), "TypeDeprecatedFault", shown)
	w.ok(undeprecate())
	w.ok(run())
	w.fault(run(), "WorkflowExecutionAlreadyStartedFault", "Already Started")
	w.ok(deprecate())
	w.ok(del())
	w.fault(del(), "UnknownResourceFault", "Unknown type: "+shown)
	w.ok(register("b"))
	w.ok(register("a"))
	w.fault(register("c"), "LimitExceededFault", "")
	list, err := w.client.ListWorkflowTypes(w.ctx, &swf.ListWorkflowTypesInput{Domain: name, RegistrationStatus: types.RegistrationStatusRegistered, ReverseOrder: true})
	w.ok(err)
	var names []string
	for _, i := range list.TypeInfos {
		names = append(names, *i.WorkflowType.Name)
	}
	if want := []string{"b", "a"}; !slices.Equal(names, want) {
		t.Errorf("got types %v, want %v", names, want)
	}
	typ = &types.WorkflowType{Name: aws.String("a"), Version: aws.String("1")}
	_, err = w.client.TerminateWorkflowExecution(w.ctx, &swf.TerminateWorkflowExecutionInput{Domain: name, WorkflowId: aws.String("x")})
	w.ok(err)
	w.fault(run(), "DefaultUndefinedFault", "defaultExecutionStartToCloseTimeout")

	_, err = w.client.DeprecateDomain(w.ctx, &swf.DeprecateDomainInput{Name: name})
	w.ok(err)
	w.fault(register("c"), "DomainDeprecatedFault", domain)
	w.fault(run(), "DomainDeprecatedFault", domain)
	_, err = w.client.UndeprecateDomain(w.ctx, &swf.UndeprecateDomainInput{Name: name})
	w.ok(err)
	w.fault(run(), "TypeDeprecatedFault", "")
	_, err = w.client.UndeprecateDomain(w.ctx, &swf.UndeprecateDomainInput{Name: name})
	w.fault(err, "DomainAlreadyExistsFault", domain)
	_, err = w.client.DescribeDomain(w.ctx, &swf.DescribeDomainInput{Name: aws.String("no")})
	w.fault(err, "UnknownResourceFault", "Unknown domain: no")
}

func TestTagsOfADomain(t *testing.T) {
	w := start(t, swfserver.Config{})
	d, err := w.client.DescribeDomain(w.ctx, &swf.DescribeDomainInput{Name: aws.String(domain)})
	w.ok(err)
	arn := d.DomainInfo.Arn
	_, err = w.client.TagResource(w.ctx, &swf.TagResourceInput{ResourceArn: arn, Tags: []types.ResourceTag{{Key: aws.String("b"), Value: aws.String("1")}, {Key: aws.String("a")}, {Key: aws.String("b"), Value: aws.String("2")}}})
	w.ok(err)
	_, err = w.client.UntagResource(w.ctx, &swf.UntagResourceInput{ResourceArn: arn, TagKeys: []string{"a", "c"}})
	w.ok(err)
	out, err := w.client.ListTagsForResource(w.ctx, &swf.ListTagsForResourceInput{ResourceArn: arn})
	w.ok(err)
	if len(out.Tags) != 1 || *out.Tags[0].Value != "2" {
		t.Errorf("got tags %+v, want b=2", out.Tags)
	}
	many := make([]types.ResourceTag, 50)
	for k := range many {
		many[k].Key = aws.String(fmt.Sprint(k))
	}
	_, err = w.client.TagResource(w.ctx, &swf.TagResourceInput{ResourceArn: arn, Tags: many})
	w.fault(err, "TooManyTagsFault", "")
}
