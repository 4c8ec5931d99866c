package boot

import (
	"errors"
	"fmt"
	"regexp"
	"strings"
	"sync"

	"github.com/tsboot/tsboot/supervisor"
)

// What is said about a worker that fails without a result.

// errHangs is the cause of a context whose deadline was not kept.
var errHangs = errors.New("the preparation hangs: it has not kept its deadline")

// codeHangs is its code in the catalogue.
const codeHangs = "hangs"

// ownError is an error about a worker, or about work that hangs in this process.
func ownError(kind Kind, code, text string) error {
	return &Error{Kind: kind, Code: code, Err: errors.New(text), hangs: code == codeHangs}
}

// workerNotStarted explains why the worker could not be started. It is not an error about the agent's command.
func workerNotStarted(err error) error {
	var size *supervisor.SizeError
	if errors.As(err, &size) {
		return err // the environment is too large, for the agent as well
	}
	var execution *supervisor.ExecError
	cause := err
	if errors.As(err, &execution) {
		cause = execution.Err
	}
	text := fmt.Sprintf("start the process of tsboot that prepares the boot: %v", cause)
	if !supervisor.IsShortage(err) { // a shortage already says what to raise
		text += ": mount /proc, or start tsboot by its full path"
	}
	return ownError(Unavailable, "worker-not-started", text)
}

// workerDied explains why a worker ended without a result.
func workerDied(ran supervisor.HelperResult) error {
	const who = "the process of tsboot that prepares the boot "
	status := ran.Status
	switch {
	case status.Reason == supervisor.ReasonOOMKilled:
		return ownError(Unavailable, "worker-killed", who+"was killed by the kernel for want of memory: raise the memory limit of the container")
	case status.Signal != 0 && !status.Signal.Crash():
		return ownError(Unavailable, "worker-killed", fmt.Sprintf("%swas killed by %s, which tsboot did not send: look at who did; "+
			"SIGKILL also comes where memory is short", who, status.Signal))
	case status.Signal != 0:
		return ownError(Bug, "bug", fmt.Sprintf("%swas killed by %s", who, status.Signal))
	}
	if short := runtimeShortage().FindStringSubmatch(string(ran.Errors)); short != nil {
		return ownError(Unavailable, "worker-killed", fmt.Sprintf("%sfound no more memory or threads (%s): raise the limits of memory and "+
			"processes (pids cgroup, ulimit -u, ulimit -v)", who, strings.TrimSpace(short[1])))
	}
	return ownError(Bug, "bug", fmt.Sprintf("%sended with code %d and without a result", who, status.ExitCode()))
}

// runtimeShortage finds the message with which the Go runtime ends a program that gets no memory or no thread.
var runtimeShortage = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`(?m)^(?:fatal error|runtime): (.*(?:newosproc|out of memory|cannot allocate|cannot map pages|failed to reserve|failed to create new OS thread|failed to allocate).*)$`)
})
