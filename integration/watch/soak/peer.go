//go:build linux

package main

import (
	"bufio"
	"context"
	"net"
	"os"
	"sync"
	"time"
)

// peer reads the socket that tswatch connects to. It goes away and comes back. Before it goes it takes what was sent, so that each
// line that tswatch counts as sent is one that was read.
type peer struct {
	path   string
	ledger *ledger

	listener  *net.UnixListener
	accepting chan struct{} // closed when nobody else is accepted
	readers   sync.WaitGroup

	mu    sync.Mutex
	conns map[*net.UnixConn]bool
}

func newPeer(path string, ledger *ledger) *peer {
	return &peer{path: path, ledger: ledger, conns: map[*net.UnixConn]bool{}}
}

func (p *peer) come() error {
	listener, err := net.ListenUnix("unix", &net.UnixAddr{Name: p.path, Net: "unix"})
	if err != nil {
		return err
	}
	listener.SetUnlinkOnClose(false)
	p.listener, p.accepting = listener, make(chan struct{})
	go p.accept(listener, p.accepting)
	return nil
}

func (p *peer) accept(listener *net.UnixListener, ended chan struct{}) {
	defer close(ended)
	for {
		conn, err := listener.AcceptUnix()
		if err != nil {
			return
		}
		p.mu.Lock()
		p.conns[conn] = true
		p.mu.Unlock()
		p.readers.Go(func() { p.receive(conn) })
	}
}

// receive takes whole lines: the part of one at the end goes to the next reader as a whole.
func (p *peer) receive(conn *net.UnixConn) {
	reader := bufio.NewReaderSize(conn, 64<<10)
	for {
		line, err := reader.ReadBytes('\n')
		if err != nil {
			break
		}
		p.ledger.receive(&p.ledger.peer, [][]byte{line})
	}
	_ = conn.Close()
	p.mu.Lock()
	defer p.mu.Unlock()
	delete(p.conns, conn)
}

// leave takes away the name first, so that nobody else connects, then takes those who have connected, and then refuses to take
// more: what the kernel has is still read.
func (p *peer) leave() error {
	if err := os.Remove(p.path); err != nil {
		return err
	}
	if err := p.listener.SetDeadline(time.Now().Add(100 * time.Millisecond)); err != nil {
		return err
	}
	<-p.accepting
	p.mu.Lock()
	for conn := range p.conns {
		_ = conn.CloseRead() // it may have ended just now
	}
	p.mu.Unlock()
	p.readers.Wait()
	return p.listener.Close()
}

// leavePeer has the peer go and come.
func (s *soak) leavePeer(ctx context.Context) {
	random := s.random(actorPeer)
	for {
		if err := s.peer.come(); err != nil {
			s.story.violation("listen on the socket: %v", err)
			return
		}
		s.story.did("peer", "is there")
		if !pause(ctx, random, 1, 8) {
			return
		}
		if err := s.peer.leave(); err != nil {
			s.story.violation("leave the socket: %v", err)
			return
		}
		s.story.did("peer", "is away")
		pause(ctx, random, 0.2, 8) // it comes back, also at the end
	}
}
