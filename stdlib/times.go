package stdlib

import (
	"crypto/sha256"
	"encoding/hex"
	"strconv"

	"github.com/flowc/flowc/compiler/ir"
	"github.com/flowc/flowc/compiler/ir/eval"
)

// Functions that read the event that is being handled, or the node.

var timeFunctions = []entry{
	{
		sig:      "now() -> time",
		doc:      "The time of the event that made this expression run. It is the same when a run is replayed.",
		examples: []string{`now() >= 2000-01-01T00:00Z`},
		context:  true,
		call: func(c *eval.Call) (ir.Value, error) {
			return c.Now(), nil
		},
	},
	{
		sig:      "today() -> date",
		doc:      "The date of now(), in UTC.",
		examples: []string{`today() >= 2000-01-01`},
		context:  true,
		call: func(c *eval.Call) (ir.Value, error) {
			return c.Now().Date(), nil
		},
	},
	{
		sig:      "uuid() -> string",
		doc:      "A UUID made from the run, the node and how many it made before. It is the same when a run is replayed, and differs between runs and nodes.",
		examples: []string{`len(uuid()) == 36`},
		context:  true,
		call: func(c *eval.Call) (ir.Value, error) {
			seed, count := c.Draw()
			return ir.String(uuid(seed, count)), nil
		},
	},
}

// uuid returns a UUID of version 8, whose bits are the maker's affair.
func uuid(seed string, count int) string {
	sum := sha256.Sum256([]byte(seed + "\x00" + strconv.Itoa(count)))
	sum[6] = sum[6]&0x0f | 0x80
	sum[8] = sum[8]&0x3f | 0x80
	h := hex.EncodeToString(sum[:16])
	return h[:8] + "-" + h[8:12] + "-" + h[12:16] + "-" + h[16:20] + "-" + h[20:]
}
