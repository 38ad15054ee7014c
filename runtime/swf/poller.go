package swf

import (
	"context"
	"errors"
	"math/rand/v2"
	"sync/atomic"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	sdk "github.com/aws/aws-sdk-go-v2/service/swf"
	"github.com/aws/aws-sdk-go-v2/service/swf/types"
	"github.com/flowc/flowc/runtime/swf/account"
)

// A poller polls one task list, and decides what it gets before it polls again.
type poller struct {
	d      *Decider
	list   string
	failed int    // polls in a row
	why    string // the last of them
}

// Waits after polls that failed for good: the client has tried each several
// times by then.
const (
	shortestWait = time.Second
	longestWait  = time.Minute
)

// run polls until ctx ends, under polls.
func (p *poller) run(ctx, polls context.Context) {
	for ctx.Err() == nil {
		var bytes atomic.Int64
		t := &task{from: p.d.cfg.Client, poll: &sdk.PollForDecisionTaskInput{
			Domain: &p.d.cfg.Client.Domain, TaskList: &types.TaskList{Name: &p.list}, Identity: &p.d.cfg.Identity,
			StartAtPreviousStartedEvent: true,
		}}
		began := time.Now()
		first, err := p.d.cfg.Client.PollForDecisionTask(counting(polls, &bytes), t.poll)
		switch {
		case err != nil && ctx.Err() != nil:
			return
		case err != nil:
			if !p.poorly(ctx, err) {
				return
			}
		case aws.ToString(first.TaskToken) == "":
			p.well()
			// An empty answer comes after a minute, unless something is wrong.
			if time.Since(began) < quickly && !pause(ctx, jittered(shortestWait)) {
				return
			}
		case first.WorkflowExecution == nil || first.WorkflowType == nil:
			if !p.poorly(ctx, errNoTask) {
				return
			}
		default:
			p.well()
			t.first = first
			p.d.handle(context.WithoutCancel(ctx), t, &bytes)
		}
	}
}

// errNoTask says that an answer has a token, and nothing to be decided.
var errNoTask = errors.New("the service gives a decision task, and does not say of which execution")

// quickly is less than any poll waits for that has waited at all.
const quickly = 5 * time.Millisecond

// well takes note of a poll that went well.
func (p *poller) well() {
	if p.failed > 0 {
		p.d.log.Info("polling again", "list", p.list, "after", p.failed)
	}
	p.failed, p.why = 0, ""
}

// poorly takes note of one that did not, and waits. It reports whether there is
// reason to go on.
func (p *poller) poorly(ctx context.Context, err error) bool {
	err = account.Explain(err)
	p.failed++
	if why := err.Error(); why != p.why {
		p.why = why
		p.d.log.Warn("cannot poll", "list", p.list, "error", why)
	}
	p.d.meter.PollFailed(p.list, reason(err))
	return pause(ctx, jittered(min(shortestWait<<min(p.failed-1, 10), longestWait)))
}

// jittered returns a time between half of d and d.
func jittered(d time.Duration) time.Duration { return d/2 + rand.N(d/2+1) }

// reason returns a word for an error.
func reason(err error) string {
	var away *account.Unreachable
	var refused *account.Refused
	switch {
	case errors.As(err, &away):
		return "unreachable"
	case errors.As(err, &refused):
		return refused.Code
	default:
		return "error"
	}
}
