package main

import (
	"context"
	"errors"
	"time"

	"github.com/spf13/cobra"

	"github.com/tsboot/tsboot/cli"
	"github.com/tsboot/tsboot/watch/control"
)

const askTimeout = 5 * time.Second

func (a *app) statusCommand() *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use:  "status",
		Args: a.line.Alone,
		RunE: func(cmd *cobra.Command, _ []string) error { return a.status(cmd, asJSON) },
	}
	cmd.Flags().SortFlags = false
	cmd.Flags().BoolVar(&asJSON, "json", false, "print it as one JSON object")
	a.settings.configFlag(cmd.Flags())
	a.settings.runDirFlag(cmd.Flags())
	return cmd
}

// status is `tswatch status`.
func (a *app) status(cmd *cobra.Command, asJSON bool) error {
	ctx, cancel := context.WithTimeout(cmd.Context(), askTimeout)
	defer cancel()
	status, raw, err := control.Client{Dir: a.settings.runDir}.Status(ctx)
	if errors.Is(err, control.ErrOff) {
		return &cli.UsageError{Err: err}
	}
	if err != nil {
		return &ending{exitNo, err}
	}
	text := string(raw) + "\n"
	if !asJSON {
		text = status.Text(time.Now())
	}
	_, err = cmd.OutOrStdout().Write([]byte(text))
	return err
}

func (a *app) healthCommand() *cobra.Command {
	var live bool
	cmd := &cobra.Command{
		Use:  "health",
		Args: a.line.Alone,
		RunE: func(cmd *cobra.Command, _ []string) error { return a.health(cmd, live) },
	}
	cmd.Flags().SortFlags = false
	cmd.Flags().BoolVar(&live, "live", false, "healthy as soon as tswatch answers")
	a.settings.configFlag(cmd.Flags())
	a.settings.runDirFlag(cmd.Flags())
	a.settings.maxLossFlag(cmd.Flags())
	return cmd
}

// health is `tswatch health`. It judges the loss by a limit of its own only where one was given.
func (a *app) health(cmd *cobra.Command, live bool) error {
	maxLoss := -1.0
	if cmd.Flags().Changed("max-loss") {
		if err := a.settings.validateMaxLoss(); err != nil {
			return err
		}
		maxLoss = a.settings.maxLoss
	}
	ctx, cancel := context.WithTimeout(cmd.Context(), askTimeout)
	defer cancel()
	health := control.Client{Dir: a.settings.runDir}.Health(ctx, live, maxLoss)
	if !health.Healthy {
		a.code = exitNo
	}
	_, err := cmd.OutOrStdout().Write([]byte(health.Reason + "\n"))
	return err
}
