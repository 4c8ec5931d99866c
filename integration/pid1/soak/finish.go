//go:build linux

package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"syscall"
	"time"

	"golang.org/x/sys/unix"

	"github.com/tsboot/tsboot/integration/pid1/testenv"
)

// finish ends the episode in a way drawn by lot and expects its code.
func (e *episode) finish() {
	began := time.Now()
	want, or := 0, -1
	if e.pids != nil && e.random.IntN(4) == 0 {
		e.did("no process is left at the end")
		e.must(e.pids.fill())
	}
	switch e.random.IntN(5) {
	case 0: // by itself
		if e.policy == "always" {
			e.did("TERM")
			e.stop(syscall.SIGTERM)
			want = 143
			break
		}
		e.die(life{})
	case 1:
		want = 128 + int(e.stop(pick(e.random, syscall.SIGTERM, syscall.SIGINT)))
	case 2: // in the middle of a restart, when there may be no agent
		want = e.stopInRestart()
	case 3: // twice, as orchestrators do
		e.did("TERM TERM")
		e.must(e.init.Signal(syscall.SIGTERM))
		_ = e.init.Signal(syscall.SIGTERM)
		e.lives = append(e.lives, life{signal: syscall.SIGTERM})
		want = 143
	case 4: // the hard way: the agent ends by the first INT, or by the kill that may come before it could run
		e.did("INT INT")
		e.stop(syscall.SIGINT)
		_ = e.init.Signal(syscall.SIGINT)
		e.lives[len(e.lives)-1].killed = true
		want, or = 130, 137
	}
	code, err := e.init.Wait(patience)
	if err != nil {
		e.violated("it does not end: %w", err)
	}
	if want >= 0 && code != want && code != or {
		e.violated("it ended with %d, not %d", code, want)
	}
	e.did("ended with %d after %v", code, time.Since(began).Round(time.Millisecond))
}

// stop stops the agent, which dies of it.
func (e *episode) stop(s syscall.Signal) syscall.Signal {
	e.did("%v", s)
	e.must(e.init.Signal(s))
	e.lives = append(e.lives, life{signal: s})
	return s
}

// stopInRestart sends TERM about when the agent has failed: the code may be the agent's or 143, and a new agent may
// have been started in between. So the lives are not known any more.
func (e *episode) stopInRestart() int {
	l := life{code: 7}
	if e.policy == "no" {
		e.die(l)
		return 7
	}
	e.die(l)
	<-time.After(time.Duration(e.random.IntN(120)) * time.Millisecond)
	e.did("TERM in the restart")
	_ = e.init.Signal(syscall.SIGTERM)
	e.lives = nil
	return -1
}

// check looks at what must hold when the init has ended.
func (e *episode) check() {
	if touched := e.Touched(); len(touched) > 0 {
		e.violated("outside: %v", touched)
	}
	if e.Mode() == testenv.Child {
		for _, p := range e.Below(nil) {
			if p.State != "Z" {
				e.violated("left behind: %+v", p)
			}
		}
	}
	text, err := os.ReadFile(filepath.Join(e.dir, "stderr"))
	e.must(err)
	for _, word := range []string{"DATA RACE", "panic:", "fatal error:", "goroutine "} {
		if bytes.Contains(text, []byte(word)) {
			e.violated("it says %q", word)
		}
	}
	if e.lives != nil {
		e.checkLives(text)
	}
}

// checkLives holds the log against how the agents ended: no status lost, none invented, in order.
func (e *episode) checkLives(text []byte) {
	var told []life
	for lines := bufio.NewScanner(bytes.NewReader(text)); lines.Scan(); {
		var line struct {
			Message  string `json:"@message"`
			ExitCode int    `json:"exit_code"`
			Signal   string `json:"signal"`
		}
		if json.Unmarshal(lines.Bytes(), &line) != nil || line.Message != "agent exited" {
			continue
		}
		l := life{code: line.ExitCode}
		if line.Signal != "" {
			l = life{signal: unix.SignalNum(line.Signal)}
		}
		told = append(told, l)
	}
	if len(told) != len(e.lives) {
		e.violated("%d agents ended, it tells of %d: %+v", len(e.lives), len(told), told)
	}
	for n, l := range e.lives {
		if !l.as(told[n]) {
			e.violated("agent %d ended by %+v, it tells of %+v", n+1, l, told[n])
		}
	}
}
