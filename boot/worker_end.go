package boot

import (
	"errors"
	"fmt"
	"regexp"
	"strings"
	"sync"

	"github.com/tsboot/tsboot/supervisor"
)

// How a worker fails that gives no result, by no fault in what it was to do.

// errHangs is the cause of a deadline that was not kept.
var errHangs = errors.New("the preparation hangs: it has not kept its deadline")

// codeHangs is the code of it.
const codeHangs = "hangs"

// ownError is an error of this process about its worker.
func ownError(kind Kind, code, text string) error {
	return &Error{Kind: kind, Code: code, Err: errors.New(text), hangs: code == codeHangs}
}

// workerNotStarted explains why the worker could not be started. None of it is a fault of the agent's command.
func workerNotStarted(err error) error {
	var size *supervisor.SizeError
	if errors.As(err, &size) {
		return err // tsboot was started with all but too much, and its worker has an argument more
	}
	var execution *supervisor.ExecError
	cause := err
	if errors.As(err, &execution) {
		cause = execution.Err
	}
	text := fmt.Sprintf("start the process of tsboot that prepares the boot: %v", cause)
	if !supervisor.IsShortage(err) { // which says itself what to raise
		text += ": mount /proc, or start tsboot by its full path"
	}
	return ownError(Unavailable, "worker-not-started", text)
}

// workerDied explains the end of a worker without a result.
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

// runtimeShortage finds how the Go runtime ends a program that gets no memory or no thread from the system.
var runtimeShortage = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`(?m)^(?:fatal error|runtime): (.*(?:newosproc|out of memory|cannot allocate|cannot map pages|failed to reserve|failed to create new OS thread|failed to allocate).*)$`)
})
