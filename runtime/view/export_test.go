package view

import "io"

// NewStill returns a view that draws only when Draw is called.
func NewStill(w io.Writer, o Options) *View { return newView(w, o) }

// Draw does what the painter does at a tick.
func (v *View) Draw() { v.draw(false) }

// Drawn returns the lines of the last frame.
func (v *View) Drawn() []string { return v.painter.screen.drawn }

// Frame returns a frame of its own.
func (v *View) Frame(width, rows int) []string {
	return v.frameLines(v.o.Clock(), width, rows)
}

// Remembered returns how many nodes the tree remembers.
func (v *View) Remembered() int { return len(v.tree.nodes) }
