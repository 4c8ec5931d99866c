//go:build linux

package supervisor

import (
	"context"
	"errors"
)

var errUnknownAction = errors.New("refresh: unknown action")

// refreshRequest is a Refresh and where its answer goes.
type refreshRequest struct {
	Refresh
	reply chan<- TrialResult // has room for it
}

func (r *refreshRequest) answer(result TrialResult) { r.reply <- result }

// Refresh asks for a new generation of the agent, and returns when its trial is over:
// it is kept, or the last good one is back. The setup of a refresh runs beside the
// agent, and before all else. One that comes while a setup, a start command or
// another trial is under way waits for its end.
//
// With an error it was not taken, and nothing was done. The end of ctx ends only
// that wait: one that was taken goes on to its end.
func (s *Supervisor) Refresh(ctx context.Context, r Refresh) (TrialResult, error) {
	switch r.Action {
	case RefreshRestart, RefreshSetupAndRestart, RefreshSignal:
	default:
		return TrialResult{}, errUnknownAction
	}
	reply := make(chan TrialResult, 1)
	err := s.awaitTurn(ctx, func() { s.takeRefresh(&refreshRequest{Refresh: r, reply: reply}) })
	if err != nil {
		return TrialResult{}, err
	}
	select {
	case result := <-reply:
		return result, nil
	case <-s.ended:
	}
	select {
	case result := <-reply:
		return result, nil
	default: // the program has ended in spite of the loop
		return TrialResult{End: TrialStopped}, nil
	}
}

// Refreshable returns nil as soon as a Refresh would not have to wait, and an
// error when none will be taken any more. What a refresh needs on disk is put
// there only after it.
func (s *Supervisor) Refreshable(ctx context.Context) error {
	return s.awaitTurn(ctx, func() {})
}
