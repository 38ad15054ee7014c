package flowc_test

import (
	"bytes"
	"fmt"
	"math/rand"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// killedOften is how often each example is killed in the long version of the
// test.
const killedOften = 20

// TestExamplesSurviveKill runs examples in a process that is killed at random
// moments, again and again, and lets them go on: in the end they are what they
// would have been, and have done what they would have done. Which examples and
// which moments is drawn anew each time; -v says which.
func TestExamplesSurviveKill(t *testing.T) {
	if testing.Short() {
		t.Skip("it takes as long as the examples, several times")
	}
	bin := build(t)
	runs := exampleRuns
	times := killedOften
	if os.Getenv("FLOWC_SOAK") == "" {
		runs, times = nil, 1
		for _, k := range rand.Perm(len(exampleRuns))[:4] {
			runs = append(runs, exampleRuns[k])
		}
	}
	for _, run := range runs {
		t.Run(run.name, func(t *testing.T) {
			t.Parallel()
			want, err := os.ReadFile(filepath.Join("examples", run.dir, run.name+".golden"))
			if err != nil {
				t.Fatal(err)
			}
			for range times {
				v := &victim{t: t, bin: bin, tmp: t.TempDir(), run: run}
				if d := cmp.Diff(once(string(want)), once(v.live())); d != "" {
					t.Errorf("killed %s: (-undisturbed +killed)\n%s", v.story, d)
				}
			}
		})
	}
}

// once returns a text in which a line that follows itself stands once: an
// effect of a program that was killed with flowc is had again when it runs again.
func once(text string) string {
	var list []string
	for _, line := range strings.Split(text, "\n") {
		if len(list) == 0 || list[len(list)-1] != line {
			list = append(list, line)
		}
	}
	return strings.Join(list, "\n")
}

// A victim is a run of an example that is killed.
type victim struct {
	t        *testing.T
	bin, tmp string
	run      exampleRun
	story    string
}

// live lets the run come to its end through several deaths, and returns what
// is the same in every run.
func (v *victim) live() string {
	begin := append([]string{"run", "--local", "--id", "example", filepath.Join("examples", v.run.dir, v.run.dir+".flow")}, v.run.args...)
	again := []string{"resume", "example"}
	sent := make(chan bool)
	go func() {
		if v.run.sent != nil {
			send(v.t, v.bin, v.tmp, v.run.sent)
		}
		close(sent)
	}()
	args := begin
	for range 1 + rand.Intn(3) {
		// Most examples take less than a second: moments are drawn so that the
		// early ones, which are the busy ones, are hit more often.
		after := time.Duration(rand.ExpFloat64() * float64(200*time.Millisecond))
		v.killed(after, args)
		if v.begun() {
			args = again
		}
	}
	// It may have ended before it was killed, which is an error of resume: what
	// counts is what is kept.
	out, _ := v.command(args).CombinedOutput()
	<-sent
	show := v.command([]string{"show", "example", "--json"})
	var stderr bytes.Buffer
	show.Stderr = &stderr
	whole, err := show.Output()
	if err != nil {
		v.t.Fatalf("killed %s: %v\n%s\n%s", v.story, err, stderr.String(), out)
	}
	text := string(summary(v.t, whole))
	if v.run.file != "" {
		text += fileOf(v.t, v.tmp, v.run.file)
	}
	return text
}

func (v *victim) command(args []string) *exec.Cmd {
	args = append([]string{}, args...)
	for k := range args {
		args[k] = strings.ReplaceAll(args[k], "TMP", v.tmp)
	}
	return exec.Command(v.bin, append(args, "--state", filepath.Join(v.tmp, "state"))...)
}

// killed starts a process and kills it after a while.
func (v *victim) killed(after time.Duration, args []string) {
	cmd := v.command(args)
	if err := cmd.Start(); err != nil {
		v.t.Fatal(err)
	}
	time.Sleep(after)
	_ = cmd.Process.Kill() // it may have ended
	_ = cmd.Wait()
	v.story += fmt.Sprintf("%s after %v; ", args[0], after.Round(time.Millisecond))
}

// begun reports whether the run is kept.
func (v *victim) begun() bool {
	return v.command([]string{"show", "example", "--json"}).Run() == nil
}
