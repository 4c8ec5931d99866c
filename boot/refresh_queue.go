package boot

import (
	"context"
	"sync"
)

// RefreshAnswer is what a refresh came to, for the one who asked for it.
type RefreshAnswer struct {
	Outcome RefreshOutcome
	Changed []string // names of parameters and paths of files, never a value
	Kind    Kind     // of the failure; None where the agent runs on what is newest
	Text    string   // one line
}

// RefreshOutcome is how a refresh ended.
type RefreshOutcome string

// The outcomes of a refresh.
const (
	RefreshUnchanged  RefreshOutcome = "unchanged"
	RefreshKept       RefreshOutcome = "kept"        // the agent runs on what is new
	RefreshRolledBack RefreshOutcome = "rolled-back" // the last good files were put back
	RefreshRefused    RefreshOutcome = "refused"     // what is there was rolled back before
	RefreshFailed     RefreshOutcome = "failed"      // nothing was changed
	RefreshTimedOut   RefreshOutcome = "timed-out"   // the caller did not wait to its end
)

// refreshQueue collects those who ask for a refresh. All who wait when one begins get its answer: one that comes while a
// refresh runs is answered by the next.
type refreshQueue struct {
	mu      sync.Mutex
	waiting []chan<- RefreshAnswer
	ended   bool
	wake    chan struct{} // has a token while somebody waits
}

func newRefreshQueue() *refreshQueue { return &refreshQueue{wake: make(chan struct{}, 1)} }

// ask adds a caller. Its channel has room for the answer.
func (q *refreshQueue) ask(answer chan<- RefreshAnswer) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.ended {
		answer <- answerEnded()
		return
	}
	q.waiting = append(q.waiting, answer)
	select {
	case q.wake <- struct{}{}:
	default:
	}
}

// take gives those whom the refresh that begins now will answer.
func (q *refreshQueue) take() []chan<- RefreshAnswer {
	q.mu.Lock()
	defer q.mu.Unlock()
	select {
	case <-q.wake:
	default:
	}
	list := q.waiting
	q.waiting = nil
	return list
}

// end answers all who wait, now and later: there is no refresh any more.
func (q *refreshQueue) end() {
	list := q.take()
	q.mu.Lock()
	q.ended = true
	list = append(list, q.waiting...)
	q.waiting = nil
	q.mu.Unlock()
	answerAll(list, answerEnded())
}

func answerAll(list []chan<- RefreshAnswer, answer RefreshAnswer) {
	for _, to := range list {
		to <- answer
	}
}

func answerEnded() RefreshAnswer {
	return RefreshAnswer{Outcome: RefreshFailed, Kind: Stopped, Text: "tsboot is stopping: nothing is refreshed any more"}
}

// Refresh asks for a refresh and waits to its end, probation included. Any goroutine may call it at any time, before the
// agent runs, too. The end of ctx ends only the wait.
func (b *Boot) Refresh(ctx context.Context) RefreshAnswer {
	answer := make(chan RefreshAnswer, 1)
	b.queue.ask(answer)
	select {
	case a := <-answer:
		return a
	case <-ctx.Done():
		return RefreshAnswer{Outcome: RefreshTimedOut, Text: "the refresh has not ended yet: it goes on, and the log and status will say how it ends"}
	}
}
