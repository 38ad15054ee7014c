package spell

import (
	"strings"
	"unicode"
)

// maxName is the length in code points above which a name is not a typing
// mistake of anything; it bounds the cost of one comparison.
const maxName = 64

// Nearest returns the candidate that name most probably stands for, and
// whether there is one. Among candidates at the same distance the first in
// alphabetical order is taken. A candidate equal to name is not an answer.
func Nearest(name string, candidates []string) (string, bool) {
	var m matcher
	m.name = fold(m.name, name)
	if len(m.name) == 0 || len(m.name) > maxName {
		return "", false
	}
	var best string
	found := false
	within := limit(len(m.name))
	for _, c := range candidates {
		if c == name || c == "" || len(c) > len(name)*4+4*within {
			continue
		}
		d := m.distance(c, within)
		if d > within || found && d == within && c >= best {
			continue
		}
		best, within, found = c, d, true
	}
	return best, found
}

// Related returns the candidate that is the first word of name, as `row` or
// `rows` of `row_count`, and whether there is one, and one only. That is a
// weaker guess than [Nearest]: nothing is misspelt.
func Related(name string, candidates []string) (string, bool) {
	const least = 3 // letters of a word that says something
	word, _, several := strings.Cut(name, "_")
	if !several || len(word) < least {
		return "", false
	}
	var found []string
	for _, c := range candidates {
		if strings.TrimSuffix(c, "s") == strings.TrimSuffix(word, "s") {
			found = append(found, c)
		}
	}
	if len(found) != 1 {
		return "", false
	}
	return found[0], true
}

// limit returns how many edits a name of n code points may be away. Every
// one-letter name is one edit from every other, so there it is none.
func limit(n int) int {
	if n == 1 {
		return 0
	}
	return max(1, n/3)
}

// matcher compares one name to many, and keeps its rows between comparisons.
type matcher struct {
	name  []rune // folded
	other []rune
	rows  [3][]int // the last two rows of the table, and the one being filled
}

// distance returns the distance of m.name and c, or some number over within
// if it is greater than that.
func (m *matcher) distance(c string, within int) int {
	m.other = fold(m.other[:0], c)
	a, b := m.name, m.other
	if abs(len(a)-len(b)) > within {
		return within + 1
	}
	for i := range m.rows {
		if cap(m.rows[i]) < len(b)+1 {
			m.rows[i] = make([]int, len(b)+1, 2*len(b)+1)
		}
		m.rows[i] = m.rows[i][:len(b)+1]
	}
	older, old, row := m.rows[0], m.rows[1], m.rows[2]
	for j := range old {
		old[j] = j
	}
	for i := 1; i <= len(a); i++ {
		row[0] = i
		least := i
		for j := 1; j <= len(b); j++ {
			d := old[j-1]
			if a[i-1] != b[j-1] {
				d++
			}
			d = min(d, old[j]+1, row[j-1]+1)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				d = min(d, older[j-2]+1)
			}
			row[j] = d
			least = min(least, d)
		}
		if least > within {
			return within + 1
		}
		older, old, row = old, row, older
	}
	return old[len(b)]
}

// fold appends the code points of s to dst in lower case. It stops at one more
// than a name may have, so that a hostile candidate costs no more than any.
func fold(dst []rune, s string) []rune {
	for _, r := range s {
		if len(dst) > 2*maxName {
			break
		}
		dst = append(dst, unicode.ToLower(r))
	}
	return dst
}

func abs(n int) int {
	if n < 0 {
		return -n
	}
	return n
}
