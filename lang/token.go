package lang

import "fmt"

// kind is the kind of a token. Reserved words each have their own; all other
// keywords are plain names that mean something only in their place.
type kind uint8

const (
	eofTok kind = iota
	identTok
	typeIdentTok // UpperCamel
	intTok
	floatTok
	durationTok
	sizeTok
	percentTok
	dateTok
	timeTok
	strTok  // a whole string literal without `${`
	strHead // from the opening quote to the first `${`
	strMid  // from the end of one `${…}` to the next `${`
	strTail // from the end of the last `${…}` to the closing quote

	lparen
	rparen
	lbrack
	rbrack
	lbrace
	rbrace
	comma
	semi
	colon
	dot
	assign
	pipe
	bang
	arrow
	question
	coalesce
	dotdot
	plus
	minus
	star
	slash
	percent
	eq
	ne
	lt
	le
	gt
	ge

	kwAnd // the first reserved word
	kwCatch
	kwChain
	kwDag
	kwElse
	kwExpand
	kwFalse
	kwFinally
	kwGroup
	kwGrow
	kwIf
	kwIn
	kwIs
	kwLet
	kwLoop
	kwMap
	kwNext
	kwNone
	kwNot
	kwOnCancel
	kwOnFailure
	kwOr
	kwRaise
	kwRace
	kwReturn
	kwSwitch
	kwTrue
	kwWait
	kwWhile
	kwWith
	kwYield // the last reserved word
)

// spelling is what a kind is called in a message: the text itself, quoted by
// the caller, for fixed tokens, and a description for the others.
var spelling = [...]string{
	eofTok: "end of the file", identTok: "name", typeIdentTok: "type name", intTok: "number", floatTok: "number",
	durationTok: "duration", sizeTok: "size", percentTok: "percentage", dateTok: "date", timeTok: "time",
	strTok: "string", strHead: "string", strMid: "`}`", strTail: "`}`",
	lparen: "`(`", rparen: "`)`", lbrack: "`[`", rbrack: "`]`", lbrace: "`{`", rbrace: "`}`", comma: "`,`", semi: "`;`",
	colon: "`:`", dot: "`.`", assign: "`=`", pipe: "`|`", bang: "`!`", arrow: "`->`", question: "`?`", coalesce: "`??`",
	dotdot: "`..`", plus: "`+`", minus: "`-`", star: "`*`", slash: "`/`", percent: "`%`",
	eq: "`==`", ne: "`!=`", lt: "`<`", le: "`<=`", gt: "`>`", ge: "`>=`",
	kwAnd: "`and`", kwCatch: "`catch`", kwChain: "`chain`", kwDag: "`dag`", kwElse: "`else`", kwExpand: "`expand`",
	kwFalse: "`false`", kwFinally: "`finally`", kwGroup: "`group`", kwGrow: "`grow`", kwIf: "`if`", kwIn: "`in`", kwIs: "`is`",
	kwLet: "`let`", kwLoop: "`loop`", kwMap: "`map`", kwNext: "`next`", kwNone: "`none`", kwNot: "`not`",
	kwOnCancel: "`on_cancel`", kwOnFailure: "`on_failure`", kwOr: "`or`", kwRaise: "`raise`", kwRace: "`race`",
	kwReturn: "`return`", kwSwitch: "`switch`", kwTrue: "`true`", kwWait: "`wait`", kwWhile: "`while`", kwWith: "`with`",
	kwYield: "`yield`",
}

// String returns what k is called in a message.
func (k kind) String() string {
	if int(k) < len(spelling) {
		return spelling[k]
	}
	return fmt.Sprintf("kind(%d)", uint8(k))
}

// reserved reports whether k is a reserved word.
func (k kind) reserved() bool { return kwAnd <= k && k <= kwYield }

// word reports whether k is spelled like a name, reserved or not.
func (k kind) word() bool { return k == identTok || k == typeIdentTok || k.reserved() }

// lowerWord reports whether k is spelled like a lower-case name.
func (k kind) lowerWord() bool { return k == identTok || k.reserved() }

// wordKind returns the kind of a lower-case word.
func wordKind(s string) kind {
	switch s {
	case "and":
		return kwAnd
	case "catch":
		return kwCatch
	case "chain":
		return kwChain
	case "dag":
		return kwDag
	case "else":
		return kwElse
	case "expand":
		return kwExpand
	case "false":
		return kwFalse
	case "finally":
		return kwFinally
	case "group":
		return kwGroup
	case "grow":
		return kwGrow
	case "if":
		return kwIf
	case "in":
		return kwIn
	case "is":
		return kwIs
	case "let":
		return kwLet
	case "loop":
		return kwLoop
	case "map":
		return kwMap
	case "next":
		return kwNext
	case "none":
		return kwNone
	case "not":
		return kwNot
	case "on_cancel":
		return kwOnCancel
	case "on_failure":
		return kwOnFailure
	case "or":
		return kwOr
	case "raise":
		return kwRaise
	case "race":
		return kwRace
	case "return":
		return kwReturn
	case "switch":
		return kwSwitch
	case "true":
		return kwTrue
	case "wait":
		return kwWait
	case "while":
		return kwWhile
	case "with":
		return kwWith
	case "yield":
		return kwYield
	}
	return identTok
}

// token is one token. There is no token for a new line: bol says that the
// token is the first of its line, and the parser decides whether that matters
// where it stands.
type token struct {
	start, end int32
	match      int32 // of an opening bracket: the index of its partner, -1 if there is none
	kind       kind
	bol        bool // first token of its line
	decl       bool // looks like the start of a declaration, in column 1
	form       StringForm
}

func (t token) span() Range { return Range{t.start, t.end} }
