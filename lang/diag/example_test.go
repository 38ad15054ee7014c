package diag_test

import (
	"fmt"
	"os"

	"github.com/flowc/flowc/lang/diag"
)

func Example() {
	src := diag.NewSource("etl.flow", []byte("activity transform(raw: string) -> string\n\nworkflow etl(raw: string) -> string {\n  return tranform(raw)\n}\n"))
	call := src.Span(90, 98)

	var found diag.List
	found.Add(diag.Diagnostic{
		Code:      diag.UnknownCallable,
		Severity:  diag.UnknownCallable.Severity(),
		Message:   "there is no activity, workflow or canvas named `tranform`",
		Primary:   diag.Label{Span: call, Text: "not found"},
		Secondary: []diag.Label{{Span: src.Span(9, 18), Text: "did you mean this one?"}},
		Fixes: []diag.Fix{{
			Title:         "write `transform`",
			Applicability: diag.Machine,
			Edits:         []diag.Edit{{Span: call, New: "transform"}},
		}},
	})
	if err := diag.Render(os.Stdout, found.Sorted(), diag.Options{}); err != nil {
		fmt.Println(err)
	}
	text, applied := diag.ApplyFixes(src, found.Sorted())
	fmt.Printf("%d fix applied:\n%s", applied, text)
	// Output:
	// error[F0201]: there is no activity, workflow or canvas named `tranform`
	//  --> etl.flow:4:10
	//   |
	// 1 | activity transform(raw: string) -> string
	//   |          --------- did you mean this one?
	// ...
	// 4 |   return tranform(raw)
	//   |          ^^^^^^^^ not found
	//   = help: write `transform`                                                             [fix: machine]
	//
	// 1 fix applied:
	// activity transform(raw: string) -> string
	//
	// workflow etl(raw: string) -> string {
	//   return transform(raw)
	// }
}
