package main

import (
	"regexp"

	"github.com/flowc/flowc/compiler"
	"github.com/flowc/flowc/compiler/ir"
	"github.com/flowc/flowc/lang/diag"
	"github.com/flowc/flowc/runtime/sim"
	"github.com/urfave/cli/v2"
)

func testCommand(c *console) *cli.Command {
	return &cli.Command{
		Name:      "test",
		Usage:     "run the tests in files",
		ArgsUsage: "[FILE|DIR…]",
		Description: `Runs the tests and properties of files, in virtual time: without network, without
programs, at once. A folder stands for all flow files in it, no argument for the
current folder. The exit code is 0 if all passed and 1 if any failed.

--explore also runs each test with every node failing, timing out, and a cancel
before every event, and wants each of these runs to end and to undo what it did;
and it runs the test in every order in which concurrent work may end, which must
not change what is expected. A test or property takes at most --bound runs.`,
		UsageText: `flowc test order.flow
			flowc test --run refund --explore .
			flowc test --cover --junit report.xml`,
		Flags: []cli.Flag{
			&cli.StringFlag{Name: "run", Usage: "run only tests whose name matches `RE`"},
			&cli.BoolFlag{Name: "explore", Usage: "also try failures, time-outs, cancels and orders of completion"},
			&cli.IntFlag{Name: "bound", Usage: "make at most `N` runs for a test", Value: sim.DefaultBound},
			&cli.BoolFlag{Name: "cover", Usage: "list what no test has reached"},
			&cli.BoolFlag{Name: "json", Usage: "print what came of the tests, each as an object on a line"},
			&cli.StringFlag{Name: "junit", Usage: "also write a JUnit report to `FILE`"},
		},
		Action: c.test,
	}
}

// test runs tests as the flags say.
func (c *console) test(ctx *cli.Context) error {
	args, err := arguments(ctx, 0, -1)
	if err != nil {
		return err
	}
	if len(args) == 0 {
		args = []string{"."}
	}
	t := tester{console: c, explore: ctx.Bool("explore"), cover: ctx.Bool("cover"), bound: ctx.Int("bound")}
	if t.bound < 1 {
		return usagef("--bound cannot be %d: a test takes one run at least", t.bound)
	}
	if re := ctx.String("run"); re != "" {
		if t.only, err = regexp.Compile(re); err != nil {
			return usagef("--run %q is no regular expression: %w", re, err)
		}
	}
	var report reporter = &plainReport{console: c, color: c.colored(c.out)}
	if ctx.Bool("json") {
		report = &jsonReport{console: c}
	}
	t.reports = append(t.reports, report)
	var junit *junitReport
	if ctx.IsSet("junit") {
		junit = &junitReport{}
		t.reports = append(t.reports, junit)
	}
	files, err := c.flowFiles(args)
	for _, file := range files {
		err = worse(err, c.say(t.file(file)))
	}
	if t.only != nil && err == nil && t.passed+t.failed == 0 {
		err = c.say(failuref("no test has a name that matches --run %q", t.only))
	}
	for _, r := range t.reports {
		err = worse(err, r.close(t.passed, t.failed))
	}
	if junit != nil {
		err = worse(err, junit.write(ctx.String("junit")))
	}
	return err
}

// A tester runs the tests of files.
type tester struct {
	*console
	only           *regexp.Regexp // nil means all
	explore, cover bool
	bound          int
	reports        []reporter
	passed, failed int
}

// A testFile is a file whose tests are run.
type testFile struct {
	name    string
	program *ir.Program
	sources []*diag.Source // as ir.Pos counts them
}

// place returns where p is: the file as it was named, its text, and the
// position.
func (f *testFile) place(p ir.Pos) (src *diag.Source, at diag.Position) {
	if p.File < 0 || int(p.File) >= len(f.sources) {
		return nil, diag.Position{}
	}
	src = f.sources[p.File]
	return src, src.Position(int(p.Start))
}

// A reporter tells of tests.
type reporter interface {
	// result tells of a test that has been run.
	result(f *testFile, r *sim.Result) error
	// none tells of a file without tests.
	none(f *testFile) error
	// covered tells what the tests of a file have not reached.
	covered(f *testFile, c *sim.Cover) error
	// close tells how many there were.
	close(passed, failed int) error
}

// file runs the tests of one file.
func (t *tester) file(name string) error {
	src, err := load(name)
	if err != nil {
		return err
	}
	r := compile(src)
	t.show(r.Diags.Sorted())
	if r.Program == nil {
		return errFailed
	}
	f := &testFile{name: name, program: r.Program, sources: sourcesOf(r)}
	if len(r.Program.Tests) == 0 {
		return t.each(func(r reporter) error { return r.none(f) })
	}
	suite, err := sim.NewSuite(r.Program)
	if err != nil {
		return failuref("%s: %w", name, err)
	}
	o := sim.Options{Explore: t.explore, Bound: t.bound}
	if t.cover {
		o.Cover = suite.NewCover()
	}
	var failed error
	for _, test := range suite.Tests() {
		if t.only != nil && !t.only.MatchString(test.Name) {
			continue
		}
		result := suite.Run(test, o)
		if result.Passed {
			t.passed++
		} else {
			t.failed++
			failed = errFailed
		}
		failed = worse(failed, t.each(func(r reporter) error { return r.result(f, result) }))
	}
	if t.cover {
		failed = worse(failed, t.each(func(r reporter) error { return r.covered(f, o.Cover) }))
	}
	return failed
}

// each tells all reports something.
func (t *tester) each(tell func(reporter) error) error {
	var err error
	for _, r := range t.reports {
		err = worse(err, tell(r))
	}
	return err
}

// sourcesOf returns the sources of a compilation in the order in which
// positions count them.
func sourcesOf(r *compiler.Result) []*diag.Source {
	sources := make([]*diag.Source, len(r.Files))
	for i, f := range r.Files {
		sources[i] = f.Source
	}
	return sources
}
