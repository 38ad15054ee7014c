package main

import (
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	goruntime "runtime"
	"slices"
	"strings"
	"time"
)

// section is a question, and how to answer it.
type section struct {
	name, about string
	run         func(*bench) error
}

// sections lists what can be measured, in the order in which it is.
var sections = []section{
	{"tasks", "1,000 × /bin/true through `flowc run --local`, against bare loops of os/exec", tasks},
	{"frontend", "from source to IR on one core, against go/parser", frontEnd},
	{"check", "`flowc check` as a process, against `flowc version`", check},
	{"journal", "durable runs of functions that do nothing, what is kept of them, and finding it again", journalSection},
	{"swf", "runs on `flowc swf-server` with a decider and one worker, and decisions on a long history", swfSection},
	{"interpreter", "events through the interpreter alone", interpreter},
}

// children lists what this program measures in a process of its own. Each
// prints what it measured as a JSON object of numbers.
var children = map[string]func(args []string) (any, error){
	"loop":     loopChild,
	"frontend": frontEndChild,
	"gosource": goSourceChild,
	"map":      mapChild,
	"kept":     keptChild,
	"served":   servedChild,
}

// bench is what sections share.
type bench struct {
	rounds int
	dir    string // for files; removed at the end
	flowc  string // the program, built from this source
}

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

func run(args []string) error {
	if len(args) > 1 && args[0] == "child" {
		return answer(args[1], args[2:])
	}
	flags := flag.NewFlagSet("bench", flag.ContinueOnError)
	rounds := flags.Int("rounds", 3, "how often each contender is measured")
	flags.Usage = func() {
		fmt.Fprintln(flags.Output(), "usage: go run ./internal/bench [-rounds N] [SECTION…]")
		for _, s := range sections {
			fmt.Fprintf(flags.Output(), "  %-12s %s\n", s.name, s.about)
		}
	}
	if err := flags.Parse(args); err != nil {
		return err
	}
	for _, name := range flags.Args() {
		if !slices.ContainsFunc(sections, func(s section) bool { return s.name == name }) {
			return fmt.Errorf("there is no section %q", name)
		}
	}
	b := &bench{rounds: max(1, *rounds)}
	var err error
	if b.dir, err = os.MkdirTemp("", "flowc-bench-"); err != nil {
		return err
	}
	defer func() { _ = os.RemoveAll(b.dir) }() // among temporary files, which somebody clears
	if err := b.build(); err != nil {
		return err
	}
	fmt.Printf("%s %s/%s, %d CPUs, median of %d rounds (least–greatest)\n",
		goruntime.Version(), goruntime.GOOS, goruntime.GOARCH, goruntime.NumCPU(), b.rounds)
	begin := time.Now()
	for _, s := range sections {
		if flags.NArg() > 0 && !slices.Contains(flags.Args(), s.name) {
			continue
		}
		fmt.Printf("\n%s: %s\n", s.name, s.about)
		if err := s.run(b); err != nil {
			return fmt.Errorf("%s: %w", s.name, err)
		}
	}
	fmt.Printf("\ntook %v\n", time.Since(begin).Round(time.Second))
	return nil
}

// build builds flowc as it is released.
func (b *bench) build() error {
	b.flowc = filepath.Join(b.dir, "flowc")
	out, err := exec.Command("go", "build", "-trimpath", "-ldflags=-s -w", "-o", b.flowc, "github.com/flowc/flowc/cmd/flowc").CombinedOutput()
	if err != nil {
		return fmt.Errorf("flowc cannot be built: %w\n%s", err, strings.TrimSpace(string(out)))
	}
	return nil
}

// write writes a file and returns its path.
func (b *bench) write(name, text string) (string, error) {
	path := filepath.Join(b.dir, name)
	return path, os.WriteFile(path, []byte(text), 0o666)
}
