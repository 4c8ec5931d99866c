package control

import (
	"context"
	"errors"
	"net"
	"runtime/debug"
	"sync"
	"time"

	"github.com/hashicorp/go-hclog"

	"github.com/tsboot/tsboot/cli/rundir"
)

const (
	maxConnections  = 64                     // served at a time; one more is accepted and waits, the others are in the kernel's queue
	maxRefreshes    = 48                     // that wait for their answer, so that the others can still ask for the health
	requestTimeout  = 5 * time.Second        // for a whole request
	requestPatience = time.Second            // the same where others wait for a place
	answerTimeout   = 5 * time.Second        // for the one who asked to take the answer
	acceptPause     = 250 * time.Millisecond // after a shortage of descriptors or memory
	endingPatience  = 200 * time.Millisecond // for answers that are under way when the server ends
	maxHead         = 16 << 10
	maxBody         = 16 << 10
	readerSize      = 512                    // of the buffer for a request, which is garbage afterwards
	lingerBytes     = 256 << 10              // of a request that was refused: read and dropped, so that the answer arrives
	collectAfter    = 64                     // connections: at most 300 KB of garbage, half an hour of health checks
	collectDelay    = 500 * time.Millisecond // without a connection
	lingerTimeout   = time.Second
)

// program has the run directory.
const program = rundir.Program("tsboot")

// Listen takes a run directory for a server. A *rundir.HeldError: another tsboot has it. It gives up when ctx ends, or after two
// seconds.
func Listen(ctx context.Context, dir string) (*rundir.Listener, error) {
	return program.Listen(ctx, dir)
}

// Server answers on the socket of a run directory until it is interrupted. It reads requests with the parser of net/http
// and has an accept loop of its own: http.Server makes the binary 350 KB larger, lets a head be 4 KiB longer than it was
// asked to, and takes a client that has closed its sending half for one that has left.
type Server struct {
	listener *rundir.Listener
	service  Service
	log      hclog.Logger

	ctx    context.Context
	cancel context.CancelFunc

	slots     chan struct{} // a token for each connection
	refreshes chan struct{} // and for each that waits for a refresh

	mu     sync.Mutex
	conns  map[*net.UnixConn]time.Time // since when its request is being read; zero: it is being answered
	served int                         // since memory was given back
	quiet  *time.Timer                 // until it is given back again; nil before the first time
	done   sync.WaitGroup
}

// NewServer makes a server, which closes the listener at its end.
func NewServer(listener *rundir.Listener, service Service, log hclog.Logger) *Server {
	ctx, cancel := context.WithCancel(context.Background())
	return &Server{
		listener: listener, service: service, log: log, ctx: ctx, cancel: cancel,
		slots: make(chan struct{}, maxConnections), refreshes: make(chan struct{}, maxRefreshes),
		conns: map[*net.UnixConn]time.Time{},
	}
}

// Actor is the server for a run group. execute ends after interrupt; interrupt does not block.
func (s *Server) Actor() (execute func() error, interrupt func(error)) {
	execute = func() error {
		closed := make(chan struct{})
		context.AfterFunc(s.ctx, func() {
			defer close(closed)
			_ = s.listener.Close()
		})
		s.accept()
		s.cancel()
		<-closed
		s.end()
		return nil
	}
	return execute, func(error) { s.cancel() }
}

// accept serves one connection after the other, at most maxConnections at a time, until the server is interrupted. An
// error of the listener does not end tsboot: it goes on without a control socket.
func (s *Server) accept() {
	for {
		conn, err := s.listener.Accept()
		if err == nil {
			if !s.takeSlot() {
				_ = conn.Close()
				return
			}
			s.done.Go(func() {
				defer func() { <-s.slots }()
				s.serve(conn.(*net.UnixConn))
			})
			continue
		}
		if errors.Is(err, net.ErrClosed) {
			return
		}
		s.log.Debug("accept a connection on the control socket", "error", err)
		select {
		case <-time.After(acceptPause):
		case <-s.ctx.Done():
		}
	}
}

// end waits a moment for answers that are under way. What is still being asked is not waited for.
func (s *Server) end() {
	s.mu.Lock()
	for conn, since := range s.conns {
		if !since.IsZero() {
			_ = conn.SetDeadline(time.Unix(1, 0))
		}
	}
	s.mu.Unlock()
	ended := make(chan struct{})
	go func() {
		s.done.Wait()
		close(ended)
	}()
	select {
	case <-ended:
	case <-time.After(endingPatience):
	}
}

// takeSlot waits for a place; false: the server ends. A request that is not whole after requestPatience loses its place, so
// that no number of silent clients keeps out one that asks.
func (s *Server) takeSlot() bool {
	select {
	case s.slots <- struct{}{}:
		return true
	default:
	}
	for {
		patience := time.NewTimer(s.dropSlow())
		select {
		case s.slots <- struct{}{}:
			patience.Stop()
			return true
		case <-s.ctx.Done():
			patience.Stop()
			return false
		case <-patience.C:
		}
	}
}

// dropSlow drops the connection that has been asking for longest, where that is too long; else it says when it will be.
func (s *Server) dropSlow() (wait time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	var slowest *net.UnixConn
	for conn, since := range s.conns {
		if !since.IsZero() && (slowest == nil || since.Before(s.conns[slowest])) {
			slowest = conn
		}
	}
	if slowest == nil {
		return requestPatience
	}
	if wait = requestPatience - time.Since(s.conns[slowest]); wait <= 0 {
		_ = slowest.SetDeadline(time.Unix(1, 0))
		wait = requestPatience // it leaves its place at once
	}
	return wait
}

// note keeps what a connection is at: asking, or being answered.
func (s *Server) note(conn *net.UnixConn, asking bool) {
	var since time.Time
	if asking {
		since = time.Now()
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.conns[conn] = since
}

// forget drops a connection. When many were served, and then none for a moment, their memory is given back: the collector
// alone waits for 4 MB of garbage, which is more than all that tsboot holds at rest.
func (s *Server) forget(conn *net.UnixConn) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.conns, conn)
	s.served++
	if s.served < collectAfter || s.ctx.Err() != nil {
		return
	}
	if s.quiet == nil {
		s.quiet = time.AfterFunc(collectDelay, s.collect)
	} else {
		s.quiet.Reset(collectDelay)
	}
}

func (s *Server) collect() {
	s.mu.Lock()
	due := len(s.conns) == 0 && s.ctx.Err() == nil // else the last one sets the timer again
	if due {
		s.served = 0
	}
	s.mu.Unlock()
	if due {
		debug.FreeOSMemory()
	}
}
