package local

import (
	"bytes"
	"encoding/json"
	"fmt"

	"github.com/flowc/flowc/compiler/ir"
	"github.com/flowc/flowc/runtime"
)

// queueTimeout is the failure of an attempt that waited too long for a worker.
func queueTimeout(a *attempt) *runtime.Failure {
	return &runtime.Failure{
		Error:   runtime.TimeOut,
		Message: fmt.Sprintf("queue_timeout of %s passed before the task could start", a.Task.QueueTimeout),
	}
}

// withChild returns the details of a failure with one more field, `child`: of
// which node of which child run it was. One that is there already hides it.
func withChild(details json.RawMessage, run, node string) json.RawMessage {
	child := fmt.Sprintf(`"child":{"run":%s,"node":%s}}`, quote(run), quote(node))
	rest := bytes.TrimSpace(details)
	if len(rest) < 2 || rest[0] != '{' {
		return json.RawMessage("{" + child)
	}
	var there map[string]json.RawMessage
	if err := json.Unmarshal(rest, &there); err != nil || there["child"] != nil {
		return details
	}
	b := append([]byte{}, rest[:len(rest)-1]...)
	if len(there) > 0 {
		b = append(b, ',')
	}
	return append(b, child...)
}

// quote returns s as JSON.
func quote(s string) []byte {
	b, err := ir.Encode(ir.String(s), ir.StringType)
	if err != nil { // strings always encode
		return []byte(`""`)
	}
	return b
}
