package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"regexp"

	"github.com/flowc/flowc/compiler/ir"
	"github.com/flowc/flowc/lang/diag"
	"github.com/flowc/flowc/runtime"
	"github.com/flowc/flowc/runtime/history"
	"github.com/flowc/flowc/runtime/journal"
	"github.com/flowc/flowc/runtime/swf/decide"
	"github.com/flowc/flowc/runtime/swf/store"
	"github.com/urfave/cli/v2"
)

func replayCommand(c *console) *cli.Command {
	return &cli.Command{
		Name:      "replay",
		Usage:     "check that a definition leads to what a history records",
		ArgsUsage: "HISTORY…",
		Description: `Goes through histories once more: decides wherever a decider has decided, and says
where the first difference is, of what was recorded and of what the definition leads
to. A history is a file of what ` + "`flowc events --json`" + ` prints, of what ` + "`aws swf\nget-workflow-execution-history`" + ` prints, or one that a decider has saved. It is
checked against the definition of its own run, which is looked for in the store and
among the runs of this machine, or against that of a file: so it is seen whether
runs that are under way could go on with a changed definition.`,
		UsageText: `flowc replay histories/etl-01J8Z3.json
			flowc events etl-01J8Z3 --json >run.json && flowc replay run.json --with etl.flow`,
		Flags: []cli.Flag{
			&cli.StringFlag{Name: "with", Usage: "check against the definition in `FILE`"},
			&cli.BoolFlag{Name: "json", Usage: "print an object a history"},
			&cli.StringFlag{Name: "blobs", EnvVars: []string{"FLOW_BLOBS"}, Usage: "programs and large values are kept at `URL` (default: swf in the state folder)"},
			stateFlag(), profileFlag(),
		},
		Action: c.replay,
	}
}

// replay replays histories.
func (c *console) replay(ctx *cli.Context) error {
	args, err := arguments(ctx, 1, -1)
	if err != nil {
		return err
	}
	r := &replayer{console: c, json: ctx.Bool("json")}
	if err := r.open(ctx); err != nil {
		return err
	}
	for _, file := range args {
		err = worse(err, c.say(r.file(file)))
	}
	return err
}

// A replayer checks histories.
type replayer struct {
	*console
	json  bool
	with  *ir.Program            // nil means that of each run
	span  func(ir.Pos) diag.Span // of places in it
	store *store.Store
	state string
}

// open finds out where definitions and values come from.
func (r *replayer) open(ctx *cli.Context) error {
	file := ctx.String("with")
	d, err := domainOf(ctx, file)
	if err != nil {
		return err
	}
	if file != "" {
		compiled, err := r.program(file)
		if err != nil {
			return err
		}
		r.with, r.span = compiled.Program, func(at ir.Pos) diag.Span { return span(compiled, at) }
	}
	if r.state, err = stateFolder(d.project.stateDir(ctx.String("state"))); err != nil {
		return err
	}
	if d.blobs = ctx.String("blobs"); d.blobs == "" {
		if d.blobs, err = d.project.blobs(ctx.String("state")); err != nil {
			return err
		}
	}
	r.store, err = d.store(context.Background())
	return err
}

// maxHistory is how large a history may be: 25,000 events of the largest size
// would be larger, but no service answers with them.
const maxHistory = 1 << 30

// A replayed history, as --json prints it.
type replayed struct {
	File       string   `json:"file"`
	Events     int      `json:"events"`
	Difference *parting `json:"difference"` // null if there is none
}

// A parting is where a history and a definition part.
type parting struct {
	Event      int64  `json:"event"`
	Node       string `json:"node,omitempty"`
	Recorded   string `json:"recorded"`
	Definition string `json:"definition"`
}

// file replays a history.
func (r *replayer) file(name string) error {
	text, err := readAtMost(name, maxHistory)
	if err != nil {
		return unreadable(name, err)
	}
	out := replayed{File: name}
	var program *ir.Program
	if entries, ok := readEntries(text); ok {
		out.Events = len(entries)
		program, out.Difference, err = r.entries(entries)
	} else {
		program, err = r.history(text, &out)
	}
	if err != nil {
		return r.failed(name, err)
	}
	if d := out.Difference; d != nil {
		r.show([]diag.Diagnostic{r.diagnostic(diag.NewSource(name, text), program, d)})
		err = errFailed
	}
	if r.json {
		return worse(err, r.printLine(out))
	}
	if err == nil {
		return r.printf("%s: %d events, no difference\n", name, out.Events)
	}
	return err
}

// failed returns the error of a history that cannot be replayed.
func (r *replayer) failed(name string, err error) error {
	var known *exitError
	if errors.As(err, &known) {
		return err
	}
	return failuref("%s: %w", name, err)
}

// readEntries reads what `events --json` prints; ok is false if it is not that.
func readEntries(text []byte) (list []history.Entry, ok bool) {
	d := json.NewDecoder(bytes.NewReader(text))
	for d.More() {
		var e history.Entry
		if err := d.Decode(&e); err != nil || e.Type == "" || e.Seq == 0 {
			return nil, false
		}
		list = append(list, e)
	}
	return list, len(list) > 0
}

// entries replays a run by its events.
func (r *replayer) entries(list []history.Entry) (*ir.Program, *parting, error) {
	p := r.with
	if s := list[0].Start; p == nil && s != nil {
		var err error
		if p, _, err = r.definition(s.IR); err != nil {
			return nil, nil, err
		}
	}
	if s := list[0].Start; s != nil && s.Reuse != nil {
		return nil, nil, errors.New("a redrive cannot be replayed from what `events` prints, which leaves out what it has taken over")
	}
	d, err := history.Check(p, list)
	if d == nil || err != nil {
		return p, nil, err
	}
	return p, &parting{d.Seq, d.Node, d.Recorded, d.Definition}, nil
}

// history replays an execution by its history.
func (r *replayer) history(text []byte, out *replayed) (*ir.Program, error) {
	h, err := decide.ReadHistory(text)
	if err != nil {
		return nil, err
	}
	out.Events = len(h.Events)
	used := r.with
	env := &decide.Env{Blobs: r.store, Program: func(hash string) (*ir.Program, *runtime.Plan, error) {
		p, plan, err := r.definition(hash)
		used = p
		return p, plan, err
	}}
	err = decide.Replay(env, h)
	var d *decide.Divergence
	if errors.As(err, &d) {
		out.Difference, err = &parting{d.Event, d.Node, d.Recorded, d.Definition}, nil
	}
	return used, err
}

// definition returns the program that a run is checked against.
func (r *replayer) definition(hash string) (*ir.Program, *runtime.Plan, error) {
	if r.with != nil {
		plan, err := runtime.Prepare(r.with)
		return r.with, plan, err
	}
	p, plan, err := r.store.Program(hash)
	if err == nil {
		return p, plan, nil
	}
	if kept, inJournal := r.kept(hash); inJournal {
		plan, err := runtime.Prepare(kept)
		return kept, plan, err
	}
	return nil, nil, fmt.Errorf("%w; say --with FILE to check against the definition in a file", err)
}

// kept returns a program that the runs of this machine know.
func (r *replayer) kept(hash string) (*ir.Program, bool) {
	j, err := journal.OpenToRead(r.state)
	if err != nil {
		return nil, false // there are none, or they do not help
	}
	p, err := j.Program(hash)
	err = errors.Join(err, j.Close())
	return p, err == nil && !errors.Is(err, fs.ErrNotExist)
}

// diagnostic shows a difference in both files.
func (r *replayer) diagnostic(file *diag.Source, p *ir.Program, d *parting) diag.Diagnostic {
	x := diag.Diagnostic{Code: "Divergence", Message: fmt.Sprintf("event %d of the history is not what this definition leads to", d.Event)}
	x.Primary = diag.Label{Text: "recorded: " + d.Recorded}
	id := regexp.MustCompile(fmt.Sprintf(`"(?:[eE]ventId|seq)"\s*:\s*%d\b`, d.Event))
	if at := id.FindIndex(file.Text); at != nil {
		x.Primary.Span = file.Span(at[0], at[1])
	}
	label := diag.Label{Text: "this definition: " + d.Definition}
	if r.span != nil && p != nil {
		label.Span = r.span(placeOf(p, d.Node))
	}
	x.Secondary = append(x.Secondary, label)
	return x
}

// placeOf returns where a node stands.
func placeOf(p *ir.Program, node string) ir.Pos {
	static := ir.StaticID(node)
	for _, w := range p.Workflows {
		for k := range w.Nodes {
			if w.Nodes[k].ID == static {
				return w.Nodes[k].At
			}
		}
	}
	return ir.NoPos
}
