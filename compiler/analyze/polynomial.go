package analyze

import (
	"math"
	"slices"
	"strconv"
	"strings"
)

// polynomial is a sum: a factor, never negative, for each product of symbols.
// Nobody changes one after it was handed on, but for the one who made it.
type polynomial map[string]int64

func number(n int64) polynomial {
	p := polynomial{}
	p.add("", n)
	return p
}

// A sum has so many terms at most, of so many symbols: more tell nobody more,
// and a hostile file could nest many lists in many. What is beyond that counts
// as unbounded.
const (
	maxTerms   = 64
	maxSymbols = 8
	beyond     = "…"
)

func (p polynomial) add(key string, n int64) {
	if n == 0 {
		return
	}
	if _, known := p[key]; !known && key != "" && (len(p) >= maxTerms || strings.Count(key, "\x00") >= maxSymbols) {
		key = beyond
	}
	p[key] = plus64(p[key], n)
}

// plus adds q to p.
func (p polynomial) plus(q polynomial) {
	for _, k := range q.keys() {
		p.add(k, q[k])
	}
}

// orelse makes p the least of those that are as much as p and as much as q,
// whatever the symbols stand for.
func (p polynomial) orelse(q polynomial) {
	for _, k := range q.keys() {
		p.add(k, max(0, q[k]-p[k]))
	}
}

// times returns p multiplied by a number.
func (p polynomial) times(n int64) polynomial {
	q := polynomial{}
	for k, f := range p {
		q.add(k, times64(f, n))
	}
	return q
}

// by returns p multiplied by a symbol.
func (p polynomial) by(symbol string) polynomial {
	q := polynomial{}
	for _, k := range p.keys() {
		q.add(key(append(symbols(k), symbol)), p[k])
	}
	return q
}

// key writes a product of symbols down, the same in whatever order they come.
// Texts of a flow hold no zero byte.
func key(symbols []string) string {
	slices.Sort(symbols)
	return strings.Join(symbols, "\x00")
}

func symbols(key string) []string {
	if key == "" {
		return nil
	}
	return strings.Split(key, "\x00")
}

// at returns the value of p when the symbols are what known says, and in order
// the symbols of which it says nothing. Those count as rest.
func (p polynomial) at(known map[string]int64, rest int64) (value int64, unknown []string) {
	for key, factor := range p {
		for _, s := range symbols(key) {
			n, ok := known[s]
			if !ok {
				n = rest
				if !slices.Contains(unknown, s) {
					unknown = append(unknown, s)
				}
			}
			factor = times64(factor, n)
		}
		value = plus64(value, factor)
	}
	slices.Sort(unknown)
	return value, unknown
}

// keys returns the products in order, those of few symbols first.
func (p polynomial) keys() []string {
	keys := make([]string, 0, len(p))
	for k := range p {
		keys = append(keys, k)
	}
	slices.SortFunc(keys, func(a, b string) int {
		if d := len(symbols(a)) - len(symbols(b)); d != 0 {
			return d
		}
		return strings.Compare(a, b)
	})
	return keys
}

// String returns the sum.
func (p polynomial) String() string {
	var parts []string
	for _, k := range p.keys() {
		text := grouped(p[k])
		switch product := strings.ReplaceAll(k, "\x00", "·"); {
		case k != "" && p[k] == 1:
			text = product
		case k != "":
			text += "·" + product
		}
		parts = append(parts, text)
	}
	if len(parts) == 0 {
		return "0"
	}
	return strings.Join(parts, " + ")
}

// grouped writes a number that is not negative with commas: `25,000`.
func grouped(n int64) string {
	text := strconv.FormatInt(n, 10)
	for k := len(text) - 3; k > 0; k -= 3 {
		text = text[:k] + "," + text[k:]
	}
	return text
}

// times64 and plus64 are for numbers that are not negative, and stop at the
// largest.
func times64(a, b int64) int64 {
	if a > 0 && b > math.MaxInt64/a {
		return math.MaxInt64
	}
	return a * b
}

func plus64(a, b int64) int64 {
	if a > math.MaxInt64-b {
		return math.MaxInt64
	}
	return a + b
}
