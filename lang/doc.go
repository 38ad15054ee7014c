// Package lang turns the text of a `.flow` file into a tree.
//
// The lexer makes tokens, the grammar (participle, with hand-written
// productions where speed or recovery asks for them) makes the tree, and
// recovery makes one run show every syntax error. The tree says what was
// written and nothing more: no field is filled in by a later pass.
//
// Terms: a declaration ([Decl]) stands at the top of a file; a statement
// ([Stmt]) in a block; a step ([Step]) is a statement that runs a flow node
// ([FlowNode]); an expression ([Expr]) is pure.
package lang
