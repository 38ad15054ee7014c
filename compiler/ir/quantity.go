package ir

import (
	"fmt"
	"math"
	"strconv"
	"strings"
)

// units of durations, longest first: a literal names each at most once and in
// this order.
var durationUnits = [...]struct {
	name string
	size int64
}{
	{"d", day}, {"h", hour}, {"m", minute}, {"s", second},
	{"ms", 1_000_000}, {"us", 1_000}, {"ns", 1},
}

// String returns d as a literal, `1h30m`, with whole units from days to
// nanoseconds: `36h` is `1d12h`, and 1.5 seconds is `1s500ms`.
func (d Duration) String() string { return string(d.append(nil)) }

func (d Duration) append(dst []byte) []byte {
	if d == 0 {
		return append(dst, "0s"...)
	}
	rest := uint64(d)
	if d < 0 {
		dst = append(dst, '-')
		rest = -rest
	}
	for _, u := range durationUnits {
		if n := rest / uint64(u.size); n > 0 {
			dst = append(strconv.AppendUint(dst, n, 10), u.name...)
			rest %= uint64(u.size)
		}
	}
	return dst
}

// ParseDuration reads a literal such as `1h30m`: numbers with units from d to
// ns, each at most once, longest first; `µs` is also read. A number may have a
// decimal fraction, as other languages write it (`1.5s`), if it comes out in
// whole nanoseconds. A minus may stand in front.
func ParseDuration(s string) (Duration, error) {
	rest, negative := strings.CutPrefix(s, "-")
	rest = strings.ReplaceAll(rest, "µs", "us")
	most := uint64(math.MaxInt64)
	if negative {
		most++
	}
	total, next := uint64(0), 0
	for first := true; first || rest != ""; first = false {
		n, unit, after, ok := durationPart(rest, next)
		if !ok || uint64(n) > most-total {
			return 0, fmt.Errorf("%q is no duration such as 1h30m", s)
		}
		total, next, rest = total+uint64(n), unit+1, after
	}
	if negative {
		total = -total
	}
	return Duration(total), nil
}

// durationPart reads one number with a unit from durationUnits[from:].
func durationPart(s string, from int) (nanos int64, unit int, rest string, ok bool) {
	digits := len(s) - len(strings.TrimLeft(s, "0123456789"))
	whole, err := strconv.ParseInt(s[:digits], 10, 64)
	if err != nil {
		return 0, 0, "", false
	}
	fraction := ""
	if rest = s[digits:]; strings.HasPrefix(rest, ".") {
		rest = rest[1:]
		digits = len(rest) - len(strings.TrimLeft(rest, "0123456789"))
		fraction, rest = rest[:digits], rest[digits:]
		if fraction == "" {
			return 0, 0, "", false
		}
	}
	name := rest[:len(rest)-len(strings.TrimLeft(rest, "dhmsun"))]
	for unit = from; unit < len(durationUnits); unit++ {
		u := durationUnits[unit]
		if u.name != name {
			continue
		}
		if whole > math.MaxInt64/u.size {
			return 0, 0, "", false
		}
		nanos = whole * u.size
		part, ok := fractionOf(fraction, u.size)
		if !ok || part > math.MaxInt64-nanos {
			return 0, 0, "", false
		}
		return nanos + part, unit, rest[len(name):], true
	}
	return 0, 0, "", false
}

// fractionOf returns 0.digits of size, if that is a whole number.
func fractionOf(digits string, size int64) (int64, bool) {
	digits = strings.TrimRight(digits, "0")
	if len(digits) > 18 {
		return 0, false
	}
	n := int64(0)
	for _, c := range []byte(digits) {
		// Exact: size has few prime factors, so that divisible digits end soon.
		if size%10 != 0 {
			return 0, false
		}
		size /= 10
		n += int64(c-'0') * size
	}
	return n, true
}

// sizeUnits are the units of sizes, largest first.
var sizeUnits = [...]struct {
	name string
	size int64
}{
	{"TiB", 1 << 40}, {"TB", 1e12}, {"GiB", 1 << 30}, {"GB", 1e9},
	{"MiB", 1 << 20}, {"MB", 1e6}, {"KiB", 1 << 10}, {"KB", 1e3}, {"B", 1},
}

// String returns s as a literal with the largest unit that leaves a whole
// number: `64KB`, `1GiB`, `1501B`.
func (s Size) String() string { return string(s.append(nil)) }

func (s Size) append(dst []byte) []byte {
	for _, u := range sizeUnits {
		if int64(s)%u.size == 0 && (s != 0 || u.size == 1) {
			return append(strconv.AppendInt(dst, int64(s)/u.size, 10), u.name...)
		}
	}
	return dst
}
