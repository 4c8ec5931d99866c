//go:build linux

package main

import (
	"bytes"
	"context"
	"encoding/binary"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"syscall"

	"github.com/tsboot/tsboot/integration/wait"
)

// patience is for what is under way when the load has ended: a server that was left alone for ten seconds, a spool, lines of the
// machine that had much to do.
const patience = 2 * aLongTime

// finish waits until all outputs have everything, compares, stops tswatch, and compares once more.
func (s *soak) finish(kernel *kernel) error {
	if err := s.engine.empty(context.Background()); err != nil {
		return fmt.Errorf("end the load: %w", err)
	}
	s.story.did("end", "of the load")
	if err := s.settle(); err != nil {
		return err
	}
	s.story.did("end", "TERM")
	if err := s.agent.signal(syscall.SIGTERM); err != nil {
		return err
	}
	if !s.agent.hasEnded() {
		return fmt.Errorf("tswatch does not end; it says\n%s", s.agent.says())
	}
	s.file.close()
	if code := s.agent.cmd.ProcessState.ExitCode(); code != 0 {
		s.story.violation("tswatch ended with %d: %s", code, s.agent.says())
	}
	if err := kernel.changed(); err != nil {
		s.story.violation("%v", err)
	}
	s.checkOutputs()
	s.checkToken()
	flat, err := s.uses.flat()
	if err != nil {
		s.story.violation("%v", err)
	}
	fmt.Println(s.ledger)
	fmt.Printf("%s; %d containers, %d restarts of the engine, %d changes of the server, %d of the socket, %d signals\n", flat,
		s.story.count("container"), s.story.count("engine")/2, s.story.count("server"), s.story.count("peer"), s.story.count("signal"))
	return nil
}

// settle waits until all that was started has come, or is said to be lost, all outputs have it, and the status says so. An alert
// that says how many were held back may come a minute after the last program.
func (s *soak) settle() error {
	var wrong []string
	var last status
	if wait.Until(patience, func() bool {
		now, err := s.agent.status()
		if err != nil {
			wrong = []string{err.Error()}
			return false
		}
		last, wrong = now, s.differences(now)
		return len(wrong) == 0
	}) {
		return nil
	}
	return fmt.Errorf("%s\nstatus %+v\nseen: %s\ntswatch says\n%s", strings.Join(wrong, "\n"), last, s.ledger, s.agent.says())
}

// missing are the starts that did not come.
func (s *soak) missing() (missing []string) {
	for _, w := range s.ledger.workers {
		missing = append(missing, s.missingOf(w)...)
	}
	return missing
}

// missingOf are the starts of a worker that have ended and did not come. Of one that had only begun when its worker was killed nobody
// knows whether it was one.
func (s *soak) missingOf(w *worker) (missing []string) {
	text, err := os.ReadFile(s.progress(w))
	if err != nil || len(text) != 16 {
		s.story.violation("how far %s was: %v", w.id, err)
		return nil
	}
	begun, ended := binary.LittleEndian.Uint64(text), binary.LittleEndian.Uint64(text[8:])
	if uint64(len(w.seen)) > begun {
		s.story.violation("of %s came %d starts, and it has begun %d", w.id, len(w.seen), begun)
	}
	for n := range ended {
		if n >= uint64(len(w.seen)) || w.seen[n] == 0 {
			missing = append(missing, fmt.Sprintf("%s/%d", w.id, n))
		}
	}
	return missing
}

// differences are what is not as it must be when all is quiet: between what was started and what came, and between what came and what
// tswatch says of itself.
func (s *soak) differences(now status) (wrong []string) {
	l := s.ledger
	l.mu.Lock()
	defer l.mu.Unlock()
	differs := func(format string, args ...any) { wrong = append(wrong, fmt.Sprintf(format, args...)) }
	same := func(what string, said, seen any) {
		if !reflect.DeepEqual(said, seen) {
			differs("%s: the status says %v, seen is %v", what, said, seen)
		}
	}
	kernel, socket, queue, spool := l.lost["kernel"], l.lost["socket"], l.lost["queue"], l.lost["spool"]
	serials := kernel.Serials + socket.Serials + queue.Serials
	if gone := l.span() - uint64(len(l.serials)); gone != serials {
		differs("from %d to %d %d serials did not come, and %d are said to be lost: %v", l.first, l.last, gone, serials, l.lost)
	}
	if missing := s.missing(); uint64(len(missing)) > serials+kernel.Records {
		differs("the starts %v did not come, and %d are said to be lost", missing, serials+kernel.Records)
	}
	maps.DeleteFunc(now.Attribution, func(_ string, n uint64) bool { return n == 0 })
	lines := uint64(len(l.lines))
	file, peer, server := now.Sinks[0], now.Sinks[1], now.Sinks[2]
	same("events", now.Events, l.events)
	same("alerts", now.Alerts, l.alerts)
	same("attribution", now.Attribution, l.attribution)
	same("lines of the file", file.Sent, lines)
	same("lines that the file did not get", file.Dropped, uint64(0))
	same("lines of the server", server.Sent, uint64(len(l.server.lines)))
	same("lines for the server", server.Sent, lines)
	same("lines that the server did not get", server.Dropped, uint64(0))
	same("lines that wait for the server", server.Spooled, uint64(0))
	same("lines of the socket", peer.Sent, uint64(len(l.peer.lines)))
	same("lines for the socket", peer.Sent+peer.Dropped, lines)
	same("lost in the kernel", now.LostWhere["kernel"], kernel.Serials+kernel.Records)
	same("lost at the socket", now.LostWhere["socket"], socket.Serials)
	same("lost in the queue", now.LostWhere["queue"], queue.Serials)
	same("lost in outputs", now.LostWhere["spool"], spool.Records)
	if spool.Records > peer.Dropped {
		differs("%d lines are said to be lost in outputs, which dropped %d", spool.Records, peer.Dropped)
	}
	return wrong
}

// checkOutputs compares what the outputs have got with the file, when all is written.
func (s *soak) checkOutputs() {
	l := s.ledger
	l.mu.Lock()
	defer l.mu.Unlock()
	if !slices.Equal(l.server.lines, l.lines) {
		at := 0
		for at < min(len(l.lines), len(l.server.lines)) && l.lines[at] == l.server.lines[at] {
			at++
		}
		s.story.violation("the server has %d lines, the file %d; they differ from line %d on", len(l.server.lines), len(l.lines), at+1)
	}
	known := make(map[uint64]int, len(l.lines)) // by line, where it is in the file
	for i, line := range l.lines {
		if _, twice := known[line]; twice {
			s.story.violation("line %d of the file came before", i+1)
		}
		known[line] = i
	}
	got := make(map[uint64]bool, len(l.peer.lines))
	for _, line := range l.peer.lines {
		if _, there := known[line]; !there || got[line] {
			s.story.violation("the socket got a line twice, or one that the file does not have")
		}
		got[line] = true
	}
	for id, matched := range l.downloads {
		if l.alerted[id] != matched {
			s.story.violation("of %d downloads in container %s %d are in alerts", matched, id, l.alerted[id])
		}
	}
}

// checkToken: no token is where it may not be.
func (s *soak) checkToken() {
	paths, err := filepath.Glob(s.dir + "/out/*")
	if err != nil {
		s.story.violation("%v", err)
	}
	for _, path := range append(paths, s.agent.log) {
		if text, err := os.ReadFile(path); err != nil || bytes.Contains(text, []byte("soak-token")) {
			s.story.violation("%s cannot be read, or has a token: %v", path, err)
		}
	}
}
