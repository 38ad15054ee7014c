package decide_test

import (
	"encoding/json"
	"strconv"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/swf/types"

	"github.com/flowc/flowc/runtime"
)

const etl = `
activity list() -> [string]
activity double(n: int) -> int
activity fetch(key: string) -> int { retry = exponential(3, from: 5s) }
activity report(total: int) -> string

workflow etl(n: int) -> string {
  first = double(n)
  second = double(first)
  keys = list()
  group {
    a = double(1)
    b = double(2)
  }
  sizes = map key in keys by key with max = 2 { yield fetch(key) }
  wait 1h
  return report(second + sum(sizes))
}
`

// etlWork performs the activities of etl; each key fails once.
func etlWork(activity, node string, attempt int, input json.RawMessage) (string, *runtime.Failure) {
	var in struct {
		N, Total int
		Key      string
	}
	if err := json.Unmarshal(input, &in); err != nil {
		return "", &runtime.Failure{Error: "Failed", Message: err.Error()}
	}
	switch activity {
	case "list":
		return `["a/b", "c.d", "é"]`, nil
	case "double":
		return strconv.Itoa(2 * in.N), nil
	case "fetch":
		if attempt == 1 {
			return "", &runtime.Failure{Error: "Failed", Message: "not yet"}
		}
		return strconv.Itoa(len(in.Key)), nil
	}
	return strconv.Quote("total " + strconv.Itoa(in.Total)), nil
}

func TestAFlowRunsFromItsBeginningToItsEnd(t *testing.T) {
	for _, incremental := range []bool{true, false} {
		w := newWorld(t, etl)
		w.work = etlWork
		if !incremental {
			w.kept = nil
		}
		id := w.start("etl", `{"n": 10}`)
		status := w.run(id)
		story := w.story(id)
		if status != types.CloseStatusCompleted || !strings.Contains(story, `"total 48"`) {
			t.Fatalf("it ended as %s\n%s", status, story)
		}
	}
}
