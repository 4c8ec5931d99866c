package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"sync/atomic"
	"time"

	"github.com/tsboot/tsboot/cli/rundir"
	"github.com/tsboot/tsboot/watch/console"
	"github.com/tsboot/tsboot/watch/container"
	"github.com/tsboot/tsboot/watch/container/runtime"
	"github.com/tsboot/tsboot/watch/control"
	"github.com/tsboot/tsboot/watch/detect"
	"github.com/tsboot/tsboot/watch/event"
	"github.com/tsboot/tsboot/watch/pipeline"
	"github.com/tsboot/tsboot/watch/sink"
)

// common is what the agent and a replay share. It is the service of the control socket, too.
type common struct {
	app      *app
	doing    string
	since    time.Time
	counters *pipeline.Counters
	rules    *detect.Rules
	fan      *sink.Fan
	socket   *control.Server  // nil: there is none
	console  *console.Console // nil: there is none
	runtimes func() []runtime.Stats
	health   func() error                  // what is wrong with the line; nil: nothing can be
	dropped  atomic.Uint64                 // lines, by the outputs
	live     atomic.Pointer[pipeline.Live] // nil: there is none yet, or this is a replay
	crash    atomic.Pointer[error]         // the panic of an output's goroutine
	last     func() []byte                 // what the line says when the outputs have ended
	signals  *control.Signals
	stop     context.Context // ends when a stop was asked for
	stopping context.CancelFunc
}

// begin hears signals from here on, opens the log, and reads the settings that are words.
func (a *app) begin() (*control.Signals, error) {
	heard := control.HearSignals()
	if err := a.openLog(); err != nil {
		return heard, err
	}
	return heard, a.settings.validate()
}

// open takes what can fail before anything is read: rules, run directory, outputs.
func (a *app) open(ctx context.Context, doing string, heard *control.Signals) (*common, error) {
	c := &common{app: a, doing: doing, signals: heard, since: time.Now(), counters: pipeline.NewCounters(), last: func() []byte { return nil },
		runtimes: func() []runtime.Stats { return nil }}
	c.stop, c.stopping = context.WithCancel(ctx)
	var err error
	if c.rules, err = a.loadRules(); err != nil {
		return nil, err
	}
	if err := c.listen(ctx); err != nil {
		return nil, err
	}
	if err := c.openConsole(ctx); err != nil {
		c.release()
		return nil, err
	}
	c.fan, err = sink.OpenFan(a.settings.outputs, c.sinkOptions())
	if err == nil {
		return c, nil
	}
	c.release()
	var where *sink.WhereError
	var limit *sink.LimitError
	switch {
	case errors.As(err, &where):
		return nil, a.settings.origins.WrongItemf("output", where.Where, " %w", err)
	case errors.As(err, &limit):
		return nil, a.settings.origins.Wrongf("spool-max", " %s %w", &a.settings.spoolMax, err)
	}
	return nil, &ending{exitOutput, fmt.Errorf("open an output: %w", err)}
}

func (c *common) sinkOptions() sink.Options {
	s := &c.app.settings
	return sink.Options{
		Stdout: c.app.stdio.out, FileMaxSize: int64(s.fileMaxSize), FileKeep: s.fileKeep,
		TokenFile: s.tokenFile, SpoolDir: s.spoolDir, SpoolMax: int64(s.spoolMax), UserAgent: "tswatch/" + versionText(),
		Replay: c.doing == doingReplay, Stop: c.stop, Log: c.app.log,
		Last: func() []byte { return c.last() },
		Lost: func(lines uint64) { // from the opening of the outputs on, which comes before the line
			c.dropped.Add(lines)
			if live := c.live.Load(); live != nil {
				live.Wake()
			}
		},
		Panicked: c.crashed,
	}
}

// crashed notes the panic of an output's goroutine, and stops: it ends as every other bug.
func (c *common) crashed(fault any) {
	err := bug(fault)
	c.crash.CompareAndSwap(nil, &err)
	c.stopping()
}

// listen takes the run directory. A replay needs no privilege: it does without the default directory where that cannot be had.
func (c *common) listen(ctx context.Context) error {
	dir := c.app.settings.runDir
	if dir == "" {
		return nil
	}
	listener, err := control.Listen(ctx, dir)
	var held *rundir.HeldError
	switch {
	case err != nil && c.doing == doingReplay && !c.app.settings.runDirGiven:
		c.app.log.Debug("no control socket", "path", dir, "error", err)
		return nil
	case errors.Is(err, fs.ErrPermission) && !c.app.settings.runDirGiven:
		return &ending{exitOutput, fmt.Errorf("%w: run tswatch as root, or give it a directory with --run-dir; the kernel wants CAP_AUDIT_CONTROL and CAP_AUDIT_READ, too", err)}
	case errors.As(err, &held): // it says itself what to do
		return &ending{exitOutput, err}
	case err != nil:
		return &ending{exitOutput, fmt.Errorf(`%w: name another with --run-dir, or none with --run-dir ""`, err)}
	}
	c.socket = control.NewServer(listener, c)
	return nil
}

// openConsole takes the address of the page.
func (c *common) openConsole(ctx context.Context) error {
	if c.app.settings.console == "" {
		return nil
	}
	options := console.Options{Address: c.app.settings.consoleAt, Status: c.pageStatus, Log: c.app.log.Named("console")}
	var err error
	if c.console, err = console.Listen(ctx, options); err != nil {
		return &ending{exitOutput, err}
	}
	c.app.log.Info("console", "address", c.console.URL())
	return nil
}

// pageStatus is the status for those who look at the page: they need not know where the lines go.
func (c *common) pageStatus() any {
	status := c.Status()
	status.Sinks, status.Runtimes = nil, nil
	return status
}

// release gives back what was taken where nothing ran.
func (c *common) release() {
	if c.socket != nil {
		c.socket.Close()
	}
	if c.console != nil {
		c.console.Close()
	}
}

// settings are those of the line.
func (c *common) lineSettings() pipeline.Settings {
	s := &c.app.settings
	line := pipeline.Settings{
		Host: hostname(), Format: event.Format(s.format), Emit: pipeline.Emit(s.emit), Judge: c.rules, Out: c.fan,
		Dropped: c.dropped.Load, Counters: c.counters,
	}
	if c.console != nil {
		line.Show = c.console.Publish
	}
	return line
}

// Status is for the control socket.
func (c *common) Status() control.Status {
	counts := c.counters.Counts()
	for _, method := range container.Methods() {
		counts.Attribution[string(method)] += 0 // each is there
	}
	var shown *console.Stats
	if c.console != nil {
		stats := c.console.Stats()
		shown = &stats
	}
	return control.Status{
		Version: versionText(), Host: hostname(), PID: os.Getpid(), Doing: c.doing, Since: c.since.UTC(),
		Events: counts.Events, Alerts: counts.Alerts, Lost: counts.Lost, LostWhere: counts.LostWhere, LossRatio: counts.LossRatio,
		Attribution: counts.Attribution, Sinks: c.fan.Status(), Rules: control.Rules{Failed: c.rules.Failed()},
		Runtimes: c.runtimes(), Console: shown,
	}
}

// Health is for the control socket.
func (c *common) Health(maxLoss float64) control.Health {
	if maxLoss < 0 {
		maxLoss = c.app.settings.maxLoss
	}
	input := "the audit stream"
	if c.doing == doingReplay {
		input = "the input"
	}
	return control.Condition{
		Wrong: cmp.Or(c.health(), c.fan.Stuck(time.Now())), LossRatio: c.counters.Counts().LossRatio, MaxLoss: maxLoss,
		Input: input, Sinks: c.fan.Status(),
	}.Health()
}
