package analyze

import (
	"fmt"
	"sort"
	"strings"
	"unicode/utf8"

	"github.com/flowc/flowc/compiler/ir"
)

// Place is where something is written: `etl.flow:21:3`. Lines and columns
// count from 1, columns in runes. The zero Place is nowhere.
type Place struct {
	File   string `json:"file"`
	Line   int    `json:"line"`
	Column int    `json:"column"`
}

// String returns file, line and column, "" for nowhere.
func (p Place) String() string {
	if p.File == "" {
		return ""
	}
	return fmt.Sprintf("%s:%d:%d", p.File, p.Line, p.Column)
}

// places finds lines and columns. The lines of a source are counted once, when
// they are first asked for.
type places struct {
	sources []ir.Source
	lines   map[int32][]int // offsets of the beginnings of lines
}

func newPlaces(p *ir.Program) *places {
	return &places{sources: p.Sources, lines: map[int32][]int{}}
}

func (l *places) at(pos ir.Pos) *Place {
	if pos.File < 0 || int(pos.File) >= len(l.sources) {
		return nil
	}
	src := &l.sources[pos.File]
	starts := l.lines[pos.File]
	if starts == nil {
		starts = []int{0}
		for k, c := range []byte(src.Text) {
			if c == '\n' {
				starts = append(starts, k+1)
			}
		}
		l.lines[pos.File] = starts
	}
	off := min(max(int(pos.Start), 0), len(src.Text))
	line := sort.SearchInts(starts, off+1) - 1
	before := src.Text[starts[line]:off]
	if line == 0 {
		before = strings.TrimPrefix(before, "\uFEFF")
	}
	return &Place{src.Name, line + 1, utf8.RuneCountInString(before) + 1}
}
