package main

import (
	"context"

	"github.com/spf13/pflag"

	"github.com/tsboot/tsboot/supervisor"
)

// replace is `exec --replace`: the same preparation in this process, which then becomes the command.
func (a *app) replace(ctx context.Context) error {
	if err := a.settings.validateReplace(); err != nil {
		return err
	}
	var p *prepared
	err := a.bounded(ctx, a.settings.fetchTimeout, func(ctx context.Context) (err error) {
		p, err = a.prepare(ctx)
		return err
	})
	if err != nil {
		return err
	}
	a.log.Info("replacing tsboot", "command", p.Plan.Agent.Argv[0])
	a.logWriter.Flush()
	return supervisor.Replace(p.Plan.Agent.Command)
}

// validateReplace refuses the flags about restart, signals and stop: with --replace no tsboot is left to do what they
// say. A variable may be set for many commands, with --replace or without, and says nothing about this one.
func (s *settings) validateReplace() error {
	supervision := pflag.NewFlagSet("", pflag.ContinueOnError)
	var unused settings
	unused.restartFlags(supervision)
	unused.stopFlags(supervision)
	var err error
	supervision.VisitAll(func(flag *pflag.Flag) {
		if err == nil && s.explicit(flag.Name) && !s.origins.ByVariable[flag.Name] {
			err = s.wrongf(flag.Name, ": has no effect with %s, because no tsboot is left that could supervise the command: leave out one of them", s.name("replace"))
		}
	})
	return err
}
