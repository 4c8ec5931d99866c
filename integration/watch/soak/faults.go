//go:build linux

package main

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"strconv"
	"syscall"
	"time"
)

// restartEngine ends dockerd now and then, gently or not, and starts it again.
func (s *soak) restartEngine(ctx context.Context) {
	random := s.random(actorEngine)
	for pause(ctx, random, 10, 30) {
		by := []syscall.Signal{syscall.SIGTERM, syscall.SIGKILL}[random.IntN(2)]
		s.story.did("engine", "ends by %v", by)
		err := s.engine.restart(by, func() bool { return pause(ctx, random, 0, 3) })
		if err != nil {
			s.story.violation("restart the engine: %v", err)
			return
		}
		s.story.did("engine", "is there again")
	}
}

// signal sends tswatch what an operator or a program that rotates logs sends, and stops it for a moment, as a machine does that
// stands still.
func (s *soak) signal(ctx context.Context) {
	random := s.random(actorSignals)
	for pause(ctx, random, 1, 8) {
		var err error
		switch random.IntN(4) {
		case 0:
			s.story.did("signal", "HUP")
			err = s.agent.signal(syscall.SIGHUP)
		case 1:
			var moved bool
			if moved, err = s.file.move(); err == nil {
				s.story.did("signal", "HUP, the file was moved away: %v", moved)
				err = s.agent.signal(syscall.SIGHUP)
			}
		case 2:
			err = s.changeToken()
		case 3:
			s.story.did("signal", "STOP, CONT")
			if err = s.agent.signal(syscall.SIGSTOP); err == nil {
				pause(ctx, random, 0.05, 0.5)
				err = s.agent.signal(syscall.SIGCONT)
			}
		}
		if err != nil {
			s.story.violation("signal tswatch: %v", err)
		}
	}
}

// changeToken gives tswatch another token. The server takes the one before as well.
func (s *soak) changeToken() error {
	n := s.server.tokens.Add(1)
	s.story.did("signal", "HUP, token %d", n)
	next := s.agent.token + ".new"
	if err := os.WriteFile(next, []byte(s.server.token(n)), 0o600); err != nil {
		return err
	}
	if err := os.Rename(next, s.agent.token); err != nil {
		return err
	}
	return s.agent.signal(syscall.SIGHUP)
}

// isWorker says whether a command line is that of the worker.
func isWorker(commandLine []byte, id string) bool {
	words := bytes.Split(commandLine, []byte{0})
	return len(words) > 1 && filepath.Base(string(words[0])) == "worker" && filepath.Base(string(words[1])) == id
}

// pidOf is the pid in a path below /proc.
func pidOf(path string) int {
	pid, _ := strconv.Atoi(filepath.Base(filepath.Dir(path)))
	return pid
}

// askStatus looks at the numbers of tswatch all along: they only grow.
func (s *soak) askStatus(ctx context.Context) {
	var last status
	tick := time.NewTicker(3 * time.Second)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		now, err := s.agent.status()
		switch {
		case err != nil && ctx.Err() != nil:
			return
		case err != nil:
			s.story.violation("%v", err)
			return
		case now.Events < last.Events || now.Alerts < last.Alerts || now.Lost < last.Lost:
			s.story.violation("a number of the status has become less: %+v, then %+v", last, now)
		}
		last = now
	}
}
