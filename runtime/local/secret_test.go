package local_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/flowc/flowc/runtime/journal"
	"github.com/flowc/flowc/runtime/work"
)

// hidden is the secret; what a program writes of it comes in two pieces, so
// that it stands in no file of the test as a whole.
const hidden = `hunter"2\xyz`

// TestSecretsAreNowhere looks for a secret in everything that a run leaves
// behind and shows, while its programs do their best to give it away.
func TestSecretsAreNowhere(t *testing.T) {
	c := config(t, `
type Login { user: string, token: secret<string> }
error Bad { reason: string }
activity right(token: secret<string>) -> int { run = ["sh", "-c", "test \"$AUTH\" = \"Bearer $(cat want)\" && env | grep -c FLOW_SECRET; true"], env = { "AUTH": "Bearer ${token}" }, stdin = none }
activity read(token: secret<string>) -> int { run = ["wc", "-c"], stdin = token }
activity log(l: Login) { run = ["sh", "-c", "cat; echo; printf 'a %.6s' \"$(cat want)\"; sleep 0.1; cut -c 7- want"] }
activity say(token: secret<string>) -> string { run = ["cat"], stdin = token, result = text }
activity tell(l: Login) -> json { run = ["cat"], result = json }
activity write(token: secret<string>) -> ref<bytes> { run = ["sh", "-c", "cat want want > $FLOW_OUT/f"], result = file("f") }
activity name(token: secret<string>) -> path { run = ["sh", "-c", "cat want > $FLOW_OUT/f"], result = file("f") }
activity raise1(token: secret<string>) raises Bad { run = ["sh", "-c", "cat want >&2; exit 2"], errors = { 2: Bad } }
workflow main(token: secret<string>) -> [int] {
  let login = Login { user: "ann", token: token }
  a = right(token)
  b = read(token)
  log(login)
  group with raises_on_failure = false {
    say(token)
    tell(login)
    write(token)
    name(token)
    raise1(token)
  }
  return [a, b]
}`)
	c.Workflow = "main"
	c.Input = input(t, `{"token": {"$secret": "db-key"}}`)
	if err := os.WriteFile(filepath.Join(c.Root, "want"), []byte(hidden), 0o600); err != nil {
		t.Fatal(err)
	}
	c.Env = append(os.Environ(), "FLOW_SECRET_DB_KEY="+hidden)
	folder, err := journal.Open(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	k, err := folder.Keep(c.Program, c.Run, journal.Setting{})
	if err != nil {
		t.Fatal(err)
	}
	w := &watcher{}
	c.Store, c.Out, c.Blobs, c.Observer = k, k.Out(), folder.Blobs(), w
	r := do(t, c)
	if err := errors.Join(k.Close(), folder.Close()); err != nil {
		t.Error(err)
	}
	if got, want := show(r), "succeeded: [0,12]"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	if got := statuses(r); strings.Count(got, "failed") != 5 {
		t.Errorf("what gives a secret away did not fail: %s", got)
	}
	if !strings.Contains(w.log(), "***") {
		t.Errorf("nothing was taken out of the log:\n%s", w.log())
	}
	forms := []string{hidden, `hunter\"2\\xyz`, "xyz"}
	look := func(where, text string) {
		for _, form := range forms {
			if strings.Contains(text, form) {
				t.Errorf("the secret is in %s:\n%s", where, text)
			}
		}
	}
	look("the log", w.log())
	for _, n := range r.Nodes {
		if n.Failure != nil {
			look("the failure of "+n.ID, n.Failure.Message+string(n.Failure.Details))
		}
	}
	err = filepath.Walk(folder.Dir(), func(path string, info os.FileInfo, err error) error {
		if err == nil && info.Mode().IsRegular() {
			text, _ := os.ReadFile(path)
			look(path, string(text))
		}
		return err
	})
	if err != nil {
		t.Error(err)
	}
}

func TestSecretThatIsNotKnown(t *testing.T) {
	dir := t.TempDir()
	for name, text := range map[string]string{"key": "from a file\n", "empty": "\n"} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for _, test := range []struct{ name, env, want string }{
		{"key", work.SecretsDir + "=" + dir, "succeeded: 11"},
		{"key", "FLOW_SECRET_KEY=abc", "succeeded: 3"},
		{"key", "X=", "failed: w/x: Failed: the secret `key` is not known: set FLOW_SECRET_KEY, or FLOW_SECRETS_DIR to the folder with a file of that name"},
		{"empty", work.SecretsDir + "=" + dir, "failed: w/x: Failed: the secret `empty` is empty"},
		{"../key", work.SecretsDir + "=" + dir, "failed: w/x: Failed: a secret has no proper name"},
	} {
		c := config(t, `
activity size(token: secret<string>) -> int { run = ["wc", "-c"], stdin = token }
workflow w(token: secret<string>) -> int {
  x = size(token)
  return x
}`)
		c.Env = []string{"PATH=" + os.Getenv("PATH"), test.env}
		c.Input = input(t, `{"token": {"$secret": "`+test.name+`"}}`)
		if got := show(do(t, c)); got != test.want {
			t.Errorf("%s: got %s, want %s", test.name, got, test.want)
		}
	}
}
