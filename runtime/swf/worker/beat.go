package worker

import (
	"context"
	"errors"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/swf"
	"github.com/aws/aws-sdk-go-v2/service/swf/types"

	"github.com/flowc/flowc/compiler/ir/limits"
	"github.com/flowc/flowc/runtime/swf/account"
	"github.com/flowc/flowc/runtime/swf/wire"
)

// firstBeat is when the first heartbeat is due, if the time-out leaves it to us.
// A task that has just begun is likelier to be cancelled, and to be over
// before it costs many.
const firstBeat = time.Second

// beatEvery returns the time to the next heartbeat of a task of some age.
func (j *job) beatEvery(age time.Duration) time.Duration {
	every := min(max(firstBeat, age/2), j.w.cfg.Beat)
	if j.heartbeat > 0 { // of which the service makes whole seconds
		every = min(every, max(j.heartbeat, time.Second)/3)
	}
	return every
}

// beat sends heartbeats until the task is answered or closed. The service
// says what has become of the task.
func (j *job) beat(ctx context.Context) {
	for {
		every := j.beatEvery(time.Since(j.begun))
		pause(ctx, every)
		if ctx.Err() != nil {
			return
		}
		call, cancel := context.WithTimeout(ctx, max(every, time.Second))
		out, err := j.w.cfg.Service.RecordActivityTaskHeartbeat(call, &swf.RecordActivityTaskHeartbeatInput{
			TaskToken: &j.token, Details: j.lastWords(),
		})
		cancel()
		var gone *types.UnknownResourceFault
		switch {
		case ctx.Err() != nil:
			return
		case errors.As(err, &gone):
			j.end(closed)
			return
		case err != nil:
			j.w.cfg.Meter.HeartbeatFailed(j.attempt.Task.Activity.Name)
			j.log().Warn("a heartbeat failed; it is tried again", "error", account.Explain(err))
		case out.CancelRequested:
			j.end(cancelRequested)
		}
	}
}

// lastWords returns the last line of the log, nil if there is none: it is what
// is known of a task that times out.
func (j *job) lastWords() *string {
	j.mu.Lock()
	defer j.mu.Unlock()
	if len(j.last) == 0 {
		return nil
	}
	text := wire.Cut(string(j.last), limits.HeartbeatLen)
	return &text
}
