package local

import (
	"github.com/flowc/flowc/runtime"
	"github.com/flowc/flowc/runtime/work"
)

// A shop is the workers of a run. Its methods are for the loop.
type shop struct {
	perform func(*attempt) runtime.Event // called by workers
	bring   func()                       // called by workers who have said something

	work  chan *attempt // to workers that wait
	ended chan end      // from workers
	over  chan struct{} // closed when nobody hears from workers any more
	idle  int           // workers that wait for work, or soon will
}

// end is what a worker says about an attempt.
type end struct {
	attempt *attempt
	event   runtime.Event // its type, and what goes with that type
	lost    bool          // the worker itself has ended
}

// newShop returns a shop without workers, for at most so many attempts at a
// time.
func newShop(jobs int, perform func(*attempt) runtime.Event, bring func()) *shop {
	return &shop{
		perform: perform,
		bring:   bring,
		work:    make(chan *attempt, jobs),
		ended:   make(chan end, jobs),
		over:    make(chan struct{}),
	}
}

// give has a worker perform an attempt. Workers are hired when there is no
// idle one, so there are never more than attempts have run at a time.
func (s *shop) give(a *attempt) {
	if s.idle <= 0 {
		go s.worker(a)
		return
	}
	s.idle--
	s.work <- a // does not block: there is room for as many as may run
}

// back notes that the worker who said e waits again.
func (s *shop) back(e end) {
	if !e.lost {
		s.idle++
	}
}

// close dismisses the workers.
func (s *shop) close() {
	close(s.over)
	close(s.work)
}

// worker performs attempts, beginning with a.
func (s *shop) worker(a *attempt) {
	// A function that calls runtime.Goexit takes its worker along.
	defer func() {
		if a != nil {
			s.tell(end{a, work.Failed("its function ended the goroutine that it ran in"), true})
		}
	}()
	for a != nil {
		e := s.perform(a)
		done := a
		a = nil
		if !s.tell(end{done, e, false}) {
			return
		}
		a = <-s.work
	}
}

// tell reports whether anybody heard it.
func (s *shop) tell(e end) bool {
	select {
	case s.ended <- e:
		s.bring()
		return true
	case <-s.over:
		return false
	}
}
