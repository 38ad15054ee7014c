package lang_test

import (
	"path/filepath"
	"testing"

	"github.com/flowc/flowc/internal/chunk"
	"github.com/flowc/flowc/lang"
)

func TestSyntaxErrors(t *testing.T) {
	files, err := filepath.Glob("testdata/errors/*.flow")
	if err != nil || len(files) == 0 {
		t.Fatal(files, err)
	}
	for _, file := range files {
		for _, c := range chunk.Read(t, file) {
			t.Run(c.Name, func(t *testing.T) {
				_, ds := lang.Parse(c.Source)
				chunk.Check(t, c, ds)
			})
		}
	}
}
