package compiler_test

import (
	"io/fs"
	"path/filepath"
	"slices"
	"testing"

	"github.com/flowc/flowc/compiler"
	"github.com/flowc/flowc/compiler/ir"
	"github.com/flowc/flowc/lang/diag"
)

const billingFlow = `
enum Tier { basic, gold }
type Invoice { id: string, tier: Tier }
type Card { number: string }
type Cash { cents: int }
type Payment = Card | Cash
error Declined { reason: string }
const rate = 3
param region: string = "eu"
activity charge(invoice: Invoice, by: Payment) -> Invoice raises Declined
`

// compileWith compiles text next to the billing module.
func compileWith(text string) *compiler.Result {
	read := func(path string) ([]byte, error) {
		if filepath.Base(path) == "billing.flow" {
			return []byte(billingFlow), nil
		}
		return nil, fs.ErrNotExist
	}
	return compiler.Compile(diag.NewSource("main.flow", []byte("import \"./billing.flow\" as billing\n"+text)),
		compiler.Config{Read: read, Verify: true})
}

func TestNamesOfAModuleAreReadThroughIt(t *testing.T) {
	r := compileWith(`
type Order { invoice: billing.Invoice, tiers: [billing.Tier; <= 3] }
activity store(order: Order, rate: int, region: string)
workflow w(id: string, paid: billing.Payment) {
  invoice = billing.charge(billing.Invoice { id, tier: billing.Tier.gold }, if paid is billing.Card then paid else billing.Cash { cents: 1 })
  store(Order { invoice, tiers: [billing.Tier.basic, invoice.tier] }, billing.rate + 1, billing.region)
  if invoice.id == "" {
    raise billing.Declined { reason: "empty" }
  }
}
`)
	if r.Program == nil {
		t.Fatalf("%s%v", shown(r), r.Bug)
	}
	var types []string
	for _, d := range r.Program.Types {
		types = append(types, d.Name)
	}
	want := []string{"billing.Tier", "billing.Invoice", "billing.Card", "billing.Cash", "billing.Payment", "billing.Declined", "Order"}
	if !slices.Equal(types, want) {
		t.Errorf("types %v, want %v", types, want)
	}
	for _, n := range r.Program.Workflows[0].Nodes {
		if n.Kind == ir.NActivity && n.Call.Callee == "store" {
			if got := n.Call.Args[2]; got.Op != ir.OpParam || got.Name != "billing.region" {
				t.Errorf("the param of the module is read as %d %q", got.Op, got.Name)
			}
			if got := n.Call.Args[1]; got.Value != ir.Int(4) {
				t.Errorf("the constant of the module gives %v, want 4", got.Value)
			}
		}
	}
}

func TestNamesThatAModuleDoesNotHave(t *testing.T) {
	for _, tt := range []struct {
		expr string
		code diag.Code
	}{
		{"billing.rte", diag.UnknownName},
		{"billing.charge", diag.UnknownName},
		{"billing.Teir.gold", diag.UnknownType},
		{"billing.Tier.silver", diag.UnknownMember},
		{"billing.Invoice { id: 1 }", diag.TypeMismatch},
		{"billing.charge(3)", diag.CallInExpression},
		{"billing.refund(3)", diag.UnknownCallable},
		{"billing", diag.UnknownName},
		{"bilings.rate", diag.UnknownName},
		{"rate + billing.rate", diag.UnknownName},
	} {
		t.Run(tt.expr, func(t *testing.T) {
			r := compileWith("activity f(v: string)\nworkflow w() {\n  f(string(" + tt.expr + "))\n}\n")
			found := r.Diags.Sorted()
			if len(found) != 1 || found[0].Code != tt.code {
				t.Errorf("want one %s, got\n%s", tt.code, shown(r))
			}
		})
	}
}
