package main

import (
	"encoding/json"

	"github.com/flowc/flowc/compiler/analyze"
	"github.com/flowc/flowc/stdlib"
	"github.com/urfave/cli/v2"
)

func planCommand(c *console) *cli.Command {
	return &cli.Command{
		Name:      "plan",
		Usage:     "say what a run of a workflow will cost",
		ArgsUsage: "FILE [WORKFLOW]",
		Description: `Says, without running anything, how many events the history of a run will have, how
much will be open at once, how long it usually takes and what takes that long, and how
much data goes to each call: numbers, as far as the input tells them, formulas else.
Without --input, for any input.`,
		UsageText: `flowc plan etl.flow
			flowc plan etl.flow etl --input '{"day": "2026-01-31"}'
			flowc plan etl.flow --input @day.json --json`,
		Flags: []cli.Flag{
			&cli.StringFlag{Name: "input", Usage: "arguments of the workflow: `JSON|@FILE|-`, an object"},
			&cli.StringSliceFlag{Name: "param", Usage: "value of a parameter of the file: `NAME=VALUE`"},
			&cli.BoolFlag{Name: "json", Usage: "print an object"},
			profileFlag(),
		},
		Action: func(ctx *cli.Context) error {
			args, err := arguments(ctx, 1, 2)
			if err != nil {
				return err
			}
			in, err := projectOf(args[0], ctx.String("profile"))
			if err != nil {
				return err
			}
			plan, err := c.plan(in, args[0], ctx.Args().Get(1), ctx.String("input"), ctx.StringSlice("param"))
			switch {
			case err != nil:
				return err
			case ctx.Bool("json"):
				return c.printJSON(plan)
			default:
				return plan.WriteText(c.out)
			}
		},
	}
}

// plan plans a workflow of a file.
func (c *console) plan(in *project, file, name, input string, params []string) (*analyze.Plan, error) {
	if file == stdin && input == stdin {
		return nil, usagef("only one of the file and the input can be stdin")
	}
	given, err := givenParams(params)
	if err != nil {
		return nil, err
	}
	r, err := c.program(file)
	if err != nil {
		return nil, err
	}
	if name, err = workflow(r.Program, file, name); err != nil {
		return nil, err
	}
	w, err := analyze.FindWorkflow(r.Program, name)
	if err != nil {
		return nil, err
	}
	var arguments, values map[string]json.RawMessage
	if input != "" || len(params) > 0 {
		src, err := c.inputSource(input)
		if err != nil {
			return nil, err
		}
		if values, arguments, err = c.bind(in, r.Shown(), name, given, src); err != nil {
			return nil, err
		}
	}
	return analyze.NewPlan(r.Program, w, arguments, values, stdlib.Library{})
}
