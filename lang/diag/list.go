package diag

import (
	"cmp"
	"slices"
	"strings"
)

// List collects diagnostics. The zero List is empty and ready to use. It is
// not safe for concurrent use: each pass that works in parallel fills its own
// and the lists are merged.
type List struct {
	all    []Diagnostic
	errors int
}

// Add appends d.
func (l *List) Add(d Diagnostic) {
	l.all = append(l.all, d)
	if d.Severity == Error {
		l.errors++
	}
}

// Merge appends everything in o.
func (l *List) Merge(o *List) {
	l.all = append(l.all, o.all...)
	l.errors += o.errors
}

// HasErrors reports whether any diagnostic is an error.
func (l *List) HasErrors() bool { return l.errors > 0 }

// Errors returns the number of errors.
func (l *List) Errors() int { return l.errors }

// Len returns the number of diagnostics.
func (l *List) Len() int { return len(l.all) }

// All returns the diagnostics in the order in which they were added. The
// caller must not change them.
func (l *List) All() []Diagnostic { return l.all }

// Sorted returns the diagnostics as they are shown: by file name, place, code
// and message, each finding once. What has no place comes first.
func (l *List) Sorted() []Diagnostic {
	sorted := slices.Clone(l.all)
	slices.SortStableFunc(sorted, compare)
	return slices.CompactFunc(sorted, func(a, b Diagnostic) bool { return compare(a, b) == 0 })
}

// Deny makes errors of the warnings whose code starts with one of the given
// texts: `W0603` is one kind, `W06` a family, `W` all.
func (l *List) Deny(codes ...string) {
	for i := range l.all {
		d := &l.all[i]
		denied := slices.ContainsFunc(codes, func(c string) bool {
			return c != "" && strings.HasPrefix(string(d.Code), c)
		})
		if denied && d.Severity == Warning {
			d.Severity = Error
			l.errors++
		}
	}
}

// compare orders diagnostics; those that compare equal are one finding.
func compare(a, b Diagnostic) int {
	return cmp.Or(
		cmp.Compare(a.Primary.name(), b.Primary.name()),
		cmp.Compare(a.Primary.Start, b.Primary.Start),
		cmp.Compare(a.Primary.End, b.Primary.End),
		cmp.Compare(a.Code, b.Code),
		cmp.Compare(a.Message, b.Message),
	)
}

// name returns the name of the file that s lies in, "" for nowhere.
func (s Span) name() string {
	if s.Source == nil {
		return ""
	}
	return s.Source.Name
}
