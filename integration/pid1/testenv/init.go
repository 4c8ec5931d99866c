//go:build linux

package testenv

import (
	"fmt"
	"syscall"
	"time"
)

// Init is the process under test.
type Init struct {
	arena *Arena
	order int
	PID   int // as this program's namespace numbers it
	Inner int // as the arena's processes see it
}

// Signal sends the init a signal, as a container runtime does: from outside its namespace.
func (i *Init) Signal(s syscall.Signal) error {
	if err := syscall.Kill(i.PID, s); err != nil {
		return fmt.Errorf("send %v to the init: %w", s, err)
	}
	return nil
}

// Wait waits for the init's end and gives its exit code, 128+n when a signal ended it.
func (i *Init) Wait(d time.Duration) (int, error) {
	status, ok := i.WaitStatus(d)
	if !ok {
		return 0, ErrTimeout
	}
	if status.Signaled() {
		return 128 + int(status.Signal()), nil
	}
	return status.ExitStatus(), nil
}

// WaitStatus waits for the init's end and gives its status.
func (i *Init) WaitStatus(d time.Duration) (syscall.WaitStatus, bool) {
	var status syscall.WaitStatus
	ok := i.arena.until(d, func() bool {
		if i.arena.mode == PID1 {
			if i.arena.over != nil {
				status = *i.arena.over
			}
			return i.arena.over != nil
		}
		var ended bool
		status, ended = i.arena.status[i.order]
		return ended
	})
	return status, ok
}

// Running says that the init has not ended.
func (i *Init) Running() bool {
	_, ended := i.WaitStatus(0)
	return !ended
}

// Touched lists what the witnesses were sent, with the name of each; and any of them that has died.
func (a *Arena) Touched() []string {
	if a.keeper == nil {
		return nil
	}
	var touched []string
	for _, w := range append([]*Puppet{a.keeper}, a.witness...) {
		for _, s := range w.Signals() {
			touched = append(touched, fmt.Sprintf("%s got %v", w.Name, s))
		}
		if _, err := w.Do(Op{Do: "ping"}); err != nil {
			touched = append(touched, fmt.Sprintf("%s: %v", w.Name, err))
		}
	}
	return touched
}

// Keeper is process 1 in Child mode, nil else.
func (a *Arena) Keeper() *Puppet { return a.keeper }

// Mode is what the init is in this arena.
func (a *Arena) Mode() Mode { return a.mode }
