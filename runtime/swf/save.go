package swf

import (
	"context"
	"os"
	"path/filepath"
	"strings"

	"github.com/aws/aws-sdk-go-v2/service/swf/types"
	"github.com/flowc/flowc/runtime/swf/account"
	"github.com/flowc/flowc/runtime/swf/decide"
	"github.com/flowc/flowc/runtime/swf/names"
)

// mostSaved is how many histories a process saves: what is wrong with a program
// is wrong with all of its runs.
const mostSaved = 100

// save keeps the history of a task's execution in a file that `flowc replay`
// reads, once for each execution: it is not decided better the next time.
func (d *Decider) save(ctx context.Context, t *task) {
	run := t.id().RunID
	_, before := d.saved.peek(run)
	d.saved.put(run, true, 1)
	if before || d.cfg.Save == "" || d.files.Add(1) > mostSaved {
		return
	}
	last := t.first.StartedEventId
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
	file := filepath.Join(d.cfg.Save, strings.ToValidUTF8(name[max(0, len(name)-200):], ""))
	if err := os.MkdirAll(d.cfg.Save, 0o700); err != nil {
		return "", err
	}
	return file, os.WriteFile(file, text, 0o600)
}
