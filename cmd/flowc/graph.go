package main

import (
	"bytes"

	"github.com/flowc/flowc/compiler/analyze"
	"github.com/flowc/flowc/compiler/analyze/draw"
	"github.com/urfave/cli/v2"
)

func graphCommand(c *console) *cli.Command {
	var formats []string
	for _, f := range draw.Formats {
		formats = append(formats, string(f))
	}
	return &cli.Command{
		Name:      "graph",
		Usage:     "draw a workflow",
		ArgsUsage: "FILE [WORKFLOW]",
		Description: `Draws the blocks and steps of a workflow, and which step uses what another gives.
Which workflow, may be left out if the file has one.`,
		UsageText: "flowc graph etl.flow\nflowc graph etl.flow --format svg >etl.svg",
		Flags: []cli.Flag{
			choice(&cli.StringFlag{Name: "format", Usage: "ascii for terminals, svg for the web, dot, mermaid, or json: `FORMAT`", Value: formats[0]}, formats),
			&cli.BoolFlag{Name: "undo", Usage: "draw what takes steps back, too"},
		},
		Action: func(ctx *cli.Context) error {
			args, err := arguments(ctx, 1, 2)
			if err != nil {
				return err
			}
			r, err := c.program(args[0])
			if err != nil {
				return err
			}
			name, err := workflow(r.Program, args[0], ctx.Args().Get(1))
			if err != nil {
				return err
			}
			w, err := analyze.FindWorkflow(r.Program, name)
			if err != nil {
				return err
			}
			var picture bytes.Buffer
			if err := draw.Workflow(&picture, r.Shown(), w, draw.Format(ctx.String("format")), ctx.Bool("undo")); err != nil {
				return err
			}
			return c.print(picture.Bytes())
		},
	}
}
