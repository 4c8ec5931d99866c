package main

import (
	"errors"
	"fmt"

	"github.com/hashicorp/go-hclog"

	"github.com/tsboot/tsboot/boot"
	"github.com/tsboot/tsboot/cli"
	"github.com/tsboot/tsboot/cli/help"
	"github.com/tsboot/tsboot/supervisor"
)

// end reports how the run ended, once, and returns the exit code.
func (a *app) end(err error) int {
	if a.output.Err != nil {
		err = a.output.Err
	}
	var usage *cli.UsageError
	isUsage := errors.As(err, &usage)
	if a.output.Err == nil && err != nil && !a.entered && (!isUsage || usage.Try == "") {
		err = boot.Usagef("%w (see tsboot --help)", err)
	}
	if isUsage {
		err = &boot.Error{Kind: boot.Usage, Err: err}
	}
	err = boot.HintAtWords(a.settings.command, err)
	code := a.code
	if err != nil {
		code = exitCode(err)
	}
	if err != nil && a.log == nil && cli.AskedForJSON(program, a.variables, a.line.Words) {
		a.settings.log = cli.LogOptions{Level: "error", Format: cli.FormatJSON}
		_ = a.openLog() // both words are valid
	}
	var stop *supervisor.StopError
	switch {
	case boot.ReaderLeft(err):
	case a.log == nil && err != nil:
		for _, f := range boot.FaultsOf(err) {
			fmt.Fprintf(a.stdio.err, "tsboot: %s\n", f.Text)
		}
	case errors.As(err, &stop): // it was asked for, so it is not an error
		a.log.Info("exiting", "exit_code", code, "signal", stop.Signal.String(), "code", boot.CodeOf(err))
	case err != nil:
		faults := boot.FaultsOf(err)
		text := boot.LogFaults(a.log, hclog.Error, faults)
		a.log.Error("exiting", "exit_code", code, "code", faults[0].Code, "error", text)
	case a.kept:
		a.log.Info("exiting", "exit_code", code)
	}
	if a.logWriter != nil {
		a.logWriter.Flush()
		a.logWriter.Close()
	}
	if err != nil && a.nothingGiven() && boot.CodeOf(err) == "profile-undetected" {
		fmt.Fprintf(a.stdio.err, "\n%s", help.Parse(afterNothing).Text())
	}
	return code
}

// nothingGiven: neither flag nor variable nor command, as when somebody tries tsboot for the first time.
func (a *app) nothingGiven() bool {
	return len(a.line.Words) == 0 && a.line.Command == nil && len(a.variables) == 0
}
