package local

import (
	"strings"

	"github.com/flowc/flowc/compiler/ir"
	"github.com/flowc/flowc/stdlib/activity"
)

// fewLight is how many attempts of the light lane may always run at a time.
const fewLight = 4

// A lane is attempts that wait for each other, and for nobody else.
type lane struct {
	queue queue
	busy  int // how many of its slots are taken
	slots int
}

// lanes are those of a run. Config.Jobs bounds the heavy one, of what may take
// all that the machine has: programs, and functions that we know nothing of.
// The library's functions that work inside of this process are short, or wait
// for the network: in a lane of their own they neither keep a program from
// starting nor wait for one.
type lanes struct{ heavy, light lane }

func newLanes(jobs int) lanes {
	return lanes{heavy: lane{slots: jobs}, light: lane{slots: max(fewLight, jobs)}}
}

// slots returns how many attempts may run at a time in all.
func (l *lanes) slots() int { return l.heavy.slots + l.light.slots }

// of returns the lane of the attempts of an activity.
func (l *lanes) of(a *ir.Activity) *lane {
	if a.Program == nil && activity.InLibrary(a.Name) && !strings.HasPrefix(a.Name, "std/exec.") {
		return &l.light
	}
	return &l.heavy
}
