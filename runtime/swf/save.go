package swf

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/swf/types"
	"github.com/flowc/flowc/runtime/swf/account"
	"github.com/flowc/flowc/runtime/swf/names"
)

// save keeps the history of a task's execution in a file that `flowc replay`
// reads, once for each decision task that could not be decided.
func (d *Decider) save(ctx context.Context, t *task) {
	last, run := t.first.StartedEventId, t.run()
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
	text, err := EncodeHistory(events)
	if err != nil {
		return "", err
	}
	name := names.Escape(aws.ToString(t.first.WorkflowExecution.WorkflowId)) + "." + names.Escape(t.run()) + ".json"
	file := filepath.Join(d.cfg.Save, name[max(0, len(name)-200):])
	if err := os.MkdirAll(d.cfg.Save, 0o700); err != nil {
		return "", err
	}
	return file, os.WriteFile(file, text, 0o600)
}

// EncodeHistory returns a history as JSON, in the form in which the service and
// its command line give it.
func EncodeHistory(events []types.HistoryEvent) ([]byte, error) {
	list := make([]any, 0, len(events))
	for _, e := range events {
		list = append(list, document(reflect.ValueOf(e)))
	}
	text, err := json.MarshalIndent(map[string]any{"events": list}, "", " ")
	return append(text, '\n'), err
}

// document returns a value of the SDK as what the protocol has for it: members
// begin with a small letter, and what is not said is not there.
func document(v reflect.Value) any {
	switch v.Kind() {
	case reflect.Pointer:
		return document(v.Elem())
	case reflect.Slice:
		list := make([]any, 0, v.Len())
		for k := range v.Len() {
			list = append(list, document(v.Index(k)))
		}
		return list
	case reflect.Struct:
		if at, ok := v.Interface().(time.Time); ok {
			return json.Number(fmt.Sprintf("%.3f", float64(at.UnixMilli())/1000))
		}
		members := map[string]any{}
		for k := range v.NumField() {
			f, name := v.Field(k), v.Type().Field(k).Name
			said := !f.IsZero() || f.Kind() == reflect.Int64 || f.Kind() == reflect.Bool
			if v.Type().Field(k).IsExported() && said {
				members[strings.ToLower(name[:1])+name[1:]] = document(f)
			}
		}
		return members
	default:
		return v.Interface()
	}
}
