package lang

import (
	"fmt"
	"strings"

	"github.com/flowc/flowc/lang/diag"
)

// Every syntax error is worded here, one function a kind.

// problem returns an error with a headline and what is wrong at the span.
func problem(code diag.Code, at diag.Span, message, label string) diag.Diagnostic {
	return diag.Diagnostic{
		Code:     code,
		Severity: code.Severity(),
		Message:  message,
		Primary:  diag.Label{Span: at, Text: label},
	}
}

func because(d diag.Diagnostic, at diag.Span, text string) diag.Diagnostic {
	d.Secondary = append(d.Secondary, diag.Label{Span: at, Text: text})
	return d
}

func note(d diag.Diagnostic, text string) diag.Diagnostic {
	d.Notes = append(d.Notes, text)
	return d
}

// help adds advice in words.
func help(d diag.Diagnostic, title string) diag.Diagnostic {
	d.Fixes = append(d.Fixes, diag.Fix{Title: title})
	return d
}

// fix adds advice that replaces the text at span.
func fix(d diag.Diagnostic, how diag.Applicability, at diag.Span, text, title string) diag.Diagnostic {
	d.Fixes = append(d.Fixes, diag.Fix{Title: title, Applicability: how, Edits: []diag.Edit{{Span: at, New: text}}})
	return d
}

// orList joins what is expected as people say it: "a, b or c".
func orList(what []string) string {
	if len(what) < 2 {
		return strings.Join(what, "")
	}
	return strings.Join(what[:len(what)-1], ", ") + " or " + what[len(what)-1]
}

func errUnexpected(at diag.Span, found string, expected ...string) diag.Diagnostic {
	want := orList(expected)
	return problem(diag.Syntax, at, fmt.Sprintf("unexpected %s", found), "expected "+want)
}

func errUnclosedBlock(open diag.Span) diag.Diagnostic {
	return problem(diag.UnclosedBlock, open, "this block is never closed", "opened here")
}

func errUnclosedBlockAtEnd(open, end diag.Span) diag.Diagnostic {
	return fix(errUnclosedBlock(open), diag.Maybe, end, "}\n", "add `}` at the end of the file")
}

// errUnclosedBlockBefore takes where the line of next begins, and what the new
// line is to be indented with.
func errUnclosedBlockBefore(open, next, line diag.Span, indent string) diag.Diagnostic {
	d := because(errUnclosedBlock(open), next, "by its indentation, the block ends before this line")
	number := next.Source.Position(next.Start).Line
	return fix(d, diag.Maybe, line, indent+"}\n", fmt.Sprintf("add `}` before line %d", number))
}

func errUnclosedBracket(open diag.Span, bracket string, at diag.Span, partner string) diag.Diagnostic {
	d := problem(diag.UnclosedBracket, open, fmt.Sprintf("this %s is never closed", bracket), "opened here")
	d = because(d, at, fmt.Sprintf("expected %s here", partner))
	return help(d, "add the missing "+partner)
}

func errStrayBrace(at diag.Span) diag.Diagnostic {
	return problem(diag.Syntax, at, "this `}` closes nothing", "no block is open here")
}

func errOptionsWithoutWith(at, insert diag.Span, options, expected string) diag.Diagnostic {
	d := problem(diag.OptionsWithoutWith, at, "options follow `with`, not the name", "expected "+expected)
	return fix(d, diag.Machine, insert, "with ", "write `with "+options+"`")
}

func errWordsInAttribute(at diag.Span, name, value string) diag.Diagnostic {
	if name == "retry" {
		d := problem(diag.WordsInAttribute, at, "a retry policy is a value, not words", "expected `,`, `}` or a new line")
		return help(d, fmt.Sprintf("`retry = %s`, or `retry = exponential(%s, from: 2s)`", value, value))
	}
	d := problem(diag.WordsInAttribute, at, fmt.Sprintf("the value of `%s` ends before this word", name), "expected `,`, `}` or a new line")
	return help(d, "a text stands in quotes; the next attribute on a new line or after a comma")
}

func errUnclosedString(at diag.Span, form StringForm) diag.Diagnostic {
	quotes := "`\"`"
	if form == Multiline {
		quotes = "`\"\"\"`"
	}
	d := problem(diag.BadLiteral, at, "this string is never closed", "expected "+quotes+" at its end")
	if form == Quoted {
		d = help(d, "a text of several lines stands between `\"\"\"` and `\"\"\"`")
	}
	return d
}

func errUnclosedInterpolation(open, end diag.Span) diag.Diagnostic {
	d := problem(diag.BadLiteral, open, "this `${` is never closed", "opened here")
	return fix(because(d, end, "expected `}` before this"), diag.Maybe, end, "}", "add `}`; a literal dollar sign is written `\\$`")
}

func errBadCharacter(at diag.Span, text string) diag.Diagnostic {
	d := problem(diag.Syntax, at, fmt.Sprintf("unexpected %q", short(text)), "this means nothing outside a string")
	switch text {
	case "“", "”", "„", "‘", "’", "'":
		return help(d, "strings stand between straight double quotes: `\"text\"`")
	case "&&":
		return fix(d, diag.Machine, at, "and", "write `and`")
	case "||":
		return fix(d, diag.Machine, at, "or", "write `or`")
	case "&":
		return help(d, "write `and`")
	case "→":
		return fix(d, diag.Machine, at, "->", "write `->`")
	case "\u00a0", "\u200b", "\ufeff":
		return fix(d, diag.Machine, at, " ", "this is an invisible character; write a plain space")
	}
	return d
}

// errBang takes the place of a `!` that means `not`, and whether there is a
// space behind it.
func errBang(at diag.Span, spaced bool) diag.Diagnostic {
	text := "not "
	if spaced {
		text = "not"
	}
	return fix(problem(diag.Syntax, at, "`!` is written `not`", "expected an expression"), diag.Machine, at, text, "write `not`")
}

func errForeignName(at diag.Span, name string) diag.Diagnostic {
	d := problem(diag.Syntax, at, fmt.Sprintf("`%s` cannot be a name", short(name)), "a letter of it is none of a to z")
	return note(d, "names are made of the letters a to z, digits and `_`")
}

func errBadLiteral(at diag.Span, message, label string) diag.Diagnostic {
	return problem(diag.BadLiteral, at, message, label)
}

// errNumberForm takes the number as other languages write it, and in digits.
func errNumberForm(at diag.Span, text, digits string) diag.Diagnostic {
	d := errBadLiteral(at, fmt.Sprintf("numbers are written in decimal digits, not as `%s`", text), "cannot be read")
	return fix(d, diag.Machine, at, digits, fmt.Sprintf("write `%s`", digits))
}

func errSpacedPercent(at diag.Span, number string) diag.Diagnostic {
	d := problem(diag.SpacedPercent, at, fmt.Sprintf("`%s %%` is the remainder operator; a percentage has no space", number), fmt.Sprintf("write `%s%%`", number))
	return fix(d, diag.Machine, at, number+"%", fmt.Sprintf("write `%s%%`", number))
}

// errFileTooLarge does not say how large: who reads a file stops when it is
// known to be too much.
func errFileTooLarge(at diag.Span) diag.Diagnostic {
	return problem(diag.FileTooLarge, at, fmt.Sprintf("this file has more than %d MiB, the most that a flow file may have", MaxFile>>20), "")
}

func errNestingTooDeep(at diag.Span) diag.Diagnostic {
	return problem(diag.NestingTooDeep, at, fmt.Sprintf("more than %d levels of nesting", MaxNesting), "too deep here")
}

func errChainTooLong(at diag.Span) diag.Diagnostic {
	d := problem(diag.NestingTooDeep, at, fmt.Sprintf("more than %d operators in one expression", maxChain), "too many here")
	return help(d, "bind parts of it with `let`, or use `sum` or `join` over a list")
}

func errNotText(at diag.Span, nul bool) diag.Diagnostic {
	if nul {
		return problem(diag.NotText, at, "this file is not text: it holds a NUL byte", "the first is here")
	}
	return problem(diag.NotText, at, "this file is not UTF-8 text", "this byte is not part of a character")
}

func errTooManyTokens(at diag.Span) diag.Diagnostic {
	return problem(diag.TooManyTokens, at, fmt.Sprintf("more than %d words and signs in one file", MaxTokens), "the limit is reached here")
}

func errNameTooLong(at diag.Span) diag.Diagnostic {
	return problem(diag.NameTooLong, at, fmt.Sprintf("a name of %d bytes; the longest allowed has %d", at.End-at.Start, MaxName), "too long")
}

func errNameCase(at diag.Span, name, better string, value bool) diag.Diagnostic {
	what := "types and errors are `UpperCamel`"
	if value {
		what = "values are `lower_case`"
	}
	d := problem(diag.NameCase, at, fmt.Sprintf("`%s` cannot be a name here: %s", name, what), "wrong case")
	return fix(d, diag.Maybe, at, better, fmt.Sprintf("`%s`", better))
}

func errReservedWord(at diag.Span, word string) diag.Diagnostic {
	d := problem(diag.ReservedWord, at, fmt.Sprintf("`%s` is a reserved word", word), "cannot be a name here")
	return fix(d, diag.Maybe, at, word+"_", fmt.Sprintf("another name, such as `%s_`", word))
}

func errNumberRange(at diag.Span, message string) diag.Diagnostic {
	return problem(diag.NumberRange, at, message, "")
}

// errSlashComment is surely a comment where it begins the line; elsewhere a
// division may be meant.
func errSlashComment(at diag.Span, own bool) diag.Diagnostic {
	d := problem(diag.Syntax, at, "comments start with `#`", "not the start of a comment")
	how := diag.Maybe
	if own {
		how = diag.Machine
	}
	return fix(d, how, at, "#", "write `#`")
}

func errNoDeclaration(at diag.Span, found string) diag.Diagnostic {
	d := problem(diag.Syntax, at, fmt.Sprintf("unexpected %s outside a declaration", found), "expected a declaration")
	return note(d, "declarations: activity, canvas, const, defaults, enum, error, import, param, property, test, type, workflow")
}

func errDidYouMean(at diag.Span, what, found, near string) diag.Diagnostic {
	d := problem(diag.Syntax, at, fmt.Sprintf("there is no %s `%s`", what, found), fmt.Sprintf("did you mean `%s`?", near))
	return fix(d, diag.Maybe, at, near, fmt.Sprintf("`%s`", near))
}

func errNewLineBefore(at diag.Span, word string, prev diag.Span) diag.Diagnostic {
	d := problem(diag.Syntax, at, fmt.Sprintf("%s belongs on the line of what it continues", word), "a new line has ended the statement")
	gap := diag.Span{Source: at.Source, Start: prev.End, End: at.Start}
	return fix(d, diag.Maybe, gap, " ", "join the lines")
}

func errLetNeeded(name, insert diag.Span, id string) diag.Diagnostic {
	d := problem(diag.Syntax, name, fmt.Sprintf("`%s = …` names a call or a block; this is a value", id), "expected `let`")
	return fix(d, diag.Machine, insert, "let ", fmt.Sprintf("`let %s = …` binds a value", id))
}

// errForeignWord takes a word that another language has for one of ours.
func errForeignWord(at diag.Span, word, ours string) diag.Diagnostic {
	d := problem(diag.Syntax, at, fmt.Sprintf("`%s` is written `%s`", word, ours), fmt.Sprintf("expected `%s`", ours))
	if ours == "map" {
		d = note(d, "its rounds run at the same time; `with max = 1` lets them follow each other")
	}
	return fix(d, diag.Maybe, at, ours, fmt.Sprintf("write `%s`", ours))
}

func errWhileAlone(at diag.Span) diag.Diagnostic {
	d := problem(diag.Syntax, at, "`while` is part of a `loop`", "expected a statement")
	before := diag.Span{Source: at.Source, Start: at.Start, End: at.Start}
	return fix(d, diag.Maybe, before, "loop ", "write `loop while … with limit = …`")
}

func errValueAlone(at diag.Span) diag.Diagnostic {
	d := problem(diag.Syntax, at, "a value alone is no statement", "expected a call, a block or a binding")
	return help(d, "call it with `(…)`, or bind it with `let name = …`")
}

func errColonAssign(at diag.Span, name string) diag.Diagnostic {
	d := problem(diag.Syntax, at, "names are bound with `=`", "expected `=`")
	return fix(d, diag.Machine, at, "=", fmt.Sprintf("`%s = …`", name))
}

func errEqualsAsAssign(at diag.Span, name string) diag.Diagnostic {
	d := problem(diag.Syntax, at, "`==` compares; `=` binds a name", "expected `=`")
	return fix(d, diag.Maybe, at, "=", fmt.Sprintf("`%s = …`", name))
}

func errAssignAsEquals(at diag.Span) diag.Diagnostic {
	d := problem(diag.Syntax, at, "`=` binds a name; `==` compares", "expected `==`")
	return fix(d, diag.Machine, at, "==", "write `==`")
}

func errNeedsParens(at diag.Span, word string) diag.Diagnostic {
	return help(problem(diag.Syntax, at, fmt.Sprintf("%s inside an expression needs parentheses", word), "expected `(`"), "put the part that begins here in `( )`")
}

// errNeverAfter takes the word and the call that it follows.
func errNeverAfter(never, call diag.Span, text string) diag.Diagnostic {
	d := problem(diag.Syntax, never, "`never` stands before the call", "expected `once` or a number and `times`")
	d.Fixes = append(d.Fixes, diag.Fix{
		Title:         fmt.Sprintf("`expect never %s`", short(text)),
		Applicability: diag.Machine,
		Edits: []diag.Edit{
			{Span: diag.Span{Source: call.Source, Start: call.Start, End: call.Start}, New: "never "},
			{Span: diag.Span{Source: call.Source, Start: call.End, End: never.End}},
		},
	})
	return d
}

// errCallsWithoutParens takes what is called, and its text.
func errCallsWithoutParens(at diag.Span, text string) diag.Diagnostic {
	d := problem(diag.Syntax, at, "calls are counted with parentheses", "expected `(` after this")
	d.Notes = []string{"arguments that are left out may be anything"}
	end := diag.Span{Source: at.Source, Start: at.End, End: at.End}
	return fix(d, diag.Machine, end, "()", fmt.Sprintf("write `%s()`", short(text)))
}

func errConstantString(at diag.Span, what string) diag.Diagnostic {
	return problem(diag.Syntax, at, fmt.Sprintf("%s is a fixed text, without `${…}`", what), "expected a plain string")
}
