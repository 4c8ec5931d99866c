package runtime

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"
)

// fakeProc is a /proc with the processes that a test puts there.
type fakeProc struct {
	t   *testing.T
	dir string
}

func newProc(t *testing.T) fakeProc {
	t.Helper()
	p := fakeProc{t, t.TempDir()}
	if err := os.MkdirAll(filepath.Join(p.dir, "sys/kernel"), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(p.dir, "sys/kernel/pid_max"), []byte("4194304\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	return p
}

func (p fakeProc) put(pid int, comm, cgroup string, start int) {
	p.t.Helper()
	dir := filepath.Join(p.dir, fmt.Sprint(pid))
	if err := os.MkdirAll(dir, 0o700); err != nil {
		p.t.Fatal(err)
	}
	status := fmt.Sprintf("Name:\t%s\nNSpid:\t%d\nKthread:\t0\n", comm, pid)
	for name, text := range map[string]string{"stat": statOf(pid, comm, "S", start), "cgroup": cgroup, "comm": comm + "\n", "status": status} {
		p.write(pid, name, text)
	}
}

func statOf(pid int, comm, state string, start int) string {
	return fmt.Sprintf("%d (%s) %s 1 2 3 4 5 0 7 8 9 10 11 12 13 14 15 16 17 18 %d 20 21\n", pid, comm, state, start)
}

func (p fakeProc) write(pid int, name, text string) {
	p.t.Helper()
	if err := os.WriteFile(filepath.Join(p.dir, fmt.Sprint(pid), name), []byte(text), 0o600); err != nil {
		p.t.Fatal(err)
	}
}

func (p fakeProc) remove(pid int) {
	if err := os.RemoveAll(filepath.Join(p.dir, fmt.Sprint(pid))); err != nil {
		p.t.Error(err)
	}
}

// TestFirstProcesses: who is the first process of a container, as a runtime says.
func TestFirstProcesses(t *testing.T) {
	t.Parallel()
	proc, clock := newProc(t), newClock()
	p := newStartedPIDs(proc.dir, clock.now)
	is := func(pid int, want string) {
		t.Helper()
		if id, ok := p.find(pid, clock.now()); id != want || ok != (want != "") {
			t.Errorf("%d is the first process of %q", pid, id)
		}
	}
	add := func(owner int, id string, pid int) { p.add(owner, id, id, pid, clock.now()) }
	proc.put(100, "a) S (b", "4:pids:/docker/"+idOf('a')+"\n", 5000)
	add(0, idOf('a'), 100)
	is(100, idOf('a'))
	is(101, "")

	proc.put(200, "other", "0::/system.slice/docker-"+idOf('c')+".scope\n", 1)
	add(0, idOf('b'), 200) // the runtime's pid 200 is not the host's
	is(200, "")
	proc.put(202, "cron", "0::/\n", 1) // the runtime is on another machine
	add(0, idOf('b'), 202)
	is(202, "")
	proc.put(203, "dbus", "0::/system.slice/dbus.service\n", 1)
	add(0, "db", 203)
	is(203, "")
	proc.put(204, "db", "0::/web/db\n", 1) // a namespace of containerd
	add(0, "db", 204)
	is(204, "db")
	proc.put(201, "vm", "0::/\n", 1) // the cgroups say nothing
	proc.write(201, "status", "Name:\tvm\nNSpid:\t201\t1\nKthread:\t0\n")
	add(0, idOf('b'), 201)
	is(201, idOf('b'))
	add(1, idOf('d'), 999) // gone already, and no pid of this runtime was this host's
	is(999, "")
	p.add(0, idOf('d'), idOf('d'), 999, time.Time{}) // the answer may be old: another may have had the pid since
	is(999, "")
	add(0, idOf('d'), 999)
	is(999, idOf('d'))
	clock.pass(p.reuse)
	is(999, "")

	proc.put(100, "again", "0::/\n", 5001) // given out again
	is(100, "")
	proc.put(100, "a", "4:pids:/docker/"+idOf('a')+"\n", 5002)
	add(0, idOf('a'), 100)
	proc.remove(100)
	is(100, idOf('a')) // a late record
	clock.pass(p.reuse - 1)
	is(100, idOf('a'))
	clock.pass(1)
	is(100, "")

	p.end(idOf('b'))
	clock.pass(keepPID)
	is(201, idOf('b')) // it is still there, whatever the runtime says
	proc.remove(201)
	proc.remove(204)
	clock.pass(p.reuse)
	is(201, "") // nobody knows when it ended
	is(204, "")
	clock.pass(keepPID)
	if p.sweep(); len(p.pids) != 0 || len(p.keys) != 0 {
		t.Errorf("left: %v, %v", p.pids, p.keys)
	}
}

// TestWhenAPIDCounts: of a process that is gone the pid counts for events of about the time when it was there.
func TestWhenAPIDCounts(t *testing.T) {
	t.Parallel()
	proc, clock := newProc(t), newClock()
	p := newStartedPIDs(proc.dir, clock.now)
	p.proven[0] = true
	began := clock.now()
	counts := func(pid int, at time.Duration, want bool) {
		t.Helper()
		for i, ask := range []func(int, time.Time) (string, bool){p.find, p.about} {
			if id, ok := ask(pid, began.Add(at)); ok != want || ok && id != "db" {
				t.Errorf("question %d: at %s the process %d is of %q", i, at, pid, id)
			}
		}
	}
	clock.pass(time.Hour)
	p.add(0, "db", "db", 10, began) // the news have waited for an hour
	counts(10, 0, true)
	counts(10, time.Hour, false)
	counts(10, -p.reuse, false)
	counts(10, 1-p.reuse, true)
	counts(10, p.reuse-1, true)
	counts(10, p.reuse, false)
	counts(11, 0, false)

	p.add(0, execKey("db", "x"), "db", 20, began)
	p.add(0, execKey("db", "x"), "db", 20, began.Add(p.reuse/2)) // said again, by another source
	counts(20, 1-p.reuse, true)
	counts(20, p.reuse, true)
	p.add(0, execKey("db", "x"), "db", 20, began.Add(10*p.reuse)) // another exec, with the same pid
	counts(20, 0, false)
	counts(20, 5*p.reuse, false)
	counts(20, 10*p.reuse, true)

	p.add(0, "web", "web", 40, began)                // made
	p.add(0, "web", "web", 40, began.Add(9*p.reuse)) // and started, long after
	if id, ok := p.about(40, began.Add(9*p.reuse)); !ok || id != "web" {
		t.Errorf("the process that was started late is of %q", id)
	}

	proc.put(30, "db", "0::/default/db\n", 7)
	p.add(0, "db", "db", 30, began)
	counts(30, 0, true)
	clock.pass(time.Hour)
	counts(30, 2*time.Hour, true) // it is there, and was seen
	proc.remove(30)
	counts(30, 0, true)
	counts(30, 2*time.Hour+p.reuse-1, true)
	counts(30, 2*time.Hour+p.reuse, false)
}

// TestEndedWhenItWasSaid: what docker exec has started may have ended before the news of it are read. What /proc says of it then is
// nothing, or not all, and the runtime is believed.
func TestEndedWhenItWasSaid(t *testing.T) {
	t.Parallel()
	proc, clock := newProc(t), newClock()
	p := newStartedPIDs(proc.dir, clock.now)
	p.proven[0] = true
	zombie := func(pid int, cgroup string) {
		proc.put(pid, "true", cgroup, 5)
		proc.write(pid, "stat", statOf(pid, "true", "Z", 5))
	}
	zombie(10, "8:pids:/\n0::/\n") // v1
	zombie(11, "0::/default/db\n") // v2 keeps the path
	zombie(12, "0::/default/web\n")
	zombie(13, "8:pids:/\n0::/\n")
	proc.put(14, "true", "", 5) // it ends while it is looked at
	if err := os.Remove(filepath.Join(proc.dir, "14/cgroup")); err != nil {
		t.Fatal(err)
	}
	zombie(15, "8:pids:/\n0::/\n")
	for pid, said := range map[int]time.Time{
		10: clock.now(), 11: clock.now(), 12: clock.now(), 13: clock.now().Add(-p.reuse), 14: clock.now(), 15: {},
	} {
		p.add(0, execKey("db", fmt.Sprint(pid)), "db", pid, said)
	}
	for pid, want := range map[int]bool{10: true, 11: true, 12: false, 13: false, 14: true, 15: false} {
		if id, ok := p.about(pid, clock.now()); ok != want || ok && id != "db" {
			t.Errorf("%d is of %q", pid, id)
		}
	}
}

// TestEndsThatWereMissed: a runtime that was away said nothing of the end of what it had started.
func TestEndsThatWereMissed(t *testing.T) {
	t.Parallel()
	proc, clock := newProc(t), newClock()
	p := newStartedPIDs(proc.dir, clock.now)
	for pid := 1; pid <= startedPIDFew; pid++ {
		proc.put(pid, "sh", "0::/default/db\n", pid)
		p.add(0, execKey("db", fmt.Sprint(pid)), "db", pid, clock.now())
	}
	for pid := 2; pid <= startedPIDFew; pid++ {
		proc.remove(pid)
	}
	proc.put(3, "cron", "0::/system.slice/cron.service\n", 5000) // given out again
	p.compare()
	clock.pass(keepPID)
	proc.put(1000, "sh", "0::/default/db\n", 1000)
	p.add(0, execKey("db", "new"), "db", 1000, clock.now())
	if len(p.pids) != 2 || len(p.keys) != 2 {
		t.Errorf("%d are remembered, with %d keys", len(p.pids), len(p.keys))
	}
	for pid, want := range map[int]bool{1: true, 2: false, 3: false, 1000: true} {
		if id, ok := p.find(pid, clock.now()); ok != want {
			t.Errorf("%d is of %q", pid, id)
		}
	}
}

func TestFirstProcessesAreBounded(t *testing.T) {
	t.Parallel()
	proc, clock := newProc(t), newClock()
	p := newStartedPIDs(proc.dir, clock.now)
	proc.put(1, "sh", "0::/default/last\n", 1)
	for i := range startedPIDLimit + 10 {
		p.pids[i+2], p.keys[fmt.Sprint(i)] = &startedPID{key: fmt.Sprint(i), id: fmt.Sprint(i), start: 1, gone: clock.now()}, i+2
	}
	p.full = startedPIDLimit
	clock.pass(keepPID)
	p.add(0, "last", "last", 1, clock.now())
	if id, ok := p.find(1, clock.now()); len(p.pids) != 1 || !ok || id != "last" {
		t.Errorf("%d pids, the last is %q", len(p.pids), id)
	}
}

// TestChecksOfHealthAreForgotten: a check of health is a docker exec, again and again, and nobody may ever ask for it.
func TestChecksOfHealthAreForgotten(t *testing.T) {
	t.Parallel()
	proc, clock := newProc(t), newClock()
	p := newStartedPIDs(proc.dir, clock.now)
	proc.put(1, "web", "0::/default/web\n", 1)
	p.add(0, "web", "web", 1, clock.now())
	for i := range 100 * startedPIDFew {
		key := execKey("web", fmt.Sprint(i))
		p.add(0, key, "web", i+2, clock.now())
		p.end(key)
		clock.pass(keepPID / startedPIDFew)
	}
	if n := len(p.pids); n > 3*startedPIDFew || n != len(p.keys) {
		t.Errorf("%d are remembered", n)
	}
	if id, ok := p.find(1, clock.now()); !ok || id != "web" {
		t.Errorf("the first process is of %q", id)
	}
}
