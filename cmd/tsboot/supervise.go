package main

import (
	"context"
	"strings"

	"github.com/oklog/run"
	"github.com/spf13/cobra"

	"github.com/tsboot/tsboot/configgen"
	"github.com/tsboot/tsboot/supervisor"
)

// runBoot is the boot: `tsboot [flags] [-- command]`.
func (a *app) runBoot(cmd *cobra.Command) error {
	if a.settings.command != nil && !a.settings.explicit("profile") {
		a.settings.profile = profileExec
	}
	return a.bootOrWork(cmd)
}

// runExec is `tsboot exec`.
func (a *app) runExec(cmd *cobra.Command) error {
	if a.settings.command == nil {
		return a.noCommand()
	}
	a.settings.profile = profileExec
	if !a.settings.replace || a.worker {
		return a.bootOrWork(cmd)
	}
	if err := a.beginBoot(cmd); err != nil {
		return err
	}
	return a.replace(cmd.Context())
}

// beginBoot opens the log of what starts an agent. The worker, which goes on with a boot that has begun, repeats none
// of its first lines.
func (a *app) beginBoot(cmd *cobra.Command) error {
	if err := a.openLog(); err != nil || a.worker {
		return err
	}
	a.logStart()
	a.warnOfSettings(cmd.Root())
	a.logNothingToFetch()
	return nil
}

// begin opens the log of the other commands.
func (a *app) begin(cmd *cobra.Command) error {
	if err := a.openLog(); err != nil {
		return err
	}
	a.warnOfSettings(cmd.Root())
	return nil
}

func (a *app) bootOrWork(cmd *cobra.Command) error {
	if err := a.beginBoot(cmd); err != nil {
		return err
	}
	if a.worker {
		return a.work(cmd.Context())
	}
	return a.supervise()
}

// supervise takes over the process and runs the two actors: the supervisor's loop, and the boot that
// gives it work. The group ends with the boot; the loop has drained by then what is below tsboot.
func (a *app) supervise() error {
	if err := a.settings.validate(); err != nil {
		return err
	}
	rules, err := a.settings.stopRules()
	if err != nil {
		return err
	}
	a.kept = true
	a.digestKey = newDigestKey()
	sup, err := supervisor.New(a.supervisorOptions(rules))
	if err != nil {
		return err
	}
	var group run.Group
	group.Add(sup.Actor())
	group.Add(a.bootActor(sup))
	return group.Run()
}

func (a *app) supervisorOptions(rules stopRules) supervisor.Options {
	return supervisor.Options{
		Logger:            a.log,
		StopOn:            rules.stopOn,
		SignalRewrite:     rules.rewrite,
		Grace:             a.settings.grace,
		ForwardSIGURG:     forwardSIGURG == "true" && !preempts(a.environ),
		ParentDeathSignal: rules.parentDeath,
		MainThread:        a.thread,
		SetupDone:         a.setupDone,
	}
}

// bootActor fetches and writes in the worker, then hands the plan to the supervisor and waits for the end.
func (a *app) bootActor(sup *supervisor.Supervisor) (execute func() error, interrupt func(error)) {
	ctx, cancel := context.WithCancel(sup.Context())
	execute = func() error {
		p, err := a.prepareBoot(ctx, sup)
		if err != nil {
			return err
		}
		a.notePending(p)
		refresher := &refresher{app: a, sup: sup, running: p.Runs, outage: p.Existing}
		go refresher.run(ctx)
		status, err := sup.Supervise(ctx, &p.Plan)
		a.code = status.ExitCode()
		return p.locate(err)
	}
	return execute, func(error) { cancel() }
}

// notePending remembers the mark of a prepared boot, and nothing else of it.
func (a *app) notePending(p *prepared) {
	mark := strings.Clone(p.Pending)
	a.pending.Store(&mark)
}

// setupDone clears the mark that the worker left, that setup is due. A mark that stays is harmless: setup then runs
// once more than it had to.
func (a *app) setupDone() {
	if mark := a.pending.Load(); mark != nil {
		if err := configgen.ClearPending(*mark); err != nil {
			a.log.Warn("mark of a finished setup stays", "error", err)
		}
	}
}
