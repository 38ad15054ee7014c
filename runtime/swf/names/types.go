package names

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/flowc/flowc/compiler/ir/limits"
)

// DefaultTaskList is the list that tasks of activities without a `task_list`
// go to.
const DefaultTaskList = "default"

// DefaultVersion is the version of what has none.
const DefaultVersion = "1"

// Type returns the name under which the service knows an activity or workflow:
// that of the program with `.` for `/`, as in `std.fs.glob` for `std/fs.glob`.
// What the service does not allow in a name, and a dot in the name of a folder
// or file, is written as a percent and two digits, so that different names
// stay different.
func Type(name string) string {
	dot := strings.LastIndexByte(name, '.') // before the name that is declared
	var b strings.Builder
	for i, r := range name {
		switch {
		case r == '/' || r == '.' && i == dot:
			b.WriteByte('.')
		case r == '.', r == ':', r == '|', r == '%', r < 0x20, 0x7f <= r && r <= 0x9f, r == utf8.RuneError:
			for _, c := range []byte(string(r)) {
				fmt.Fprintf(&b, "%%%02X", c)
			}
		default:
			b.WriteRune(r)
		}
	}
	if b.String() == "arn" { // which no name may be
		return "%61rn"
	}
	return fit(b.String())
}

// fit shortens a name that is too long: its end gives way to a hash of all of it.
func fit(name string) string {
	if utf8.RuneCountInString(name) <= limits.Name {
		return name
	}
	sum := sha256.Sum256([]byte(name))
	tail := "~" + hex.EncodeToString(sum[:8])
	r := []rune(name)
	return string(r[:limits.Name-len(tail)]) + tail
}

// Lambda is the activity that is no activity to the service: its tasks are
// Lambda functions, which the service itself calls.
const Lambda = "std/lambda.invoke"
