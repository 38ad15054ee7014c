package local_test

import "testing"

func TestResults(t *testing.T) {
	c := config(t, `
activity hi(name: string) -> string {
  run    = ["sh", "-c", "echo \"hello $1\"", "sh", name]
  result = text
}
workflow w(name: string) -> string {
  x = hi(name)
  return x
}
`)
	c.Input = input(t, `{"name": "you"}`)
	r := do(t, c)
	if got, want := show(r), `succeeded: "hello you"`; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}
