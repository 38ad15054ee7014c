package local_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/flowc/flowc/runtime/blob"
)

const refs = `
activity make() -> ref<bytes> { run = ["sh", "-c", "seq 5 >$FLOW_OUT/o"], result = file("o"), stdin = none }
activity lines(x: ref<bytes>) -> int { run = ["wc", "-l"], stdin = x }
activity named(x: ref<bytes>) -> string { run = ["sh", "-c", "wc -l <$0", "${x}"], result = text, stdin = none }
activity whole(x: ref<bytes>) -> int { run = ["sh", "-c", "wc -l <\"$(sed 's/.*\"path\":\"//; s/\".*//')\""] }
activity same(x: ref<bytes>) -> ref<bytes> { run = ["sed", "s/{\"x\"://; s/}}$/}/"], result = json }
activity pair() -> ref<[string]> { run = ["printf", "a\nb\n"], result = lines, stdin = none }
`

func TestRefs(t *testing.T) {
	c := config(t, refs+`
workflow w() -> string {
  a = make()
  n = lines(a)
  m = named(a)
  k = whole(a)
  b = same(a)
  j = lines(b)
  p = pair()
  return "${n} ${m} ${k} ${j} ${p.size == 9B}"
}`)
	if got, want := show(do(t, c)), `succeeded: "5 5 5 5 true"`; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

// TestRefWhoseContentIsNotWhatItWas shows that a value that was lost or changed
// is not used.
func TestRefWhoseContentIsNotWhatItWas(t *testing.T) {
	for _, test := range []struct{ name, script, want string }{
		{"lost", "rm -f", "is missing: there is no file"},
		{"altered", "f() { chmod u+w $1; echo 6 >>$1; }; f", "was altered: what is in"},
	} {
		t.Run(test.name, func(t *testing.T) {
			c := config(t, refs+`
activity harm(x: ref<bytes>) { run = ["sh", "-c", "`+test.script+` $0", "${x.key}"], stdin = none }
workflow w() -> int {
  a = make()
  harm(a)
  n = lines(a)
  return n
}`)
			got := show(do(t, c))
			if !strings.HasPrefix(got, "failed: w/n: Failed: the value `sha256/f6b49467") || !strings.Contains(got, test.want) {
				t.Errorf("got %s, want a failure of w/n that says %q", got, test.want)
			}
		})
	}
}

func TestEqualBlobsAreOne(t *testing.T) {
	dir := t.TempDir()
	s := blob.New(dir)
	a, err := s.Put([]byte("abc"))
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "f")
	if err := os.WriteFile(file, []byte("abc"), 0o666); err != nil {
		t.Fatal(err)
	}
	b, err := s.PutFile(file, nil)
	if err != nil || *a != *b {
		t.Errorf("got %v and %v, %v", a, b, err)
	}
	if got, err := s.Read(a); err != nil || string(got) != "abc" {
		t.Errorf("got %q, %v", got, err)
	}
}
