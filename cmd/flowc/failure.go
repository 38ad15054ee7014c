package main

import (
	"errors"
	"slices"

	"github.com/flowc/flowc/compiler"
	"github.com/flowc/flowc/compiler/ir"
	"github.com/flowc/flowc/lang/diag"
	"github.com/flowc/flowc/runtime"
	"github.com/flowc/flowc/runtime/work"
)

// misfortunes returns the failures of a run that have a place in a file: those
// of expressions. They are shown like what a check finds.
func misfortunes(r *compiler.Result, report runtime.RunReport) []diag.Diagnostic {
	return failuresIn(report, func(at ir.Pos) diag.Span { return span(r, at) })
}

// failuresIn does the same where it is known how places become spans.
func failuresIn(report runtime.RunReport, span func(ir.Pos) diag.Span) []diag.Diagnostic {
	var list []diag.Diagnostic
	for _, n := range report.Nodes {
		f := n.Failure
		if f == nil || f.Failure.At == nil || f.Node != n.ID {
			continue
		}
		d := diag.Diagnostic{Code: diag.Code(f.Error), Message: f.Message}
		if n.Absorbed {
			d.Severity = diag.Warning
		}
		d.Primary = diag.Label{Span: span(*f.Failure.At), Text: "this failed in `" + n.ID + "`"}
		list = append(list, d)
	}
	return list
}

// broken returns the error of a run that could not be done.
func (c *console) broken(r *compiler.Result, err error) error {
	var missing *work.MissingError
	if !errors.As(err, &missing) {
		return failuref("%w", err)
	}
	for _, a := range r.Program.Activities {
		if slices.Contains(missing.Activities, a.Name) {
			c.show([]diag.Diagnostic{{
				Code:    diag.MissingRun,
				Message: "there is no program to run for `" + a.Name + "`",
				Primary: diag.Label{Span: span(r, a.At), Text: "it has no `run`, and is not of the library"},
				Fixes:   []diag.Fix{{Title: "give it one, as in `run = [\"" + a.Name + "\"]`"}},
			}})
		}
	}
	return errFailed
}
