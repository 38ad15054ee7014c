package compiler_test

import (
	"strings"
	"testing"

	"github.com/flowc/flowc/compiler"
	"github.com/flowc/flowc/lang/diag"
)

const secretFlow = `
type Login { user: string, token: secret<string> }
param key: secret<string>
activity login(by: [Login], key: secret<string>, extra: secret<int>?)
workflow main(by: [Login], extra: secret<int>?) {
  login(by, key, extra)
}
`

// A secret is given by its name. Whatever else is given might be the secret, so
// that no finding repeats it.
func TestSecretsAreGivenByName(t *testing.T) {
	r := compileText(secretFlow)
	if r.Program == nil {
		t.Fatal(shown(r))
	}
	args, diags := compiler.CheckInput(r.Program, "main", diag.NewSource("--input",
		[]byte(`{"by": [{"user": "ann", "token": {"$secret": "ann.token"}}], "extra": {"$secret": "PIN"}}`)))
	if diags.Len() > 0 {
		t.Fatal(diags.All())
	}
	if got, want := joined(args), `by=[{"user":"ann","token":{"$secret":"ann.token"}}] extra={"$secret":"PIN"}`; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	params, diags := compiler.CheckParams(r.Program, map[string]string{"key": "API_KEY"})
	if got, want := joined(params), `key={"$secret":"API_KEY"}`; got != want {
		t.Errorf("got %s, want %s: %v", got, want, diags.All())
	}

	const leak = "hunter2 is !it"
	for _, input := range []string{
		`{"by": [{"user": "ann", "token": "` + leak + `"}]}`,
		`{"by": [{"user": "ann", "token": {"$secret": "` + leak + `"}}]}`,
		`{"by": [], "extra": "` + leak + `"}`,
	} {
		_, diags := compiler.CheckInput(r.Program, "main", diag.NewSource("--input", []byte(input)))
		checkSilent(t, diags, leak)
	}
	_, diags = compiler.CheckParams(r.Program, map[string]string{"key": leak})
	checkSilent(t, diags, leak)
}

// checkSilent checks that there are findings, and that they do not show a text.
func checkSilent(t *testing.T, found *diag.List, text string) {
	t.Helper()
	var b strings.Builder
	if err := diag.Render(&b, found.Sorted(), diag.Options{}); err != nil {
		t.Fatal(err)
	}
	if !found.HasErrors() {
		t.Error("nothing is found")
	}
	if strings.Contains(b.String(), text) {
		t.Errorf("the secret is shown:\n%s", b.String())
	}
}
