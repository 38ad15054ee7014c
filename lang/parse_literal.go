package lang

import (
	"math"
	"strconv"
	"strings"

	"github.com/flowc/flowc/lang/diag"
)

// literal reads the value of a literal token.
func (p *parser) literal(t *token) Expr {
	lit := p.slabs.lit.new()
	lit.Range, lit.Text = t.span(), p.textOf(t)
	switch t.kind {
	case kwTrue:
		lit.Kind, lit.Int = BoolLit, 1
	case kwFalse:
		lit.Kind = BoolLit
	case kwNone:
		lit.Kind = NoneLit
	case intTok:
		lit.Kind = IntLit
		n, err := strconv.ParseInt(plainDigits(lit.Text), 10, 64)
		if err != nil {
			p.literalError(lit, "`"+short(lit.Text)+"` does not fit 64 bits", true)
		}
		lit.Int = n
	case floatTok:
		lit.Kind = FloatLit
		lit.Num = p.decimal(lit, lit.Text)
	case percentTok:
		lit.Kind = PercentLit
		lit.Num = p.decimal(lit, lit.Text[:len(lit.Text)-1])
	case durationTok:
		lit.Kind = DurationLit
		p.units(lit, durationUnits, "a duration is written like `1h30m`; units are `d h m s ms us ns`, from large to small")
	case sizeTok:
		lit.Kind = SizeLit
		p.units(lit, sizeUnits, "a size is written like `64KB`; units are `B KB MB GB TB`, and `KiB MiB GiB TiB` in powers of 1024")
	case dateTok:
		lit.Kind = DateLit
		days, ok := dateDays(lit.Text)
		if !ok {
			p.literalError(lit, "there is no day `"+lit.Text+"`", true)
		}
		lit.Int = days
	case timeTok:
		lit.Kind = TimeLit
		p.time(lit)
	}
	return lit
}

// literalError reports a literal: one that is out of range, or one that has no
// meaning.
func (p *parser) literalError(lit *Lit, message string, outOfRange bool) {
	if outOfRange {
		p.reportLiteral(errNumberRange(p.spanOf(lit.Range), message))
		return
	}
	p.reportLiteral(errBadLiteral(p.spanOf(lit.Range), message, "cannot be read"))
}

// reportLiteral reports a literal, unless it stands in what is not understood
// anyway.
func (p *parser) reportLiteral(d diag.Diagnostic) {
	if !p.failed {
		p.report(d)
	}
}

// short bounds what a message quotes.
func short(s string) string {
	if len(s) > 40 {
		return s[:37] + "…"
	}
	return s
}

func plainDigits(s string) string {
	if strings.IndexByte(s, '_') < 0 {
		return s
	}
	return strings.ReplaceAll(s, "_", "")
}

// decimal reads digits with or without a fraction.
func (p *parser) decimal(lit *Lit, text string) float64 {
	f, err := strconv.ParseFloat(plainDigits(text), 64)
	if err != nil || math.IsInf(f, 0) {
		p.literalError(lit, "`"+short(lit.Text)+"` is too large", true)
		return 0
	}
	return f
}

// unit is a unit and what it is worth, larger ones first.
type unit struct {
	name  string
	value int64
}

var durationUnits = []unit{
	{"d", 24 * 3600e9}, {"h", 3600e9}, {"m", 60e9}, {"s", 1e9}, {"ms", 1e6}, {"us", 1e3}, {"ns", 1},
}

var sizeUnits = []unit{
	{"TiB", 1 << 40}, {"TB", 1e12}, {"GiB", 1 << 30}, {"GB", 1e9}, {"MiB", 1 << 20}, {"MB", 1e6}, {"KiB", 1 << 10}, {"KB", 1e3}, {"B", 1},
}

// units reads numbers with units, each unit smaller than the one before.
func (p *parser) units(lit *Lit, units []unit, advice string) {
	rest := lit.Text
	for rest != "" {
		digits := 0
		for digits < len(rest) && (isDigit(rest[digits]) || rest[digits] == '_') {
			digits++
		}
		letters := digits
		for letters < len(rest) && !isDigit(rest[letters]) && rest[letters] != '_' {
			letters++
		}
		u := 0
		for u < len(units) && units[u].name != rest[digits:letters] {
			u++
		}
		if digits == 0 || u == len(units) {
			if plain := plainNumber(lit.Text); plain != "" {
				p.reportLiteral(errNumberForm(p.spanOf(lit.Range), lit.Text, plain))
				return
			}
			p.reportLiteral(help(errBadLiteral(p.spanOf(lit.Range), "`"+short(lit.Text)+"` is no number with a unit", "cannot be read"), advice))
			return
		}
		n, err := strconv.ParseInt(plainDigits(rest[:digits]), 10, 64)
		if err != nil || n > (math.MaxInt64-lit.Int)/units[u].value {
			p.literalError(lit, "`"+short(lit.Text)+"` is too large", true)
			lit.Int = 0
			return
		}
		lit.Int += n * units[u].value
		units, rest = units[u+1:], rest[letters:]
	}
}

// plainNumber returns in decimal digits a number that is written as other
// languages do, `0x10` or `1e3`; "" if text is none, or one too long to write.
func plainNumber(text string) string {
	const most = 30
	if len(text) > most {
		return ""
	}
	if n, err := strconv.ParseInt(text, 0, 64); err == nil {
		return strconv.FormatInt(n, 10)
	}
	f, err := strconv.ParseFloat(text, 64)
	if err != nil {
		return ""
	}
	s := strconv.FormatFloat(f, 'f', -1, 64)
	if len(s) > most {
		return ""
	}
	if !strings.Contains(s, ".") {
		s += ".0"
	}
	return s
}

// dateDays reads `2026-01-31` as days since 1970-01-01.
func dateDays(s string) (int64, bool) {
	year, month, day := number(s[0:4]), number(s[5:7]), number(s[8:10])
	if month < 1 || month > 12 || day < 1 || day > monthDays(year, month) {
		return 0, false
	}
	// Count from 1 March of year 0, so that a leap day ends its year.
	y, m := year, (month+9)%12
	if month < 3 {
		y--
	}
	era := (y + 400) / 400
	yearOfEra := y + 400 - era*400
	days := era*146097 + yearOfEra*365 + yearOfEra/4 - yearOfEra/100 + (153*m+2)/5 + day - 1
	return days - 146097 - 719468, true
}

func monthDays(year, month int64) int64 {
	switch month {
	case 2:
		if year%4 == 0 && (year%100 != 0 || year%400 == 0) {
			return 29
		}
		return 28
	case 4, 6, 9, 11:
		return 30
	}
	return 31
}

// number reads a few digits that are known to be digits.
func number(s string) int64 {
	n := int64(0)
	for i := 0; i < len(s); i++ {
		n = n*10 + int64(s[i]-'0')
	}
	return n
}

const timeAdvice = "a time is written like `2026-01-31T02:00Z` or `2026-01-31T02:00:30+01:00`"

// time reads `2026-01-31T02:00Z` as nanoseconds since 1970 UTC.
func (p *parser) time(lit *Lit) {
	clock, nanos, ok := readClock(lit.Text[11:])
	if !ok {
		p.reportLiteral(help(errBadLiteral(p.spanOf(lit.Range), "`"+short(lit.Text)+"` is no time", "cannot be read"), timeAdvice))
		return
	}
	days, ok := dateDays(lit.Text[:10])
	seconds := days*86400 + clock
	if !ok || clock == badClock || seconds < math.MinInt64/1_000_000_000+1 || seconds > math.MaxInt64/1_000_000_000-1 {
		p.literalError(lit, "there is no time `"+short(lit.Text)+"`", true)
		return
	}
	lit.Int = seconds*1e9 + nanos
}

// badClock is what readClock returns for a clock that is well formed and does
// not exist.
const badClock = math.MinInt32

// readClock reads `02:00Z`, `02:00:30.5+01:00`: seconds since midnight UTC and
// nanoseconds.
func readClock(s string) (seconds, nanos int64, ok bool) {
	pair := func(limit int64) int64 {
		if len(s) < 2 || !isDigit(s[0]) || !isDigit(s[1]) {
			ok = false
			return 0
		}
		n := number(s[:2])
		s = s[2:]
		if n >= limit {
			return badClock
		}
		return n
	}
	skip := func(c byte) bool {
		if s == "" || s[0] != c {
			return false
		}
		s = s[1:]
		return true
	}
	ok = true
	hour := pair(24)
	ok = ok && skip(':')
	minute := pair(60)
	var second int64
	if skip(':') {
		second = pair(60)
		if skip('.') {
			unit := int64(1e8)
			for len(s) > 0 && isDigit(s[0]) {
				nanos += int64(s[0]-'0') * unit
				unit /= 10
				s = s[1:]
			}
		}
	}
	zone := int64(0)
	if !skip('Z') {
		sign := int64(-1)
		if skip('-') {
			sign = 1
		} else if !skip('+') {
			return 0, 0, false
		}
		h := pair(24)
		ok = ok && skip(':')
		m := pair(60)
		if h < 0 || m < 0 {
			hour = badClock
		}
		zone = sign * (h*3600 + m*60)
	}
	if !ok || s != "" {
		return 0, 0, false
	}
	if hour < 0 || minute < 0 || second < 0 {
		return badClock, 0, true
	}
	return hour*3600 + minute*60 + second + zone, nanos, true
}
