package swfserver

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"runtime/debug"
	"sync"
	"time"
)

// A Config says how a server behaves. Its zero value is a server in memory
// with the quotas of the service and no throttling.
type Config struct {
	Data       string          // the SQLite file that keeps everything; none if empty
	RequireKey string          // ID or ID:SECRET of the access key that requests must be signed for; any if empty. Without SECRET signatures are not verified
	PollTime   time.Duration   // how long a poll waits; 0 is the service's 60 s
	Account    string          // twelve digits, for ARNs; "" is 123456789012
	Quotas     Quotas          // zero members are the service's
	Throttle   map[string]Rate // by name, see [Rate] and [ServiceRates]
	Lambda     Lambda          // runs Lambda functions; nil knows none
	Clock      Clock           // nil is the machine's
	Log        *slog.Logger    // of what goes wrong in the server; nil is nowhere
}

// A Server is an SWF service. It is an [http.Handler]; make one with [New] or
// [Start].
type Server struct {
	URL string // where it is served, set by Serve and Start

	config Config
	store  *store          // nil if everything is in memory only
	life   context.Context // ends when the server shuts down
	end    func()
	http   *http.Server
	slots  chan struct{} // for Lambda functions that run
	work   sync.WaitGroup

	mu        sync.Mutex // guards what follows; see transact
	time      stamp      // of the transaction under way
	domains   sorted[*domain]
	runs      map[string]*execution // all, by run id
	runCount  int64                 // runs ever started; orders runs that started together
	orders    int64                 // given to tasks
	deadlines deadlines
	buckets   buckets
	batch     batch       // what the transaction has to put on record
	later     []func()    // what it does on behalf of the service, after its own
	ready     []*taskList // where a task or a poll has come
	answers   []func()    // to send when all is on record
	broken    error       // what the store failed with: nothing is true any more
	alarmAt   stamp       // when the clock will call tick; 0 is never
	cancel    func()      // calls that off
}

var _ http.Handler = (*Server)(nil)

// New returns a server. With [Config.Data] it goes on where the one before it
// stopped, in whatever way that was.
func New(config Config) (*Server, error) {
	if config.Clock == nil {
		config.Clock = realClock{}
	}
	if config.PollTime == 0 {
		config.PollTime = 60 * time.Second
	}
	if config.Account == "" {
		config.Account = "123456789012"
	}
	config.Quotas = config.Quotas.orDefaults()
	s := &Server{
		config: config,
		slots:  make(chan struct{}, lambdaSlots),
		runs:   map[string]*execution{},
		cancel: func() {},
	}
	s.life, s.end = context.WithCancel(context.Background())
	s.http = &http.Server{Handler: s, ReadHeaderTimeout: 10 * time.Second}
	if config.Data == "" {
		return s, nil
	}
	var err error
	if s.store, err = openStore(config.Data); err != nil {
		return nil, err
	}
	if err := s.transact(s.load); err != nil {
		s.mu.Lock()
		defer s.mu.Unlock()
		s.broken = err
		s.cancel()
		return nil, errors.Join(fmt.Errorf("%s cannot be gone on with: %w", config.Data, err), s.store.close())
	}
	return s, nil
}

// Serve answers the requests that come to a listener until the server is shut
// down. It sets s.URL before the first.
func (s *Server) Serve(l net.Listener) error {
	s.URL = "http://" + l.Addr().String()
	if err := s.http.Serve(l); !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return nil
}

// Shutdown ends the server: polls are answered empty, other requests are
// answered, functions are interrupted, the file is closed. What is still under
// way when ctx ends is cut off.
func (s *Server) Shutdown(ctx context.Context) error {
	s.end()
	err := s.http.Shutdown(ctx)
	if err != nil {
		err = errors.Join(err, s.http.Close())
	}
	s.work.Wait()
	s.mu.Lock()
	defer s.mu.Unlock()
	s.cancel()
	if s.broken == nil {
		s.broken = errors.New("the server has been shut down")
		if s.store != nil {
			err = errors.Join(err, s.store.close())
		}
	}
	return err
}

// TB is the part of [testing.TB] that [Start] needs.
type TB interface {
	Helper()
	Cleanup(func())
	Fatalf(format string, args ...any)
}

// Start starts a server on a free port of the loopback interface for the time
// of a test. At most one Config may be given.
func Start(t TB, config ...Config) *Server {
	t.Helper()
	var c Config
	if len(config) > 0 {
		c = config[0]
	}
	s, err := New(c)
	if err != nil {
		t.Fatalf("start an SWF server: %v", err)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatalf("start an SWF server: %v", err)
	}
	s.URL = "http://" + l.Addr().String()
	done := make(chan struct{})
	go func() {
		defer close(done)
		_ = s.http.Serve(l) // until it is shut down
	}()
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), time.Second)
		defer cancel()
		_ = s.Shutdown(ctx) // a request that outlives its test is cut off
		<-done
	})
	return s
}

// transact calls f with the server locked, lets happen what follows from what
// it did, puts all that on record, and only then sends the answers. Whatever f
// returns, and even if it panics, what it did is kept, so that the memory and
// the file say the same.
func (s *Server) transact(f func() error) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.broken != nil {
		return s.broken
	}
	s.time = max(s.time, stamp(s.config.Clock.Now().UnixMilli()))
	var err error
	func() {
		defer s.commit()
		defer func() {
			if v := recover(); v != nil {
				s.log().Error("this is a bug in the server", "panic", v, "stack", string(debug.Stack()))
				err = internalFailure()
			}
		}()
		err = f()
		s.settle()
	}()
	if s.broken != nil {
		return s.broken
	}
	return err
}

// settle does what is left to do until nothing is.
func (s *Server) settle() {
	for len(s.later) > 0 || len(s.ready) > 0 {
		for len(s.later) > 0 {
			later := s.later
			s.later = nil
			for _, f := range later {
				f()
			}
		}
		ready := s.ready
		s.ready = nil
		for _, l := range ready {
			l.match()
		}
	}
}

// commit puts on record what has happened, and sends the answers.
func (s *Server) commit() {
	if s.store != nil {
		if err := s.store.commit(&s.batch); err != nil {
			s.broken = err
			s.log().Error("the data cannot be written: the server stops answering", "error", err)
		}
	}
	s.batch = batch{}
	answers := s.answers
	s.answers = nil
	if s.broken != nil {
		return // whoever waits is told nothing that is not on record
	}
	for _, send := range answers {
		send()
	}
	s.setAlarm()
}

// setAlarm has the clock call tick at the first deadline.
func (s *Server) setAlarm() {
	var at stamp
	if s.deadlines.Len() > 0 {
		at = max(1, s.deadlines.heap[0].at)
	}
	if at == s.alarmAt {
		return
	}
	s.cancel()
	s.alarmAt, s.cancel = at, func() {}
	if at != 0 {
		wait := time.Duration(at-stamp(s.config.Clock.Now().UnixMilli())) * time.Millisecond
		s.cancel = s.config.Clock.AfterFunc(max(0, wait), s.tick)
	}
}

// tick lets happen what is due.
func (s *Server) tick() {
	_ = s.transact(func() error { // a broken server has said so
		s.alarmAt = 0
		for {
			d := s.deadlines.due(s.time)
			if d == nil {
				return nil
			}
			d.fire()
			s.settle()
		}
	})
}
