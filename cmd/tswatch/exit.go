package main

import (
	"errors"
	"fmt"
	"runtime/debug"

	"github.com/tsboot/tsboot/cli"
	"github.com/tsboot/tsboot/watch/audit/kernel"
	"github.com/tsboot/tsboot/watch/audit/recording"
	"github.com/tsboot/tsboot/watch/control"
	"github.com/tsboot/tsboot/watch/detect"
	"github.com/tsboot/tsboot/watch/pipeline"
	"github.com/tsboot/tsboot/watch/sink"
)

// The exit codes, from sysexits.h where one fits. A stop that was asked for is 0.
const (
	exitNo      = 1  // not healthy, no agent there, a test of a rule that fails
	exitUsage   = 64 // a flag, a variable, the configuration, a rule file is wrong or not there: another start changes nothing
	exitNoData  = 65 // nothing in the input of a replay was a record
	exitNoInput = 66 // a file of a replay's input is not there
	exitBug     = 70
	exitKernel  = 71 // the kernel refuses: a capability or a setting is missing, the message names it
	exitOutput  = 73 // an output, the console's address, the run directory or the standard output cannot be had
)

// ending is an error with the code to exit with.
type ending struct {
	code int
	err  error
}

func (e *ending) Error() string { return e.err.Error() }
func (e *ending) Unwrap() error { return e.err }

// bug is the error about a panic, to be made where it was recovered.
func bug(fault any) error {
	return &ending{exitBug, fmt.Errorf("this is a bug: %v\n%s", fault, debug.Stack())}
}

// exitCode is the code of an error that ended a command.
func exitCode(err error) int {
	var (
		ended   *ending
		usage   *cli.UsageError
		rules   *detect.Error
		where   *sink.WhereError
		refused *kernel.Refused
		output  *pipeline.OutputError
		file    *recording.FileError
	)
	switch {
	case err == nil, errors.Is(err, control.ErrStopped):
		return 0
	case errors.As(err, &ended):
		return ended.code
	case errors.As(err, &usage), errors.As(err, &rules), errors.As(err, &where):
		return exitUsage
	case errors.As(err, &refused):
		return exitKernel
	case errors.As(err, &output), errors.As(err, &file):
		return exitOutput
	}
	return exitBug
}
