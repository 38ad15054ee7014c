package worker_test

import (
	"context"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/flowc/flowc/compiler/ir"
	"github.com/flowc/flowc/runtime/swf/worker"
	"github.com/flowc/flowc/stdlib/activity"
)

func TestListsOfAProgram(t *testing.T) {
	p := compile(t, `
import "std/fs" as fs
import "std/lambda" as lambda
param env: string = "dev"
activity here() { run = ["true"] }
activity heavy() { run = ["true"], task_list = "heavy-${env}" }
activity called() { run = ["true"], task_list = "never", undo = undone() }
activity undone() { run = ["true"], task_list = "undo" }
activity various(n: int) { run = ["true"], task_list = "n${n}" }
activity unused() { run = ["true"], task_list = "unused" }
activity elsewhere()
activity mine() { task_list = "mine" }
activity far() { task_list = "far" }
workflow w(list: string) {
  here()
  heavy()
  called() with task_list = "calls"
  various(1)
  elsewhere()
  mine()
  far()
  e = fs.glob("x")
  second_here = here() with task_list = list
  l = lambda.invoke("f", json.decode("{}"))
}
`)
	r := activity.Std()
	activity.Register(r, "mine", func(ctx context.Context, in struct{}) (activity.None, error) { return activity.None{}, nil })
	lists, doubts := worker.Lists([]worker.Program{{IR: p}}, r, map[string]ir.Value{"env": ir.String("prod")})
	if diff := cmp.Diff([]string{"default", "heavy-prod", "calls", "undo", "mine"}, lists); diff != "" {
		t.Error(diff)
	}
	want := []worker.Doubt{{Activity: "various"}, {Activity: "here"}, {Activity: "elsewhere", List: "default"}}
	if diff := cmp.Diff(want, doubts); diff != "" {
		t.Error(diff)
	}
	if lists, _ := worker.Lists([]worker.Program{{IR: p}}, r, nil); lists[1] != "heavy-dev" {
		t.Errorf("without parameters: %q", lists)
	}
}
