package swf

import (
	"context"
	"os"
	"path/filepath"

	"github.com/aws/aws-sdk-go-v2/service/swf/types"
	"github.com/flowc/flowc/runtime/swf/account"
	"github.com/flowc/flowc/runtime/swf/decide"
	"github.com/flowc/flowc/runtime/swf/names"
)

// save keeps the history of a task's execution in a file that `flowc replay`
// reads, once for each decision task that could not be decided.
func (d *Decider) save(ctx context.Context, t *task) {
	last, run := t.first.StartedEventId, t.id().RunID
	before, _ := d.saved.take(run)
	d.saved.put(run, last, 1)
	if d.cfg.Save == "" || before == last {
		return
	}
	file, err := d.saveTo(ctx, t, last)
	if err != nil {
		d.log.Error("the history cannot be saved", "run", run, "error", account.Explain(err))
		return
	}
	d.log.Info("the history was saved: `flowc replay` reads it", "run", run, "file", file)
}

// saveTo writes the history up to an event.
func (d *Decider) saveTo(ctx context.Context, t *task, last int64) (string, error) {
	var events []types.HistoryEvent
	for page, err := range t.pages(ctx, last, false) {
		if err != nil {
			return "", err
		}
		events = append(events, upTo(page, last)...)
		if len(events) > 0 && events[len(events)-1].EventId == last {
			break
		}
	}
	text, err := decide.WriteHistory(t.id(), events)
	if err != nil {
		return "", err
	}
	name := names.Escape(t.id().WorkflowID) + "." + names.Escape(t.id().RunID) + ".json"
	file := filepath.Join(d.cfg.Save, name[max(0, len(name)-200):])
	if err := os.MkdirAll(d.cfg.Save, 0o700); err != nil {
		return "", err
	}
	return file, os.WriteFile(file, text, 0o600)
}
