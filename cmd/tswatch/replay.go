package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"github.com/tsboot/tsboot/cli"
	"github.com/tsboot/tsboot/watch/container"
	"github.com/tsboot/tsboot/watch/pipeline"
)

func (a *app) replayCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:  "replay [FILE...]",
		Args: a.line.Arguments,
		RunE: func(cmd *cobra.Command, files []string) error { return a.replay(cmd.Context(), files) },
	}
	cmd.Flags().SortFlags = false
	a.settings.replayFlags(cmd.Flags())
	return cmd
}

// replay is `tswatch replay`. Whatever cannot be had is said before the first line is written.
func (a *app) replay(ctx context.Context, files []string) error {
	heard, err := a.begin()
	if err != nil {
		return err
	}
	var containers map[int]container.Attribution
	var inputs []pipeline.Input
	var c *common
	err = heard.Start(guarded(func() (err error) {
		if containers, err = a.readContainers(); err != nil {
			return err
		}
		if inputs, err = pipeline.OpenInputs(files, a.stdio.in); err != nil {
			return &ending{exitNoInput, fmt.Errorf("open the input: %w", err)}
		}
		c, err = a.open(ctx, doingReplay, heard)
		return err
	}))
	if err != nil {
		return err
	}
	replay := pipeline.NewReplay(c.lineSettings(), containers)
	c.health, c.last = func() error { return nil }, replay.Last
	var report pipeline.Report
	err = c.run(actor{func() (err error) {
		report, err = replay.Run(c.stop, inputs)
		return err
	}, func(error) {}})
	a.report(report)
	switch {
	case err != nil:
		return err
	case report.Records == 0 && !report.Stopped && !heard.Stopped():
		return &ending{exitNoData, errors.New("nothing in the input is an audit record")}
	}
	return nil
}

// report says what was wrong with the input: as a part of the log where a program reads that.
func (a *app) report(r pipeline.Report) {
	if a.settings.log.Format != cli.FormatJSON {
		for line := range strings.Lines(r.Text()) {
			fmt.Fprint(a.stdio.err, "tswatch: "+line)
		}
		return
	}
	for _, err := range r.Broken {
		a.log.Error("input is broken", "error", err)
	}
	if r.Malformed > 0 {
		a.log.Error("malformed lines", "count", r.Malformed, "records", r.Records, "examples", r.Examples)
	}
}

func (a *app) readContainers() (map[int]container.Attribution, error) {
	if a.settings.containers == "" {
		return nil, nil
	}
	containers, err := pipeline.ReadContainers(a.settings.containers)
	var fault *pipeline.ContainersError
	switch {
	case errors.As(err, &fault):
		return nil, a.settings.origins.Wrongf("containers", ": %w", err)
	case err != nil:
		return nil, &ending{exitNoInput, fmt.Errorf("%s: %w", a.settings.origins.Origin("containers"), err)}
	}
	return containers, nil
}

// hostname is the name of this machine; what cannot be found out is unknown.
func hostname() string {
	name, err := os.Hostname()
	if err != nil || name == "" {
		return "unknown"
	}
	return name
}
