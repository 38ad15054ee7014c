package compiler

import (
	"fmt"

	"github.com/flowc/flowc/compiler/ir"
	"github.com/flowc/flowc/lang"
	"github.com/flowc/flowc/lang/diag"
)

// This file has one function for each way in which a secret would be shown.

// errSecret reports a secret that is passed to what takes a plain value.
func (x *exprEnv) errSecret(g *ir.Expr, want *ir.Type, e lang.Expr, s *site) *ir.Expr {
	if x.secrets == secretsArgv || s == nil || s.callee == nil {
		return x.errSecretUsed(e, g.Type)
	}
	p := s.callee.params[s.param]
	return x.fail(diag.Diagnostic{
		Code:      diag.SecretLeak,
		Message:   fmt.Sprintf("the secret %s would be written to the history", x.quoted(e, "here")),
		Primary:   x.label(e, fmt.Sprintf("type `%s`; arguments are recorded", g.Type)),
		Secondary: []diag.Label{x.c.labelAt(p.At, fmt.Sprintf("takes it as a plain `%s`", want))},
		Fixes:     []diag.Fix{advice("declare `%s: %s`: only its name is recorded, the worker finds its value", p.Name, g.Type)},
	})
}

// errSecretUsed reports an expression that does something with a secret.
func (x *exprEnv) errSecretUsed(e lang.Expr, typ *ir.Type) *ir.Expr {
	d := diag.Diagnostic{
		Code:    diag.SecretLeak,
		Message: fmt.Sprintf("the secret %s can only be passed on", x.quoted(e, "here")),
		Primary: x.label(e, fmt.Sprintf("type `%s`; nothing here knows what it is", typ)),
		Notes:   []string{"what expressions give may be recorded; a secret is known to the worker that runs the program, and to nothing else"},
		Fixes:   []diag.Fix{advice("pass it to an activity that takes %s, and use it there in `env` or `stdin`", article(typ))},
	}
	if x.secrets == secretsArgv {
		d.Message = fmt.Sprintf("the secret %s would be shown by `ps`", x.quoted(e, "here"))
		d.Primary.Text = "arguments of a program can be read by everyone on its machine"
		d.Notes = nil
		d.Fixes = []diag.Fix{advice("give it to the program in its environment or on its stdin: `env = { \"TOKEN\": %s }`", secretText(x, e))}
	}
	return x.fail(d)
}

// secretText returns how e was written, or a word for it.
func secretText(x *exprEnv, e lang.Expr) string {
	if text := x.text(e); text != "" {
		return text
	}
	return "token"
}

func (x *exprEnv) errSecretArguments(e *lang.CallExpr) *ir.Expr {
	return x.fail(diag.Diagnostic{
		Code:    diag.WrongArguments,
		Message: "`secret` takes one argument, the name",
		Primary: x.label(e.ArgsSpan, "expected one string"),
	})
}

func (x *exprEnv) errSecretName(e lang.Expr) *ir.Expr {
	return x.fail(diag.Diagnostic{
		Code:    diag.SecretLeak,
		Message: secretForm,
		Primary: x.label(e, "not a name"),
		Notes:   []string{"the value itself is never written in a file: whoever runs the program looks the name up"},
	})
}

// secretPrinted reports a program whose text would be a secret.
func (c *checker) secretPrinted(m *module, a *lang.Attr, sym *callableSymbol) {
	c.add(diag.Diagnostic{
		Code:      diag.SecretLeak,
		Message:   "a result is recorded, so a program cannot give a secret itself",
		Primary:   m.label(a.Value, "would be in the history"),
		Secondary: []diag.Label{sym.mod.label(sym.activity.Result, "declared here")},
		Fixes:     []diag.Fix{advice("let it store the secret, and give its name by `result = json`: `{\"$secret\": \"NAME\"}`")},
	})
}
