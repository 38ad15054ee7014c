package lang

import (
	"sort"
	"strings"

	"github.com/flowc/flowc/lang/diag"
)

// Recovery. After a mistake the parser goes on at the next statement of the
// block, and after a mistake in the head of a declaration at the next
// declaration. Three things make that reliable:
//
//   - a declaration's keyword in column 1 ends everything before it;
//   - a statement that begins a line, not indented more than the one with the
//     mistake, ends it whatever brackets seem open;
//   - the lexer knows which braces have no partner. If a declaration lacks a
//     `}`, the block whose next statement is indented no more than the block
//     itself is the one that was not closed, and it ends there.

// skipDecl skips the rest of the declaration in silence.
func (p *parser) skipDecl() {
	p.muted, p.failed = true, true
	for !p.tok().decl && !p.is(eofTok) {
		p.pos++
	}
}

// syncStmt skips what is left of a statement with a mistake.
func (p *parser) syncStmt() {
	p.failed = false
	depth := 0
	for {
		t := p.tok()
		if t.kind == eofTok || t.decl {
			return
		}
		if t.bol && t.kind != rbrace && p.startsStmt(p.pos) && p.column(t) <= p.indent {
			return
		}
		switch t.kind {
		case rbrace:
			if depth == 0 {
				return
			}
			depth--
		case lbrace:
			if t.match > int32(p.pos) {
				p.pos = int(t.match) // skip it whole
			} else {
				depth++
			}
		case semi:
			if depth == 0 {
				return
			}
		default:
			if t.bol && depth == 0 && p.startsStmt(p.pos) {
				return
			}
		}
		p.pos++
	}
}

// startsStmt reports whether the token at i looks like the first of a
// statement or of a declaration's attribute.
func (p *parser) startsStmt(i int) bool {
	t := &p.toks[i]
	switch t.kind {
	case identTok:
		after := &p.toks[min(i+1, len(p.toks)-1)]
		if after.bol {
			return false
		}
		switch after.kind {
		case assign, lparen, dot, identTok:
			return true
		case colon:
			return p.toks[min(i+2, len(p.toks)-1)].kind == assign
		}
	case kwLet, kwReturn, kwYield, kwNext, kwGrow, kwRaise, kwChain, kwGroup, kwDag, kwRace, kwMap, kwExpand, kwLoop, kwWait, kwIf, kwSwitch:
		return true
	}
	return false
}

// widen makes every node below n, and n, as wide as what is in it, and returns
// the range of n. What stands in for something that is missing may lie just
// before the node that misses it.
func widen(n Node) Range {
	r := n.Span()
	walker{func(c Node) bool {
		s := widen(c)
		r = Range{min(r.Start, s.Start), max(r.End, s.End)}
		return false
	}}.children(n)
	if w, ok := n.(interface{ set(Range) }); ok {
		w.set(r)
	}
	return r
}

// column returns how far t is from the start of its line. Ask only for the
// first token of a line.
func (p *parser) column(t *token) int {
	i := int(t.start)
	for i > 0 && p.text[i-1] != '\n' {
		i--
	}
	return int(t.start) - i
}

// endsEarly reports whether the block that open began should have been closed
// before the current token, and reports it as a mistake.
func (p *parser) endsEarly(open Range, openIndent int) bool {
	t := p.tok()
	if p.missing == 0 || !t.bol || t.decl || t.kind == eofTok || p.column(t) > openIndent {
		return false
	}
	if t.kind == rbrace && p.column(t) == openIndent {
		return false // this brace is its own
	}
	p.missing--
	p.report(p.unclosedBefore(open, t, openIndent))
	return true
}

// unclosedBefore words the lack of a `}` before t, the first token of its line.
func (p *parser) unclosedBefore(open Range, t *token, indent int) diag.Diagnostic {
	line := int(t.start) - p.column(t)
	return errUnclosedBlockBefore(p.spanOf(open), p.spanOf(t.span()), p.src.Span(line, line), strings.Repeat(" ", indent))
}

// countMissing finds how many `}` are missing between two token indexes.
func (p *parser) countMissing(from, to int) int {
	a := sort.Search(len(p.unclosed), func(i int) bool { return int(p.unclosed[i]) >= from })
	b := sort.Search(len(p.unclosed), func(i int) bool { return int(p.unclosed[i]) >= to })
	return b - a
}
