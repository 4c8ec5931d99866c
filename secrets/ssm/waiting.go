package ssm

import (
	"sync"
	"time"
)

// firstWait is after how long a call that hangs is logged first; each time the
// wait has doubled it is logged again.
const firstWait = 5 * time.Second

// A waiting logs that a call hangs. It counts the time in which an answer was
// waited for, and not the waits between tries.
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

// attempt begins an attempt; what it returns ends it.
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

// givesUpIn is the time to the deadline, as the log has it.
func (c *caller) givesUpIn(t task) string {
	left := c.left(t)
	if left < 0 {
		return "never"
	}
	return durationText(left)
}

// durationText is how logs write a duration.
func durationText(d time.Duration) string { return d.Round(time.Millisecond).String() }
