package decide

import (
	"encoding/json"
	"strconv"

	"github.com/flowc/flowc/runtime"
)

// reuseOf returns what a slice may take over of the run that is driven again:
// what its own items did. All of it in every slice would be as much again as
// there are slices.
func (x *Execution) reuseOf(s *runtime.Slice) *runtime.Reuse {
	old := x.start.Reuse
	if old == nil {
		return nil
	}
	if x.earlier == nil {
		x.earlier = map[string][]string{}
		for id := range old.Tasks {
			for k := range len(id) {
				if id[k] == ']' {
					x.earlier[id[:k+1]] = append(x.earlier[id[:k+1]], id)
				}
			}
		}
	}
	var state struct {
		Keys []string `json:"keys"` // none where the index is the key
	}
	if json.Unmarshal(s.State, &state) != nil || state.Keys != nil && len(state.Keys) != s.To-s.From {
		return old
	}
	own := &runtime.Reuse{Run: old.Run, Tasks: map[string]runtime.ReusedTask{}, Again: old.Again}
	for k := range s.To - s.From {
		key := strconv.Itoa(s.From + k)
		if state.Keys != nil {
			key = state.Keys[k]
		}
		for _, id := range x.earlier[s.Node+"["+key+"]"] {
			own.Tasks[id] = old.Tasks[id]
		}
	}
	return own
}
