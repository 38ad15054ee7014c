package lang_test

import (
	"slices"
	"testing"

	"github.com/flowc/flowc/lang"
	"github.com/flowc/flowc/lang/diag"
)

// TestFixes applies what the diagnostics propose, whether sure or not, and
// reads the result.
func TestFixes(t *testing.T) {
	tests := map[string]struct {
		wrong, right string
		how          diag.Applicability
	}{
		"let": {
			"workflow w() {\n  a = 1 + 2\n}\n",
			"workflow w() {\n  let a = 1 + 2\n}\n", diag.Machine,
		},
		":=": {
			"workflow w() {\n  a := f()\n}\n",
			"workflow w() {\n  a = f()\n}\n", diag.Machine,
		},
		"with": {
			"workflow w() {\n  group max = 3, retry = 1 { }\n}\n",
			"workflow w() {\n  group with max = 3, retry = 1 { }\n}\n", diag.Machine,
		},
		"a spaced percentage": {
			"workflow w() {\n  map x in xs with tolerate = 2.5 % { }\n}\n",
			"workflow w() {\n  map x in xs with tolerate = 2.5% { }\n}\n", diag.Machine,
		},
		"= in a condition": {
			"workflow w() {\n  if a = 3 { f() }\n}\n",
			"workflow w() {\n  if a == 3 { f() }\n}\n", diag.Machine,
		},
		"= between names in a condition": {
			"workflow w() {\n  loop while a.b = c.d { f() }\n}\n",
			"workflow w() {\n  loop while a.b == c.d { f() }\n}\n", diag.Machine,
		},
		"with after a call": {
			"workflow w() {\n  a = f(1) retry = 3, timeout = 5m undo g()\n}\n",
			"workflow w() {\n  a = f(1) with retry = 3, timeout = 5m undo g()\n}\n", diag.Machine,
		},
		"for": {
			"workflow w() {\n  for x, i in xs { f(x) }\n}\n",
			"workflow w() {\n  map x, i in xs { f(x) }\n}\n", diag.Maybe,
		},
		"try": {
			"workflow w() {\n  a = try { f() } catch { g() }\n}\n",
			"workflow w() {\n  a = chain { f() } catch { g() }\n}\n", diag.Maybe,
		},
		"while": {
			"workflow w() {\n  while a { f() }\n}\n",
			"workflow w() {\n  loop while a { f() }\n}\n", diag.Maybe,
		},
		"slashes": {
			"// hello\nconst a = 1\n",
			"# hello\nconst a = 1\n", diag.Machine,
		},
		"an arrow": {
			"activity f() → int\n",
			"activity f() -> int\n", diag.Machine,
		},
		"&&": {
			"const a = b && c\n",
			"const a = b and c\n", diag.Machine,
		},
		"!": {
			"const a = !b.c and d\n",
			"const a = not b.c and d\n", diag.Machine,
		},
		"! and a space": {
			"workflow w() {\n  if b or ! c { f() }\n}\n",
			"workflow w() {\n  if b or not c { f() }\n}\n", diag.Machine,
		},
		"||": {
			"const a = b || c\n",
			"const a = b or c\n", diag.Machine,
		},
		"a brace that indentation finds": {
			"workflow w() {\n  group {\n    a = f()\n  b = g()\n}\n",
			"workflow w() {\n  group {\n    a = f()\n  }\n  b = g()\n}\n", diag.Maybe,
		},
		"a brace before a declaration": {
			"workflow w() {\n  f()\nactivity f()\n",
			"workflow w() {\n  f()\n}\nactivity f()\n", diag.Maybe,
		},
		"a brace at the end": {
			"workflow w() {\n  f()\n",
			"workflow w() {\n  f()\n}\n", diag.Maybe,
		},
		"a handler on its own line": {
			"workflow w() {\n  f()\n}\non_failure { f() }\n",
			"workflow w() {\n  f()\n} on_failure { f() }\n", diag.Maybe,
		},
		"else on its own line": {
			"workflow w() {\n  if a { }\n  else { }\n}\n",
			"workflow w() {\n  if a { } else { }\n}\n", diag.Maybe,
		},
		"a misspelt declaration": {
			"acitvity f()\n",
			"activity f()\n", diag.Maybe,
		},
		"a misspelt statement": {
			"workflow w() {\n  gruop { }\n}\n",
			"workflow w() {\n  group { }\n}\n", diag.Maybe,
		},
		"an open ${": {
			"const a = \"x ${y\"\n",
			"const a = \"x ${y}\"\n", diag.Maybe,
		},
		"a hexadecimal number": {
			"const a = 0x10\n",
			"const a = 16\n", diag.Machine,
		},
		"never after its call": {
			"test \"a\" {\n  run w()\n  expect f(1) never\n}\n",
			"test \"a\" {\n  run w()\n  expect never f(1)\n}\n", diag.Machine,
		},
		"never after a name": {
			"test \"a\" {\n  run w()\n  expect a.f never\n}\n",
			"test \"a\" {\n  run w()\n  expect never a.f\n}\n", diag.Machine,
		},
		"once after a name": {
			"test \"a\" {\n  run w()\n  expect f once\n}\n",
			"test \"a\" {\n  run w()\n  expect f() once\n}\n", diag.Machine,
		},
		"a number after a name": {
			"test \"a\" {\n  run w()\n  expect a.f 2 times\n}\n",
			"test \"a\" {\n  run w()\n  expect a.f() 2 times\n}\n", diag.Machine,
		},
		"a value in camel case": {
			"const dayOfWeek = 1\n",
			"const day_of_week = 1\n", diag.Maybe,
		},
		"a type in snake case": {
			"type sales_row { }\n",
			"type SalesRow { }\n", diag.Maybe,
		},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			_, ds := lang.Parse(diag.NewSource("x.flow", []byte(tt.wrong)))
			if ds.Len() != 1 {
				t.Fatalf("got\n%swant one diagnostic", listed(ds))
			}
			d := ds.All()[0]
			if len(d.Fixes) == 0 || d.Fixes[0].Applicability != tt.how {
				t.Fatalf("got the fixes %v, want one that is %s", d.Fixes, tt.how)
			}
			got := tt.wrong
			for _, e := range slices.Backward(d.Fixes[0].Edits) { // in the order of the text
				got = got[:e.Start] + e.New + got[e.End:]
			}
			if got != tt.right {
				t.Errorf("got\n%swant\n%s", got, tt.right)
			}
			if _, ds := lang.Parse(diag.NewSource("x.flow", []byte(got))); ds.Len() != 0 {
				t.Errorf("after the fix:\n%s", listed(ds))
			}
		})
	}
}
