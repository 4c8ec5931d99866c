package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"github.com/tsboot/tsboot/watch/audit/recording"
	"github.com/tsboot/tsboot/watch/control"
)

// recordCommand keeps what the kernel sends, for tests and for reports of faults. It is not for every day: help, completion
// and manual pages do not name it.
func (a *app) recordCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:    "record FILE",
		Hidden: true,
		Args:   a.line.Arguments,
		RunE:   func(_ *cobra.Command, files []string) error { return a.record(files[0]) },
	}
	cmd.Flags().SortFlags = false
	a.settings.recordFlags(cmd.Flags())
	return cmd
}

// record is `tswatch record`.
func (a *app) record(path string) error {
	heard, err := a.begin()
	if err != nil {
		return err
	}
	if a.settings.recordFor < 0 {
		return a.settings.origins.Wrongf("for", " %s: want a time that is not negative", a.settings.recordFor)
	}
	plan, err := a.plan()
	if err != nil {
		return err
	}
	plan.RunDir = "" // that of an agent
	recorder, err := recording.Create(path)
	if err != nil {
		return &ending{exitOutput, fmt.Errorf("make the recording: %w", err)}
	}
	held, socket, err := a.listen(plan)
	if err != nil {
		if discarded := recorder.Discard(); discarded != nil {
			a.log.Error("take the recording away", "error", discarded)
		}
		return err
	}
	execute, interrupt := recorder.Actor(recording.Options{
		Source: socket, Mode: a.settings.auditMode, For: a.settings.recordFor, Release: held.Release,
		Overruns: socket.Overruns,
	})
	over := make(chan struct{})
	defer close(over)
	nothing := func() {}
	go heard.Obey(over, control.Reactions{Stop: func() { interrupt(nil) }, Reopen: nothing, Hurry: nothing})
	a.log.Info("recording", "path", path)
	if err := execute(); err != nil {
		return err
	}
	a.log.Info("recorded", "datagrams", recorder.Count(), "overruns", socket.Overruns())
	return nil
}
