// Package boot is what a boot is: from parsed options it chooses the profile, reads the sources, renders and writes the
// files, makes the plan for the supervisor, and keeps it up to date while the agent runs. `check` does the same work
// without the writing.
//
// What reads and writes is done by a worker, a short-lived child of the same binary (worker.go). The package knows no
// flags, no exit codes and no run group: the program gives it Options, groups its Actor with the supervisor's, and has
// an exit code for each Kind.
package boot

import (
	"context"
	"io"
	"strings"
	"sync/atomic"
	"time"

	"github.com/hashicorp/go-hclog"

	"github.com/tsboot/tsboot/cli/terminal"
	"github.com/tsboot/tsboot/configgen"
	"github.com/tsboot/tsboot/configgen/fileset"
	"github.com/tsboot/tsboot/configgen/profile"
	"github.com/tsboot/tsboot/secrets/ssm"
	"github.com/tsboot/tsboot/supervisor"
)

// Config is what the program gives to a Boot. Every field is needed.
type Config struct {
	Options Options  // valid, except for Boot.Check
	Environ []string // of tsboot itself, as os.Environ gives it
	Version string   // of tsboot, for AWS, the log and the report
	Log     hclog.Logger
	// LogWriter takes the whole lines that the worker logs. Its Flush waits until what was written is out.
	LogWriter LogWriter
	// Display is the terminal of a person who waits; nil: there is none.
	Display Display
	// Warnings are what the program found about flags and variables, and has logged; nil: nothing.
	Warnings []Problem
}

// LogWriter is what Config.Log writes to.
type LogWriter interface {
	io.Writer
	Flush()
}

// A Boot is one run of tsboot: the program calls one of Actor, Replace, Render, Export, Policy and Check, once.
type Boot struct {
	options   Options
	environ   []string
	version   string
	log       hclog.Logger
	logWriter LogWriter
	warnings  []Problem // of the program

	activity  activity
	display   Display                           // nil: nothing is shown
	progress  atomic.Pointer[terminal.Progress] // nil before it starts, and without a display
	givesUp   time.Time                         // when what hangs is given up; for people
	waits     ssm.Waits
	isWorker  bool
	worker    atomic.Pointer[string] // what it waits for; nil: none runs, or nobody watches
	digestKey []byte                 // of generation: that of the process that stays, which gives it to its workers
	task      *ECSRecord             // in a worker: the task of ECS as an earlier one found it, zero where none did
	pending   atomic.Pointer[string] // the mark that setup is due, "" for none
	status    supervisor.Status      // of the agent
	queue     *refreshQueue
	refreshes refreshBox

	times   timeline
	first   atomic.Pointer[Record] // of the boot, until it is reported
	runs    show
	sup     atomic.Pointer[supervisor.Supervisor] // nil before the actor is made
	changed notice                                // of the metrics
	ended   chan struct{}                         // closed when the agent has ended for good
}

// New makes a Boot. It does nothing yet.
func New(c Config) *Boot {
	changed := newNotice()
	return &Boot{
		options: c.Options, environ: c.Environ, version: c.Version, log: c.Log, logWriter: c.LogWriter, warnings: c.Warnings, display: c.Display,
		queue: newRefreshQueue(),
		times: timeline{began: time.Now()}, changed: changed, runs: show{changed: changed}, refreshes: refreshBox{changed: changed}, ended: make(chan struct{}),
	}
}

// Actor is the boot as an actor of a run group. It has the worker fetch and write, hands the plan to the supervisor, and
// waits until the supervisor has ended the agent and what is below it. The program groups it with the actor of sup and
// reads AgentEnd afterwards.
func (b *Boot) Actor(sup *supervisor.Supervisor) (execute func() error, interrupt func(error)) {
	b.digestKey = newDigestKey()
	b.sup.Store(sup)
	ctx, cancel := context.WithCancel(sup.Context())
	progress := b.startProgress(b.options.Sources.Timeout)
	execute = func() error {
		defer progress.Leave()
		defer close(b.ended)
		defer b.queue.end()
		p, err := b.prepareBoot(ctx, sup, nil)
		if err != nil {
			return err
		}
		b.notePending(p)
		b.first.Store(p.Record)
		b.runs.keep(runningOf(p.Record))
		p.Record = nil // p stays to the end of the agent
		b.times.reached(&b.times.prepared)
		refresher := &refresher{boot: b, sup: sup, running: p.Runs, outage: p.Outage != ""}
		b.refreshes.change(func(s *refreshState) { s.LastError = p.Outage })
		settled := make(chan struct{})
		go func() {
			defer close(settled)
			refresher.run(ctx)
		}()
		b.status, err = sup.Supervise(ctx, &p.Plan)
		cancel()
		awaitSettled(settled)
		return p.locate(err)
	}
	return execute, func(error) { cancel() }
}

// AgentEnd says how the agent ended. It is read after the actor has ended, and zero when no agent ran.
func (b *Boot) AgentEnd() supervisor.Status { return b.status }

// notePending keeps the mark of a prepared boot. It is copied: the rest of the plan, which may hold secrets, can go.
func (b *Boot) notePending(p *prepared) {
	mark := strings.Clone(p.Pending)
	b.pending.Store(&mark)
}

// SetupDone removes the mark that the worker left to say that setup is due. The program gives it to the supervisor as
// Options.SetupDone. A mark that stays is harmless: setup runs once more than needed.
func (b *Boot) SetupDone() {
	b.times.reached(&b.times.setUp)
	if mark := b.pending.Load(); mark != nil {
		if err := fileset.ClearPending(*mark); err != nil {
			b.log.Warn("mark of a finished setup stays", "error", err)
		}
	}
}

// Replace is `exec --replace`: it prepares in this process, which then becomes the command. It returns only an error.
func (b *Boot) Replace(ctx context.Context) error {
	var p *prepared
	err := b.bounded(ctx, b.options.Sources.Timeout, func(ctx context.Context) (err error) {
		p, _, err = b.prepare(ctx, nil)
		return err
	})
	if err != nil {
		return err
	}
	b.log.Info("replacing tsboot", "command", p.Plan.Agent.Argv[0])
	b.logWriter.Flush()
	return supervisor.Replace(p.Plan.Agent.Command)
}

// Render prepares the files that a boot would write. It changes nothing. Where there is none, the log says why.
func (b *Boot) Render(ctx context.Context) ([]configgen.Rendered, error) {
	var files []configgen.Rendered
	err := b.bounded(ctx, b.options.Sources.Timeout, func(ctx context.Context) error {
		resolved, err := b.resolve(ctx, stage{"facts", (*preparation).facts}, stage{"bases", (*preparation).readBases})
		if err == nil {
			files, err = resolved.Render()
		}
		if err == nil && len(files) == 0 {
			b.warnNoFiles(resolved.Profile)
		}
		return err
	})
	return files, err
}

// warnNoFiles says why render prints nothing.
func (b *Boot) warnNoFiles(chosen *profile.Profile) {
	reason := "with these values the condition of no file holds"
	if len(chosen.Files) == 0 {
		reason = "the profile declares no files"
	}
	b.log.Warn("nothing to render", "profile", chosen.Name, "reason", reason)
}
