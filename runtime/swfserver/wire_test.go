package swfserver_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/swf"
	"github.com/aws/aws-sdk-go-v2/service/swf/types"
	"github.com/flowc/flowc/runtime/swfserver"
)

// raw sends a body as a client that is no SDK might.
func raw(s http.Handler, target, body string) (int, string, http.Header) {
	r := httptest.NewRequest(http.MethodPost, "/", strings.NewReader(body))
	r.Header.Set("X-Amz-Target", target)
	r.Header.Set("Content-Type", "application/x-amz-json-1.0")
	w := httptest.NewRecorder()
	s.ServeHTTP(w, r)
	return w.Code, w.Body.String(), w.Header()
}

func TestWhatIsOnTheWire(t *testing.T) {
	w := start(t, swfserver.Config{})
	const validation = `{"__type":"com.amazon.coral.validate#ValidationException","message":"`
	for _, c := range []struct {
		name, operation, body string
		status                int
		want                  string // what the body begins with
	}{
		{"no result", "RegisterDomain", `{"name":"b","workflowExecutionRetentionPeriodInDays":"NONE"}`, 200, ""},
		{"an empty poll for decisions", "PollForDecisionTask", `{"domain":"shop","taskList":{"name":"x"}}`, 200, `{"previousStartedEventId":0,"startedEventId":0}`},
		{"an empty poll for activities", "PollForActivityTask", `{"domain":"shop","taskList":{"name":"x"}}`, 200, `{"startedEventId":0}`},
		{"a fault", "DescribeDomain", `{"name":"x"}`, 400, `{"__type":"com.amazonaws.swf.base.model#UnknownResourceFault","message":"Unknown domain: x"}`},
		{"two errors", "CountPendingActivityTasks", `{"taskList":{}}`, 400,
			validation + `2 validation errors detected: Value null at 'domain' failed to satisfy constraint: Member must not be null; Value null at 'taskList.name' failed to satisfy constraint: Member must not be null"}`},
		{"too large a page", "ListDomains", `{"registrationStatus":"REGISTERED","maximumPageSize":1001}`, 400,
			validation + `1 validation error detected: Value '1001' at 'maximumPageSize' failed to satisfy constraint: Member must have value less than or equal to 1000"}`},
		{"another value than those of an enum", "ListDomains", `{"registrationStatus":"X"}`, 400,
			validation + `1 validation error detected: Value 'X' at 'registrationStatus' failed to satisfy constraint: Member must satisfy enum value set: [REGISTERED, DEPRECATED]"}`},
		{"an id with a slash", "RegisterDomain", `{"name":"a/b","workflowExecutionRetentionPeriodInDays":"1"}`, 400, validation},
		{"too long a retention", "RegisterDomain", `{"name":"c","workflowExecutionRetentionPeriodInDays":"91"}`, 400, validation},
		{"a number for a text", "DescribeDomain", `{"name":1}`, 400, `{"__type":"com.amazon.coral.service#SerializationException"`},
		{"a name of another case", "DescribeDomain", `{"Name":"shop"}`, 400, validation},
		{"no JSON", "DescribeDomain", `{`, 400, `{"__type":"com.amazon.coral.service#SerializationException"`},
		{"no operation", "Sleep", `{}`, 400, `{"__type":"com.amazon.coral.service#UnknownOperationException"}`},
		{"a token that is none", "RespondActivityTaskCompleted", `{"taskToken":"x"}`, 400, validation + `Invalid token"}`},
		{"too much", "DescribeDomain", `{"name":"` + strings.Repeat("x", 1<<20) + `"}`, 413, `{"__type":"com.amazon.coral.service#RequestEntityTooLargeException"`},
	} {
		t.Run(c.name, func(t *testing.T) {
			status, body, header := raw(w.server, "SimpleWorkflowService."+c.operation, c.body)
			if status != c.status || !strings.HasPrefix(body, c.want) || c.want == "" && body != "" || header.Get("x-amzn-RequestId") == "" {
				t.Errorf("got %d %s", status, body)
			}
		})
	}
	if status, _, _ := raw(w.server, "com.amazonaws.swf.service.model.SimpleWorkflowService.DescribeDomain", `{"name":"shop"}`); status != 200 {
		t.Errorf("got %d for the target of an old client", status)
	}
}

func TestRequiredKey(t *testing.T) {
	w := bare(t, swfserver.Config{RequireKey: "key"})
	_, err := w.client.ListDomains(w.ctx, &swf.ListDomainsInput{RegistrationStatus: types.RegistrationStatusRegistered})
	w.ok(err)
	w = bare(t, swfserver.Config{RequireKey: "other"})
	_, err = w.client.ListDomains(w.ctx, &swf.ListDomainsInput{RegistrationStatus: types.RegistrationStatusRegistered})
	w.fault(err, "UnrecognizedClientException", "")
	w = bare(t, swfserver.Config{RequireKey: "key:secret"})
	_, err = w.client.ListDomains(w.ctx, &swf.ListDomainsInput{RegistrationStatus: types.RegistrationStatusRegistered})
	w.ok(err)
	w = bare(t, swfserver.Config{RequireKey: "key:another"})
	_, err = w.client.ListDomains(w.ctx, &swf.ListDomainsInput{RegistrationStatus: types.RegistrationStatusRegistered})
	w.fault(err, "InvalidSignatureException", "")
	if status, body, _ := raw(w.server, "SimpleWorkflowService.ListDomains", `{}`); status != 403 || !strings.Contains(body, "MissingAuthenticationToken") {
		t.Errorf("got %d %s", status, body)
	}
}

func TestThrottling(t *testing.T) {
	w := start(t, swfserver.Config{Throttle: map[string]swfserver.Rate{"DescribeDomain": {Burst: 2, PerSecond: 1}}})
	describe := func() error {
		_, err := w.client.DescribeDomain(w.ctx, &swf.DescribeDomainInput{Name: aws.String(domain)})
		return err
	}
	w.ok(describe())
	w.ok(describe())
	w.fault(describe(), "ThrottlingException", "Rate exceeded")
	w.clock.Advance(time.Second)
	w.ok(describe())
	w.fault(describe(), "ThrottlingException", "")
}

func TestRatesOfAnExecutionAndOfAList(t *testing.T) {
	once := swfserver.Rate{Burst: 1, PerSecond: 1}
	w := start(t, swfserver.Config{Throttle: map[string]swfserver.Rate{
		"execution.SignalWorkflowExecution": once, "execution.GetWorkflowExecutionHistory": once,
		"execution.RecordActivityTaskHeartbeat": once, "execution.RequestCancelWorkflowExecution": once, "list.ScheduleActivityTask": once,
	}})
	id := w.run("o")
	w.run("other", func(in *swf.StartWorkflowExecutionInput) {
		in.TaskList = &types.TaskList{Name: aws.String("elsewhere")}
	})
	elsewhere := func(a *types.ScheduleActivityTaskDecisionAttributes) {
		a.TaskList = &types.TaskList{Name: aws.String("b")}
	}
	w.decide(scheduleActivity("a"), scheduleActivity("b"), scheduleActivity("c", elsewhere))
	task := w.activity()
	for _, c := range []struct {
		name string
		call func(id string) error
	}{
		{"signal", func(id string) error {
			_, err := w.client.SignalWorkflowExecution(w.ctx, &swf.SignalWorkflowExecutionInput{Domain: aws.String(domain), WorkflowId: &id, SignalName: aws.String("s")})
			return err
		}},
		{"cancel", func(id string) error {
			_, err := w.client.RequestCancelWorkflowExecution(w.ctx, &swf.RequestCancelWorkflowExecutionInput{Domain: aws.String(domain), WorkflowId: &id})
			return err
		}},
		{"heartbeat", func(id string) error {
			if id != "o" {
				return nil
			}
			_, err := w.client.RecordActivityTaskHeartbeat(w.ctx, &swf.RecordActivityTaskHeartbeatInput{TaskToken: task.TaskToken})
			return err
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := &world{t: t, client: w.client, ctx: w.ctx}
			w.ok(c.call("o"))
			w.fault(c.call("o"), "ThrottlingException", "Rate exceeded")
			w.ok(c.call("other"))
		})
	}
	w.after("o", id, 4, "ActivityTaskScheduled ScheduleActivityTaskFailed DecisionTaskScheduled ActivityTaskScheduled ActivityTaskStarted WorkflowExecutionSignaled WorkflowExecutionCancelRequested")
	_, err := w.client.GetWorkflowExecutionHistory(w.ctx, &swf.GetWorkflowExecutionHistoryInput{Domain: aws.String(domain), Execution: &types.WorkflowExecution{WorkflowId: aws.String("o"), RunId: &id}})
	w.fault(err, "ThrottlingException", "")
	rates := map[string]swfserver.Rate{}
	for _, text := range []string{"execution.SignalWorkflowExecution=5/2", "list.ScheduleActivityTask=1/1", "service"} {
		w.ok(swfserver.SetRate(rates, text))
	}
	for _, text := range []string{"execution.StartWorkflowExecution=1/1", "list.StartTimer=1/1"} {
		if swfserver.SetRate(rates, text) == nil {
			t.Errorf("%s was accepted", text)
		}
	}
}

func TestLambdaFunctions(t *testing.T) {
	for _, c := range []struct {
		name, role, want string
		f                swfserver.Lambda
		advance          time.Duration
	}{
		{"works", "r", "LambdaFunctionScheduled LambdaFunctionStarted LambdaFunctionCompleted DecisionTaskScheduled", func(_ context.Context, name, input string) (string, error) { return name + input, nil }, 0},
		{"fails", "r", "LambdaFunctionScheduled LambdaFunctionStarted LambdaFunctionFailed DecisionTaskScheduled", func(context.Context, string, string) (string, error) { return "", errors.New("no") }, 0},
		{"panics", "r", "LambdaFunctionScheduled LambdaFunctionStarted LambdaFunctionFailed DecisionTaskScheduled", func(context.Context, string, string) (string, error) { panic("no") }, 0},
		{"is-unknown", "r", "LambdaFunctionScheduled LambdaFunctionStarted LambdaFunctionFailed DecisionTaskScheduled", nil, 0},
		{"has-no-role", "", "LambdaFunctionScheduled StartLambdaFunctionFailed DecisionTaskScheduled", nil, 0},
		{"runs-a-program", "r", "LambdaFunctionScheduled LambdaFunctionStarted LambdaFunctionCompleted DecisionTaskScheduled", swfserver.CommandLambda("echo"), 0},
		{"takes-too-long", "r", "LambdaFunctionScheduled LambdaFunctionStarted LambdaFunctionTimedOut DecisionTaskScheduled",
			func(ctx context.Context, _, _ string) (string, error) { <-ctx.Done(); return "", ctx.Err() }, 5 * time.Second},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := start(t, swfserver.Config{Lambda: c.f, PollTime: 10 * time.Second})
			id := w.run("o", func(in *swf.StartWorkflowExecutionInput) {
				if c.role != "" {
					in.LambdaRole = &c.role
				}
			})
			w.decide(lambda(c.name))
			for c.advance > 0 && len(w.history("o", id)) < 6 {
				time.Sleep(time.Millisecond)
			}
			w.clock.Advance(c.advance)
			w.decision() // waits for the end
			events := w.history("o", id)
			w.after("o", id, 4, c.want+" DecisionTaskStarted")
			if a := events[6].LambdaFunctionCompletedEventAttributes; c.name == "works" && *a.Result != "works{}" {
				t.Errorf("got result %s, want works{}", *a.Result)
			}
		})
	}
}

func TestContinueAsNewTakesNothingAlong(t *testing.T) {
	w := start(t, swfserver.Config{})
	w.registerWorkflow("order", "2")
	old := w.run("o", func(in *swf.StartWorkflowExecutionInput) {
		in.TagList, in.TaskPriority, in.TaskStartToCloseTimeout = []string{"t"}, aws.String("5"), aws.String("7")
	})
	w.decide(types.Decision{
		DecisionType: types.DecisionTypeContinueAsNewWorkflowExecution,
		ContinueAsNewWorkflowExecutionDecisionAttributes: &types.ContinueAsNewWorkflowExecutionDecisionAttributes{WorkflowTypeVersion: aws.String("2"), Input: aws.String("i")},
	})
	task := w.decision()
	a := task.Events[0].WorkflowExecutionStartedEventAttributes
	if *a.ContinuedExecutionRunId != old || *a.WorkflowType.Version != "2" || *a.TaskStartToCloseTimeout != "300" || a.TagList != nil || a.TaskPriority != nil || *a.Input != "i" {
		t.Errorf("got %+v", a)
	}
	events := w.history("o", old)
	if b := events[4].WorkflowExecutionContinuedAsNewEventAttributes; *b.NewExecutionRunId != *task.WorkflowExecution.RunId || *b.TaskList.Name != list {
		t.Errorf("got %+v", b)
	}
}

func FuzzHandler(f *testing.F) {
	f.Add("StartWorkflowExecution", `{"domain":"d","workflowId":"w","workflowType":{"name":"n","version":"1"},"tagList":[null]}`)
	f.Add("RespondDecisionTaskCompleted", `{"taskToken":"AAAA","decisions":[{"decisionType":"StartTimer","startTimerDecisionAttributes":{}}]}`)
	f.Add("ListClosedWorkflowExecutions", `{"domain":"d","closeTimeFilter":{"oldestDate":-1e300,"latestDate":1e300},"nextPageToken":"e30="}`)
	f.Add("RegisterDomain", `{"name":"d","workflowExecutionRetentionPeriodInDays":"0","tags":[{"key":"k"}]}`)
	f.Add("RegisterWorkflowType", `{"domain":"d","name":"n","version":"1","defaultTaskList":{"name":"l"},"defaultChildPolicy":"TERMINATE","defaultTaskStartToCloseTimeout":"1","defaultExecutionStartToCloseTimeout":"1"}`)
	s := swfserver.Start(f, swfserver.Config{PollTime: time.Millisecond})
	for _, seed := range [][2]string{{"RegisterDomain", `{"name":"d","workflowExecutionRetentionPeriodInDays":"1"}`}} {
		raw(s, "SimpleWorkflowService."+seed[0], seed[1])
	}
	f.Fuzz(func(t *testing.T, operation, body string) {
		if status, answer, _ := raw(s, "SimpleWorkflowService."+operation, body); status >= 500 {
			t.Errorf("got %d %s", status, answer)
		}
	})
}

func BenchmarkRequests(b *testing.B) {
	s := swfserver.Start(b, swfserver.Config{Quotas: swfserver.Quotas{HistoryEvents: 1 << 30}})
	client := &http.Client{}
	post := func(operation, body string) {
		r, _ := http.NewRequest(http.MethodPost, s.URL, strings.NewReader(body))
		r.Header.Set("X-Amz-Target", "SimpleWorkflowService."+operation)
		resp, err := client.Do(r)
		if err != nil {
			b.Fatal(err)
		}
		_, _ = io.Copy(io.Discard, resp.Body)
		resp.Body.Close()
	}
	post("RegisterDomain", `{"name":"d","workflowExecutionRetentionPeriodInDays":"1"}`)
	post("RegisterWorkflowType", `{"domain":"d","name":"n","version":"1","defaultTaskList":{"name":"l"},"defaultChildPolicy":"TERMINATE","defaultTaskStartToCloseTimeout":"NONE","defaultExecutionStartToCloseTimeout":"1000"}`)
	post("StartWorkflowExecution", `{"domain":"d","workflowId":"w","workflowType":{"name":"n","version":"1"}}`)
	for b.Loop() {
		post("SignalWorkflowExecution", `{"domain":"d","workflowId":"w","signalName":"s"}`)
	}
}

func TestClientsThatForkHaveAConnectionForEachRequest(t *testing.T) {
	w := start(t, swfserver.Config{})
	for agent, closed := range map[string]bool{
		"Boto3/1.43.11 md/Botocore#1.43.11 ua/2.1 os/linux":   true,
		"aws-cli/2.9.19 Python/3.11.2 Linux botocore/2.4.5":   true,
		"Boto/2.49.0 Python/3.11.2 Linux/6.1":                 true,
		"aws-sdk-ruby/1.67.0 ruby/3.1.2 x86_64-linux-gnu":     true,
		"aws-sdk-go-v2/1.39.2 ua/2.1 os/linux lang/go#1.26.0": false,
	} {
		r, _ := http.NewRequest(http.MethodPost, w.server.URL, strings.NewReader(`{"name":"shop"}`))
		r.Header.Set("X-Amz-Target", "SimpleWorkflowService.DescribeDomain")
		r.Header.Set("User-Agent", agent)
		answer, err := http.DefaultTransport.RoundTrip(r)
		w.ok(err)
		_ = answer.Body.Close()
		if answer.StatusCode != http.StatusOK || answer.Close != closed {
			t.Errorf("%s: got %s, closed: %t", agent, answer.Status, answer.Close)
		}
	}
}
