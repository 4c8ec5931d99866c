package main

import (
	"github.com/spf13/pflag"
)

// validateReplace refuses the flags about refresh, restart, signals, stop and metrics: with --replace, tsboot is gone and cannot do what
// they say. A variable is not refused: it may be set for many commands.
func (s *settings) validateReplace() error {
	supervision := pflag.NewFlagSet("", pflag.ContinueOnError)
	var unused settings
	unused.refreshFlags(supervision)
	unused.restartFlags(supervision)
	unused.stopFlags(supervision)
	unused.watchFlags(supervision)
	var err error
	supervision.VisitAll(func(flag *pflag.Flag) {
		if err == nil && s.given.Has(flag.Name) && !s.given.ByVariable(flag.Name) {
			err = s.given.Wrongf(flag.Name, ": has no effect with %s, because no tsboot is left that could supervise the command: leave out one of them", s.given.Name("replace"))
		}
	})
	return err
}
