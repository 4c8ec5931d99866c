package boot

import (
	"bytes"
	"context"
	"encoding/gob"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/hashicorp/go-hclog"

	"github.com/tsboot/tsboot/supervisor"
)

// The worker is a short-lived child of the same binary that does all of the boot that comes before the first
// command: fetch, merge, validate, render, write. It ends before the agent starts, and with it the AWS SDK's
// heap, the AWS credentials and all secrets that no command needs: the process that stays for months holds
// none of them (docs/design.md, "Two processes"). What hangs, hangs in the worker, which can be killed.
//
// WorkerArgument is the first and only argument of the worker: a program that finds it calls Work and nothing else.
const WorkerArgument = "__prepare"

// existingTimeout is the deadline of a worker that only reads a profile and looks at files: prepareExisting.
const existingTimeout = 10 * time.Second

// order is what the worker is given on its standard input.
type order struct {
	Options   Options
	Version   string
	Warnings  []Problem // of Config
	DigestKey []byte    // of generation
	Task      ECSRecord // of the worker before
	Against   *against  // what a refresh compares with; nil: a boot
	Shows     bool      // somebody watches: say what is waited for
	Outage    string    // how the worker before hung: use the files of an earlier boot; empty: prepare
}

// message is what the worker writes to its standard output, a pipe that only the waiting tsboot reads: the result may hold
// secrets. It is binary, because what the operator gave is bytes, and JSON holds only text.
type message struct {
	Doing  string  // what may hang at this moment; sent at each change
	Line   string  // of Shows: what a person sees from now on
	Shows  bool    // the message is about Line
	Result *result // the last message
}

// result is what the worker has prepared, and its record, which has the failure when there is one.
type result struct {
	Prepared *prepared // nil: an error
	Record   *Record
	Stopped  supervisor.Signal // the signal that ended the preparation, which somebody sent to the worker; 0: none
}

// Work is the worker. The program calls it when its first argument is WorkerArgument. in and out are its standard input
// and output; openLog opens the log that the options ask for. It answers with a result in any case. It does not log the
// error, which the waiting tsboot reports. An error of Work itself means that the answer could not be given.
func Work(ctx context.Context, in io.Reader, out io.Writer, environ []string, openLog func(Log) (hclog.Logger, LogWriter)) error {
	ctx, stop := supervisor.Interruptible(ctx)
	defer stop()
	var o order
	if err := gob.NewDecoder(in).Decode(&o); err != nil {
		return fmt.Errorf("read what to prepare: %w", err)
	}
	log, logWriter := openLog(o.Options.Log)
	b := New(Config{Options: o.Options, Environ: environ, Version: o.Version, Log: log, LogWriter: logWriter, Warnings: o.Warnings})
	b.digestKey, b.task, b.isWorker = o.DigestKey, &o.Task, true
	pipe := gob.NewEncoder(out)
	b.activity.changed = func(now string) { _ = pipe.Encode(message{Doing: now}) } // if nobody reads, the result cannot be sent either
	if o.Shows {
		b.display = sender{pipe}
	}
	progress := b.startProgress(o.Options.Sources.Timeout)
	answer := b.obey(ctx, o)
	progress.Leave()
	logWriter.Flush()
	return pipe.Encode(message{Result: answer})
}

// obey carries out the order.
func (b *Boot) obey(ctx context.Context, o order) *result {
	prepare := func() (*prepared, *Record, error) { return b.prepare(ctx, o.Against) }
	if o.Outage != "" {
		prepare = func() (*prepared, *Record, error) {
			return b.prepareExisting(ctx, ownError(Unavailable, codeHangs, o.Outage))
		}
	}
	p, record, err := prepare()
	r := &result{Prepared: p, Record: record}
	if stop := (*supervisor.StopError)(nil); errors.As(err, &stop) {
		r.Stopped = stop.Signal
	}
	return r
}

// Refuse answers instead of Work when the worker cannot begin.
func Refuse(out io.Writer, err error) error {
	return gob.NewEncoder(out).Encode(message{Result: &result{Record: &Record{Failure: failureOf(err)}}})
}

// prepareBoot prepares the boot, or a refresh where there is something to compare with, and keeps the record of it.
func (b *Boot) prepareBoot(ctx context.Context, sup *supervisor.Supervisor, a *against) (*prepared, error) {
	prepare := func() (*prepared, *Record, error) { return b.prepare(ctx, a) }
	if b.options.needsWorker() {
		prepare = func() (*prepared, *Record, error) { return b.prepareInWorker(ctx, sup, a) }
	}
	p, record, err := prepare()
	if record == nil {
		record = &Record{ECS: b.knownTask(), Warnings: b.warnings, Failure: failureOf(err)}
	}
	if p != nil {
		p.Record = record
	}
	b.refreshes.change(func(s *refreshState) {
		s.Calls += record.Calls
		if failed(err) || record.Existing {
			s.Failures++
		}
	})
	return p, err
}

// failed says whether an error means that the sources could not be read.
func failed(err error) bool {
	kind := KindOf(err)
	return kind == Unavailable || kind == Denied
}

// prepareInWorker has a worker prepare the boot. It is used where there is a file to read or something to fetch. Otherwise
// nothing can hang, the SDK is not used, and the only secrets are in the environment that this process has anyway. A
// worker that fails itself gives no record.
func (b *Boot) prepareInWorker(ctx context.Context, sup *supervisor.Supervisor, a *against) (*prepared, *Record, error) {
	o := order{Options: b.options, Version: b.version, Warnings: b.warnings, DigestKey: b.digestKey, Task: b.knownTask(), Against: a, Shows: b.display != nil && a == nil}
	p, record, err := b.askWorker(ctx, sup, b.options.Sources.Timeout, o)
	var own *Error
	if errors.As(err, &own) && own.hangs && a == nil && b.options.Sources.OnFailure == UseExistingOnFailure {
		o.Outage = own.Error()
		existing, record, errExisting := b.askWorker(ctx, sup, existingTimeout, o)
		if own = nil; !errors.As(errExisting, &own) || !own.hangs {
			return existing, record, errExisting
		}
	}
	return p, record, err
}

// needsWorker says whether preparing reads more than the command line and the environment.
func (o *Options) needsWorker() bool {
	return o.Sources.outside() || o.Profile != ProfileExec || o.Process.Dir != ""
}

// askWorker starts a worker and waits for its result. The error is the worker's own, a *supervisor.StopError when a stop
// signal came, or says how the worker itself failed.
func (b *Boot) askWorker(ctx context.Context, sup *supervisor.Supervisor, timeout time.Duration, o order) (*prepared, *Record, error) {
	limited, cancel := withLimit(ctx, hangLimit(timeout))
	defer cancel()
	var stdin bytes.Buffer
	if err := gob.NewEncoder(&stdin).Encode(o); err != nil {
		return nil, nil, err
	}
	log := supervisor.NewLineWriter(b.logWriter)
	watch, unwatch := b.watchWorker(o.Against)
	command := supervisor.Command{Argv: []string{supervisor.OwnProgram(), WorkerArgument}, Env: b.environ}
	ran, err := sup.Output(limited, command, supervisor.HelperIO{Input: stdin.Bytes(), Log: log, Watch: watch})
	unwatch()
	log.End()
	answer, doing := readMessages(ran.Stdout)
	clear(ran.Stdout)
	var stop *supervisor.StopError
	switch {
	case errors.As(err, &stop):
		return nil, nil, err
	case errors.Is(err, errHangs):
		return nil, nil, b.hangError(timeout, doing)
	case ctx.Err() != nil:
		return nil, nil, context.Cause(ctx)
	case err != nil:
		return nil, nil, workerNotStarted(err)
	case answer == nil:
		return nil, nil, workerDied(ran)
	case answer.Stopped != 0: // tsboot itself is not stopped
		return nil, nil, workerDied(supervisor.HelperResult{Status: supervisor.Status{Signal: answer.Stopped}})
	}
	if failure := answer.Record.Failure; failure != nil {
		return nil, answer.Record, failure.err()
	}
	return answer.Prepared, answer.Record, nil // the record is not a pointer into the answer, which may hold secrets
}

// readMessages finds the result, nil where the worker ended without one, and what it was doing last.
func readMessages(data []byte) (answer *result, doing string) {
	decoder := gob.NewDecoder(bytes.NewReader(data))
	for {
		var m message
		if decoder.Decode(&m) != nil { // the end, or a message that is cut off because the worker was killed
			return answer, doing
		}
		answer, doing = m.Result, m.Doing
	}
}
