//go:build linux

package testenv

import (
	"fmt"
	"syscall"
	"time"
)

// Init is the process under test.
type Init struct {
	env   *Env
	order int
	PID   int // as this program's namespace numbers it
	Inner int // as the environment's processes see it
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
	ok := i.env.until(d, func() bool {
		if i.env.mode == PID1 {
			if i.env.over != nil {
				status = *i.env.over
			}
			return i.env.over != nil
		}
		var ended bool
		status, ended = i.env.status[i.order]
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
func (e *Env) Touched() []string {
	if e.reaper == nil {
		return nil
	}
	var touched []string
	for _, w := range append([]*Helper{e.reaper}, e.witness...) {
		for _, s := range w.Signals() {
			touched = append(touched, fmt.Sprintf("%s got %v", w.Name, s))
		}
		if _, err := w.Do(Op{Do: "ping"}); err != nil {
			touched = append(touched, fmt.Sprintf("%s: %v", w.Name, err))
		}
	}
	return touched
}

// Reaper is process 1 in Child mode, nil else.
func (e *Env) Reaper() *Helper { return e.reaper }

// Mode is what the init is in this environment.
func (e *Env) Mode() Mode { return e.mode }
