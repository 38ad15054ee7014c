package main

import (
	"fmt"
	"os"
	"strings"
	"unicode/utf8"
)

// table is printed with columns as wide as they need be.
type table struct{ rows [][]string }

func newTable(heads ...string) *table { return &table{rows: [][]string{heads}} }

func (t *table) row(cells ...string) { t.rows = append(t.rows, cells) }

// print prints the table: the first column to the left, the others to the
// right.
func (t *table) print() {
	var widths []int
	for _, r := range t.rows {
		for k, cell := range r {
			if k == len(widths) {
				widths = append(widths, 0)
			}
			widths[k] = max(widths[k], utf8.RuneCountInString(cell))
		}
	}
	for _, r := range t.rows {
		line := ""
		for k, cell := range r {
			pad := strings.Repeat(" ", widths[k]-utf8.RuneCountInString(cell))
			if k == 0 {
				line += "  " + cell + pad
			} else {
				line += "  " + pad + cell
			}
		}
		fmt.Fprintln(os.Stdout, strings.TrimRight(line, " "))
	}
}

// ratio writes a as a multiple of b.
func ratio(a, b float64) string {
	if b == 0 {
		return "-"
	}
	return fmt.Sprintf("%.2f×", a/b)
}
