package lang

// DeclarationGrammar returns participle's own print of the grammar.
func DeclarationGrammar() string { return newGrammar().file.String() }
