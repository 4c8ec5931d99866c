//go:build linux

package pid1

import (
	"fmt"
	"os"
	"path/filepath"
	"syscall"
	"time"

	"github.com/tsboot/tsboot/integration/pid1/adapter"
	"github.com/tsboot/tsboot/integration/pid1/testenv"
)

func reapCases() []testCase {
	return []testCase{
		{id: "subreaper", title: "Adopts orphans by itself", run: adoptsUnasked},
		{id: "reap", title: "Reaps an orphan", run: reapsOrphan},
		{id: "reap-daemon", title: "Reaps a daemon that forked twice and left the session", run: reapsDaemon},
		{id: "reap-inherited", title: "Reaps the zombies that a dead parent never waited for", run: reapsInherited},
		{id: "reap-coalesced", title: "200 orphans and the child end at one instant: all reaped, the code right", from: "catatonit #4", run: reapsCoalesced},
		{id: "reap-crowd", title: "Reaps 20,000 orphans", run: reapsCrowd},
	}
}

// adopting gives the option that makes the init a subreaper, where it needs one.
func (r *run) adopting() []adapter.Setting {
	if r.mode == testenv.PID1 {
		return nil
	}
	if !r.init.Has(adapter.Subreaper) {
		panic(lacking{string(adapter.Subreaper)})
	}
	return []adapter.Setting{adapter.Set(adapter.Subreaper)}
}

func adoptsUnasked(r *run) {
	i, child := r.startHelper(spec{}, "")
	r.adopted(i, child, testenv.Spawn{Name: "orphan", Double: true})
}

// adopted has the child leave an orphan and waits until that is the init's.
func (r *run) adopted(i *testenv.Init, child *testenv.Helper, s testenv.Spawn) *testenv.Helper {
	orphan := r.spawn(child, s)
	r.eventually("the orphan's parent is another", func() bool { return r.state(orphan).PPID == i.Inner })
	return orphan
}

func reapsOrphan(r *run) {
	i, child := r.startHelper(spec{set: r.adopting()}, "")
	orphan := r.adopted(i, child, testenv.Spawn{Name: "orphan", Double: true})
	r.order(orphan, testenv.Op{Do: "exit", Code: 9})
	r.reaped()
	r.order(child, testenv.Op{Do: "exit", Code: 4})
	r.exits(i, 4)
}

func (r *run) reaped() {
	r.eventually("a zombie is left", func() bool { return len(r.Zombies()) == 0 })
}

func reapsDaemon(r *run) {
	i, child := r.startHelper(spec{set: r.adopting()}, "")
	daemon := r.adopted(i, child, testenv.Spawn{Name: "daemon", Double: true, Session: true})
	r.order(daemon, testenv.Op{Do: "die", Signal: int(syscall.SIGSEGV)})
	r.reaped()
	r.order(child, testenv.Op{Do: "ping"})
}

func reapsInherited(r *run) {
	_, child := r.startHelper(spec{set: r.adopting()}, "")
	parent := r.spawn(child, testenv.Spawn{Name: "parent"})
	for range 5 {
		r.order(parent, testenv.Op{Do: "spawn", Spawn: &testenv.Spawn{Argv: []string{"/bin/true"}, Abandon: true}})
	}
	r.prepared("leave zombies", func() bool { return len(r.Zombies()) == 5 })
	r.order(parent, testenv.Op{Do: "exit"})
	r.reaped()
}

// reapsCoalesced stops the init, ends everything, and lets it go on: one SIGCHLD for all.
func reapsCoalesced(r *run) {
	script := "i=0; while [ $i -lt 200 ]; do (sleep 1000 &); i=$((i+1)); done"
	i, child := r.startHelper(spec{set: r.adopting()}, "")
	r.order(child, testenv.Op{Do: "spawn", Spawn: &testenv.Spawn{Argv: []string{"/bin/sh", "-c", script}}})
	var orphans []int
	r.prepared("leave 200 orphans to the init", func() bool {
		orphans = orphans[:0]
		for _, p := range r.Processes() {
			if p.Name == "sleep" && p.PPID == i.Inner {
				orphans = append(orphans, p.PID)
			}
		}
		return len(orphans) == 200
	})
	r.signal(i, syscall.SIGSTOP)
	r.inState(i.Inner, "T", "the init did not stop")
	for _, pid := range orphans {
		r.must(r.Kill(pid, syscall.SIGKILL))
	}
	r.order(child, testenv.Op{Do: "exit", Code: 6})
	r.gone(child)
	r.signal(i, syscall.SIGCONT)
	r.exits(i, 6)
}

// orphanage is a program that leaves so many orphans, each of which ends at once, and then makes the file $1.
func orphanage(n int) []string {
	return []string{"/bin/sh", "-c", fmt.Sprintf("i=0; while [ $i -lt %d ]; do (:&); i=$((i+1)); done; echo >${1:-/dev/null}", n)}
}

func (r *run) exist(names ...string) bool {
	for _, name := range names {
		if _, err := os.Stat(filepath.Join(r.dir, name)); err != nil {
			return false
		}
	}
	return true
}

func reapsCrowd(r *run) {
	i, child := r.startHelper(spec{set: r.adopting()}, "")
	r.patience = max(r.patience, time.Minute)
	for _, half := range []string{"first", "second"} {
		argv := append(orphanage(r.orphans/2), "sh", filepath.Join(r.dir, half))
		r.order(child, testenv.Op{Do: "spawn", Spawn: &testenv.Spawn{Argv: argv}})
	}
	r.prepared("start the orphans", func() bool { return r.exist("first", "second") })
	r.reaped()
	r.order(child, testenv.Op{Do: "exit", Code: 6})
	r.exits(i, 6)
}
