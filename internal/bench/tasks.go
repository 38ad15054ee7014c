package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
)

// manyTasks is how many tasks are run.
const manyTasks = 1000

// tasks compares runs of flows whose tasks do nothing with loops that start
// the same programs.
func tasks(b *bench) error {
	self, err := os.Executable()
	if err != nil {
		return err
	}
	contenders := []contender{
		{"loop of os/exec, 2 at a time", process(self, "child", "loop", "2")},
		{"loop of os/exec, one by one", process(self, "child", "loop", "1")},
	}
	flow := func(name, jobs, body string) error {
		path, err := b.write(strings.Fields(name)[0]+".flow", "activity t() { run = [\"/bin/true\"], stdin = none }\n\nworkflow w() {\n"+body+"}\n")
		contenders = append(contenders, contender{name, process(b.flowc, "run", "--local", "--state", filepath.Join(b.dir, "state"), "-j", jobs, path)})
		return err
	}
	var steps strings.Builder
	for k := range manyTasks {
		fmt.Fprintf(&steps, "    t%d = t()\n", k)
	}
	if err := flow("group, -j 2", "2", "  group {\n"+steps.String()+"  }\n"); err != nil {
		return err
	}
	if err := flow("map, -j 2", "2", fmt.Sprintf("  map n in 1..%d {\n    t()\n  }\n", manyTasks)); err != nil {
		return err
	}
	if err := flow("chain", "1", steps.String()); err != nil {
		return err
	}
	others, err := b.otherTools()
	if err != nil {
		return err
	}
	contenders = append(contenders, others...)
	samples, err := b.inTurn(b.rounds, contenders)
	if err != nil {
		return err
	}
	t := newTable("contender", "time", "of the loop 2 at a time", "of the loop one by one")
	for _, c := range contenders {
		s := samples[c.name]
		t.row(c.name, s.seconds(), ratio(s.median(), samples[contenders[0].name].median()), ratio(s.median(), samples[contenders[1].name].median()))
	}
	t.print()
	return nil
}

// otherTools returns the same work for the tools that are installed.
func (b *bench) otherTools() ([]contender, error) {
	var rules, builds, goals strings.Builder
	for k := range manyTasks {
		fmt.Fprintf(&rules, "t%d:\n\t@/bin/true\n", k)
		fmt.Fprintf(&builds, "build t%d: true\n", k)
		fmt.Fprintf(&goals, " t%d", k)
	}
	var contenders []contender
	if tool, err := exec.LookPath("make"); err == nil {
		path, err := b.write("Makefile", ".PHONY: all"+goals.String()+"\nall:"+goals.String()+"\n"+rules.String())
		if err != nil {
			return nil, err
		}
		contenders = append(contenders, contender{"make -j2", process(tool, "-j2", "-s", "-f", path)})
	}
	if tool, err := exec.LookPath("ninja"); err == nil {
		path, err := b.write("build.ninja", "builddir = "+b.dir+"\nrule true\n  command = /bin/true\n"+builds.String())
		if err != nil {
			return nil, err
		}
		contenders = append(contenders, contender{"ninja -j2", process(tool, "-C", b.dir, "-j2", "-f", path)})
	}
	return contenders, nil
}

// loopChild starts the programs in the plainest way that Go offers.
func loopChild(args []string) (any, error) {
	parallel, err := strconv.Atoi(args[0])
	if err != nil {
		return nil, err
	}
	var group sync.WaitGroup
	failures := make([]error, parallel)
	for k := range parallel {
		group.Go(func() {
			for range manyTasks / parallel {
				if err := exec.Command("/bin/true").Run(); err != nil {
					failures[k] = err
					return
				}
			}
		})
	}
	group.Wait()
	for _, err := range failures {
		if err != nil {
			return nil, err
		}
	}
	return manyTasks, nil
}
