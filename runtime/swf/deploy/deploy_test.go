package deploy_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	sdk "github.com/aws/aws-sdk-go-v2/service/swf"
	"github.com/aws/aws-sdk-go-v2/service/swf/types"
	"github.com/flowc/flowc/compiler"
	"github.com/flowc/flowc/compiler/ir"
	"github.com/flowc/flowc/lang/diag"
	"github.com/flowc/flowc/runtime/swf"
	"github.com/flowc/flowc/runtime/swf/account"
	"github.com/flowc/flowc/runtime/swf/deploy"
	"github.com/flowc/flowc/runtime/swfserver"
	"github.com/flowc/flowc/stdlib/activity"
)

const flow = `import "std/fs"

param slow: duration = 1h
param where: string = "west"

activity extract(part: string) -> string {
  version = "7"
  timeout = 20m
  queue_timeout = 1500ms
  heartbeat = 30s
  task_list = "heavy"
  priority = 5
}

activity load(part: string) { run = ["load", "${part}"], timeout = slow }

workflow etl(parts: [string]) with timeout = 90m, task_list = "etl-${where}" {
  map p in parts {
    x = extract(p)
    load(x)
  }
  y = extract("last") with version = "8"
  fs.glob("*.csv")
}
`

func program(t *testing.T, text string) *ir.Program {
	t.Helper()
	r := compiler.Compile(diag.NewSource("etl.flow", []byte(text)), compiler.Config{Std: activity.Source})
	for _, d := range r.Diags.Sorted() {
		t.Logf("%s: %s", d.Code, d.Message)
	}
	if r.Program == nil {
		t.Fatal("the flow does not compile")
	}
	return r.Program
}

func source(t *testing.T, text string) deploy.Source {
	t.Helper()
	p := program(t, text)
	values, err := deploy.Values(p, map[string]json.RawMessage{"where": json.RawMessage(`"east"`)})
	if err != nil {
		t.Fatal(err)
	}
	return deploy.Source{Program: p, Params: values}
}

func wanted(t *testing.T, texts ...string) []*deploy.Type {
	t.Helper()
	var sources []deploy.Source
	for _, text := range texts {
		sources = append(sources, source(t, text))
	}
	list, err := deploy.Types(sources...)
	if err != nil {
		t.Fatal(err)
	}
	return list
}

func client(t *testing.T, config ...swfserver.Config) *sdk.Client {
	s := swfserver.Start(t, config...)
	return sdk.New(sdk.Options{
		Region: "us-east-1", BaseEndpoint: &s.URL, Credentials: credentials.NewStaticCredentialsProvider("a", "b", ""),
		Retryer: aws.NopRetryer{},
	})
}

// apply plans and applies, and returns what was done as lines.
func apply(t *testing.T, api deploy.API, list []*deploy.Type, o deploy.Options) (string, *deploy.Plan) {
	t.Helper()
	p, err := deploy.NewPlan(context.Background(), api, "sales", list, o)
	if err != nil {
		t.Fatal(err)
	}
	var lines []string
	err = deploy.Apply(context.Background(), api, p, o, func(e deploy.Entry) {
		line := string(e.Action) + " domain"
		if e.Key != (deploy.Key{}) {
			line = string(e.Action) + " " + e.Key.String()
		}
		lines = append(lines, line)
	})
	if err != nil {
		t.Fatal(err)
	}
	return strings.Join(lines, "\n"), p
}

var register = deploy.Options{RegisterDomain: true, Retention: "30"}

func TestEveryTypeHasItsDefaults(t *testing.T) {
	got := map[string]string{}
	for _, x := range wanted(t, flow) {
		var b strings.Builder
		for _, s := range x.Settings {
			b.WriteString(strings.TrimPrefix(strings.TrimPrefix(s.Name, "default"), "Task") + "=" + s.Value + " ")
		}
		got[x.Key.String()] = strings.TrimSpace(b.String())
	}
	for key, want := range map[string]string{
		`workflow etl "1"`:         "ChildPolicy=REQUEST_CANCEL ExecutionStartToCloseTimeout=5400 List=etl-east StartToCloseTimeout=30",
		`activity extract "7"`:     "HeartbeatTimeout=30 List=heavy Priority=5 ScheduleToCloseTimeout=NONE ScheduleToStartTimeout=2 StartToCloseTimeout=1200",
		`activity extract "8"`:     "HeartbeatTimeout=30 List=heavy Priority=5 ScheduleToCloseTimeout=NONE ScheduleToStartTimeout=2 StartToCloseTimeout=1200",
		`activity load "1"`:        "HeartbeatTimeout=NONE List=default ScheduleToCloseTimeout=NONE ScheduleToStartTimeout=NONE StartToCloseTimeout=NONE",
		`activity std.fs.glob "1"`: "HeartbeatTimeout=NONE List=default ScheduleToCloseTimeout=NONE ScheduleToStartTimeout=NONE StartToCloseTimeout=NONE",
	} {
		if got[key] != want {
			t.Errorf("%s\n got %s\nwant %s", key, got[key], want)
		}
	}
}

func TestAppliedTwiceItDoesNothing(t *testing.T) {
	api := client(t)
	list := wanted(t, flow)
	did, _ := apply(t, api, list, register)
	if !strings.HasPrefix(did, "register domain\nregister workflow etl \"1\"\nregister activity extract \"7\"\n") {
		t.Errorf("did\n%s", did)
	}
	if did, p := apply(t, api, list, register); did != "" || p.Pending() || p.Count(deploy.Keep) != len(list) {
		t.Errorf("the second time it did\n%s", did)
	}
}

func TestWhatIsGoneIsDeprecatedAndComesBack(t *testing.T) {
	api := client(t)
	apply(t, api, wanted(t, flow), register)
	less := wanted(t, strings.Replace(flow, `  y = extract("last") with version = "8"`, "", 1))
	if did, p := apply(t, api, less, register); did != "" || p.Obsolete != 1 {
		t.Errorf("without prune it did %q, and %d types were obsolete", did, p.Obsolete)
	}
	prune := register
	prune.Prune = true
	if did, _ := apply(t, api, less, prune); did != `deprecate activity extract "8"` {
		t.Errorf("with prune it did\n%s", did)
	}
	if did, _ := apply(t, api, less, prune); did != "" {
		t.Errorf("with prune again it did\n%s", did)
	}
	if did, _ := apply(t, api, wanted(t, flow), register); did != `undeprecate activity extract "8"` {
		t.Errorf("when it came back it did\n%s", did)
	}
}

func TestADeprecatedDomainComesBack(t *testing.T) {
	api := client(t)
	list := wanted(t, flow)
	apply(t, api, list, register)
	if _, err := api.DeprecateDomain(context.Background(), &sdk.DeprecateDomainInput{Name: aws.String("sales")}); err != nil {
		t.Fatal(err)
	}
	did, _ := apply(t, api, list, register)
	if lines := strings.Split(did, "\n"); lines[0] != "undeprecate domain" || len(lines) != 1+len(list) {
		t.Errorf("did\n%s", did)
	}
}

func TestOtherSettingsAreShownWithBothValues(t *testing.T) {
	api := client(t)
	apply(t, api, wanted(t, flow), register)
	did, p := apply(t, api, wanted(t, strings.Replace(flow, "timeout = 20m", "timeout = 10m", 1)), register)
	if did != "" || p.Count(deploy.Differs) != 2 {
		t.Errorf("did %q, and %d differ", did, p.Count(deploy.Differs))
	}
	k := slices.IndexFunc(p.Changes, func(c *deploy.Change) bool { return c.Action == deploy.Differs })
	c := p.Changes[k]
	if want := (deploy.Difference{Name: "defaultTaskStartToCloseTimeout", Here: "600", There: "1200"}); c.Name != "extract" || len(c.Differences) != 1 || c.Differences[0] != want {
		t.Errorf("%s differs in %+v", c.Key, c.Differences)
	}
	if c.Registered.IsZero() {
		t.Error("it is not said when it was registered")
	}
}

// TestThrottlingIsSurvived registers more types than the service takes at once.
func TestThrottlingIsSurvived(t *testing.T) {
	s := swfserver.Start(t, swfserver.Config{Throttle: map[string]swfserver.Rate{"RegisterActivityType": {Burst: 2, PerSecond: 20}}})
	api, err := swf.Connect(context.Background(), swf.Config{Domain: "sales", Endpoint: s.URL, Config: account.Config{Attempts: 10}})
	if err != nil {
		t.Fatal(err)
	}
	var text strings.Builder
	for n := range 8 {
		fmt.Fprintf(&text, "activity a%d()\n", n)
	}
	text.WriteString("workflow w() {\n")
	for n := range 8 {
		fmt.Fprintf(&text, "  a%d()\n", n)
	}
	text.WriteString("}\n")
	list := wanted(t, text.String())
	if _, p := apply(t, api, list, register); p.Count(deploy.Register) != 9 {
		t.Errorf("%d types were to be registered", p.Count(deploy.Register))
	}
	if did, p := apply(t, api, list, register); did != "" || p.Count(deploy.Keep) != 9 {
		t.Errorf("the second time it did %s", did)
	}
}

func TestTwoFilesThatDisagreeAreRefused(t *testing.T) {
	one, other := source(t, flow), source(t, "\n\n"+strings.Replace(flow, "heartbeat = 30s", "heartbeat = 40s", 1))
	line := 1 + strings.Count(flow[:strings.Index(flow, "activity extract")], "\n")
	for _, test := range []struct{ name, other, where string }{
		{"two files", "b.flow", fmt.Sprintf(", in etl.flow:%d and b.flow:%d", line, line+2)},
		{"a file that was changed", "etl.flow", fmt.Sprintf(", in etl.flow:%d and etl.flow:%d", line, line+2)},
	} {
		other.Program.Sources[0].Name = test.other
		_, err := deploy.Types(one, other)
		var conflict *deploy.ConflictError
		if want := `activity extract "7" is declared twice with different settings` + test.where + `: defaultTaskHeartbeatTimeout is 30 and 40`; !errors.As(err, &conflict) || err.Error() != want {
			t.Errorf("%s: got %v\nwant %s", test.name, err, want)
		}
	}
	other.Program.Sources = nil
	if _, err := deploy.Types(one, other); err == nil || !strings.Contains(err.Error(), `different settings: `) {
		t.Errorf("without sources: got %v", err)
	}
	if list, err := deploy.Types(one, one); err != nil || len(list) != len(wanted(t, flow)) {
		t.Errorf("the same twice: %d types, %v", len(list), err)
	}
}

func TestADomainThatIsNotThereIsSaid(t *testing.T) {
	_, err := deploy.NewPlan(context.Background(), client(t), "sales", nil, deploy.Options{})
	if !errors.Is(err, deploy.ErrNoDomain) {
		t.Errorf("got %v", err)
	}
}

// TestAnotherDeployMayBeFaster applies two plans that were made at once.
func TestAnotherDeployMayBeFaster(t *testing.T) {
	api := client(t)
	apply(t, api, nil, register)
	list := wanted(t, flow)
	p, err := deploy.NewPlan(context.Background(), api, "sales", list, register)
	if err != nil {
		t.Fatal(err)
	}
	apply(t, api, wanted(t, strings.Replace(flow, "timeout = 20m", "timeout = 10m", 1)), register)
	err = deploy.Apply(context.Background(), api, p, register, func(e deploy.Entry) { t.Errorf("did %v", e) })
	var differs *deploy.DiffersError
	if !errors.As(err, &differs) || !strings.HasPrefix(err.Error(), `activity extract "7": it has just been registered with other settings: defaultTaskStartToCloseTimeout = 600 in place of 1200`) {
		t.Errorf("got %v", err)
	}
}

// TestATypeThatIsMissingIsRegistered is what deciders do.
func TestATypeThatIsMissingIsRegistered(t *testing.T) {
	api := client(t)
	apply(t, api, nil, register)
	p := program(t, flow)
	k := deploy.Key{Kind: deploy.Activity, Name: "std.fs.glob", Version: "1"}
	for range 2 {
		if err := deploy.Missing(context.Background(), api, "sales", p, nil, k); err != nil {
			t.Fatal(err)
		}
	}
	_, err := api.DescribeActivityType(context.Background(), &sdk.DescribeActivityTypeInput{Domain: aws.String("sales"), ActivityType: &types.ActivityType{Name: &k.Name, Version: &k.Version}})
	if err != nil {
		t.Error(err)
	}
	k.Name = "nothing"
	if err := deploy.Missing(context.Background(), api, "sales", p, nil, k); err == nil {
		t.Error("a type that the program does not have was registered")
	}
}
