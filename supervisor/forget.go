//go:build linux

package supervisor

import (
	"runtime"
	"runtime/debug"
)

// What no coming start needs is forgotten: tsboot stays for months, and memory
// can be read (a debugger, a core, a bug of its own). To forget is to drop every
// reference and to run the collector. The program is linked with clobberfree=1
// (see the Makefile), so the collector overwrites what it frees.

// forgetSetup drops the steps of a plan whose setup has ended, and the secrets
// that their output is masked with. A daemon of the setup that still writes to
// its step's pipe keeps the latter, because what it writes is masked.
func (s *Supervisor) forgetSetup(plan *Plan) {
	if len(plan.Redact) > 0 {
		s.hadSecrets, s.forgotten = true, true
	}
	plan.Redact, plan.Setup = nil, nil
}

// forgetCommand drops the agent's arguments and environment once it runs, if it
// cannot be started again.
func (s *Supervisor) forgetCommand() {
	if !s.plan.startsAgain() {
		s.plan.Agent.Command = Command{}
		s.forgotten = s.hadSecrets // also what fork made of them
	}
}

// collect overwrites what was dropped and returns the memory to the system.
// Without secrets nothing is done: the heap of such a boot is smaller than what
// a collection adds to it.
func (s *Supervisor) collect() {
	if !s.forgotten {
		return
	}
	s.forgotten = false
	runtime.GC() // a sync.Pool keeps what it holds over one collection
	debug.FreeOSMemory()
}
