//go:build !race

package runtime_test

// raceEnabled reports whether the race detector, under which all takes ten
// times as long, is on. There is nothing in the interpreter for it to find.
const raceEnabled = false
