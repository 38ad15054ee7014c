package compiler

import "testing"

// RunEverything compiles, for the rest of the test, as a version would that
// runs every construct of the language.
func RunEverything(t *testing.T) {
	gates := notYetRun
	notYetRun = nil
	t.Cleanup(func() { notYetRun = gates })
}
