package compiler

import "github.com/flowc/flowc/lang"

// construct is a part of the language that this version may not run yet.
type construct uint8

const (
	cShard construct = iota
)

// notYetRun are the constructs that are checked as far as they are understood,
// and then refused, each use once. To enable one, delete its line.
var notYetRun = map[construct]string{
	cShard: "the option `shard`",
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
