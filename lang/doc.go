// Package lang turns the text of a `.flow` file into a tree.
//
// A scanner written by hand cuts the text into tokens of 16 bytes, participle
// reads declarations, productions written by hand read everything below them,
// and recovery makes one run show every syntax error. The tree says what was
// written and nothing more: no field is filled in by a later pass.
//
// Why not participle throughout: it copies tokens of 64 bytes into a slice of
// its own and moves every value through reflection, which costs about ten
// microseconds for a declaration of two lines. For declarations that is a fair
// price for a grammar that can be printed and is its own documentation; for
// statements and expressions, of which there are a hundred times more, it is
// not. So participle sees a declaration with its brackets left out (view.go),
// and a file of declarations is read at 10 MB/s or more, a long workflow at
// three times that, about as fast as go/parser reads Go (BenchmarkParse). The
// tree takes about 10 bytes for a byte of source.
//
// Why not tokens for new lines: whether a new line ends anything depends on the
// bracket it stands in, and after a mistake nobody knows which that is. So a
// token says that it is the first of its line, and each production knows
// whether that matters to it.
//
// [Parse] is the way in. [Walk] visits a tree, [Print] shows it, [Equal]
// compares two. testdata/grammar.ebnf is the whole grammar.
//
// Terms: a declaration ([Decl]) stands at the top of a file; a statement
// ([Stmt]) in a block; a step ([Step]) is a statement that runs a flow node
// ([FlowNode]); an expression ([Expr]) is pure.
package lang
