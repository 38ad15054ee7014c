package diag

import (
	"cmp"
	"slices"
	"strings"
)

// ApplyFixes applies to src the first machine fix of each diagnostic, and
// returns the new text and the number of fixes applied. src is not changed.
//
// A fix is applied whole or not at all: not when one of its edits touches what
// an earlier fix has edited, and not when some of its edits lie in other files.
// What was left alone is found again by checking the new text. The cost is
// linear in the text and the edits.
func ApplyFixes(src *Source, diags []Diagnostic) (text []byte, applied int) {
	p := newPatch(src)
	for _, d := range diags {
		i := slices.IndexFunc(d.Fixes, func(f Fix) bool {
			return f.Applicability == Machine && len(f.Edits) > 0
		})
		if i >= 0 && p.add(d.Fixes[i].Edits) {
			applied++
		}
	}
	return p.text(), applied
}

// patch is a set of edits of one source that do not touch each other.
type patch struct {
	src   *Source
	edits []Edit
	// taken has a slot for every byte and every gap between two bytes: byte i
	// is slot 2i+1, the gap before it slot 2i. A replacement takes its bytes
	// and the gaps inside it, an insertion its gap.
	taken []bool
}

func newPatch(src *Source) *patch {
	return &patch{src: src, taken: make([]bool, 2*len(src.Text)+1)}
}

// add adds all of edits or, if one of them cannot be, none; it reports which.
func (p *patch) add(edits []Edit) bool {
	for i, e := range edits {
		if !p.free(e) {
			for _, done := range edits[:i] {
				p.mark(done, false)
			}
			return false
		}
		p.mark(e, true)
	}
	p.edits = append(p.edits, edits...)
	return true
}

func (p *patch) free(e Edit) bool {
	if e.Source != p.src || e.Start < 0 || e.End < e.Start || e.End > len(p.src.Text) {
		return false
	}
	return !slices.Contains(p.slots(e), true)
}

func (p *patch) mark(e Edit, taken bool) {
	slots := p.slots(e)
	for i := range slots {
		slots[i] = taken
	}
}

func (p *patch) slots(e Edit) []bool {
	if e.Start == e.End {
		return p.taken[2*e.Start : 2*e.Start+1]
	}
	return p.taken[2*e.Start+1 : 2*e.End]
}

// text returns the text of the source with all edits made.
func (p *patch) text() []byte {
	slices.SortStableFunc(p.edits, func(a, b Edit) int {
		return cmp.Or(cmp.Compare(a.Start, b.Start), cmp.Compare(a.End, b.End))
	})
	var b strings.Builder
	at := 0
	for _, e := range p.edits {
		b.Write(p.src.Text[at:e.Start])
		b.WriteString(e.New)
		at = e.End
	}
	b.Write(p.src.Text[at:])
	return []byte(b.String())
}
