package main

import (
	"errors"
	"fmt"

	"github.com/hashicorp/go-hclog"

	"github.com/tsboot/tsboot/cli"
	"github.com/tsboot/tsboot/configgen"
	"github.com/tsboot/tsboot/secrets"
	"github.com/tsboot/tsboot/supervisor"
)

// A fault is one thing that is wrong, as one line of the log says it. It never holds the value of a secret.
type fault struct {
	Code   string // of docs/errors.md
	File   string `json:",omitempty"` // the profile, where the fault is in one
	Line   int    `json:",omitempty"`
	Column int    `json:",omitempty"`
	Text   string // the place included
}

// faultsOf takes an error apart: everything that was found wrong in one go, at least one.
func faultsOf(err error) []fault {
	if worker, ok := err.(*workerError); ok && len(worker.faults) > 0 { // not a wrapped one, as below
		return worker.faults
	}
	config, ok := err.(*configgen.Error) // not a wrapped one: what wraps it says more
	if !ok || len(config.Problems) == 0 {
		return []fault{{Code: errorCode(err), Text: err.Error()}}
	}
	faults := make([]fault, len(config.Problems))
	for i, p := range config.Problems {
		faults[i] = fault{p.Code, p.Pos.File, p.Pos.Line, p.Pos.Column, p.String()}
	}
	return faults
}

// errorCode is the catalogue's code of an error: its own, or that of what tsboot exits with.
func errorCode(err error) string {
	var (
		worker    *workerError
		stop      *supervisor.StopError
		fetch     *secrets.Error
		config    *configgen.Error
		write     *configgen.WriteError
		setup     *supervisor.SetupError
		identity  *supervisor.IdentityError
		execution *supervisor.ExecError
		gaveUp    *supervisor.GaveUpError
		size      *supervisor.SizeError
	)
	switch {
	case errors.As(err, &worker) && len(worker.faults) > 0:
		return worker.faults[0].Code
	case errors.As(err, &stop):
		return "stopped"
	case errors.As(err, &fetch):
		return fetch.Code
	case errors.As(err, &config) && len(config.Problems) > 0:
		return config.Problems[0].Code
	case errors.As(err, &write):
		return write.Code()
	case supervisor.IsShortage(err):
		return "no-resources"
	case errors.As(err, &setup): // its cause may be an ExecError
		return codeOf(exitSetup)
	case errors.As(err, &size):
		return codeTooLarge
	case errors.As(err, &identity):
		return codeUser
	case errors.As(err, &execution):
		return codeOf(execution.Code)
	case errors.As(err, &gaveUp):
		return "crash-loop"
	}
	return codeOf(exitCode(err))
}

// end reports how the run ended, once, and returns the exit code.
func (a *app) end(err error) int {
	if a.output.err != nil {
		err = a.output.err
	} else if err != nil && !a.entered {
		err = usagef("%w (see tsboot --help)", err)
	}
	err = a.hintAtWords(err)
	code := a.code
	if err != nil {
		code = exitCode(err)
	}
	if err != nil && a.log == nil && a.askedForJSON() {
		a.settings.log = cli.LogOptions{Level: "error", Format: cli.FormatJSON}
		_ = a.openLog() // both words are right
	}
	var stop *supervisor.StopError
	switch {
	case quiet(err):
	case a.log == nil && err != nil:
		for _, f := range faultsOf(err) {
			fmt.Fprintf(a.stdio.err, "tsboot: %s\n", f.Text)
		}
	case errors.As(err, &stop): // asked for, so no error
		a.log.Info("exiting", "exit_code", code, "signal", stop.Signal.String(), "code", errorCode(err))
	case err != nil:
		faults := faultsOf(err)
		text := a.logFaults(hclog.Error, faults)
		a.log.Error("exiting", "exit_code", code, "code", faults[0].Code, "error", text)
	case a.kept:
		a.log.Info("exiting", "exit_code", code)
	}
	if a.logWriter != nil {
		a.logWriter.Flush()
		a.logWriter.Close()
	}
	return code
}

// logFaults writes one line for each fault where there are several. It returns what the line that follows says of them.
func (a *app) logFaults(level hclog.Level, faults []fault) string {
	if len(faults) == 1 {
		return faults[0].Text
	}
	for _, f := range faults {
		keys := []any{"code", f.Code}
		if f.File != "" {
			keys = append(keys, "file", f.File, "line", f.Line, "column", f.Column)
		}
		a.log.Log(level, "fault", append(keys, "error", f.Text)...)
	}
	return fmt.Sprintf("%s (the first of %d faults)", faults[0].Text, len(faults))
}

func (a *app) askedForJSON() bool {
	words, _ := splitCommand(a.args[1:])
	return cli.AskedForJSON(program, a.variables, words)
}
