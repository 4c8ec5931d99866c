package boot

import (
	"context"
	"sync"

	"github.com/tsboot/tsboot/control"
)

// refreshQueue collects those who ask for a refresh. All who wait when one begins get its answer: one that comes while a
// refresh runs is answered by the next.
type refreshQueue struct {
	mu      sync.Mutex
	waiting []chan<- control.RefreshAnswer
	ended   bool
	wake    chan struct{} // has a token while somebody waits
}

func newRefreshQueue() *refreshQueue { return &refreshQueue{wake: make(chan struct{}, 1)} }

// ask adds a caller. Its channel has room for the answer.
func (q *refreshQueue) ask(answer chan<- control.RefreshAnswer) {
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
func (q *refreshQueue) take() []chan<- control.RefreshAnswer {
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

func answerAll(list []chan<- control.RefreshAnswer, answer control.RefreshAnswer) {
	for _, to := range list {
		to <- answer
	}
}

func answerEnded() control.RefreshAnswer {
	return control.RefreshAnswer{Outcome: control.Refused, Kind: string(Stopped), Text: "tsboot is stopping: nothing is refreshed any more"}
}

// Refresh asks for a refresh and waits to its end, probation included. Any goroutine may call it at any time, before the
// agent runs, too. The end of ctx ends only the wait.
func (b *Boot) Refresh(ctx context.Context) control.RefreshAnswer {
	answer := make(chan control.RefreshAnswer, 1)
	b.queue.ask(answer)
	select {
	case a := <-answer:
		return a
	case <-ctx.Done():
		return control.RefreshAnswer{Outcome: control.TimedOut, Text: "the refresh has not ended yet: it goes on, and the log and status will say how it ends"}
	}
}
