package compiler

import (
	"fmt"
	"strings"

	"github.com/flowc/flowc/compiler/ir"
	"github.com/flowc/flowc/lang"
	"github.com/flowc/flowc/lang/diag"
)

// This file has one function for each kind of error about options, flags and
// the attributes of activities, in the order of their codes.

// quoted returns the place as users call it, keywords in quotes.
func (p optionPlace) quoted() string {
	name := p.String()
	if strings.HasPrefix(name, "a ") || strings.HasPrefix(name, "an ") {
		return name
	}
	return "`" + name + "`"
}

func (c *checker) contradictoryTolerance(m *module, flag, tolerate *lang.Attr) {
	c.add(diag.Diagnostic{
		Code:      diag.ContradictoryTolerance,
		Message:   "`tolerate` and `raises_on_failure = false` contradict each other",
		Primary:   m.label(flag, "never fails…"),
		Secondary: []diag.Label{m.label(tolerate, "…so this limit can never be reached from outside")},
		Notes:     []string{"`tolerate` limits how many *items* may fail; the flag says whether the *map's* failure matters"},
		Fixes:     []diag.Fix{advice("keep `%s`; put the flag on an enclosing `chain` if the whole map is optional", m.text(tolerate))},
	})
}

func (c *checker) hiddenFailure(m *module, flag lang.Node, name string) {
	c.add(diag.Diagnostic{
		Code:    diag.HiddenFailure,
		Message: "this boundary hides a failure from everyone",
		Primary: m.label(flag, "the outcome is not named, so nothing can look at it"),
		Notes:   []string{fmt.Sprintf("`# flow:allow %s best-effort notification` silences this line", diag.HiddenFailure)},
		Fixes:   []diag.Fix{advice("name it and check it (`%s = …`), or add `on_failure { … }`", name)},
	})
}

func (c *checker) notAllowed(m *module, n lang.Node, message, label string, fixes ...diag.Fix) {
	c.add(diag.Diagnostic{
		Code:    diag.OptionNotAllowed,
		Message: message,
		Primary: m.label(n, label),
		Fixes:   fixes,
	})
}

func (c *checker) optionElsewhere(m *module, a *lang.Attr, here, there optionPlace) {
	var places []string
	for p := optionPlace(1); p <= onActivity; p <<= 1 {
		if there&p != 0 {
			places = append(places, p.quoted())
		}
	}
	c.notAllowed(m, a.Name, fmt.Sprintf("`%s` cannot stand on %s", a.Name.Name, here.quoted()),
		"not allowed here", advice("`%s` belongs to: %s", a.Name.Name, strings.Join(places, ", ")))
}

func (c *checker) retryNeedsName(m *module, a *lang.Attr, on optionPlace) {
	c.notAllowed(m, a, fmt.Sprintf("a %s that is retried needs a name", on),
		"its attempts would have no id of their own", advice("name it: `work = %s with … {`", on))
}

func (c *checker) afterForm(m *module, value lang.Expr) {
	c.notAllowed(m, value, "`after` is a list of members of the dag", "expected `[name, …]`")
}

func (c *checker) afterOutsideDag(m *module, a *lang.Attr) {
	c.notAllowed(m, a, "`after` orders the members of a `dag`", "this is not a member of a `dag`")
}

func (c *checker) optionWord(m *module, a *lang.Attr, words []string) {
	c.notAllowed(m, a.Value, fmt.Sprintf("`%s` is one of %s", a.Name.Name, strings.Join(words, ", ")), "not one of these words")
}

func (c *checker) toleratePercent(m *module, value lang.Expr) {
	c.notAllowed(m, value, "an `expand` tolerates a number of failures, not a part",
		"how many items there will be is not known", advice("`tolerate = 10`"))
}

func (c *checker) undoOfCanvas(m *module, call *lang.Call, callee *callableSymbol) {
	c.notAllowed(m, call.Undo, "a canvas is not one step, so it has no undo of its own",
		"not allowed here", advice("give the activities in `%s` their undos", callee.name.Name))
}

func (c *checker) detachNeedsWorkflow(m *module, call *lang.Call, callee *callableSymbol) {
	c.notAllowed(m, call, "only a workflow can be detached", fmt.Sprintf("`%s` is not a workflow", callee.name.Name))
}

func (c *checker) optionRange(m *module, value lang.Expr, message, got string) {
	c.add(diag.Diagnostic{
		Code:    diag.OutOfBound,
		Message: message,
		Primary: m.label(value, fmt.Sprintf("this is %s", got)),
	})
}

func (c *checker) heartbeatTooLong(beat, timeout ir.Pos, b, t ir.Duration) {
	c.add(diag.Diagnostic{
		Code:      diag.HeartbeatTimeout,
		Message:   fmt.Sprintf("a heartbeat of %s cannot beat within a timeout of %s", b, t),
		Primary:   diag.Label{Span: c.span(beat), Text: "must be shorter"},
		Secondary: []diag.Label{{Span: c.span(timeout), Text: "than this"}},
	})
}

func (c *checker) badExitCode(m *module, code *lang.Lit) {
	c.add(diag.Diagnostic{
		Code:    diag.UndeclaredExitError,
		Message: fmt.Sprintf("no program fails with the exit code %s", code.Text),
		Primary: m.label(code, "exit codes of failures are 1 to 255"),
	})
}

func (c *checker) exitCodeTwice(m *module, code, before lang.Node) {
	c.add(diag.Diagnostic{
		Code:      diag.UndeclaredExitError,
		Message:   "this exit code stands for two errors",
		Primary:   m.label(code, "second"),
		Secondary: []diag.Label{m.label(before, "first")},
	})
}

func (c *checker) exitErrorNotRaised(m *module, name *lang.TypeName, sym *callableSymbol) {
	fix := fmt.Sprintf("add `raises %s` to the activity", name.Name)
	if len(sym.raises) > 0 {
		fix = fmt.Sprintf("add it after `raises`: `%s`", strings.Join(append(sym.raises[:len(sym.raises):len(sym.raises)], name.Name), ", "))
	}
	c.add(diag.Diagnostic{
		Code:      diag.UndeclaredExitError,
		Message:   fmt.Sprintf("`%s` does not declare that it raises `%s`", sym.name.Name, name.Name),
		Primary:   m.label(name, "not declared with `raises`"),
		Secondary: []diag.Label{sym.mod.label(sym.name, "this activity")},
		Fixes:     []diag.Fix{advice("%s", fix)},
	})
}

func (c *checker) badErrorsForm(m *module, n lang.Node) {
	c.badProgram(m, n, "`errors` gives exit codes the names of errors", "expected `{ 2: BadInput, 75: Throttled }`")
}

func (c *checker) shellString(m *module, s *lang.StringLit, argv *lang.ListLit) {
	c.add(diag.Diagnostic{
		Code:      diag.ShellString,
		Message:   "a value is pasted into a program for the shell",
		Primary:   m.label(s, "whatever the value holds is run"),
		Secondary: []diag.Label{m.label(argv.Elems[0], "the shell")},
		Fixes:     []diag.Fix{advice("pass the value as a further element and use it as `\"$1\"`: `[\"sh\", \"-c\", \"… \\\"$1\\\"\", \"sh\", \"${x}\"]`")},
	})
}

func (c *checker) badProgram(m *module, n lang.Node, message, label string, fixes ...diag.Fix) {
	c.add(diag.Diagnostic{
		Code:    diag.BadProgram,
		Message: message,
		Primary: m.label(n, label),
		Fixes:   fixes,
	})
}

func (c *checker) runIsOneString(m *module, run *lang.Attr) {
	c.badProgram(m, run.Value, "`run` is a list: the program, then each of its arguments", "one string; there is no shell that would split it",
		advice("`run = [\"program\", \"--flag\", \"${value}\"]`"))
}

func (c *checker) runIsEmpty(m *module, run *lang.Attr) {
	c.badProgram(m, run.Value, "`run` names no program", "empty")
}

func (c *checker) attributeWithoutRun(m *module, a *lang.Attr) {
	c.badProgram(m, a, fmt.Sprintf("`%s` says how a program is run, but there is none", a.Name.Name), "no `run` beside it",
		advice("add `run`, or remove `%s` if the activity is implemented elsewhere", a.Name.Name))
}

func (c *checker) badVariable(m *module, key *lang.StringLit) {
	c.badProgram(m, key, "the environment has no variable of such a name", "a name is not empty, and has no `=` in it")
}

func (c *checker) badInputForm(m *module, a *lang.Attr) {
	c.badProgram(m, a.Value, "the only other form of input is `kwargs`", "expected `kwargs`")
}

func (c *checker) badResultForm(m *module, a *lang.Attr) {
	c.badProgram(m, a.Value, "`result` says where the result is found", "expected `json`, `text`, `lines`, `none` or `file(path)`")
}

func (c *checker) resultDoesNotFit(m *module, a *lang.Attr, sym *callableSymbol, gives string) {
	d := diag.Diagnostic{
		Code:    diag.BadProgram,
		Message: fmt.Sprintf("`%s` %s, but the activity declares no result", m.text(a), gives),
		Primary: m.label(a.Value, gives),
	}
	if isSecret(sym.result) {
		c.secretPrinted(m, a, sym)
		return
	}
	if r := sym.activity.Result; r != nil {
		d.Message = fmt.Sprintf("`%s` %s, but the activity gives %s", m.text(a), gives, article(sym.result))
		d.Secondary = []diag.Label{sym.mod.label(r, "declared here")}
	}
	c.add(d)
}

func (c *checker) badRetry(m *module, n lang.Node, message, label string, other lang.Node, otherLabel string) {
	d := diag.Diagnostic{Code: diag.BadRetry, Message: message, Primary: m.label(n, label)}
	if other != nil {
		d.Secondary = []diag.Label{m.label(other, otherLabel)}
	}
	c.add(d)
}

func (c *checker) retryArgument(m *module, a *lang.Arg, text string) {
	c.add(diag.Diagnostic{
		Code:    diag.BadRetry,
		Message: "this retry policy cannot be read",
		Primary: m.label(a, text),
		Notes:   []string{"`exponential(5, from: 2s, factor: 2, max: 1m, jitter: 20%, on: [Throttled])`"},
	})
}

func (c *checker) retryWithoutMax(m *module, call *lang.CallExpr) {
	c.add(diag.Diagnostic{
		Code:    diag.BadRetry,
		Message: "this retry policy does not say how often",
		Primary: m.label(call, "expected the number of retries first"),
		Fixes:   []diag.Fix{advice("`exponential(5, …)`")},
	})
}

func (c *checker) expectTooLong(m *module, expect *lang.Attr, timeout ir.Pos, e, t ir.Duration) {
	c.add(diag.Diagnostic{
		Code:      diag.ExpectOverTimeout,
		Message:   fmt.Sprintf("what usually takes %s is given %s", e, t),
		Primary:   m.label(expect, "longer than the timeout"),
		Secondary: []diag.Label{{Span: c.span(timeout), Text: "ends it before"}},
	})
}
