package view

import (
	"sync"
	"time"
)

const (
	period   = time.Second / 12 // between frames, at least
	tick     = time.Second      // between frames that differ only in how long something has been running
	fullText = 64 << 10         // bytes of logs that are not made to wait for the next frame
	mostText = 1 << 20          // bytes of logs that may wait for the terminal
)

// painter draws the frames of a view in live mode. Its fields are guarded by
// the view's mutex, but for screen and out, which belong to whoever draws: the
// goroutine of paint and, when that has ended, end.
type painter struct {
	dirty bool          // the tree has changed since the last frame
	room  sync.Cond     // logs have been taken
	full  chan struct{} // logs are not to wait
	stop  chan struct{}
	done  chan struct{} // paint has returned; nil if it was never called
	once  sync.Once

	screen screen
	out    []byte
	drawn  time.Time // when the last frame was made
}

func newPainter(mu *sync.Mutex) *painter {
	return &painter{room: sync.Cond{L: mu}, full: make(chan struct{}, 1), stop: make(chan struct{})}
}

// paint draws until it is stopped.
func (v *View) paint() {
	p := v.painter
	ticker := time.NewTicker(period)
	defer ticker.Stop()
	defer close(p.done)
	for {
		select {
		case <-p.stop:
			return
		case <-p.full:
		case <-ticker.C:
		}
		v.draw(false)
	}
}

// draw writes a frame, if there is anything new to see. The mutex is not held
// while it writes.
func (v *View) draw(always bool) {
	p := v.painter
	v.mu.Lock()
	now := v.o.Clock()
	width, height := v.o.Width(), v.o.Height()
	resized := width != p.screen.width || height != p.screen.height
	if always || p.dirty || resized || len(v.buf) > 0 || now.Sub(p.drawn) >= tick {
		lines := v.frameLines(now, width-1, frameRows(height))
		p.out = p.screen.draw(p.out[:0], v.buf, lines, width, height)
		p.dirty, p.drawn = false, now
		v.buf = v.buf[:0]
		p.room.Broadcast()
	}
	v.mu.Unlock()
	p.write(v)
}

// frameRows returns how many lines a frame may have: the cursor needs one, and
// of a high terminal the last lines of the logs get a quarter.
func frameRows(height int) int {
	if height > 16 {
		height -= height / 4
	}
	return height - 1
}

// write writes what is to be written. An error is nobody's business: that the
// screen is gone does not change the run.
func (p *painter) write(v *View) {
	if len(p.out) > 0 {
		_, _ = v.w.Write(p.out)
		p.out = p.out[:0]
	}
}

// awaitRoom waits until a line may be added to the logs that wait to be drawn.
// The mutex is held.
func (p *painter) awaitRoom(v *View) {
	if len(v.buf) < fullText {
		return
	}
	select {
	case p.full <- struct{}{}:
	default:
	}
	for len(v.buf) >= mostText && !v.closed {
		p.room.Wait()
	}
}

// end stops the painter, draws the last frame and gives the terminal back.
func (p *painter) end(v *View) {
	p.once.Do(func() {
		close(p.stop)
		if p.done != nil {
			<-p.done
		}
		v.mu.Lock()
		p.room.Broadcast()
		v.mu.Unlock()
		v.draw(true)
		p.out = p.screen.leave(p.out)
		p.write(v)
	})
}
