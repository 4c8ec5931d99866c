package main

import (
	"errors"

	"github.com/tsboot/tsboot/cli"
	"github.com/tsboot/tsboot/configgen"
	"github.com/tsboot/tsboot/secrets"
	"github.com/tsboot/tsboot/supervisor"
)

// The exit codes of tsboot itself, from sysexits.h where one fits. What each means for an orchestrator that
// may start the container again stands beside it. The agent's own code, or 128+n when it died by signal n,
// passes through untouched.
const (
	exitOK          = 0   // the command did what it was asked
	exitUsage       = 64  // wrong flag, variable or profile file: a restart changes nothing
	exitUnavailable = 69  // parameters could not be had before the deadline, or no memory or process was left: worth a restart
	exitSoftware    = 70  // a bug in tsboot
	exitSurvivors   = 71  // processes survived SIGKILL at the end although the agent's own code was 0
	exitCantCreate  = 73  // a file or the standard output could not be written: a restart changes nothing
	exitCrashLoop   = 75  // gave up on a crash loop of an agent whose own code was 0
	exitSetup       = 76  // a setup command failed: worth a restart
	exitDenied      = 77  // AWS said no (credentials, IAM, KMS): a restart changes nothing
	exitConfig      = 78  // a parameter is missing, ambiguous or breaks its rule: a restart changes nothing
	exitCannotExec  = 126 // the command cannot be executed
	exitNotFound    = 127 // the command is not found
	exitSignalBase  = 128 // plus n: ended by signal n
)

// exitOfKind has the exit code of each kind of fault that configgen knows; a warning has none.
var exitOfKind = map[configgen.Kind]int{
	configgen.Usage:       exitUsage,
	configgen.Invalid:     exitConfig,
	configgen.CannotWrite: exitCantCreate,
}

func usagef(format string, args ...any) error { return cli.Usagef(format, args...) }

// workerError is an error of the worker process, which mapped it to its exit code before it crossed the pipe.
type workerError struct {
	text   string
	code   int
	faults []fault // what text is made of
	hangs  bool    // it has not kept its deadline
}

func (e *workerError) Error() string { return e.text }

// exitCode maps the error that ended a command to the code tsboot exits with.
func exitCode(err error) int {
	var (
		worker    *workerError
		usage     *cli.UsageError
		fetch     *secrets.Error
		config    *configgen.Error
		write     *configgen.WriteError
		printed   *outputError
		stop      *supervisor.StopError
		setup     *supervisor.SetupError
		identity  *supervisor.IdentityError
		execution *supervisor.ExecError
		gaveUp    *supervisor.GaveUpError
		survivors *supervisor.SurvivorsError
	)
	switch {
	case err == nil:
		return exitOK
	case errors.As(err, &worker):
		return worker.code
	case errors.As(err, &stop):
		return exitSignalBase + int(stop.Signal)
	case errors.As(err, &usage):
		return exitUsage
	case errors.As(err, &fetch):
		return int(fetch.Kind)
	case errors.As(err, &config):
		return exitOfKind[config.Kind]
	case errors.As(err, &write), errors.As(err, &printed):
		return exitCantCreate
	case supervisor.IsShortage(err):
		return exitUnavailable
	case errors.As(err, &setup):
		return exitSetup
	case errors.As(err, &identity) && identity.OnlyFiles():
		return exitCantCreate
	case errors.As(err, &identity):
		return exitCannotExec
	case errors.As(err, &execution):
		return execution.Code
	case errors.As(err, &survivors):
		return exitSurvivors
	case errors.As(err, &gaveUp):
		if code := gaveUp.Status.ExitCode(); code != 0 {
			return code
		}
		return exitCrashLoop
	default:
		return exitSoftware
	}
}
