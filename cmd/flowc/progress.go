package main

import (
	"fmt"
	"io"
	"sync"
	"time"

	"github.com/flowc/flowc/compiler/ir"
	"github.com/flowc/flowc/runtime"
)

// progress shows a run as lines of text.
type progress struct {
	mu sync.Mutex
	w  io.Writer
}

func newProgress(w io.Writer) *progress { return &progress{w: w} }

// Changes shows what changed.
func (p *progress) Changes(_ time.Time, changes []runtime.Change) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, c := range changes {
		switch {
		case c.To == ir.Waiting:
		case c.Failure != nil:
			fmt.Fprintf(p.w, "%s %s: %s\n", c.To, c.Node, c.Failure.Message)
		default:
			fmt.Fprintf(p.w, "%s %s\n", c.To, c.Node)
		}
	}
}

// Log shows a line of a log.
func (p *progress) Log(node string, _ int, line []byte) {
	p.mu.Lock()
	defer p.mu.Unlock()
	fmt.Fprintf(p.w, "%s | %q\n", node, line)
}

func (p *progress) close(report runtime.RunReport) {
	fmt.Fprintf(p.w, "%s %s\n", report.Status, report.Run)
}
