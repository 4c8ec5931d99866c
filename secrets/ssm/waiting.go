package ssm

import (
	"sync"
	"time"
)

// firstWait is when a call that hangs is logged first. It is logged again each
// time the wait has doubled.
const firstWait = 5 * time.Second

// A waiting logs that a call hangs. It counts the time of the attempts, not the
// waits between them.
type waiting struct {
	caller *caller
	task   task
	start  time.Time

	mu      sync.Mutex
	next    time.Duration
	earlier time.Duration // waited in the attempts that have ended
}

func (c *caller) waiting(t task) *waiting {
	return &waiting{caller: c, task: t, start: time.Now(), next: firstWait}
}

// attempt starts an attempt; end ends it.
func (w *waiting) attempt() (end func()) {
	w.mu.Lock()
	defer w.mu.Unlock()
	start, over := time.Now(), false
	var timer *time.Timer
	timer = time.AfterFunc(w.next-w.earlier, func() {
		w.mu.Lock()
		defer w.mu.Unlock()
		if !over {
			w.log()
			w.next *= 2
			timer.Reset(w.next - w.earlier - time.Since(start))
		}
	})
	return func() {
		w.mu.Lock()
		defer w.mu.Unlock()
		over = true
		timer.Stop()
		w.earlier += time.Since(start)
	}
}

func (w *waiting) log() {
	details := append(w.caller.contact.details(), "action", w.task.action, "resource", w.task.resource,
		"elapsed", durationText(time.Since(w.start)), "gives_up_in", w.caller.givesUpIn(w.task))
	w.caller.log.Info("waiting for an answer", details...)
}

// givesUpIn is the time to the deadline, for the log.
func (c *caller) givesUpIn(t task) string {
	left := c.left(t)
	if left < 0 {
		return "never"
	}
	return durationText(left)
}

// durationText is a duration for the log.
func durationText(d time.Duration) string { return d.Round(time.Millisecond).String() }
