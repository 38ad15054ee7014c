package compiler

import (
	"github.com/flowc/flowc/compiler/ir"
	"github.com/flowc/flowc/lang"
)

// A secret<T> is known by its name wherever something is recorded: in inputs,
// arguments, results. An expression can hand it on and nothing else. Only where
// a program is given what it reads, in `env` and `stdin`, a secret is the T
// that it stands for: whoever runs the program has put that in the place of the
// name.

// secretUse is what may be done with secrets in an expression.
type secretUse uint8

const (
	secretsPassed secretUse = iota // they are handed on
	secretsRead                    // they are what they stand for
	secretsArgv                    // they are handed on, and this is an argument of a program
)

// isSecret reports whether t is a secret, or one that may be none.
func isSecret(t *ir.Type) bool { return t != nil && plain(t).Kind == ir.KSecret }

// revealed returns g as what it stands for, if it is a secret.
func revealed(g *ir.Expr) *ir.Expr {
	if !isSecret(g.Type) {
		return g
	}
	to := plain(g.Type).Elem
	if g.Type.Kind == ir.KOptional {
		to = ir.OptionalOf(to)
	}
	return &ir.Expr{Op: ir.OpConvert, Type: to, Args: []*ir.Expr{g}, At: g.At}
}

// holdsSecret reports whether a value of type t may have a secret in it.
func holdsSecret(t *ir.Type) bool { return secretIn(t, map[*ir.TypeDecl]bool{}) }

func secretIn(t *ir.Type, seen map[*ir.TypeDecl]bool) bool {
	if t.Kind == ir.KSecret {
		return true
	}
	if t.Decl != nil {
		if seen[t.Decl] {
			return false
		}
		seen[t.Decl] = true
		for _, m := range t.Decl.Union {
			if secretIn(m, seen) {
				return true
			}
		}
	}
	for _, f := range t.RecordFields() {
		if secretIn(f.Type, seen) {
			return true
		}
	}
	return t.Elem != nil && secretIn(t.Elem, seen)
}

// secretNamed elaborates `secret("NAME")`, which has the type that is expected.
// The name is constant, since it says which secrets a program needs.
func (x *exprEnv) secretNamed(e *lang.CallExpr, hint *ir.Type) *ir.Expr {
	if len(e.Args) != 1 || e.Args[0].Name != nil {
		return x.errSecretArguments(e)
	}
	v, ok := x.constant(e.Args[0].Value, ir.StringType)
	if !ok {
		return invalidExpr
	}
	name, _ := v.(ir.String)
	if !isSecretName(string(name)) {
		return x.errSecretName(e.Args[0].Value)
	}
	typ := plain(hint)
	if typ == nil || typ.Kind != ir.KSecret {
		typ = &ir.Type{Kind: ir.KSecret, Elem: ir.StringType}
	}
	return &ir.Expr{Op: ir.OpConst, Type: typ, Value: ir.Secret(name), At: x.at(e)}
}

// showsSecret reports the first of the arguments of a function that it would
// have to look into. Functions on lists of secrets only move them.
func (x *exprEnv) showsSecret(function string, values []lang.Expr, given []*ir.Expr) *ir.Expr {
	for i, g := range given {
		if g == nil || g.Op == ir.OpLambda {
			continue
		}
		if isSecret(g.Type) || function == "json.encode" && holdsSecret(g.Type) {
			return x.errSecretUsed(values[i], g.Type)
		}
	}
	return nil
}

// checkSecrets returns an error if a secret in v is not given by a name. Text of
// any other form might be the secret itself, so that the error does not repeat
// it.
func checkSecrets(v ir.Value) error {
	switch v := v.(type) {
	case ir.Secret:
		if !isSecretName(string(v)) {
			return &ir.MisfitError{Message: secretForm}
		}
	case ir.List:
		return checkAll(v)
	case *ir.Map:
		return checkAll(v.Values)
	case *ir.Record:
		return checkAll(v.Values)
	}
	return nil
}

func checkAll(vs []ir.Value) error {
	for _, v := range vs {
		if err := checkSecrets(v); err != nil {
			return err
		}
	}
	return nil
}

const secretForm = "a secret is given by its name, of letters, digits, `_`, `-` and `.`"

// isSecretName reports whether s can be the name of a secret: what is looked up
// in the environment or in a folder of files.
func isSecretName(s string) bool {
	const long = 64
	for i := range len(s) {
		c := s[i]
		letter := c == '_' || c >= 'A' && c <= 'Z' || c >= 'a' && c <= 'z'
		if !letter && (i == 0 || c != '-' && c != '.' && (c < '0' || c > '9')) {
			return false
		}
	}
	return s != "" && len(s) <= long
}
