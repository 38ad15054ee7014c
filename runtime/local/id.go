package local

import (
	"crypto/rand"
	"fmt"
	"sync"
	"time"
)

// crockford is the alphabet of ULIDs: digits and letters without I, L, O, U.
const crockford = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"

// ulid is the last one made by this process: a time in milliseconds, and 80
// bits drawn at random.
var ulid struct {
	sync.Mutex
	millis int64
	random [10]byte
}

// NewRunID returns an id for a run of a workflow that begins now: the
// workflow's name and a ULID. Ids of one workflow sort by time; those that this
// process makes never repeat or go back, even if its clock does.
func NewRunID(workflow string, now time.Time) string {
	ulid.Lock()
	defer ulid.Unlock()
	if millis := now.UnixMilli(); millis > ulid.millis {
		ulid.millis = millis
		rand.Read(ulid.random[:]) // never fails, see its documentation
		ulid.random[0] &= 0x7f    // room to count up
	} else {
		for i := len(ulid.random) - 1; i >= 0; i-- {
			if ulid.random[i]++; ulid.random[i] != 0 {
				break
			}
		}
	}
	var text [26]byte
	for i, ms := 9, ulid.millis; i >= 0; i, ms = i-1, ms>>5 {
		text[i] = crockford[ms&31]
	}
	bits, n, at := uint32(0), 0, 10
	for _, b := range ulid.random {
		bits, n = bits<<8|uint32(b), n+8
		for ; n >= 5; n -= 5 {
			text[at] = crockford[bits>>(n-5)&31]
			at++
		}
	}
	return workflow + "-" + string(text[:])
}

// CheckRunID reports why a run may not be named id. Ids name folders too.
func CheckRunID(id string) error {
	if !isRunID(id) {
		return fmt.Errorf("%q cannot be the id of a run: use 1 to 128 letters, digits, `_`, `.` and `-`, beginning with a letter, a digit or `_`", id)
	}
	return nil
}

// isRunID reports whether s consists of letters, digits, `_`, `.` and `-`, not
// too many, and begins with a letter, a digit or `_`.
func isRunID(s string) bool {
	const longest = 128
	for i := range len(s) {
		switch c := s[i]; {
		case c == '_' || 'A' <= c && c <= 'Z' || 'a' <= c && c <= 'z' || '0' <= c && c <= '9':
		case (c == '.' || c == '-') && i > 0:
		default:
			return false
		}
	}
	return s != "" && len(s) <= longest
}
