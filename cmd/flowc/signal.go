package main

import (
	"encoding/json"
	"slices"
	"strings"

	"github.com/flowc/flowc/compiler/ir"
	"github.com/flowc/flowc/internal/spell"
	"github.com/urfave/cli/v2"
)

func signalCommand(c *console) *cli.Command {
	return &cli.Command{
		Name:      "signal",
		Usage:     "send a signal to a run that is under way",
		ArgsUsage: "RUN NAME [JSON]",
		Description: `Sends a signal to a run, from another terminal. JSON is an object by parameter of the
signal, @FILE or - for stdin; it is checked before anything is sent. On this machine
the command returns when the signal is among the events of the run, in a domain when
the service has it. The exit code is 1 if the run has ended, and 2 if there is no such
run or signal.`,
		UsageText: `flowc signal release-01J8Z3 approve '{"by": "ann"}'`,
		Flags:     runsFlags(),
		Action: func(ctx *cli.Context) error {
			args, err := arguments(ctx, 2, 3)
			if err != nil {
				return err
			}
			return c.withRuns(ctx, func(r *runs) error { return c.signal(r, args) })
		},
	}
}

// signal sends a signal.
func (c *console) signal(r *runs, args []string) error {
	s, err := r.underWay(args[0])
	if err != nil {
		return err
	}
	p, workflow, err := r.programOf(s)
	if err != nil {
		return err
	}
	payload := "{}"
	if len(args) == 3 {
		source, err := c.inputSource(args[2])
		if err != nil {
			return err
		}
		payload = string(source.Text)
	}
	doc, err := checkSignal(p, workflow, args[1], payload)
	if err != nil {
		return err
	}
	return whyNot(r.Signal(s.Run, args[1], doc))
}

// checkSignal returns the payload of a signal as the run is to get it.
func checkSignal(p *ir.Program, workflow, name, payload string) (json.RawMessage, error) {
	var signals []ir.Signal
	for _, w := range p.Workflows {
		if w.Name == workflow {
			signals = w.Signals
		}
	}
	k := slices.IndexFunc(signals, func(s ir.Signal) bool { return s.Name == name })
	if k < 0 {
		return nil, noSignal(workflow, name, signals)
	}
	t := &ir.Type{Kind: ir.KRecord}
	for _, q := range signals[k].Params {
		t.Fields = append(t.Fields, ir.Field{Name: q.Name, Type: q.Type})
	}
	v, err := ir.Decode([]byte(payload), t, ir.RefuseUnknown)
	if err != nil {
		return nil, usagef("the signal `%s(%s)` cannot carry that: %w", name, signature(signals[k].Params), err)
	}
	doc, err := ir.Encode(v, t)
	if err != nil {
		return nil, usagef("the signal `%s` cannot carry that: %w", name, err)
	}
	return doc, nil
}

func signature(params []ir.Param) string {
	list := make([]string, len(params))
	for k, q := range params {
		list[k] = q.Name + ": " + q.Type.String()
	}
	return strings.Join(list, ", ")
}

// noSignal returns the error of a signal that a workflow does not declare.
func noSignal(workflow, name string, signals []ir.Signal) error {
	names := make([]string, len(signals))
	for k, s := range signals {
		names[k] = s.Name
	}
	if near, ok := spell.Nearest(name, names); ok {
		return usagef("workflow `%s` has no signal `%s`; did you mean `%s`?", workflow, name, near)
	}
	if len(names) == 0 {
		return usagef("workflow `%s` has no signals", workflow)
	}
	return usagef("workflow `%s` has no signal `%s`; it has `%s`", workflow, name, strings.Join(names, "`, `"))
}
