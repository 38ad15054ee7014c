package eval

import (
	"fmt"

	"github.com/flowc/flowc/compiler/ir"
)

// Limits bound one evaluation.
type Limits struct {
	Steps int // operations in the rounds of loops; 0 means DefaultLimits.Steps
	Bytes int // size of the values made; 0 means DefaultLimits.Bytes
}

// DefaultLimits let a list of a million elements be made and gone through a
// few times, and end what runs wild within about a second.
var DefaultLimits = Limits{Steps: 10_000_000, Bytes: 512 << 20}

// elementBytes is what an element of a list or a key of a map is taken to
// cost.
const elementBytes = 32

// Frame holds the values of one instantiated [ir.Frame]. A slot is nil until
// it is set. It holds the value of its node, or an *ir.Outcome when the node
// did not succeed.
type Frame struct {
	Parent *Frame
	Slots  []ir.Value
}

// Env is what an evaluation reads. It may be used again, after changes too.
type Env struct {
	Frame  *Frame
	Params map[string]ir.Value                             // program parameters
	Fact   func(name string) ir.Value                      // facts of the run or call, by the names of [ir.OpContext]; nil result: there is no such fact
	Now    ir.Time                                         // the time of the event, for now() and today()
	Seed   string                                          // run and node, for uuid()
	Reveal func(name string, t *ir.Type) (ir.Value, error) // what a secret<t> stands for, where a program is given it; nil leaves secrets as they are
	Limits Limits

	steps, bytes int // what is left
	drawn        int // uuids made for drawnFor
	drawnFor     string
	locals       []ir.Value
	text         []byte // scratch for texts with parts
}

// Drawn returns for which seed uuids were made last, and how many: what
// [Env.Draws] sets in an Env that is to go on as this one.
func (env *Env) Drawn() (seed string, count int) { return env.drawnFor, env.drawn }

// Draws lets the next uuid for seed be the one after count others.
func (env *Env) Draws(seed string, count int) { env.drawnFor, env.drawn = seed, count }

// Error is a mistake that shows only when an expression is computed. It fails
// the node that the expression belongs to.
type Error struct {
	At      ir.Pos
	Message string
}

// Error returns the message, without the position.
func (e *Error) Error() string { return e.Message }

// failf returns an error of the operation at at.
func failf(at ir.Pos, format string, args ...any) error {
	return &Error{At: at, Message: fmt.Sprintf(format, args...)}
}

// locate gives err, of a function of the library or of the values, the
// position at. An error that has one keeps it: it is nearer to the cause.
func locate(at ir.Pos, err error) error {
	if err == nil {
		return nil
	}
	if e, ok := err.(*Error); ok && e.At.File >= 0 {
		return e
	}
	return &Error{At: at, Message: err.Error()}
}

// spend pays for n operations.
func (env *Env) spend(n int) error {
	if n < 0 || n > env.steps {
		env.steps = 0
		return &Error{At: ir.NoPos, Message: fmt.Sprintf("the expression takes more than %d steps", env.Limits.Steps)}
	}
	env.steps -= n
	return nil
}

// grow pays for n bytes of values.
func (env *Env) grow(n int) error {
	if n < 0 || n > env.bytes {
		env.bytes = 0
		return &Error{At: ir.NoPos, Message: fmt.Sprintf("the expression makes more than %d MB of values", env.Limits.Bytes>>20)}
	}
	env.bytes -= n
	return nil
}

// elements pays for a list or map of n elements.
func (env *Env) elements(n int) error {
	if n > env.bytes/elementBytes {
		return env.grow(-1)
	}
	return env.grow(n * elementBytes)
}

// frame returns the frame up levels above, nil if there is none.
func (env *Env) frame(up int) *Frame {
	f := env.Frame
	for ; up > 0 && f != nil; up-- {
		f = f.Parent
	}
	return f
}
