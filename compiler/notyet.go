package compiler

import "github.com/flowc/flowc/lang"

// construct is a part of the language that this version may not run yet.
type construct uint8

const (
	cExpand construct = iota
	cLoop
	cRace
	cWait
	cSignal
	cNext
	cGrow
	cChild
	cDetach
	cHandler
	cUndo
	cBatch
	cShard
	cAfter
	cIdempotent
	cTest
)

// notYetRun are the constructs that are checked as far as they are understood,
// and then refused, each use once. To enable one, delete its line.
var notYetRun = map[construct]string{
	cExpand:     "`expand`",
	cLoop:       "`loop`",
	cRace:       "`race`",
	cWait:       "`wait`",
	cSignal:     "a signal",
	cNext:       "`next`",
	cGrow:       "`grow`",
	cChild:      "a workflow that is called by another",
	cDetach:     "`detach`",
	cHandler:    "a handler",
	cUndo:       "`undo`",
	cBatch:      "the option `batch`",
	cShard:      "the option `shard`",
	cAfter:      "the option `after`",
	cIdempotent: "the attribute `idempotent`",
	cTest:       "a test",
}

// notYet reports a use of the construct, if this version does not run it, and
// reports whether that is so.
func (c *checker) notYet(m *module, what construct, at lang.Range) bool {
	name, ok := notYetRun[what]
	if ok {
		c.notYetRun(m, name, at)
	}
	return ok
}

func (b *body) notYet(what construct, at lang.Range) bool { return b.c.notYet(b.mod, what, at) }
