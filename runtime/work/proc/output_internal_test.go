//go:build unix

package proc

import (
	"bytes"
	"math/rand"
	"strings"
	"testing"
)

// TestLineLogDoesNotDependOnHowItIsWritten writes random logs in random pieces,
// and compares with what splitting the whole gives.
func TestLineLogDoesNotDependOnHowItIsWritten(t *testing.T) {
	rnd := rand.New(rand.NewSource(1))
	for range 2000 {
		text := make([]byte, rnd.Intn(100))
		for i := range text {
			text[i] = "ab\n"[rnd.Intn(3)]
		}
		maxLine, maxTail := 1+rnd.Intn(5), 1+rnd.Intn(20)
		var got []string
		l := lineLog{emit: func(b []byte) { got = append(got, string(b)) }, maxLine: maxLine, maxTail: maxTail}
		for rest := text; len(rest) > 0; {
			n := 1 + rnd.Intn(len(rest))
			l.write(rest[:n])
			rest = rest[n:]
			if len(l.part) > maxLine || len(l.tail) > 2*maxTail {
				t.Fatalf("holds a line of %d, a tail of %d", len(l.part), len(l.tail))
			}
		}
		tail := l.end()
		if want := splitLines(string(text), maxLine); strings.Join(got, "|") != strings.Join(want, "|") || len(got) != len(want) {
			t.Fatalf("lines of %q by %d:\ngot  %q\nwant %q", text, maxLine, got, want)
		}
		if want := text[max(0, len(text)-maxTail):]; !bytes.Equal(tail, want) {
			t.Fatalf("tail of %q: got %q, want %q", text, tail, want)
		}
	}
}

// splitLines is the plain way to split a whole text.
func splitLines(text string, maxLine int) []string {
	var lines []string
	all := strings.SplitAfter(text, "\n")
	for _, line := range all {
		if line == "" {
			continue // after the last newline
		}
		line = strings.TrimSuffix(line, "\n")
		for len(line) > maxLine {
			lines = append(lines, line[:maxLine])
			line = line[maxLine:]
		}
		lines = append(lines, line)
	}
	return lines
}

func TestCaptureNeverHoldsMoreThanItMay(t *testing.T) {
	for _, most := range []int{1, 7, 64, 1000} {
		c := capture{max: most}
		for n := 0; n < most; n++ {
			if !c.write([]byte{byte(n)}) || len(c.buf) != n+1 || cap(c.buf) > most {
				t.Fatalf("limit %d: holds %d in %d", most, len(c.buf), cap(c.buf))
			}
		}
		if c.write([]byte{0}) || c.buf != nil {
			t.Errorf("limit %d: took one more", most)
		}
	}
}

func TestSize(t *testing.T) {
	for n, want := range map[int]string{0: "0 bytes", 1: "1 byte", 1023: "1023 bytes", 4096: "4 KiB", 5000: "5000 bytes", 100 << 10: "100 KiB", 64 << 20: "64 MiB"} {
		if got := size(n); got != want {
			t.Errorf("got %s, want %s", got, want)
		}
	}
}
