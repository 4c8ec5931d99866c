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

// forgetSetup drops what a setup that has ended must not leave: the secrets that its
// output is masked with, and its steps, if one of them takes a secret or if no
// rollback can come that would run them again. A daemon of the setup that still
// writes to its step's pipe keeps the former, because what it writes is masked.
func (s *Supervisor) forgetSetup(g *generation) {
	if len(g.Redact) > 0 {
		s.hadSecrets, s.forgotten, g.quiet = true, true, true
	}
	g.Redact = nil
	g.secretSetup = takesSecret(g.Setup)
	if g.secretSetup || !g.startsAgain() {
		g.Setup = nil
	}
}

// forgetCommand drops the agent's arguments and environment: it runs, and is not
// started again.
func (s *Supervisor) forgetCommand() {
	s.plan.Agent.Command = Command{}
	s.forgotten = s.hadSecrets // also what fork made of them
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
