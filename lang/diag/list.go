package diag

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

// Len returns the number of diagnostics.
func (l *List) Len() int { return len(l.all) }
