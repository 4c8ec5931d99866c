package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"

	"github.com/tsboot/tsboot/supervisor"
)

// The worker is a short-lived child of the same binary that does all of the boot that comes before the first
// command: fetch, merge, validate, render, write. It ends before the agent starts, and with it the AWS SDK's
// heap, the AWS credentials and all secrets that no command needs: the process that stays for months holds
// none of them (docs/design.md, "Two processes").
const workerArgument = "__prepare"

// selfExecutable is this very program, even when its file was replaced or removed meanwhile.
const selfExecutable = "/proc/self/exe"

// result is what the worker prints on its standard output, a pipe that only the waiting tsboot reads: the plan
// may hold secrets.
type result struct {
	Prepared *prepared `json:",omitempty"`
	Error    string    `json:",omitempty"`
	Code     int       `json:",omitempty"`
	Faults   []fault   `json:",omitempty"` // what Error is made of
}

// work is the worker's side: it always answers with a result, and logs nothing of what the waiting tsboot
// will report.
func (a *app) work(ctx context.Context) error {
	ctx, stop := supervisor.Interruptible(ctx)
	defer stop()
	a.digestKey, _ = io.ReadAll(io.LimitReader(a.stdio.in, digestKeySize)) // without one, everything counts as changed
	var answer result
	if p, err := a.prepare(ctx); err != nil {
		answer.Error, answer.Code, answer.Faults = err.Error(), exitCode(err), faultsOf(err)
	} else {
		answer.Prepared = p
	}
	a.logWriter.Flush()
	a.log = nil
	return json.NewEncoder(a.stdio.out).Encode(answer)
}

// prepareBoot has the worker prepare the boot where there is something to fetch. Without a source there is no SDK to be
// rid of and no secret but those in the environment that this process has anyway: a second start would buy nothing.
func (a *app) prepareBoot(ctx context.Context, sup *supervisor.Supervisor) (*prepared, error) {
	if a.settings.readsSources() {
		return a.runWorker(ctx, sup)
	}
	return a.prepare(ctx)
}

// runWorker is the waiting side. The error is the worker's own with its exit code, a *supervisor.StopError when a
// stop signal ended it, or a bug.
func (a *app) runWorker(ctx context.Context, sup *supervisor.Supervisor) (*prepared, error) {
	argv := append([]string{selfExecutable, workerArgument}, a.args[1:]...)
	out, status, err := sup.Output(ctx, supervisor.Command{Argv: argv, Env: a.environ}, a.digestKey)
	if err != nil {
		return nil, err
	}
	var answer result
	if err := json.Unmarshal(out, &answer); err != nil {
		return nil, fmt.Errorf("prepare the boot: the process that does it ended with code %d and without a result", status.ExitCode())
	}
	if answer.Prepared == nil {
		return nil, &workerError{text: answer.Error, code: answer.Code, faults: answer.Faults}
	}
	return answer.Prepared, nil
}
