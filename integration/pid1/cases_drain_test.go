//go:build linux

package pid1

import (
	"path/filepath"
	"syscall"
	"time"

	"github.com/tsboot/tsboot/integration/executable"
	"github.com/tsboot/tsboot/integration/pid1/adapter"
	"github.com/tsboot/tsboot/integration/pid1/testenv"
)

func drainCases() []testCase {
	grace := []adapter.Option{adapter.Grace}
	return []testCase{
		{id: "drain-group", title: "What is left of the child's group gets TERM and the time to end", run: drains(testenv.Spawn{Name: "stray"})},
		{id: "drain-orphan", title: "So does an orphan in another group", run: drains(testenv.Spawn{Name: "stray", Double: true, Group: true})},
		{id: "drain-daemon", title: "So does a daemon that forked twice and left the session", run: drains(testenv.Spawn{Name: "stray", Double: true, Session: true})},
		{id: "drain-daemon-stop", title: "TERM to the init reaches such a daemon too", run: stopReachesDaemon},
		{id: "drain-grace", title: "What ignores TERM is killed at the end of the grace; the code stays the child's", needs: grace, run: drainKills},
		{id: "drain-group-outlives", title: "A group that outlives its leader is killed after the grace", from: "process-compose #520", needs: grace, run: groupOutlives},
		{id: "drain-stopped", title: "What was stopped (SIGSTOP) is woken to hear TERM", run: drainStopped},
		{id: "drain-tree", title: "A tree of seven, some deaf, some stopped, some daemons, is gone after the grace", needs: grace, run: drainTree},
		{id: "drain-breeder", title: "A process that breeds another at every TERM is got in the end", needs: grace, run: drainBreeder},
		{id: "drain-second-int", title: "A second INT kills what the child left as well", needs: grace, run: drainInterrupt},
	}
}

// drains ends the child and looks what becomes of one that it leaves: TERM, and the init waits for it.
func drains(s testenv.Spawn) func(*run) {
	return func(r *run) {
		i, child := r.startHelper(spec{}, stubborn)
		stray := r.spawn(child, s)
		r.order(child, testenv.Op{Do: "exit", Code: 3})
		if !stray.Hears(syscall.SIGTERM, 1, r.patience) {
			if stray.Gone() {
				r.no("it was killed without warning")
			}
			r.no("it was left alive")
		}
		if _, ended := i.WaitStatus(200 * time.Millisecond); ended {
			r.no("it got TERM, but no time: the init had ended")
		}
		if stray.Gone() {
			r.no("it got TERM, but no time: it was killed")
		}
		r.order(stray, testenv.Op{Do: "exit", Code: 9})
		r.exits(i, 3)
		r.nothingLeft()
	}
}

func stopReachesDaemon(r *run) {
	i, child := r.startHelper(spec{}, mortal)
	daemon := r.spawn(child, testenv.Spawn{Name: "daemon", Double: true, Session: true})
	r.signal(i, syscall.SIGTERM)
	r.hears(daemon, syscall.SIGTERM, 1)
	r.order(daemon, testenv.Op{Do: "exit"})
	r.exits(i, 143)
	r.nothingLeft()
}

func drainKills(r *run) {
	i, child := r.startHelper(spec{set: graceOf(0.5)}, stubborn)
	r.spawn(child, testenv.Spawn{Name: "deaf"})
	r.spawn(child, testenv.Spawn{Name: "deaf-daemon", Double: true, Session: true})
	r.order(child, testenv.Op{Do: "exit", Code: 5})
	r.exits(i, 5)
	r.nothingLeft()
}

func groupOutlives(r *run) {
	i, child := r.startHelper(spec{set: graceOf(0.5)}, mortal)
	r.spawn(child, testenv.Spawn{Name: "deaf"})
	r.signal(i, syscall.SIGTERM)
	r.exits(i, 143)
	r.nothingLeft()
}

func drainStopped(r *run) {
	i, child := r.startHelper(spec{}, stubborn)
	stray := r.spawn(child, testenv.Spawn{Name: "stray", Double: true, Session: true})
	r.stops(stray)
	r.order(child, testenv.Op{Do: "exit", Code: 3})
	r.hears(stray, syscall.SIGTERM, 1)
	r.order(stray, testenv.Op{Do: "exit"})
	r.exits(i, 3)
	r.nothingLeft()
}

// drainTree is the tree that facts/pid1.md measured: children of children, each of its own kind.
func drainTree(r *run) {
	i, child := r.startHelper(spec{set: graceOf(1)}, mortal)
	a := r.spawn(child, testenv.Spawn{Name: "deaf", Group: true})
	b := r.spawn(a, testenv.Spawn{Name: "deaf-child"})
	c := r.spawn(child, testenv.Spawn{Name: "daemon", Double: true, Session: true})
	d := r.spawn(c, testenv.Spawn{Name: "daemon-child", Double: true, Session: true, Traits: mortal})
	e := r.spawn(child, testenv.Spawn{Name: "stopped", Session: true})
	f := r.spawn(e, testenv.Spawn{Name: "stopped-child", Session: true, Traits: mortal})
	for _, p := range []*testenv.Helper{e, f} {
		r.stops(p)
	}
	r.signal(i, syscall.SIGTERM)
	r.exits(i, 143)
	for _, p := range []*testenv.Helper{a, b, c, d, e, f} {
		r.gone(p)
	}
	r.nothingLeft()
}

func drainBreeder(r *run) {
	script := filepath.Join(r.dir, "breeder")
	r.must(executable.WriteFile(script, []byte("#!/bin/sh\ntrap '\"$0\" &' TERM\n: >>bred\nwhile :; do sleep 1000 & wait $!; done\n"), 0o755))
	i, child := r.startHelper(spec{set: graceOf(1)}, stubborn)
	r.order(child, testenv.Op{Do: "spawn", Spawn: &testenv.Spawn{Argv: []string{script}, Session: true}})
	r.prepared("start the breeder", func() bool { return r.exist("bred") })
	r.order(child, testenv.Op{Do: "exit", Code: 2})
	r.exits(i, 2)
	r.nothingLeft()
}

func drainInterrupt(r *run) {
	i, child := r.startHelper(spec{set: graceOf(120)}, mortal)
	daemon := r.spawn(child, testenv.Spawn{Name: "daemon", Double: true, Session: true})
	r.signal(i, syscall.SIGINT)
	r.gone(child)
	r.hears(daemon, syscall.SIGTERM, 1)
	r.signal(i, syscall.SIGINT)
	r.exits(i, 130)
	r.nothingLeft()
}
