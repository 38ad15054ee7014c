package swf

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"strconv"
	"sync"
	"time"

	"github.com/flowc/flowc/compiler/ir"
	"github.com/flowc/flowc/runtime"
	"github.com/flowc/flowc/runtime/swf/decide"
	"github.com/flowc/flowc/runtime/swf/store"
)

// A DeciderConfig says what a decider is to do.
type DeciderConfig struct {
	Client      *Client
	Store       *store.Store
	Definitions []Definition // for executions that do not say what they are runs of: those of clients that only know the names of types
	TaskLists   []string     // nil means the lists of the definitions' workflows
	Pollers     int          // of each list, and so many decisions at once; 0 is 4
	Cache       int          // how many executions are kept in memory; 0 is 1,000
	MaxOpen     int          // how many tasks an execution has open at once; 0 is decide's
	Continue    decide.Continue
	Save        string       // folder for histories that could not be decided; "" saves none
	Identity    string       // as histories show it; "" is flowc-decider@HOST:PID
	Meter       Meter        // nil is none
	Log         *slog.Logger // nil is nowhere

	// Observe is told of what happens in an execution, in order and once, as
	// far as one process can tell; nil is not. It may be called by several
	// goroutines, for different executions.
	Observe func(run decide.ID, event runtime.Event, step runtime.Step)
}

const (
	defaultPollers = 4
	defaultCache   = 1000
	cachedEvents   = 1_000_000 // of all executions in memory
	stagger        = 150 * time.Millisecond
)

// A Decider polls task lists for decision tasks and answers them.
type Decider struct {
	cfg     DeciderConfig
	known   map[string]prepared // programs by hash
	newest  map[typeName]string // hashes by type
	params  map[string]map[string]json.RawMessage
	cache   *cache[*entry]
	log     *slog.Logger
	meter   Meter
	saved   *cache[int64] // by run: the last event of histories that were saved
	workers sync.WaitGroup
}

// prepared is a program that is ready to run.
type prepared struct {
	program *ir.Program
	plan    *runtime.Plan
}

// NewDecider returns a decider. It puts the programs into the store, so that
// other deciders can go on with what this one begins.
func NewDecider(c DeciderConfig) (*Decider, error) {
	d := &Decider{
		cfg: c, known: map[string]prepared{}, newest: map[typeName]string{}, params: map[string]map[string]json.RawMessage{},
		log: c.Log, meter: c.Meter, saved: newCache[int64](defaultCache, defaultCache),
	}
	if d.log == nil {
		d.log = slog.New(slog.DiscardHandler)
	}
	if d.meter == nil {
		d.meter = silent{}
	}
	d.cache = newCache[*entry](cmp.Or(max(c.Cache, 0), defaultCache), cachedEvents)
	d.cfg.Pollers = cmp.Or(max(c.Pollers, 0), defaultPollers)
	d.cfg.Identity = cmp.Or(c.Identity, identity("decider"))
	for _, def := range c.Definitions {
		if err := d.define(def); err != nil {
			return nil, err
		}
	}
	if len(d.cfg.TaskLists) == 0 {
		lists, err := TaskLists(c.Definitions)
		if err != nil {
			return nil, err
		}
		d.cfg.TaskLists = lists
	}
	if len(d.cfg.TaskLists) == 0 {
		return nil, errors.New("there is no task list to poll")
	}
	return d, nil
}

// identity returns how a process of this machine is called in histories.
func identity(what string) string {
	host, err := os.Hostname()
	if err != nil {
		host = "unknown"
	}
	id := "flowc-" + what + "@" + host + ":" + strconv.Itoa(os.Getpid())
	return id[max(0, len(id)-256):]
}

// define takes a definition in.
func (d *Decider) define(def Definition) error {
	plan, err := runtime.Prepare(def.Program)
	if err != nil {
		return err
	}
	hash, err := d.cfg.Store.PutProgram(def.Program)
	if err != nil {
		return err
	}
	d.known[hash], d.params[hash] = prepared{def.Program, plan}, def.Params
	for _, w := range def.Program.Workflows {
		t := typeOf(w)
		if other, ok := d.newest[t]; ok && other != hash {
			return fmt.Errorf("two of the programs define version %q of workflow `%s` differently", t.version, w.Name)
		}
		d.newest[t] = hash
	}
	return nil
}

// env returns what an execution needs of the world.
func (d *Decider) env() *decide.Env {
	return &decide.Env{
		Program: d.program,
		Default: func(workflow, version string) (string, map[string]json.RawMessage) {
			hash := d.newest[typeName{workflow, version}]
			return hash, d.params[hash]
		},
		Blobs: d.cfg.Store, Window: d.cfg.MaxOpen, Continue: d.cfg.Continue,
	}
}

// program returns the program with a hash.
func (d *Decider) program(hash string) (*ir.Program, *runtime.Plan, error) {
	if p, ok := d.known[hash]; ok {
		return p.program, p.plan, nil
	}
	return d.cfg.Store.Program(hash)
}

// Run polls until ctx ends. Then it stops to poll, finishes what is being
// decided, and returns.
func (d *Decider) Run(ctx context.Context) {
	d.log.Info("deciding", "domain", d.cfg.Client.Domain, "lists", d.cfg.TaskLists, "pollers", d.cfg.Pollers, "identity", d.cfg.Identity)
	for k, list := range d.cfg.TaskLists {
		for n := range d.cfg.Pollers {
			d.workers.Add(1)
			go func() {
				defer d.workers.Done()
				p := &poller{d: d, list: list}
				// Pollers that begin together would end their long polls together.
				if p.pause(ctx, time.Duration(k+n*len(d.cfg.TaskLists))*stagger) {
					p.run(ctx)
				}
			}()
		}
	}
	d.workers.Wait()
	d.log.Info("no longer deciding")
}
