package main

import (
	"bytes"
	"context"
	"encoding/gob"
	"errors"
	"fmt"
	"time"

	"github.com/tsboot/tsboot/cli"
	"github.com/tsboot/tsboot/supervisor"
)

// The worker is a short-lived child of the same binary that does all of the boot that comes before the first
// command: fetch, merge, validate, render, write. It ends before the agent starts, and with it the AWS SDK's
// heap, the AWS credentials and all secrets that no command needs: the process that stays for months holds
// none of them (docs/design.md, "Two processes"). What hangs, hangs in the worker, which can be killed.
const workerArgument = "__prepare"

// existingTimeout is the deadline of a worker that only reads a profile and looks at files.
const existingTimeout = 10 * time.Second

// order is what the worker is given on its standard input.
type order struct {
	DigestKey []byte // of generation
	Outage    string // how the worker before this one hung: use the files of an earlier boot; empty: prepare
}

// message is what the worker prints on its standard output, a pipe that only the waiting tsboot reads: the result may
// hold secrets. It is binary: what the operator gave is bytes, and no text of JSON holds all of them.
type message struct {
	Doing  string  // what it is at, as far as that may hang; many come
	Result *result // comes last
}

type result struct {
	Prepared *prepared
	Error    string
	Code     int
	Faults   []fault           // what Error is made of
	Stopped  supervisor.Signal // a signal that the worker was sent made it give up
}

// work is the worker's side: it always answers with a result, and logs nothing of what the waiting tsboot
// will report.
func (a *app) work(ctx context.Context) error {
	ctx, stop := supervisor.Interruptible(ctx)
	defer stop()
	pipe := gob.NewEncoder(a.stdio.out)
	a.activity.changed = func(now string) { _ = pipe.Encode(message{Doing: now}) } // nobody there: the result fails, too
	var answer result
	if p, err := a.obey(ctx); err != nil {
		answer.Error, answer.Code, answer.Faults = err.Error(), exitCode(err), faultsOf(err)
		if stop := (*supervisor.StopError)(nil); errors.As(err, &stop) {
			answer.Stopped = stop.Signal
		}
	} else {
		answer.Prepared = p
	}
	a.logWriter.Flush()
	a.log = nil
	return pipe.Encode(message{Result: &answer})
}

// refuse answers for a worker that cannot begin.
func (a *app) refuse(err error) int {
	answer := result{Error: err.Error(), Code: exitCode(err), Faults: faultsOf(err)}
	return exitCode(gob.NewEncoder(a.stdio.out).Encode(message{Result: &answer}))
}

// obey does what the waiting tsboot wants.
func (a *app) obey(ctx context.Context) (*prepared, error) {
	var o order
	if err := gob.NewDecoder(a.stdio.in).Decode(&o); err != nil {
		return nil, fmt.Errorf("read what to prepare: %w", err)
	}
	a.digestKey = o.DigestKey
	if o.Outage != "" {
		return a.prepareExisting(ownError(exitUnavailable, codeHangs, o.Outage))
	}
	return a.prepare(ctx)
}

// prepareBoot has the worker prepare the boot where there is a file to read or something to fetch. Without, there is
// nothing that may hang, no SDK to be rid of, and no secret but those in the environment that this process has anyway:
// a second start would buy nothing.
func (a *app) prepareBoot(ctx context.Context, sup *supervisor.Supervisor) (*prepared, error) {
	if !a.settings.needsWorker() {
		return a.prepare(ctx)
	}
	p, err := a.askWorker(ctx, sup, a.settings.fetchTimeout, order{DigestKey: a.digestKey})
	var own *workerError
	if errors.As(err, &own) && own.hangs && a.settings.onFetchFailure == fetchUseExisting {
		existing, errExisting := a.askWorker(ctx, sup, existingTimeout, order{a.digestKey, own.text})
		if own = nil; !errors.As(errExisting, &own) || !own.hangs {
			return existing, errExisting
		}
	}
	return p, err
}

// needsWorker says whether preparing reads anything but the command line and the environment.
func (s *settings) needsWorker() bool {
	return s.readsSources() || s.profile != profileExec || s.workingDir != ""
}

// askWorker is the waiting side. The error is the worker's own with its exit code, a *supervisor.StopError when a
// stop signal ended it, or says how the worker itself failed.
func (a *app) askWorker(ctx context.Context, sup *supervisor.Supervisor, timeout time.Duration, o order) (*prepared, error) {
	limited, cancel := withLimit(ctx, hangLimit(timeout))
	defer cancel()
	argv := append([]string{supervisor.OwnProgram(), workerArgument}, a.args[1:]...)
	var stdin bytes.Buffer
	if err := gob.NewEncoder(&stdin).Encode(o); err != nil {
		return nil, err
	}
	log := cli.NewLineWriter(a.logWriter)
	ran, err := sup.Output(limited, supervisor.Command{Argv: argv, Env: a.environ}, stdin.Bytes(), log)
	log.End()
	answer, doing := readMessages(ran.Stdout)
	clear(ran.Stdout)
	var stop *supervisor.StopError
	switch {
	case errors.As(err, &stop):
		return nil, err
	case errors.Is(err, errHangs):
		return nil, a.hangError(timeout, doing)
	case ctx.Err() != nil:
		return nil, context.Cause(ctx)
	case err != nil:
		return nil, workerNotStarted(err)
	case answer == nil:
		return nil, workerDied(ran)
	case answer.Stopped != 0: // and nobody stops tsboot
		return nil, workerDied(supervisor.HelperResult{Status: supervisor.Status{Signal: answer.Stopped}})
	case answer.Prepared == nil:
		return nil, &workerError{text: answer.Error, code: answer.Code, faults: answer.Faults}
	}
	return answer.Prepared, nil
}

// readMessages finds the result, nil where the worker ended without one, and what it was at last.
func readMessages(data []byte) (answer *result, doing string) {
	decoder := gob.NewDecoder(bytes.NewReader(data))
	for {
		var m message
		if decoder.Decode(&m) != nil { // the end, or a message that was cut off with the worker's life
			return answer, doing
		}
		answer, doing = m.Result, m.Doing
	}
}
