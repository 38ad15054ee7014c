package worker

import (
	"context"
	"errors"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/swf"
	"github.com/aws/aws-sdk-go-v2/service/swf/types"
	"github.com/aws/smithy-go"

	"github.com/flowc/flowc/runtime/swf/account"
)

const (
	polls     = 8                      // at most so many at a time of a list
	stagger   = 20 * time.Millisecond  // between the first polls of two pollers
	lastPolls = 3 * time.Second        // how long polls that are under way are waited for when the worker is to end: what they bring is lost else
	shortPoll = 200 * time.Millisecond // an empty poll that took less is followed by a wait of that length
	minRetry  = time.Second            // after a poll or an answer that failed for good
	maxRetry  = 30 * time.Second
)

// pollers are those of all lists.
type pollers struct {
	w     *Worker
	calls context.Context         // ends the calls
	fail  context.CancelCauseFunc // ends polling

	group sync.WaitGroup
	spoke atomic.Bool // the service has answered a poll
}

// hopeless is the cause of the end of polling by an error.
type hopeless struct{ error }

// poll polls all lists until ctx ends. It returns once the last poll is over.
func (w *Worker) poll(ctx context.Context) error {
	calls, cancel := context.WithCancel(w.dead)
	defer cancel()
	defer context.AfterFunc(ctx, func() { time.AfterFunc(lastPolls, cancel) })()
	ctx, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	defer context.AfterFunc(w.dead, func() { stop(nil) })()

	p := &pollers{w: w, calls: calls, fail: stop}
	for k, list := range w.cfg.Lists {
		slots := make(chan struct{}, w.cfg.Slots)
		for n := range min(polls, w.cfg.Slots) {
			p.group.Go(func() { p.poll(ctx, list, slots, time.Duration(k+n*len(w.cfg.Lists))*stagger) })
		}
	}
	p.group.Wait()
	var why hopeless
	if errors.As(context.Cause(ctx), &why) {
		return why.error
	}
	return nil
}

// poll polls a list while there are slots for what comes.
func (p *pollers) poll(ctx context.Context, list string, slots chan struct{}, after time.Duration) {
	pause(ctx, after)
	wait := time.Duration(0)
	for {
		select {
		case slots <- struct{}{}:
		case <-ctx.Done():
			return
		}
		if ctx.Err() != nil {
			return
		}
		begun := time.Now()
		task, err := p.ask(list)
		if err == nil && task != nil {
			wait = 0
			ended := p.w.take()
			go func() {
				defer ended()
				p.w.perform(task, sync.OnceFunc(func() { <-slots }))
			}()
			continue
		}
		<-slots
		if err != nil {
			wait = p.failed(ctx, list, err, wait)
		} else if wait = 0; time.Since(begun) < shortPoll {
			pause(ctx, shortPoll)
		}
	}
}

// ask polls once. It returns nil if there was nothing.
func (p *pollers) ask(list string) (*swf.PollForActivityTaskOutput, error) {
	c := &p.w.cfg
	task, err := c.Service.PollForActivityTask(p.calls, &swf.PollForActivityTaskInput{
		Domain: &c.Domain, TaskList: &types.TaskList{Name: &list}, Identity: &c.Identity,
	})
	if err != nil {
		return nil, err
	}
	p.spoke.Store(true)
	if aws.ToString(task.TaskToken) == "" || task.ActivityType == nil || task.WorkflowExecution == nil {
		return nil, nil
	}
	return task, nil
}

// failed waits after a poll that failed for good, and returns how long. If the
// service never answered one, there is no use.
func (p *pollers) failed(ctx context.Context, list string, err error, before time.Duration) time.Duration {
	if p.calls.Err() != nil || ctx.Err() != nil {
		return before
	}
	said := account.Explain(err)
	if !p.spoke.Load() {
		p.fail(hopeless{said})
		return before
	}
	wait := longer(before)
	p.w.cfg.Meter.PollFailed(list, kind(err))
	p.w.cfg.Logger.Warn("a poll failed; it is tried again", "list", list, "error", said, "in", wait)
	pause(ctx, wait)
	return wait
}

// kind returns the sort of an error of a call.
func kind(err error) string {
	var api smithy.APIError
	if errors.As(err, &api) {
		return api.ErrorCode()
	}
	return "unreachable"
}

// longer returns how long to wait after a wait that did not help, with jitter.
func longer(before time.Duration) time.Duration {
	wait := min(max(minRetry, 2*before), maxRetry)
	return wait - time.Duration(rand.Int64N(int64(wait/4)))
}

// pause waits, until ctx ends.
func pause(ctx context.Context, d time.Duration) {
	if d <= 0 {
		return
	}
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
	case <-ctx.Done():
	}
}
