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
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/flowc/flowc/compiler/ir"
	"github.com/flowc/flowc/runtime"
	"github.com/flowc/flowc/runtime/swf/decide"
	"github.com/flowc/flowc/runtime/swf/store"
)

// A DeciderConfig says what a decider is to do.
type DeciderConfig struct {
	Client      *Client      // required
	Store       *store.Store // required
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
	cachedEvents   = 1_000_000       // of all executions in memory
	knownRuns      = 10_000          // of which it is remembered what was told and saved
	stagger        = time.Second     // within which all pollers have begun
	patience       = 3 * time.Second // with polls that are under way when a decider is to end
)

// A Decider polls task lists for decision tasks and answers them.
type Decider struct {
	cfg    DeciderConfig
	known  map[string]prepared // programs by hash
	newest map[typeName]newest
	params map[string]map[string]json.RawMessage
	cache  *cache[*entry]
	killed chan struct{}
	kill   func() // closes it
	log    *slog.Logger
	meter  Meter
	saved  *cache[bool]  // by run: those whose histories were saved
	files  atomic.Int64  // written for them
	told   *cache[int64] // by run: the last event that meters and observers know of
}

// prepared is a program that is ready to run.
type prepared struct {
	program *ir.Program
	plan    *runtime.Plan
}

// newest is the program that has the definition of a workflow type.
type newest struct {
	hash string
	own  bool   // it is not one that the program imports
	name string // of the program
}

// NewDecider returns a decider. It puts the programs into the store, so that
// other deciders can go on with what this one begins.
func NewDecider(c DeciderConfig) (*Decider, error) {
	d := &Decider{
		cfg: c, known: map[string]prepared{}, newest: map[typeName]newest{}, params: map[string]map[string]json.RawMessage{},
		log: c.Log, meter: c.Meter, saved: newCache[bool](knownRuns, knownRuns), told: newCache[int64](knownRuns, knownRuns),
	}
	d.killed = make(chan struct{})
	d.kill = sync.OnceFunc(func() { close(d.killed) })
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
		n := newest{hash, !strings.Contains(w.Name, "."), def.Name}
		other, ok := d.newest[t]
		switch {
		case ok && other.own && n.own && other.hash != hash:
			return fmt.Errorf("%s and %s both have a workflow `%s` of version %q: an execution of that type could be a run of either", other.name, n.name, w.Name, t.version)
		case !ok || n.own:
			d.newest[t] = n
		}
	}
	return nil
}

// env returns what an execution needs of the world.
func (d *Decider) env() *decide.Env {
	return &decide.Env{
		Program: d.program,
		Default: func(workflow, version string) (string, map[string]json.RawMessage) {
			hash := d.newest[typeName{workflow, version}].hash
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
// decided, and returns. Polls that are under way are waited for a little: the
// service may be about to give them a task, which would be lost to everybody
// until it times out.
func (d *Decider) Run(ctx context.Context) {
	d.log.Info("deciding", "domain", d.cfg.Client.Domain, "lists", d.cfg.TaskLists, "pollers", d.cfg.Pollers, "identity", d.cfg.Identity)
	polls, hangUp := context.WithCancel(context.WithoutCancel(ctx))
	defer hangUp()
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	go func() {
		select {
		case <-ctx.Done():
			pause(polls, patience)
		case <-polls.Done():
		}
		hangUp()
	}()
	go func() {
		select {
		case <-d.killed:
			stop()
			hangUp()
		case <-polls.Done():
		}
	}()
	var pollers sync.WaitGroup
	lists := len(d.cfg.TaskLists)
	for k, list := range d.cfg.TaskLists {
		for n := range d.cfg.Pollers {
			pollers.Go(func() {
				p := &poller{d: d, list: list}
				// Pollers that begin together would end their long polls together.
				if pause(ctx, stagger*time.Duration(k+n*lists)/time.Duration(d.cfg.Pollers*lists)) {
					p.run(ctx, polls)
				}
			})
		}
	}
	pollers.Wait()
	d.log.Info("no longer deciding")
}

// Kill makes Run end without waiting for the polls that are under way. What is
// being decided is finished. It may be called at any time, more than once.
func (d *Decider) Kill() { d.kill() }

// pause waits. It reports whether ctx has not ended.
func pause(ctx context.Context, d time.Duration) bool {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-t.C:
		return true
	}
}
