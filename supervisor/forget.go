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

// forgetSetup drops what a setup that has ended must not leave: the secrets that
// output is masked with, and its steps, if one of them takes a secret or if no
// rollback can come that would run them again. It does so once. A daemon of the setup
// that still writes to its step's pipe keeps the masks, because what it writes is
// masked; so do the steps before each start, where one takes a secret.
func (s *Supervisor) forgetSetup(g *generation) {
	if len(g.Redact) > 0 {
		s.hadSecrets = true
	}
	if len(g.Redact) > 0 && !takesSecret(g.BeforeStart) {
		s.forgotten, g.quiet, g.Redact = true, true, nil
	}
	if takesSecret(g.Setup) {
		g.secretSetup = true
	}
	if g.secretSetup || !g.startsAgain() {
		s.forgetSteps(&g.Setup)
	}
}

// forgetSteps drops steps, and overwrites what they were given.
func (s *Supervisor) forgetSteps(steps *[]Step) {
	s.forgotten = s.forgotten || s.hadSecrets && len(*steps) > 0
	for _, step := range *steps {
		clear(step.Stdin)
	}
	*steps = nil
}

// forgetCommand drops the agent's arguments and environment: it runs, and is not
// started again.
func (s *Supervisor) forgetCommand() {
	s.plan.Agent.Command, s.plan.Redact = Command{}, nil
	s.forgetSteps(&s.plan.BeforeStart)
	s.forgotten = s.hadSecrets // also what fork made of them
}

// forgetGeneration drops one that does not run, and will not.
func (s *Supervisor) forgetGeneration(g *generation) {
	if g == nil {
		return
	}
	s.hadSecrets = s.hadSecrets || len(g.Redact) > 0
	s.forgetSteps(&g.Setup)
	s.forgetSteps(&g.BeforeStart)
	s.forgotten = s.hadSecrets
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
