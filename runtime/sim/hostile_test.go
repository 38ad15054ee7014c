package sim_test

import (
	"os"
	"path/filepath"
	"regexp"
	"testing"

	"github.com/flowc/flowc/compiler"
	"github.com/flowc/flowc/lang/diag"
	"github.com/flowc/flowc/runtime/sim"
)

// Tests from which a word has been taken away, or put twice, are refused or
// run: nothing breaks.
func TestDamagedTests(t *testing.T) {
	files, err := filepath.Glob("testdata/*.flow")
	if err != nil {
		t.Fatal(err)
	}
	wrong, err := filepath.Glob("../../compiler/testdata/*tests.flow")
	if err != nil || len(wrong) == 0 {
		t.Fatal("no wrong tests", err)
	}
	files = append(files, wrong...)
	word := regexp.MustCompile(`\w+|"[^"]*"|->|[^\s\w]`)
	ran, step := 0, 1
	if testing.Short() {
		step = 8
	}
	for _, file := range files {
		raw, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		text := string(raw)
		words := word.FindAllStringIndex(text, -1)
		for i := 0; i < len(words); i += step {
			at := words[i]
			ran += tryOut(t, text[:at[0]]+text[at[1]:])
			ran += tryOut(t, text[:at[1]]+" "+text[at[0]:])
		}
	}
	if ran == 0 {
		t.Error("none of them ran")
	}
}

// tryOut runs the tests of a file, if it compiles, and returns how many.
func tryOut(t *testing.T, text string) int {
	r := compiler.Compile(diag.NewSource("test.flow", []byte(text)), compiler.Config{})
	if r.Program == nil {
		return 0
	}
	s, err := sim.NewSuite(r.Program)
	if err != nil {
		return 0
	}
	for _, test := range s.Tests() {
		s.Run(test, sim.Options{Bound: 5, Explore: true, Cover: s.NewCover()})
	}
	return len(s.Tests())
}
