package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/flowc/flowc/compiler/ir"
	"github.com/flowc/flowc/internal/spell"
	"github.com/flowc/flowc/runtime/local"
	"github.com/flowc/flowc/runtime/local/state"
	"github.com/urfave/cli/v2"
)

func signalCommand(c *console) *cli.Command {
	return &cli.Command{
		Name:      "signal",
		Usage:     "send a signal to a run that is under way",
		ArgsUsage: "RUN NAME [JSON]",
		Description: `Sends a signal to a run on this machine, from another terminal. JSON is an object by
parameter of the signal, @FILE or - for stdin; it is checked before anything is
sent. The command returns when the signal is among the events of the run. The exit
code is 1 if the run has ended, and 2 if there is no such run or signal.`,
		UsageText: `flowc signal release-01J8Z3 approve '{"by": "ann"}'`,
		Flags:     []cli.Flag{stateFlag()},
		Action:    c.signal,
	}
}

// signal sends a signal.
func (c *console) signal(ctx *cli.Context) error {
	args, err := arguments(ctx, 2, 3)
	if err != nil {
		return err
	}
	folder, info, err := findRun(ctx, args[0])
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
	doc, err := checkSignal(folder, info, args[1], payload)
	if err != nil {
		return err
	}
	return send(folder, local.Message{Run: args[0], Want: local.WantSignal, Name: args[1], Payload: doc})
}

// checkSignal returns the payload of a signal as the run is to get it.
func checkSignal(folder *state.Folder, info *state.Info, name, payload string) (json.RawMessage, error) {
	p, err := folder.Program(info.Start.IR)
	if err != nil {
		return nil, failuref("the program of run %s cannot be read: %w", info.Start.Run, err)
	}
	var signals []ir.Signal
	for _, w := range p.Workflows {
		if w.Name == info.Start.Workflow {
			signals = w.Signals
		}
	}
	k := slices.IndexFunc(signals, func(s ir.Signal) bool { return s.Name == name })
	if k < 0 {
		return nil, noSignal(info.Start.Workflow, name, signals)
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

// findRun returns a run that is under way.
func findRun(ctx *cli.Context, id string) (*state.Folder, *state.Info, error) {
	folder, err := stateFolder(ctx.String("state"))
	if err != nil {
		return nil, nil, err
	}
	info, err := folder.Find(id)
	if err != nil {
		return nil, nil, usagef("%w", err)
	}
	return folder, info, refused(info.Check())
}

// send sends a message and waits until the run has heard it.
func send(folder *state.Folder, m local.Message) error { return refused(folder.Send(m)) }

// refused returns the error of a run that hears no message.
func refused(err error) error {
	var ended *state.EndedError
	var dead *state.DeadError
	switch {
	case err == nil:
		return nil
	case errors.As(err, &ended), errors.As(err, &dead):
		return failuref("%w", err)
	}
	return usagef("%w", fmt.Errorf("nothing was sent: %w", err))
}
