package ir

import (
	"fmt"
	"strconv"
)

// Dates and times are numbers here, and their text is worked out by hand: the
// room may not know a clock, and the proleptic Gregorian calendar needs none.

const (
	second = int64(1_000_000_000)
	minute = 60 * second
	hour   = 60 * minute
	day    = 24 * hour

	secondsPerDay = 86400
)

// DateOf returns the date of a day of a month, which must exist, in a year
// from 0 to 9999.
func DateOf(year, month, dayOfMonth int) (Date, bool) {
	if year < 0 || year > 9999 || month < 1 || month > 12 || dayOfMonth < 1 || dayOfMonth > daysIn(year, month) {
		return 0, false
	}
	return Date(daysFromCivil(year, month, dayOfMonth)), true
}

// Civil returns the year, month and day of the month of d.
func (d Date) Civil() (year, month, dayOfMonth int) {
	// Eras of 400 years that begin on the first of March, so that the leap day
	// is the last of its year. See Howard Hinnant, "chrono-compatible low-level
	// date algorithms".
	z := int64(d) + 719468
	era := floorDiv(z, 146097)
	doe := z - era*146097
	yoe := (doe - doe/1460 + doe/36524 - doe/146096) / 365
	doy := doe - (365*yoe + yoe/4 - yoe/100)
	mp := (5*doy + 2) / 153
	dayOfMonth = int(doy - (153*mp+2)/5 + 1)
	month = int(mp + 3)
	if mp >= 10 {
		month = int(mp - 9)
	}
	year = int(yoe + era*400)
	if month <= 2 {
		year++
	}
	return year, month, dayOfMonth
}

func daysFromCivil(year, month, dayOfMonth int) int64 {
	y, m := int64(year), int64(month)
	if m <= 2 {
		y--
		m += 12
	}
	era := floorDiv(y, 400)
	yoe := y - era*400
	doy := (153*(m-3)+2)/5 + int64(dayOfMonth) - 1
	doe := yoe*365 + yoe/4 - yoe/100 + doy
	return era*146097 + doe - 719468
}

func floorDiv(a, b int64) int64 {
	q := a / b
	if a%b < 0 {
		q--
	}
	return q
}

func leap(year int) bool { return year%4 == 0 && (year%100 != 0 || year%400 == 0) }

func daysIn(year, month int) int {
	switch month {
	case 2:
		if leap(year) {
			return 29
		}
		return 28
	case 4, 6, 9, 11:
		return 30
	}
	return 31
}

// Weekday returns 0 for Sunday to 6 for Saturday.
func (d Date) Weekday() int {
	return int((int64(d)%7 + 7 + 4) % 7)
}

// YearDay returns 1 for the first of January.
func (d Date) YearDay() int {
	year, _, _ := d.Civil()
	return int(int64(d)-daysFromCivil(year, 1, 1)) + 1
}

// String returns d as `2026-01-31`.
func (d Date) String() string { return string(d.append(nil)) }

func (d Date) append(dst []byte) []byte {
	year, month, dayOfMonth := d.Civil()
	dst = append(pad(dst, year, 4), '-')
	dst = append(pad(dst, month, 2), '-')
	return pad(dst, dayOfMonth, 2)
}

// pad appends n with at least width digits.
func pad(dst []byte, n, width int) []byte {
	if n < 0 {
		dst = append(dst, '-')
		n = -n
	}
	start := len(dst)
	dst = strconv.AppendInt(dst, int64(n), 10)
	for len(dst)-start < width {
		dst = append(dst, 0)
		copy(dst[start+1:], dst[start:])
		dst[start] = '0'
	}
	return dst
}

// ParseDate reads a date in the form `2026-01-31`.
func ParseDate(s string) (Date, error) {
	r := civilReader{s: s}
	d := r.date()
	if !r.ok() {
		return 0, fmt.Errorf("%q is no date such as 2026-01-31", s)
	}
	return d, nil
}

// ParseTime reads a time in the form of RFC 3339, where the seconds may be
// missing: `2026-01-31T02:00Z`, `2026-01-31T02:00:30.5+01:00`. Fractions finer
// than a nanosecond are an error, as are times outside of the years that 64
// bits of nanoseconds reach, 1677 to 2262. A leap second is not a time.
func ParseTime(s string) (Time, error) {
	r := civilReader{s: s}
	d := r.date()
	r.want('T')
	h := r.number(2, 23)
	r.want(':')
	m := r.number(2, 59)
	secs, nanos := 0, int64(0)
	if r.take(':') {
		secs = r.number(2, 59)
		if r.take('.') {
			nanos = r.fraction()
		}
	}
	offset := int64(0)
	if !r.take('Z') {
		sign := int64(1)
		if !r.take('+') {
			r.want('-')
			sign = -1
		}
		oh := r.number(2, 23)
		r.want(':')
		offset = sign * int64(oh*60+r.number(2, 59)) * 60
	}
	if !r.ok() {
		return 0, fmt.Errorf("%q is no time such as 2026-01-31T02:00Z", s)
	}
	t, ok := timeFrom(int64(d)*secondsPerDay+int64(h*3600+m*60+secs)-offset, nanos)
	if !ok {
		return 0, fmt.Errorf("%q is out of the range of times, the years 1677 to 2262", s)
	}
	return t, nil
}

// timeFrom joins seconds since 1970 and nanoseconds, and reports whether they
// fit.
func timeFrom(secs, nanos int64) (Time, bool) {
	const limit = 1<<63/uint64(second) - 1
	if secs > int64(limit) || secs < -int64(limit) {
		return 0, false
	}
	return Time(secs*second + nanos), true
}

// civilReader reads the digits of a date or time.
type civilReader struct {
	s   string
	bad bool
}

// ok reports whether everything was read, and read well.
func (r *civilReader) ok() bool { return !r.bad && r.s == "" }

func (r *civilReader) take(c byte) bool {
	if r.s != "" && r.s[0] == c {
		r.s = r.s[1:]
		return true
	}
	return false
}

func (r *civilReader) want(c byte) {
	if !r.take(c) {
		r.bad = true
	}
}

func (r *civilReader) number(width, max int) int {
	n := 0
	for range width {
		if r.s == "" || r.s[0] < '0' || r.s[0] > '9' {
			r.bad = true
			return 0
		}
		n = n*10 + int(r.s[0]-'0')
		r.s = r.s[1:]
	}
	if n > max {
		r.bad = true
	}
	return n
}

func (r *civilReader) fraction() int64 {
	n, unit := int64(0), second
	digits := 0
	for r.s != "" && '0' <= r.s[0] && r.s[0] <= '9' {
		unit /= 10
		n += int64(r.s[0]-'0') * unit
		if unit == 0 && r.s[0] != '0' {
			r.bad = true
		}
		r.s = r.s[1:]
		digits++
	}
	if digits == 0 {
		r.bad = true
	}
	return n
}

func (r *civilReader) date() Date {
	year := r.number(4, 9999)
	r.want('-')
	month := r.number(2, 12)
	r.want('-')
	d, ok := DateOf(year, month, r.number(2, 31))
	if !ok {
		r.bad = true
	}
	return d
}

// Date returns the date of t in UTC.
func (t Time) Date() Date { return Date(floorDiv(int64(t), day)) }

// Clock returns the time of day of t in UTC.
func (t Time) Clock() (h, m, s int, nanos int64) {
	rest := int64(t) - int64(t.Date())*day
	return int(rest / hour), int(rest % hour / minute), int(rest % minute / second), rest % second
}

// Midnight returns when d begins, in UTC, if that is a [Time].
func (d Date) Midnight() (Time, bool) {
	if d > 1<<40 || d < -1<<40 {
		return 0, false
	}
	return timeFrom(int64(d)*secondsPerDay, 0)
}

// String returns t as RFC 3339 in UTC, `2026-01-31T02:00:00Z`, with as many
// digits of a fraction as it needs.
func (t Time) String() string { return string(t.append(nil)) }

func (t Time) append(dst []byte) []byte {
	h, m, s, nanos := t.Clock()
	dst = append(t.Date().append(dst), 'T')
	dst = append(pad(dst, h, 2), ':')
	dst = append(pad(dst, m, 2), ':')
	dst = pad(dst, s, 2)
	if nanos != 0 {
		dst = pad(append(dst, '.'), int(nanos), 9)
		for dst[len(dst)-1] == '0' {
			dst = dst[:len(dst)-1]
		}
	}
	return append(dst, 'Z')
}

// MarshalJSON writes t as RFC 3339 in UTC.
func (t Time) MarshalJSON() ([]byte, error) {
	return append(t.append([]byte{'"'}), '"'), nil
}

// UnmarshalJSON reads what [Time.MarshalJSON] writes, and any RFC 3339 time.
func (t *Time) UnmarshalJSON(data []byte) error {
	if string(data) == "null" {
		return nil
	}
	s, err := strconv.Unquote(string(data))
	if err != nil {
		return fmt.Errorf("%s is no time", data)
	}
	*t, err = ParseTime(s)
	return err
}
