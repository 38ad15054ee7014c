// Package lang turns the text of a `.flow` file into a tree.
//
// A scanner written by hand cuts the text into tokens of 16 bytes, participle
// reads declarations, productions written by hand read everything below them,
// and recovery makes one run show every syntax error. The tree says what was
// written and nothing more: no field is filled in by a later pass.
//
// [Parse] is the way in. [Walk] visits a tree, [Print] shows it, [Equal]
// compares two. testdata/grammar.ebnf is the whole grammar.
//
// Terms: a declaration ([Decl]) stands at the top of a file; a statement
// ([Stmt]) in a block; a step ([Step]) is a statement that runs a flow node
// ([FlowNode]); an expression ([Expr]) is pure.
package lang
