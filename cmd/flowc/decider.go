package main

import (
	"context"
	"encoding/json"
	"path/filepath"
	"slices"
	"strings"

	"github.com/flowc/flowc/compiler"
	"github.com/flowc/flowc/compiler/ir"
	"github.com/flowc/flowc/compiler/ir/limits"
	"github.com/flowc/flowc/runtime/swf"
	"github.com/urfave/cli/v2"
)

func deciderCommand(c *console) *cli.Command {
	return &cli.Command{
		Name:      "decider",
		Usage:     "decide what the executions of a domain of Amazon SWF do next",
		ArgsUsage: "[FILE…]",
		Description: `Polls for decision tasks and answers them, until a signal ends it: the first lets it
finish what it is deciding, the second ends it at once. Any number of deciders may
poll the same lists. Executions that ` + "`flowc start`" + ` has started, and all that are
under way, bring their program with them, from the store; those of other clients,
which only know the name of a type, run the workflow of that name in the files.`,
		UsageText: `flowc decider etl.flow --domain sales
			flowc decider flows --domain sales --blobs s3://sales-flows/blobs --pollers 8 --metrics :9100
			flowc decider --domain sales --task-list etl`,
		Flags: append(append([]cli.Flag{
			&cli.StringSliceFlag{Name: "task-list", Usage: "poll `LIST` (default: those of the workflows in the files)"},
			&cli.IntFlag{Name: "pollers", Usage: "decide `N` executions of a list at once; 4 unless given", Value: 4},
			&cli.StringSliceFlag{Name: "param", Usage: "value of a parameter of the files, for executions that bring none: `NAME=VALUE`"},
			&cli.IntFlag{Name: "cache", Usage: "keep `N` executions in memory; 1000 unless given", Value: 1000},
			&cli.IntFlag{Name: "max-open", Usage: "let an execution have at most `N` tasks open, and so many timers and child runs; 900 unless given"},
			&cli.StringFlag{Name: "save", Usage: "save histories that cannot be decided in `DIR` (default: histories in the state folder)"},
			stateFlag(),
		}, observeFlags()...), domainFlags()...),
		Action: c.decider,
	}
}

// decider decides until it is told to end.
func (c *console) decider(ctx *cli.Context) error {
	args := ctx.Args().Slice()
	lists := ctx.StringSlice("task-list")
	switch {
	case len(args) == 0 && len(lists) == 0:
		return usagef("which task lists? Name files, or --task-list")
	case ctx.Int("pollers") < 1:
		return usagef("--pollers cannot be %d: somebody has to poll", ctx.Int("pollers"))
	case ctx.Int("pollers") > limits.Pollers:
		return usagef("--pollers cannot be %d: the service lets %d poll a list, of all processes together", ctx.Int("pollers"), limits.Pollers)
	case ctx.Int("cache") < 1:
		return usagef("--cache cannot be %d", ctx.Int("cache"))
	case ctx.IsSet("max-open") && (ctx.Int("max-open") < 1 || ctx.Int("max-open") > limits.OpenActivities):
		return usagef("--max-open cannot be %d: the service allows 1 to %d", ctx.Int("max-open"), limits.OpenActivities)
	}
	first := ""
	if len(args) > 0 {
		first = args[0]
	}
	d, err := needDomain(ctx, first)
	if err != nil {
		return err
	}
	defs, err := c.definitions(ctx, d.project, args)
	if err != nil {
		return err
	}
	save, err := saveFolder(ctx, first)
	if err != nil {
		return err
	}
	told, end, err := c.observe(ctx)
	if err != nil {
		return err
	}
	defer end()
	cfg := swf.DeciderConfig{
		Definitions: defs, TaskLists: lists, Pollers: ctx.Int("pollers"), Cache: ctx.Int("cache"), Save: save,
		MaxOpen: ctx.Int("max-open"),
		Log:     told.Logger(), Meter: told,
	}
	begin, cancel := untilSignal()
	defer cancel()
	if cfg.Client, err = d.lasting(begin); err != nil {
		return err
	}
	if cfg.Store, err = d.store(begin); err != nil {
		return err
	}
	decider, err := swf.NewDecider(cfg)
	if err != nil {
		return backend(err)
	}
	cancel()
	return untilDrained(decider.Run)
}

// untilDrained runs something that drains when its context ends, which it does
// at the first signal. The second does not wait for it.
func untilDrained(run func(context.Context)) error {
	ends, deaf := endings()
	defer deaf()
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	drained := make(chan struct{})
	go func() {
		defer close(drained)
		run(ctx)
	}()
	for range 2 {
		select {
		case <-drained:
			return nil
		case <-ends:
			cancel()
		}
	}
	return errCancelled
}

// definitions compiles files, and binds the parameters of their programs.
func (c *console) definitions(ctx *cli.Context, p *project, args []string) ([]swf.Definition, error) {
	given, err := givenParams(ctx.StringSlice("param"))
	if err != nil {
		return nil, err
	}
	files, failed := c.flowFiles(args)
	var defs []swf.Definition
	used := map[string]bool{}
	for _, file := range files {
		r, err := c.program(file)
		if err != nil {
			failed = worse(failed, c.say(err))
			continue
		}
		params, err := c.paramsOf(p, r.Program, given, used)
		if err != nil {
			failed = worse(failed, c.say(err))
			continue
		}
		defs = append(defs, swf.Definition{Name: file, Program: r.Program, Params: params})
	}
	for name := range given {
		if !used[name] && failed == nil {
			return nil, usagef("--param %s: none of the files has such a parameter", name)
		}
	}
	return defs, failed
}

// paramsOf returns the values of a program's parameters out of those that were
// given to several.
func (c *console) paramsOf(p *project, program *ir.Program, given map[string]string, used map[string]bool) (map[string]json.RawMessage, error) {
	own := map[string]string{}
	for name, value := range given {
		if slices.ContainsFunc(program.Params, func(q ir.Param) bool { return q.Name == name || strings.HasSuffix(q.Name, "/"+name) }) {
			own[name], used[name] = value, true
		}
	}
	fillParams(p, program, own)
	params, found := compiler.CheckParams(program, own)
	c.show(found.Sorted())
	if found.HasErrors() {
		return nil, errFailed
	}
	return params, nil
}

// saveFolder returns where histories go that cannot be decided.
func saveFolder(ctx *cli.Context, file string) (string, error) {
	if dir := ctx.String("save"); dir != "" {
		return dir, nil
	}
	dir, err := stateDirOf(ctx, file)
	if err != nil {
		return "", err
	}
	folder, err := stateFolder(dir)
	if err != nil {
		return "", err
	}
	return filepath.Join(folder, "histories"), nil
}
