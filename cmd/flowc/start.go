package main

import (
	"context"
	"errors"
	"strings"
	"time"

	"github.com/flowc/flowc/compiler"
	"github.com/flowc/flowc/compiler/ir"
	"github.com/flowc/flowc/compiler/ir/limits"
	"github.com/flowc/flowc/runtime/local"
	"github.com/flowc/flowc/runtime/swf/account"
	"github.com/flowc/flowc/runtime/swf/deploy"
	"github.com/flowc/flowc/runtime/swf/operate"
	"github.com/urfave/cli/v2"
)

func startCommand(c *console) *cli.Command {
	return &cli.Command{
		Name:      "start",
		Usage:     "start a run on a domain of Amazon SWF, and leave it to deciders and workers",
		ArgsUsage: "FILE [WORKFLOW]",
		Description: `Starts a workflow of a file; which, may be left out if the file has one. The input is
checked before anything is sent, and the program goes to where deciders find it: the
run is one of this very definition. The id that the service has given to the run is
printed. The type of the workflow must be registered, see ` + "`flowc deploy`" + `.`,
		UsageText: `flowc start etl.flow --domain sales --input '{"day": "2026-01-31"}'
			flowc start etl.flow --profile prod --id etl-2026-01-31 --tag nightly
			flowc start etl.flow --domain sales --input @day.json --json`,
		Flags: append(append([]cli.Flag{
			&cli.StringFlag{Name: "input", Usage: "arguments of the workflow, an object by name: `JSON|@FILE|-`"},
			&cli.StringSliceFlag{Name: "param", Usage: "value of a parameter of the file: `NAME=VALUE`"},
			&cli.BoolFlag{Name: "json", Usage: "print an object instead of the id"},
			stateFlag(),
		}, orderFlags()...), domainFlags()...),
		Action: c.start,
	}
}

// orderFlags are flags of commands that start executions.
func orderFlags() []cli.Flag {
	return []cli.Flag{
		&cli.StringFlag{Name: "id", Usage: "call the run `RUN`: the workflow id, of which one run can be open (default: a new one)"},
		&cli.StringSliceFlag{Name: "tag", Usage: "give the run the tag `T`; with those of the workflow at most five"},
		&cli.StringFlag{Name: "timeout", Usage: "let the service end the run after `TIME`, as in 90m, without its handlers"},
		choice(&cli.StringFlag{Name: "child-policy", Usage: "what becomes of child runs when the run is ended so: `request_cancel|terminate|abandon`"}, []string{"request_cancel", "terminate", "abandon"}),
		&cli.StringFlag{Name: "task-list", Usage: "let deciders of `LIST` decide the run"},
		&cli.IntFlag{Name: "priority", Usage: "decide it before runs of lower priority: `N`, 0 unless given"},
		&cli.StringFlag{Name: "lambda-role", Usage: "call functions of std/lambda as the IAM role `ARN`"},
	}
}

// start starts a run.
func (c *console) start(ctx *cli.Context) error {
	args, err := arguments(ctx, 1, 2)
	if err != nil {
		return err
	}
	d, err := needDomain(ctx, args[0])
	if err != nil {
		return err
	}
	_, o, err := c.order(ctx, d.project, args)
	if err != nil {
		return err
	}
	stop, cancel := untilSignal()
	defer cancel()
	client, err := d.connect(stop)
	if err != nil {
		return err
	}
	s, err := d.store(stop)
	if err != nil {
		return err
	}
	x, err := operate.Open(stop, client, d.name, s).Start(*o)
	if err != nil {
		return startError(d, o, err)
	}
	if ctx.Bool("json") {
		return c.printJSON(startedJSON{Run: x.Run, WorkflowID: x.WorkflowID, Workflow: o.Workflow, IR: o.Program.Hash(), Domain: d.name})
	}
	return c.printf("%s\n", x.Run)
}

// A startedJSON is what --json prints of a run that was started.
type startedJSON struct {
	Run        string `json:"run"`
	WorkflowID string `json:"workflow_id"`
	Workflow   string `json:"workflow"`
	IR         string `json:"ir"`
	Domain     string `json:"domain"`
}

// order returns what a command line wants to be started, checked, and what it
// was compiled from.
func (c *console) order(ctx *cli.Context, in *project, args []string) (*compiler.Result, *operate.Order, error) {
	given, err := givenParams(ctx.StringSlice("param"))
	if err != nil {
		return nil, nil, err
	}
	if args[0] == stdin && ctx.String("input") == stdin {
		return nil, nil, usagef("stdin cannot be both the file and its input")
	}
	input, err := c.inputSource(ctx.String("input"))
	if err != nil {
		return nil, nil, err
	}
	o, err := orderOf(ctx)
	if err != nil {
		return nil, nil, err
	}
	r, err := c.program(args[0])
	if err != nil {
		return nil, nil, err
	}
	o.Program = r.Program
	if o.Workflow, err = workflow(r.Program, args[0], append(args, "")[1]); err != nil {
		return nil, nil, err
	}
	if o.Params, o.Input, err = c.bind(in, r.Shown(), o.Workflow, given, input); err != nil {
		return nil, nil, err
	}
	if o.Values, err = deploy.Values(r.Program, o.Params); err != nil {
		return nil, nil, failuref("%w", err)
	}
	if o.LambdaRole == "" {
		o.LambdaRole = in.settings.LambdaRole
	}
	if o.ID == "" {
		o.ID = local.NewRunID(o.Workflow, time.Now())
	}
	return r, o, nil
}

// orderOf returns what the flags of an order say.
func orderOf(ctx *cli.Context) (*operate.Order, error) {
	o := &operate.Order{
		ID: ctx.String("id"), Tags: ctx.StringSlice("tag"), TaskList: ctx.String("task-list"), LambdaRole: ctx.String("lambda-role"),
		ChildPolicy: strings.ToUpper(ctx.String("child-policy")),
	}
	for flag, name := range map[string]string{"id": o.ID, "task-list": o.TaskList} {
		if name != "" && !limits.ValidID(name) {
			return nil, usagef("--%s cannot be %q: the service takes at most %d characters, not `:`, `/` or `|`, and not `arn`", flag, name, limits.ID)
		}
	}
	if n := len(o.Tags); n > limits.ExecutionTags {
		return nil, usagef("an execution has at most %d tags, and these are %d", limits.ExecutionTags, n)
	}
	if ctx.IsSet("priority") {
		n := ctx.Int("priority")
		if n < limits.MinTaskPriority || n > limits.MaxTaskPriority {
			return nil, usagef("--priority cannot be %d: it is from %d to %d", n, limits.MinTaskPriority, limits.MaxTaskPriority)
		}
		o.Priority = &n
	}
	if text := ctx.String("timeout"); text != "" {
		var err error
		if o.Timeout, err = ir.ParseDuration(text); err != nil || o.Timeout <= 0 || o.Timeout > limits.ExecutionSecs*1e9 {
			return nil, usagef("--timeout cannot be %q: write a duration of at most a year, as in 90m or 2d", text)
		}
	}
	return o, nil
}

// startError returns the error of a run that could not be started.
func startError(d *domain, o *operate.Order, err error) error {
	var fault *account.Refused
	if !errors.As(account.Explain(err), &fault) {
		return backend(err)
	}
	switch {
	case fault.Code == "WorkflowExecutionAlreadyStartedFault":
		return failuref("a run with the id %s is open in domain %s", o.ID, d.name)
	case isUnknownType(err):
		return failuref("the workflow `%s` is not registered in domain %s: `flowc deploy` does that", o.Workflow, d.name)
	case fault.Code == "TypeDeprecatedFault":
		return failuref("the workflow `%s` is deprecated in domain %s: `flowc deploy` brings it back", o.Workflow, d.name)
	}
	return backend(err)
}

// isUnknownType reports whether an error says that a type is not registered.
func isUnknownType(err error) bool {
	var fault *account.Refused
	return errors.As(account.Explain(err), &fault) && fault.Code == "UnknownResourceFault" && strings.HasPrefix(fault.Message, "Unknown type")
}

// startRegistered starts a run, and registers the type of its workflow if it is
// not there.
func startRegistered(ctx context.Context, d *domain, client deploy.Registrar, runs *operate.Domain, o *operate.Order) (operate.Execution, error) {
	x, err := runs.Start(*o)
	if !isUnknownType(err) {
		return x, err
	}
	types, err := deploy.Types(deploy.Source{Program: o.Program, Params: o.Values})
	if err != nil {
		return x, err
	}
	for _, t := range types {
		if t.Workflow == nil || t.Workflow.Name != o.Workflow {
			continue
		}
		if err := deploy.Missing(ctx, client, d.name, o.Program, o.Params, t.Key); err != nil {
			return x, err
		}
	}
	return runs.Start(*o)
}
