package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/flowc/flowc/compiler"
	"github.com/flowc/flowc/compiler/ir"
	"github.com/flowc/flowc/compiler/ir/limits"
	"github.com/flowc/flowc/lang/diag"
	"github.com/flowc/flowc/runtime/swf/deploy"
	"github.com/flowc/flowc/runtime/swf/store"
	"github.com/urfave/cli/v2"
)

func deployCommand(c *console) *cli.Command {
	return &cli.Command{
		Name:      "deploy",
		Usage:     "make a domain of Amazon SWF know workflows and activities",
		ArgsUsage: "FILE…",
		Description: `Shows the difference between the files and the domain, then makes it go away: a type
is registered for each workflow and activity, with its settings as defaults, and the
programs are put where deciders find them. Done twice, it does nothing. A registered
type cannot be changed: where settings differ, both are shown.`,
		UsageText: `flowc deploy etl.flow --domain sales --plan
			flowc deploy etl.flow --domain sales --register-domain --retention 30
			flowc deploy flows --profile prod --prune`,
		Flags: append([]cli.Flag{
			&cli.BoolFlag{Name: "plan", Usage: "only show the difference"},
			&cli.BoolFlag{Name: "register-domain", Usage: "register the domain, if it is not there"},
			&cli.IntFlag{Name: "retention", Value: 30, Usage: "let the domain keep runs that have ended for `DAYS`, at most 90; 30 unless given"},
			&cli.BoolFlag{Name: "prune", Usage: "deprecate the types of the domain that are not in the files"},
			&cli.BoolFlag{Name: "override", Usage: "take registered types with other settings as they are: deciders send the settings with every task"},
			&cli.StringSliceFlag{Name: "param", Usage: "value of a parameter of the files, for settings that read it: `NAME=VALUE`"},
			&cli.BoolFlag{Name: "json", Usage: "print the plan as an object"},
			stateFlag(),
		}, domainFlags()...),
		Action: c.deploy,
	}
}

// A deployment is what a command line asks to be deployed.
type deployment struct {
	results []*compiler.Result
	types   []*deploy.Type
	options deploy.Options
}

// deploy shows what is different, and changes it.
func (c *console) deploy(ctx *cli.Context) error {
	args, err := arguments(ctx, 1, -1)
	if err != nil {
		return err
	}
	d, err := needDomain(ctx, args[0])
	if err != nil {
		return err
	}
	what, err := c.deployment(ctx, d, args)
	if err != nil {
		return err
	}
	stop, cancel := untilSignal()
	defer cancel()
	client, err := d.connect(stop)
	if err != nil {
		return err
	}
	plan, err := deploy.NewPlan(stop, client, d.name, what.types, what.options)
	if errors.Is(err, deploy.ErrNoDomain) {
		return &exitError{exitUnreachable, fmt.Errorf("there is no domain `%s` in this region and account; --register-domain registers it", d.name)}
	}
	if err != nil {
		return backend(err)
	}
	differs := what.conflicts(plan)
	if ctx.Bool("override") {
		differs = nil
	}
	if ctx.Bool("json") {
		err = c.printJSON(planObject(plan))
	} else {
		err = c.print([]byte(planText(plan, c.colored(c.out))))
	}
	c.show(differs)
	switch {
	case err != nil:
		return err
	case len(differs) > 0:
		return errFailed
	case ctx.Bool("plan"):
		return nil
	}
	return c.apply(stop, d, what, plan)
}

// patient is how often a call is tried, once the service is known to be there:
// it throttles who registers many types.
const patient = 10

// apply puts the programs into the store, and does what the plan says.
func (c *console) apply(ctx context.Context, d *domain, what *deployment, plan *deploy.Plan) error {
	d.service.Attempts = patient
	client, err := d.connect(ctx)
	if err != nil {
		return err
	}
	s, err := d.store(ctx)
	if err != nil {
		return err
	}
	for _, r := range what.results {
		if _, err := s.PutProgram(r.Program); err != nil {
			return backend(err)
		}
	}
	n := 0
	err = deploy.Apply(ctx, client, plan, what.options, func(deploy.Entry) { n++ })
	if err != nil {
		c.sayf("%s of the domain %s were made before this:\n", plural(n, "change"), d.name)
		return backend(err)
	}
	switch {
	case n == 0:
		c.sayf("nothing to change in domain %s; the programs are in %s\n", d.name, d.blobs)
	default:
		c.sayf("%s made in domain %s; the programs are in %s\n", plural(n, "change"), d.name, d.blobs)
	}
	return nil
}

// store returns where programs and large values are kept.
func (d *domain) store(ctx context.Context) (*store.Store, error) {
	s, err := store.Open(ctx, d.blobs, store.Config{Config: d.service.Config})
	if err != nil {
		return nil, backend(err)
	}
	return s, nil
}

// deployment compiles files, and finds their types.
func (c *console) deployment(ctx *cli.Context, d *domain, args []string) (*deployment, error) {
	days := ctx.Int("retention")
	if days < 0 || days > limits.RetentionDays {
		return nil, usagef("--retention cannot be %d: the service keeps runs for 0 to %d days", days, limits.RetentionDays)
	}
	what := &deployment{options: deploy.Options{RegisterDomain: ctx.Bool("register-domain"), Retention: strconv.Itoa(days), Prune: ctx.Bool("prune")}}
	files, failed := c.flowFiles(args)
	var sources []deploy.Source
	for _, file := range files {
		r, err := c.forService(file, ctx.String("blobs")+d.project.settings.Blobs)
		if err != nil {
			failed = worse(failed, c.say(err))
			continue
		}
		values, err := c.values(ctx, d.project, r.Program)
		if err != nil {
			failed = worse(failed, c.say(err))
			continue
		}
		what.results = append(what.results, r)
		sources = append(sources, deploy.Source{Program: r.Program, Params: values})
	}
	if failed != nil {
		return nil, failed
	}
	var err error
	if what.types, err = deploy.Types(sources...); err != nil {
		return nil, failuref("%w", err)
	}
	return what, nil
}

// forService is program for what is going to run on a service: what that would
// not take is a mistake. blobs is "" if nobody has said where large values go.
func (c *console) forService(file, blobs string) (*compiler.Result, error) {
	src, err := c.source(file)
	if err != nil {
		return nil, err
	}
	r := checked(src, &project{served: true, settings: settings{Blobs: blobs}})
	if !r.Diags.HasErrors() {
		return r, nil
	}
	c.show(slices.DeleteFunc(r.Diags.Sorted(), func(d diag.Diagnostic) bool { return d.Severity != diag.Error }))
	return nil, errFailed
}

// values returns the values of the parameters of a program, as far as the
// command line, the environment and the project say them. Those that nobody
// says are only missed by what reads them.
func (c *console) values(ctx *cli.Context, p *project, program *ir.Program) (map[string]ir.Value, error) {
	given, err := givenParams(ctx.StringSlice("param"))
	if err != nil {
		return nil, err
	}
	fillParams(p, program, given)
	some := *program
	some.Params = slices.DeleteFunc(slices.Clone(program.Params), func(q ir.Param) bool {
		_, ok := given[q.Name]
		return !ok && q.Default == nil
	})
	for name := range given {
		if !slices.ContainsFunc(program.Params, func(q ir.Param) bool { return q.Name == name || strings.HasSuffix(q.Name, "/"+name) }) {
			delete(given, name) // of another file
		}
	}
	docs, found := compiler.CheckParams(&some, given)
	c.show(found.Sorted())
	if found.HasErrors() {
		return nil, errFailed
	}
	return deploy.Values(program, docs)
}

// untilSignal returns a context that ends when somebody wants us to.
func untilSignal() (context.Context, context.CancelFunc) {
	return signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
}

// settingOptions are the options of the language that settings come from.
var settingOptions = map[string]string{
	"defaultTaskStartToCloseTimeout":      "timeout",
	"defaultTaskScheduleToStartTimeout":   "queue_timeout",
	"defaultTaskScheduleToCloseTimeout":   "total_timeout",
	"defaultTaskHeartbeatTimeout":         "heartbeat",
	"defaultTaskList":                     "task_list",
	"defaultTaskPriority":                 "priority",
	"defaultChildPolicy":                  "child_policy",
	"defaultExecutionStartToCloseTimeout": "timeout",
}

// conflicts returns what is registered otherwise, as findings in the files.
func (what *deployment) conflicts(p *deploy.Plan) []diag.Diagnostic {
	var list []diag.Diagnostic
	for _, c := range p.Changes {
		if c.Action != deploy.Differs {
			continue
		}
		r := what.of(c.Type.Program)
		d := diag.Diagnostic{
			Code:    diag.RegisteredOtherwise,
			Message: fmt.Sprintf("version %q of `%s` is registered with other settings", c.Version, c.Name),
		}
		at, options := declared(c.Type)
		first := c.Differences[0]
		option := settingOptions[first.Name]
		if first.Name == "defaultTaskStartToCloseTimeout" && c.Kind == deploy.Workflow {
			option = "decision_timeout"
		}
		for _, o := range options {
			if o.Name == option {
				at = o.At
			}
		}
		d.Primary = diag.Label{Span: span(r, at), Text: "here: " + inWords(first.Name, first.Here)}
		for _, x := range c.Differences {
			d.Notes = append(d.Notes, fmt.Sprintf("in domain `%s`: %s = %s, here it is %s (registered %s)", p.Domain, x.Name, inWords(x.Name, x.There), inWords(x.Name, x.Here), c.Registered.UTC().Format(time.DateOnly)))
		}
		d.Notes = append(d.Notes, "SWF never changes a registered type")
		d.Fixes = []diag.Fix{{Title: fmt.Sprintf("`version = %q`, or `flowc deploy --override`: deciders send the settings with every task anyway, and the domain keeps its own for other clients", nextVersion(c.Version))}}
		list = append(list, d)
	}
	return list
}

// of returns what a program was compiled in.
func (what *deployment) of(p *ir.Program) *compiler.Result {
	for _, r := range what.results {
		if r.Program == p {
			return r
		}
	}
	return what.results[0]
}

// declared returns where a type is declared, and where its options are.
func declared(t *deploy.Type) (ir.Pos, []ir.OptionPos) {
	if t.Workflow != nil {
		return t.Workflow.At, t.Workflow.Nodes[0].Options.At
	}
	return t.Activity.At, t.Activity.Options.At
}

// inWords returns a setting with its unit.
func inWords(name, value string) string {
	if _, err := strconv.Atoi(value); err == nil && strings.HasSuffix(name, "Timeout") {
		return value + " s"
	}
	return orNone(value)
}

// nextVersion returns the version after one that is a number.
func nextVersion(version string) string {
	if n, err := strconv.Atoi(version); err == nil {
		return strconv.Itoa(n + 1)
	}
	return version + "-2"
}
