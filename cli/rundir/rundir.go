// Package rundir is the directory of a running program: a lock, so that one program has it to itself, and a socket by which
// others ask that program. It knows no program: the name is given by the caller.
package rundir

import (
	"fmt"
	"strconv"
)

// Program is the name of a program; the lock and the socket have it.
type Program string

func (p Program) socketName() string { return string(p) + ".sock" }
func (p Program) lockName() string   { return string(p) + ".lock" }

// A HeldError says that a living program has the run directory: a second one would take its socket away.
type HeldError struct {
	Program Program
	Dir     string
	PID     int // 0: it is in another pid namespace
}

func (e *HeldError) Error() string {
	holder := "in another container"
	if e.PID != 0 {
		holder = "pid " + strconv.Itoa(e.PID)
	}
	return fmt.Sprintf("take the run directory %s: another %s holds it (%s): give this one a --run-dir of its own, or --run-dir \"\"", e.Dir, e.Program, holder)
}
