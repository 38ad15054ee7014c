package compiler_test

import (
	"strings"
	"testing"
)

// TestRefInText shows that a ref has a text, the path of its content, in what a
// program is told and nowhere else: it has none before there is a program.
func TestRefInText(t *testing.T) {
	for _, test := range []struct {
		name, flow string
		refused    bool
	}{
		{"run", `activity a(x: ref<bytes>) { run = ["wc", "${x}"] }`, false},
		{"env", `activity a(x: ref<bytes>) { run = ["wc"], env = { "X": "${x}" } }`, false},
		{"cwd", `activity a(x: ref<bytes>) { run = ["ls"], cwd = "${x}.d" }`, false},
		{"of a list", `activity a(xs: [ref<bytes>]) { run = ["wc"] + [for x in xs: "${x}"] }`, false},
		{"with a format", `activity a(x: ref<bytes>) { run = ["wc", "${x:%Y}"] }`, true},
		{"an option", `activity a(x: ref<bytes>) { run = ["wc"], task_list = "${x}" }`, true},
		{"a workflow", `workflow w(x: ref<bytes>) -> string { return "${x}" }`, true},
	} {
		t.Run(test.name, func(t *testing.T) {
			r := compileText(test.flow + "\n")
			if refused := r.Program == nil; refused != test.refused {
				t.Errorf("refused: %v, want %v\n%s", refused, test.refused, strings.TrimSpace(shown(r)))
			}
		})
	}
}
