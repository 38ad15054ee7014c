package analyze_test

import (
	"bytes"
	"fmt"
	"testing"

	"github.com/flowc/flowc/compiler/ir"
	"github.com/flowc/flowc/lang/diag"
	"github.com/flowc/flowc/runtime/blob"
)

// A ref counts with the length that refs have: the one of a value of some
// megabytes, as it is recorded.
func TestLengthOfARef(t *testing.T) {
	ref, err := blob.New(t.TempDir()).Put(bytes.Repeat([]byte("0123456789"), 1<<17))
	if err != nil {
		t.Fatal(err)
	}
	encoded, err := ir.Encode(ref, &ir.Type{Kind: ir.KRef, Elem: ir.BytesType})
	if err != nil {
		t.Fatal(err)
	}
	_, found := find(t, "defaults activity { task_list = \"x\" }\nactivity a() -> [ref<bytes>; <= 200]\nworkflow w() {\n  a()\n}\n")
	if len(found) != 1 || found[0].Code != diag.ValueLimit {
		t.Fatalf("found %v", found)
	}
	if want := fmt.Sprintf("up to 200 × %d characters", len(encoded)); found[0].Primary.Text != want {
		t.Errorf("got %q, want %q", found[0].Primary.Text, want)
	}
}
