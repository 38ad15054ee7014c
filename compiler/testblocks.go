package compiler

import "github.com/flowc/flowc/lang"

// checkTests checks what test blocks name.
func (c *checker) checkTests() {
	for _, m := range c.mods {
		for _, d := range m.file.Decls {
			t, ok := d.(*lang.TestDecl)
			if !ok {
				continue
			}
			for _, s := range t.Stmts {
				c.checkTestNames(m, s)
			}
			if _, waits := notYetRun[cTest]; waits {
				c.testNotRun(m, t)
			}
		}
	}
}

func (c *checker) checkTestNames(m *module, s lang.TestStmt) {
	switch s := s.(type) {
	case *lang.Mock:
		if !s.Any {
			c.callable(m, s.Callee)
		}
	case *lang.ForEvery:
		c.callable(m, s.In)
	case *lang.RunStmt:
		c.callable(m, s.Callee)
	case *lang.Expect:
		if len(s.Callee) > 0 {
			c.callable(m, s.Callee)
		}
		if s.Error != nil {
			c.errorNamed(m, *s.Error)
		}
	}
}
