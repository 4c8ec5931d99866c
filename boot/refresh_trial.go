package boot

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/tsboot/tsboot/configgen/fileset"
	"github.com/tsboot/tsboot/control"
	"github.com/tsboot/tsboot/supervisor"
)

// fileLimit is how long this process waits for a file system to put files back or to remove them.
const fileLimit = 10 * time.Second

// try has the agent run on p, which was begun at since, until its trial has ended.
func (r *refresher) try(ctx context.Context, p *prepared, since time.Time) control.RefreshAnswer {
	release := p.Kept.Hold()
	defer release()
	r.boot.notePending(p)
	next := runningOf(p.Record)
	r.boot.runs.try(next)
	defer r.boot.runs.try(nil)
	trial, err := r.sup.Refresh(context.WithoutCancel(ctx), supervisor.Refresh{ // at a stop the supervisor ends it
		Action: p.Compared.Action, Signal: p.OnRefresh.Signal, Plan: &p.Plan,
		Probation: r.boot.options.Refresh.Probation, Since: since, Restore: p.Kept.Restore,
	})
	if err != nil {
		return r.notTaken(ctx, p, err)
	}
	r.discard(p.Kept)
	switch trial.End {
	case supervisor.TrialKept:
		r.boot.runs.keep(next)
		return r.kept(p)
	case supervisor.TrialStopped:
		return answerEnded()
	}
	return r.rolledBack(p, trial)
}

func (r *refresher) kept(p *prepared) control.RefreshAnswer {
	r.running, r.refused = p.Runs, nil
	r.boot.log.Info("refreshed", "changed", true, "action", p.Compared.Action, "parameters_changed", len(p.Compared.Changes),
		"files_changed", len(p.Wrote)+len(p.Removed), "what", p.changes())
	return control.RefreshAnswer{Outcome: control.Kept, Changed: p.changes(), Text: fmt.Sprintf("the agent stayed up (%s)", p.Compared.Action)}
}

// rolledBack keeps what did not last from being tried again. The supervisor has logged it.
func (r *refresher) rolledBack(p *prepared, trial supervisor.TrialResult) control.RefreshAnswer {
	why := fmt.Sprintf("rolled back (%s): %v; not tried again until a parameter changes", trial.End, p.locate(trial.Err))
	if trial.RestoreErr != nil {
		why += fmt.Sprintf("; and the files before could not be put back: %v", trial.RestoreErr)
		r.running.Files = notThere()
	}
	r.refused = &refusal{p.Runs, why, p.changes()}
	return control.RefreshAnswer{Outcome: control.RolledBack, Changed: p.changes(), Kind: string(KindOf(trial.Err)), Text: why}
}

// notTaken undoes what the worker has written: the supervisor has not begun with it.
func (r *refresher) notTaken(ctx context.Context, p *prepared, err error) control.RefreshAnswer {
	if errRestore := withinLimit(p.Kept.Restore); errRestore != nil {
		r.running.Files = notThere()
		err = fmt.Errorf("%w; and the files before could not be put back: %w", err, errRestore)
	}
	r.discard(p.Kept)
	return r.failed(ctx, err)
}

// discard removes what was kept.
func (r *refresher) discard(kept *fileset.Kept) {
	if err := withinLimit(kept.Discard); err != nil {
		r.boot.log.Warn("previous files stay until the next boot", "error", err)
	}
}

// settleLimit is how long the end of tsboot waits for the end of a refresh, which removes what was kept.
const settleLimit = 2 * time.Second

// awaitSettled waits until no refresh has files in hand any more. Where a file system hangs, the next boot removes them.
func awaitSettled(settled <-chan struct{}) {
	limit := time.NewTimer(settleLimit)
	defer limit.Stop()
	select {
	case <-settled:
	case <-limit.C:
	}
}

var errFileSystemHangs = errors.New("the file system does not answer")

// withinLimit does something with files. Where the file system hangs, it is left behind.
func withinLimit(work func() error) error {
	done := make(chan error, 1)
	go func() { done <- work() }()
	limit := time.NewTimer(fileLimit)
	defer limit.Stop()
	select {
	case err := <-done:
		return err
	case <-limit.C:
		return errFileSystemHangs
	}
}
