package main

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/spf13/cobra"

	"github.com/tsboot/tsboot/boot"
	"github.com/tsboot/tsboot/cli"
	"github.com/tsboot/tsboot/cli/terminal"
	"github.com/tsboot/tsboot/control"
	"github.com/tsboot/tsboot/supervisor"
)

const (
	statusTimeout = 10 * time.Second
	healthTimeout = 30 * time.Second // that of Docker's health check, which is killed then; the health command has its own
	liveTimeout   = 5 * time.Second
)

const healthName = "health"

// client asks the tsboot of the run directory.
func (a *app) client() control.Client { return control.Client{Dir: a.settings.runDir} }

func (a *app) statusCommand() *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use:  "status [flags]",
		Args: a.line.Alone,
		RunE: func(cmd *cobra.Command, _ []string) error { return a.runStatus(cmd, asJSON) },
	}
	cmd.Flags().SortFlags = false
	cmd.Flags().BoolVar(&asJSON, "json", false, "print it as one JSON object")
	a.settings.runDirFlag(cmd.Flags())
	return cmd
}

// runStatus is `tsboot status`.
func (a *app) runStatus(cmd *cobra.Command, asJSON bool) error {
	ctx, cancel := context.WithTimeout(cmd.Context(), statusTimeout)
	defer cancel()
	status, raw, err := a.client().Status(ctx)
	if err != nil {
		return boot.AskError(err)
	}
	if !asJSON {
		raw = status.Text(time.Now(), terminal.PaletteOf(a.stdio.out, a.environ))
	}
	_, err = cmd.OutOrStdout().Write(raw)
	return err
}

func (a *app) healthCommand() *cobra.Command {
	var live bool
	cmd := &cobra.Command{
		Use:  healthName + " [flags]",
		Args: a.line.Alone,
		RunE: func(cmd *cobra.Command, _ []string) error { return a.runHealth(cmd, live) },
	}
	cmd.Flags().SortFlags = false
	cmd.Flags().BoolVar(&live, "live", false, "healthy as soon as tsboot answers, whatever the agent does")
	a.settings.runDirFlag(cmd.Flags())
	return cmd
}

// runHealth is `tsboot health`.
func (a *app) runHealth(cmd *cobra.Command, live bool) error {
	limit := healthTimeout
	if live {
		limit = liveTimeout
	}
	ctx, cancel := context.WithTimeout(cmd.Context(), limit)
	defer cancel()
	health := a.client().Health(ctx, live)
	if !health.Healthy {
		a.code = 1
	}
	_, err := cmd.OutOrStdout().Write([]byte(health.Text()))
	return err
}

func (a *app) refreshCommand() *cobra.Command {
	var timeout time.Duration
	cmd := &cobra.Command{
		Use:  "refresh [flags]",
		Args: a.line.Alone,
		RunE: func(cmd *cobra.Command, _ []string) error { return a.runRefresh(cmd, timeout) },
	}
	cmd.Flags().SortFlags = false
	cmd.Flags().DurationVar(&timeout, "timeout", 2*time.Minute, "how long to wait for the end; the refresh itself goes on after that; 0: as long as it takes")
	a.settings.runDirFlag(cmd.Flags())
	return cmd
}

// runRefresh is `tsboot refresh`.
func (a *app) runRefresh(cmd *cobra.Command, timeout time.Duration) error {
	if timeout < 0 {
		return a.settings.given.Wrongf("timeout", " %v: want 0 or more", timeout)
	}
	ctx, stop := a.watched(cmd.Context(), control.RefreshText(time.Now(), timeout))
	defer stop()
	if timeout > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, timeout)
		defer cancel()
	}
	refresh, err := a.client().Refresh(ctx)
	stop() // what follows is printed on the same terminal
	if stopped := (*supervisor.StopError)(nil); errors.As(context.Cause(ctx), &stopped) {
		return stopped
	}
	if err != nil {
		return boot.AskError(err)
	}
	a.code = refreshCode(refresh)
	to := cmd.OutOrStdout()
	if a.code != 0 {
		to = cmd.ErrOrStderr()
	}
	_, err = to.Write([]byte(refresh.Report()))
	return err
}

// watched shows a person what is waited for. Where there is a terminal to show it on, a signal ends ctx, and the line with it.
func (a *app) watched(parent context.Context, text func(now time.Time) string) (ctx context.Context, stop func()) {
	screen := terminal.NewScreen(a.stdio.err, a.environ)
	if screen == nil {
		return parent, func() {}
	}
	ctx, giveBack := supervisor.Interruptible(parent)
	progress := terminal.StartProgress(cli.NewLogWriter(program, a.stdio.err, screen), text)
	giveBackSuspend := supervisor.Suspendable(progress.Suspend)
	return ctx, sync.OnceFunc(func() {
		progress.Leave()
		giveBackSuspend()
		giveBack()
	})
}

// refreshCode is 0 where the agent runs on the newest parameters, that of a boot where they could not be had, else 1.
func refreshCode(refresh control.RefreshAnswer) int {
	switch refresh.Outcome {
	case control.Unchanged, control.Kept:
		return 0
	case control.Failed:
		if kind := boot.Kind(refresh.Kind); kind != boot.None && kind != boot.Stopped {
			return exitOf(kind)
		}
	case control.RolledBack, control.Refused, control.TimedOut:
	}
	return 1
}
