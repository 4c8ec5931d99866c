//go:build linux

package pid1

import (
	"syscall"

	"github.com/tsboot/tsboot/integration/pid1/adapter"
	"github.com/tsboot/tsboot/integration/pid1/testenv"
)

func outsideCases() []testCase {
	return []testCase{
		{id: "outside", title: "Beside others in one pid namespace: a stop with strays touches nobody outside", from: "s6-overlay #182", modes: asChild, run: touchesNobody},
		{id: "killed", title: "The child dies when the init is killed (SIGKILL)", modes: asChild, run: childDiesWithIt},
		{id: "killed-late", title: "And lives on while the init does, however long the thread that started it", run: childOutlivesThread},
		{id: "parent-death", title: "Gets a signal when its own parent dies", modes: asChild, needs: []adapter.Option{adapter.ParentDeath}, run: parentDeath},
		{id: "namespace-shared", title: "Works as a plain child: starts, forwards, ends with the code", from: "s6-overlay #383", modes: asChild, run: worksAsChild},
	}
}

// touchesNobody has the witnesses hear of everything that is sent too far; the runner asks them at the end of every
// case, but here there is most to get wrong.
func touchesNobody(r *run) {
	i, child := r.startHelper(spec{}, mortal)
	r.spawn(child, testenv.Spawn{Name: "in-group", Traits: mortal})
	r.spawn(child, testenv.Spawn{Name: "daemon", Double: true, Session: true, Traits: mortal})
	r.signal(i, syscall.SIGHUP, syscall.SIGUSR1, syscall.SIGWINCH, syscall.SIGTERM, syscall.SIGTERM)
	r.exits(i, 143)
}

func childDiesWithIt(r *run) {
	i, child := r.startHelper(spec{}, stubborn)
	r.signal(i, syscall.SIGKILL)
	r.gone(child)
}

// childOutlivesThread keeps the init's threads busy: a parent-death signal that is bound to one of them would come.
func childOutlivesThread(r *run) {
	i, child := r.startHelper(spec{}, stubborn)
	for n := range 200 {
		r.signal(i, syscall.SIGUSR1, syscall.SIGWINCH)
		if n%50 == 0 {
			r.order(child, testenv.Op{Do: "spawn", Spawn: &testenv.Spawn{Argv: orphanage(50)}})
		}
	}
	r.signal(i, syscall.SIGUSR2)
	r.hears(child, syscall.SIGUSR2, 1)
	r.order(child, testenv.Op{Do: "ping"})
	r.order(child, testenv.Op{Do: "exit", Code: 1})
	r.exits(i, 1)
}

// parentDeath starts the init below a helper, which the reaper does not mind, and ends that.
func parentDeath(r *run) {
	parent := r.startPlain("parent", testenv.Launch{})
	argv, env := r.argv(r.HelperArgv("child", mortal), adapter.Set(adapter.ParentDeath, "TERM"))
	r.order(parent, testenv.Op{Do: "spawn", Spawn: &testenv.Spawn{Argv: append(append([]string{"/usr/bin/env"}, env...), argv...)}})
	child := r.helper("child")
	r.order(parent, testenv.Op{Do: "die", Signal: int(syscall.SIGKILL)})
	r.gone(child)
}

func worksAsChild(r *run) {
	i, child := r.startHelper(spec{}, stubborn)
	r.signal(i, syscall.SIGHUP)
	r.hears(child, syscall.SIGHUP, 1)
	r.order(child, testenv.Op{Do: "exit", Code: 77})
	r.exits(i, 77)
}
