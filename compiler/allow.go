package compiler

import (
	"strings"

	"github.com/flowc/flowc/lang/diag"
)

// allowMark starts a comment that allows a warning: `# flow:allow W0603 why`.
const allowMark = "flow:allow"

// analyzed are the warnings that only Config.Analyze gives: who compiles without
// it cannot say that a comment allows nothing.
var analyzed = map[diag.Code]bool{diag.NoUndo: true, diag.HistoryLimit: true, diag.AlwaysLate: true, diag.OpenLimit: true}

// applyAllows silences the warnings that comments allow.
func (c *checker) applyAllows() {
	var allows []diag.Allow
	for _, m := range c.mods {
		for _, comment := range m.file.Comments {
			text := strings.TrimSpace(strings.TrimLeft(comment.Text, "#"))
			rest, ok := strings.CutPrefix(text, allowMark)
			if !ok {
				continue
			}
			code, reason, _ := strings.Cut(strings.TrimSpace(rest), " ")
			if c.cfg.Analyze == nil && analyzed[diag.Code(code)] {
				continue
			}
			span := m.span(comment)
			allows = append(allows, diag.Allow{
				Span:   span,
				Code:   diag.Code(code),
				Reason: strings.TrimSpace(reason),
				Line:   m.file.Source.Position(span.Start).Line,
			})
		}
	}
	diag.ApplyAllows(&c.diags, allows)
}
