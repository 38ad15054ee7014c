package main

import (
	"fmt"
	"strings"

	"github.com/flowc/flowc/compiler"
	"github.com/flowc/flowc/lang/diag"
)

// maxFixes is how often a file is fixed and checked again: a fix may make room
// for another, but if there is no end to that something is wrong with them.
const maxFixes = 10

// fixed applies the fixes for a file, and to the files of the project that it
// imports, and returns what is left.
func (ch *checker) fixed(name string, in *project) (*compiler.Result, error) {
	if name == stdin {
		return nil, usagef("--fix cannot write to stdin: leave it out to see what is wrong")
	}
	for round := 1; ; round++ {
		src, err := load(name)
		if err != nil {
			return nil, err
		}
		r := checked(src, in)
		if round > maxFixes {
			return r, nil
		}
		changed, err := ch.fixOnce(r)
		if err != nil {
			return nil, err
		}
		if !changed {
			return r, nil
		}
	}
}

// fixOnce applies what fixes of r can be applied together, and reports whether
// there were any.
func (ch *checker) fixOnce(r *compiler.Result) (bool, error) {
	changed := false
	for _, f := range r.Files {
		if strings.HasPrefix(f.Source.Name, "std/") {
			continue
		}
		text, n := diag.ApplyFixes(f.Source, r.Diags.Sorted())
		if n == 0 {
			continue
		}
		if err := replaceFile(f.Source.Name, text); err != nil {
			return false, err
		}
		changed = true
		ch.sayf("%s: %s\n", f.Source.Name, appliedFixes(n))
	}
	return changed, nil
}

func appliedFixes(n int) string {
	if n == 1 {
		return "applied 1 fix"
	}
	return fmt.Sprintf("applied %d fixes", n)
}
