package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	goruntime "runtime"
	"slices"
	"strings"
	"syscall"
	"time"
)

// A sample is what one case gave, round by round.
type sample []float64

func (s sample) median() float64 {
	sorted := slices.Sorted(slices.Values(s))
	n := len(sorted)
	switch {
	case n == 0:
		return 0
	case n%2 == 1:
		return sorted[n/2]
	}
	return (sorted[n/2-1] + sorted[n/2]) / 2
}

// seconds writes a sample of durations.
func (s sample) seconds() string {
	unit, scale := "s", 1.0
	switch m := s.median(); {
	case m < 1e-3:
		unit, scale = "µs", 1e6
	case m < 1:
		unit, scale = "ms", 1e3
	}
	return s.text(scale, unit)
}

// text writes the median, the least and the greatest, in some unit.
func (s sample) text(scale float64, unit string) string {
	if unit != "" {
		unit = " " + unit
	}
	return fmt.Sprintf("%s%s (%s–%s)", short(s.median()*scale), unit, short(slices.Min(s)*scale), short(slices.Max(s)*scale))
}

// short writes a number with three digits that count.
func short(x float64) string {
	switch {
	case x >= 100:
		text := fmt.Sprintf("%.0f", x)
		for k := len(text) - 3; k > 0; k -= 3 {
			text = text[:k] + "," + text[k:]
		}
		return text
	case x >= 10:
		return fmt.Sprintf("%.1f", x)
	}
	return fmt.Sprintf("%.2f", x)
}

// A contender is something that is measured.
type contender struct {
	name    string
	measure func() (float64, error)
}

// inTurn measures contenders, round after round.
func (b *bench) inTurn(rounds int, contenders []contender) (map[string]sample, error) {
	samples := map[string]sample{}
	for range rounds {
		for _, c := range contenders {
			x, err := c.measure()
			if err != nil {
				return nil, fmt.Errorf("%s: %w", c.name, err)
			}
			samples[c.name] = append(samples[c.name], x)
		}
	}
	return samples, nil
}

// process measures how long a process takes. What it prints is thrown away,
// but for the end of it if it fails.
func process(argv ...string) func() (float64, error) {
	return func() (float64, error) {
		cmd := exec.Command(argv[0], argv[1:]...)
		begin := time.Now()
		if err := cmd.Run(); err != nil {
			out, _ := exec.Command(argv[0], argv[1:]...).CombinedOutput()
			return 0, fmt.Errorf("%s: %w\n%s", strings.Join(argv, " "), err, out[max(0, len(out)-2000):])
		}
		return time.Since(begin).Seconds(), nil
	}
}

// answer measures what a child is to measure.
func answer(name string, args []string) error {
	measure := children[name]
	if measure == nil {
		return fmt.Errorf("there is no child %q", name)
	}
	result, err := measure(args)
	if err != nil {
		return err
	}
	return json.NewEncoder(os.Stdout).Encode(result)
}

// child measures something in a process of its own, which has one core if so
// wished, reads the answer into result, and returns the peak of its memory in
// bytes.
func child(oneCore bool, result any, name string, args ...string) (peak float64, err error) {
	self, err := os.Executable()
	if err != nil {
		return 0, err
	}
	cmd := exec.Command(self, append([]string{"child", name}, args...)...)
	cmd.Env = os.Environ()
	if oneCore {
		cmd.Env = append(cmd.Env, "GOMAXPROCS=1")
	}
	var out, fault bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &fault
	if err := cmd.Run(); err != nil {
		return 0, fmt.Errorf("child %s: %w\n%s", name, err, fault.Bytes())
	}
	if usage, ok := cmd.ProcessState.SysUsage().(*syscall.Rusage); ok {
		peak = float64(usage.Maxrss)
		if goruntime.GOOS != "darwin" { // where it is in bytes already
			peak *= 1024
		}
	}
	return peak, json.Unmarshal(out.Bytes(), result)
}
