package names

import (
	"crypto/sha256"
	"encoding/hex"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/flowc/flowc/compiler/ir/limits"
)

// Escape spells the id of a node, or of a run, so that SWF takes it. It does
// not shorten it.
func Escape(id string) string {
	const hexDigits = "0123456789ABCDEF"
	var b strings.Builder
	for _, c := range id {
		switch {
		case c == '/':
			b.WriteByte('.')
		case c == '.' || c == ':' || c == '|' || c < ' ' || c >= 0x7f && c <= 0x9f:
			for _, x := range []byte(string(c)) {
				b.Write([]byte{'%', hexDigits[x>>4], hexDigits[x&15]})
			}
		default:
			b.WriteRune(c)
		}
	}
	return b.String()
}

// Unescape returns the id of a node that Escape has spelled. Escapes that ids
// have themselves, of what could forge a path, stay.
func Unescape(s string) string {
	b := make([]byte, 0, len(s))
	for k := 0; k < len(s); k++ {
		switch {
		case s[k] == '.':
			b = append(b, '/')
		case s[k] == '%' && k+2 < len(s):
			if c, err := hex.DecodeString(s[k+1 : k+3]); err == nil && ours(c[0]) {
				b = append(b, c[0])
				k += 2
				continue
			}
			b = append(b, '%')
		default:
			b = append(b, s[k])
		}
	}
	return string(b)
}

// ours reports whether a byte that stands escaped was escaped by us: ids have
// their own control characters, and `/[]#%`, escaped already.
func ours(c byte) bool { return c == '.' || c == ':' || c == '|' || c >= utf8.RuneSelf }

// Fit returns s with tail at its end, as an id that SWF takes: escaped, and, if
// that is too long, cut, with `~` and a hash of s in place of the rest. The
// tail is not escaped.
func Fit(s, tail string) string {
	sum := sha256.Sum256([]byte(s))
	return spell(s, hex.EncodeToString(sum[:16]), tail, false)
}

// spell cuts where it must, or is told to.
func spell(s, hash, tail string, cut bool) string {
	id := Escape(s)
	if !cut && utf8.RuneCountInString(id)+utf8.RuneCountInString(tail) <= limits.Name && id+tail != "arn" {
		return id + tail
	}
	tail = "~" + hash + tail
	room := limits.Name - utf8.RuneCountInString(tail)
	at := 0
	for room > 0 && at < len(id) {
		_, n := utf8.DecodeRuneInString(id[at:])
		chars := 1
		if id[at] == '%' { // an escape is cut as a whole
			n, chars = min(3, len(id)-at), 3
		}
		at, room = at+n, room-chars
	}
	if room < 0 {
		at = strings.LastIndexByte(id[:at], '%')
	}
	return id[:at] + tail
}

// Activity returns the id of an activity task. The key is the idempotency key
// of the node; it is spelled out where it cannot be computed from what a worker
// knows: of an execution that continues another, and where the id is cut.
func Activity(node, key string, attempt int, continued bool) string {
	return spell(node, key, "#"+strconv.Itoa(attempt), continued)
}

// ParseActivity returns what the id of an activity task says: the node, the
// beginning of it if it was cut, the attempt, and the idempotency key, "" if
// that is [Key] of the execution. An id that [Activity] has not made is that of
// a node, as far as we know, at its first attempt.
func ParseActivity(id string) (node string, attempt int, key string) {
	node, attempt = id, 1
	if at := strings.LastIndexByte(id, '#'); at >= 0 {
		if n, err := strconv.Atoi(id[at+1:]); err == nil && n > 0 {
			node, attempt = id[:at], n
		}
	}
	if at := strings.LastIndexByte(node, '~'); at >= 0 && len(node)-at-1 == 32 {
		if _, err := hex.DecodeString(node[at+1:]); err == nil {
			node, key = node[:at], node[at+1:]
		}
	}
	return Unescape(node), attempt, key
}

// Key returns the idempotency key of a node of a run, as the interpreter
// computes it.
func Key(run, node string) string {
	sum := sha256.Sum256([]byte(run + "\x00" + node))
	return hex.EncodeToString(sum[:16])
}
