package main

import (
	"os"

	"github.com/oklog/run"
	"github.com/spf13/cobra"

	"github.com/tsboot/tsboot/boot"
	"github.com/tsboot/tsboot/cli/terminal"
	"github.com/tsboot/tsboot/supervisor"
)

// runBoot is the boot: `tsboot [flags] [-- command]`.
func (a *app) runBoot() error {
	a.settings.commandMeansExec()
	b, invalid, err := a.beginBoot()
	if err != nil {
		return err
	}
	if err := invalid.First(); err != nil {
		return err
	}
	return a.supervise(b)
}

// runExec is `tsboot exec`.
func (a *app) runExec(cmd *cobra.Command) error {
	if a.settings.command == nil {
		return a.line.NoCommand("tsboot exec --ssm-path /app/prod -- server --port 80")
	}
	a.settings.profile = boot.ProfileExec
	a.settings.quietOn(a.stdio.err)
	b, invalid, err := a.beginBoot()
	if err != nil {
		return err
	}
	if a.settings.replace {
		if err := a.settings.validateReplace(); err != nil {
			return err
		}
	}
	switch err := invalid.First(); {
	case err != nil:
		return err
	case a.settings.replace:
		return b.Replace(cmd.Context())
	}
	return a.supervise(b)
}

// quietOn lets exec log only what a person must act on where its log is a terminal: it stands before every command that this
// person types. A level that was given counts.
func (s *settings) quietOn(log *os.File) {
	if !s.given.Has("log-level") && terminal.Is(log) {
		s.log.Level = "warn"
	}
}

// commandMeansExec: a command without --profile is run by the profile exec.
func (s *settings) commandMeansExec() {
	if s.command != nil && !s.given.Has("profile") {
		s.profile = boot.ProfileExec
	}
}

// begin opens the log and parses the options. What is wrong with the options is returned: check reports it.
func (a *app) begin() (*boot.Boot, boot.Problems, error) {
	if err := a.openLog(); err != nil {
		return nil, boot.Problems{}, err
	}
	var invalid boot.Problems
	a.options, invalid = a.settings.options()
	return boot.New(boot.Config{
		Options: a.options, Environ: a.environ, Version: versionText(), Log: a.log, LogWriter: a.logWriter, Display: a.display(), Warnings: a.warnings,
	}), invalid, nil
}

// beginBoot begins a command that starts an agent.
func (a *app) beginBoot() (*boot.Boot, boot.Problems, error) {
	b, invalid, err := a.begin()
	if err != nil {
		return nil, invalid, err
	}
	b.LogStart()
	a.warnOfSettings()
	b.LogNothingToFetch()
	return b, invalid, nil
}

// beginCommand begins any other command.
func (a *app) beginCommand() (*boot.Boot, boot.Problems, error) {
	b, invalid, err := a.begin()
	if err == nil {
		a.warnOfSettings()
	}
	return b, invalid, err
}

// supervise takes over the process and runs the actors: the supervisor's loop, the boot that gives it work, and the control
// socket, which answers to the end. The group ends with the boot. By then the supervisor has ended everything below tsboot.
func (a *app) supervise(b *boot.Boot) error {
	a.kept = true
	sup, err := supervisor.New(a.supervisorOptions(b))
	if err != nil {
		return err
	}
	socket, err := b.ControlServer(sup.Context())
	if err != nil {
		return err
	}
	var group run.Group
	group.Add(sup.Actor())
	group.Add(b.Actor(sup))
	if a.options.MetricsFile != "" {
		group.Add(b.MetricsActor(sup))
	}
	if socket != nil {
		group.Add(socket.Actor())
	}
	err = group.Run()
	a.code = b.AgentEnd().ExitCode()
	return err
}

func (a *app) supervisorOptions(b *boot.Boot) supervisor.Options {
	stop := &a.options.Stop
	return supervisor.Options{
		Logger:            a.log,
		StopOn:            stop.On,
		SignalRewrite:     stop.Rewrite,
		Grace:             stop.Grace,
		ForwardSIGURG:     forwardSIGURG == "true" && !supervisor.Preempts(a.environ),
		ParentDeathSignal: stop.ParentDeath,
		MainThread:        a.thread,
		SetupDone:         b.SetupDone,
		FirstRun:          b.Booted,
		Display:           b.Display(),
	}
}
