package compiler

import "github.com/flowc/flowc/compiler/ir"

func checkProgram(p *ir.Program) error { return nil }
