package decide

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/swf/types"
)

// A History is that of an execution, as it stands in a file.
type History struct {
	ID     ID
	Events []types.HistoryEvent
}

// ReadHistory reads a history from JSON: what `aws swf
// get-workflow-execution-history` prints, what [WriteHistory] has written, or a
// list of events. Times are seconds since 1970 or in the form of RFC 3339.
func ReadHistory(text []byte) (*History, error) {
	var file struct {
		Execution struct{ WorkflowID, RunID string }
		Events    []json.RawMessage
	}
	text = bytes.TrimSpace(text)
	var err error
	if len(text) > 0 && text[0] == '[' {
		err = json.Unmarshal(text, &file.Events)
	} else if err = json.Unmarshal(text, &file); err == nil && file.Events == nil {
		err = fmt.Errorf("it has no `events`")
	}
	if err != nil {
		return nil, fmt.Errorf("this is no history of an execution: %w", err)
	}
	h := &History{ID: ID{file.Execution.WorkflowID, file.Execution.RunID}}
	for k, raw := range file.Events {
		e, err := readEvent(raw)
		if err != nil {
			return nil, fmt.Errorf("event %d of the history cannot be read: %w", k+1, err)
		}
		h.Events = append(h.Events, e)
	}
	return h, nil
}

// readEvent reads an event. Members have the names of the SDK's fields but for
// the case of the first letter, which does not matter.
func readEvent(raw json.RawMessage) (e types.HistoryEvent, err error) {
	var members map[string]json.RawMessage
	if err := json.Unmarshal(raw, &members); err != nil {
		return e, err
	}
	for _, name := range []string{"eventTimestamp", "EventTimestamp"} {
		if at, ok := members[name]; ok {
			t, err := readTime(at)
			if err != nil {
				return e, err
			}
			members[name], _ = json.Marshal(t) // a time of a year of four digits
		}
	}
	if raw, err = json.Marshal(members); err != nil {
		return e, err
	}
	if err := json.Unmarshal(raw, &e); err != nil {
		return e, err
	}
	if e.EventId <= 0 || e.EventType == "" {
		return e, fmt.Errorf("it has no id or no type")
	}
	return e, nil
}

// readTime reads a time.
func readTime(raw json.RawMessage) (time.Time, error) {
	var seconds float64
	if err := json.Unmarshal(raw, &seconds); err == nil {
		if math.Abs(seconds) > 1e11 {
			return time.Time{}, fmt.Errorf("%s is no time", raw)
		}
		return time.UnixMilli(int64(math.Round(seconds * 1000))).UTC(), nil
	}
	var text string
	if err := json.Unmarshal(raw, &text); err != nil {
		return time.Time{}, fmt.Errorf("%s is no time", raw)
	}
	t, err := time.Parse(time.RFC3339Nano, strings.Replace(text, " ", "T", 1))
	if err != nil || t.Year() < 1678 || t.Year() > 2261 {
		return time.Time{}, fmt.Errorf("%q is no time", text)
	}
	return t, nil
}

// WriteHistory writes a history as the AWS command line prints it, with the
// execution's ids beside the events.
func WriteHistory(id ID, events []types.HistoryEvent) ([]byte, error) {
	list := make([]any, len(events))
	for k := range events {
		raw, err := json.Marshal(&events[k])
		if err != nil {
			return nil, err
		}
		d := json.NewDecoder(bytes.NewReader(raw))
		d.UseNumber()
		var e any
		if err := d.Decode(&e); err != nil {
			return nil, err
		}
		list[k] = asTheServiceWrites(e)
	}
	return json.MarshalIndent(map[string]any{
		"execution": map[string]string{"workflowId": id.WorkflowID, "runId": id.RunID},
		"events":    list,
	}, "", " ")
}

// asTheServiceWrites returns a structure with its members called as the service
// does, without those that are not set.
func asTheServiceWrites(v any) any {
	switch v := v.(type) {
	case map[string]any:
		out := make(map[string]any, len(v))
		for name, x := range v {
			if x != nil && x != "" {
				out[strings.ToLower(name[:1])+name[1:]] = asTheServiceWrites(x)
			}
		}
		return out
	case []any:
		for k := range v {
			v[k] = asTheServiceWrites(v[k])
		}
	}
	return v
}
