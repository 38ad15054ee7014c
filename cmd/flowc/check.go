package main

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/flowc/flowc/compiler"
	"github.com/flowc/flowc/compiler/analyze"
	"github.com/flowc/flowc/compiler/ir"
	"github.com/flowc/flowc/lang/diag"
	"github.com/urfave/cli/v2"
)

func checkCommand(c *console) *cli.Command {
	return &cli.Command{
		Name:      "check",
		Usage:     "find the mistakes in files",
		ArgsUsage: "[FILE|DIR…]",
		Description: `Checks files, and what they import, without running anything. A folder stands for
all flow files in it, no argument for the current folder, and - for stdin.`,
		UsageText: "flowc check etl.flow\nflowc check --deny W0603 --json .",
		Flags: []cli.Flag{
			&cli.BoolFlag{Name: "json", Usage: "print the findings, each as an object on a line"},
			&cli.BoolFlag{Name: "sarif", Usage: "print the findings as one SARIF 2.1.0 log"},
			&cli.StringSliceFlag{Name: "deny", Usage: "take warnings of `CODE` for errors; W06 is a family, W is all"},
			&cli.BoolFlag{Name: "fix", Usage: "apply the fixes that are marked as safe, and check again"},
		},
		Action: func(ctx *cli.Context) error {
			args, err := arguments(ctx, 0, -1)
			if err != nil {
				return err
			}
			if len(args) == 0 {
				args = []string{"."}
			}
			ch := checker{console: c, seen: map[finding]bool{}, fix: ctx.Bool("fix"), quiet: ctx.Bool("json") || ctx.Bool("sarif")}
			if ch.deny, err = denied(ctx.StringSlice("deny")); err != nil {
				return err
			}
			if ctx.Bool("json") && ctx.Bool("sarif") {
				return usagef("--json and --sarif are two forms of the same: choose one")
			}
			files, err := c.flowFiles(args)
			err = worse(err, ch.files(files))
			switch {
			case ctx.Bool("json"):
				return worse(diag.WriteJSON(c.out, ch.found.Sorted()), err)
			case ctx.Bool("sarif"):
				return worse(diag.WriteSARIF(c.out, ch.found.Sorted(), thisBuild().Version), err)
			}
			return err
		},
	}
}

// denied returns the codes that --deny names, each of which may hold several
// with commas between them.
func denied(flags []string) ([]string, error) {
	var codes []string
	for _, flag := range flags {
		for _, code := range strings.Split(flag, ",") {
			code = strings.ToUpper(strings.TrimSpace(code))
			isCode := func(p diag.Page) bool {
				return p.Severity == diag.Warning && strings.HasPrefix(string(p.Code), code)
			}
			if code == "" || !slices.ContainsFunc(diag.Codes(), isCode) {
				return nil, usagef("--deny %q: there is no warning of that code; `flowc explain` lists the codes", code)
			}
			codes = append(codes, code)
		}
	}
	return codes, nil
}

// A checker checks files one by one.
type checker struct {
	*console
	deny       []string
	fix, quiet bool
	found      diag.List // in all files so far
	seen       map[finding]bool
	wrong      map[string]bool // what was said of project files
}

// A finding is what tells one from the others.
type finding struct {
	file       string
	start, end int
	code       diag.Code
	message    string
}

// unseen returns those of findings that have not been shown with another file,
// which imports the same one.
func (ch *checker) unseen(findings []diag.Diagnostic) []diag.Diagnostic {
	var list []diag.Diagnostic
	for _, d := range findings {
		f := finding{start: d.Primary.Start, end: d.Primary.End, code: d.Code, message: d.Message}
		if d.Primary.Source != nil {
			f.file = d.Primary.Source.Name
		}
		if !ch.seen[f] {
			list = append(list, d)
			ch.seen[f] = true
		}
	}
	return list
}

// files checks files. The error tells of the worst that was met.
func (ch *checker) files(names []string) error {
	var err error
	for _, name := range names {
		err = worse(err, ch.say(ch.file(name)))
	}
	return err
}

// file checks one file, and shows what it found unless that is for programs.
func (ch *checker) file(name string) error {
	begin := time.Now()
	r, err := ch.compile(name)
	if err != nil {
		return err
	}
	r.Diags.Deny(ch.deny...)
	ch.found.Merge(r.Diags)
	if !ch.quiet {
		findings := r.Diags.Sorted()
		ch.show(ch.unseen(findings))
		if name == stdin {
			name = stdinName
		}
		if err := ch.printf("%s: %s\n", name, verdict(r.Program, findings, time.Since(begin))); err != nil {
			return err
		}
	}
	if r.Diags.HasErrors() {
		return errFailed
	}
	return nil
}

// compile compiles a file, after it has been fixed if that is wanted.
func (ch *checker) compile(name string) (*compiler.Result, error) {
	in, err := ch.project(name)
	if err != nil {
		return nil, err
	}
	if ch.fix {
		return ch.fixed(name, in)
	}
	src, err := ch.source(name)
	if err != nil {
		return nil, err
	}
	return checked(src, in), nil
}

// project returns the project that a file is in. What is wrong with a project
// file is said once, and fails the check of each of its files.
func (ch *checker) project(name string) (*project, error) {
	in, err := projectOf(name, "")
	if err == nil {
		return in, nil
	}
	if ch.wrong[err.Error()] {
		return nil, errFailed
	}
	if ch.wrong == nil {
		ch.wrong = map[string]bool{}
	}
	ch.wrong[err.Error()] = true
	return nil, err
}

// verdict returns the closing line of a file, without its name.
func verdict(p *ir.Program, findings []diag.Diagnostic, took time.Duration) string {
	errors, warnings := 0, 0
	for _, d := range findings {
		if d.Severity == diag.Error {
			errors++
		} else {
			warnings++
		}
	}
	switch {
	case errors > 0 && warnings > 0:
		return plural(errors, "error") + ", " + plural(warnings, "warning")
	case errors > 0:
		return plural(errors, "error")
	case warnings > 0:
		return fmt.Sprintf("%s, ok with %s (%s)", analyze.Count(p), plural(warnings, "warning"), rounded(took))
	}
	return fmt.Sprintf("%s, ok (%s)", analyze.Count(p), rounded(took))
}

// rounded returns a duration as people read it: `12 ms`.
func rounded(d time.Duration) string {
	switch ms := float64(d) / float64(time.Millisecond); {
	case ms >= 1000:
		return fmt.Sprintf("%.1f s", ms/1000)
	case ms >= 9.5:
		return fmt.Sprintf("%.0f ms", ms)
	default:
		return fmt.Sprintf("%.1f ms", ms)
	}
}
