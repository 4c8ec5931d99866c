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

func newProc(t *testing.T) fakeProc { return fakeProc{t, t.TempDir()} }

func (p fakeProc) put(pid int, comm, cgroup string, start int) {
	p.t.Helper()
	dir := filepath.Join(p.dir, fmt.Sprint(pid))
	if err := os.MkdirAll(dir, 0o700); err != nil {
		p.t.Fatal(err)
	}
	stat := fmt.Sprintf("%d (%s) S 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 %d 20 21\n", pid, comm, start)
	for name, text := range map[string]string{"stat": stat, "cgroup": cgroup, "comm": comm + "\n"} {
		p.write(pid, name, text)
	}
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

func TestFirstProcesses(t *testing.T) {
	t.Parallel()
	proc, clock := newProc(t), newClock()
	p := newStartedPIDs(proc.dir, clock.now)
	is := func(pid int, want string) {
		t.Helper()
		if id, ok := p.find(pid); id != want || ok != (want != "") {
			t.Errorf("%d is the first process of %q", pid, id)
		}
	}
	proc.put(100, "a) S (b", "4:pids:/docker/"+idOf('a')+"\n", 5000)
	p.add(0, idOf('a'), idOf('a'), 100)
	is(100, idOf('a'))
	is(101, "")

	proc.put(200, "other", "0::/system.slice/docker-"+idOf('c')+".scope\n", 1)
	p.add(0, idOf('b'), idOf('b'), 200) // the runtime's pid 200 is not the host's
	is(200, "")
	proc.put(202, "cron", "0::/\n", 1) // the runtime is on another machine
	p.add(0, idOf('b'), idOf('b'), 202)
	is(202, "")
	proc.put(203, "dbus", "0::/system.slice/dbus.service\n", 1)
	p.add(0, "db", "db", 203)
	is(203, "")
	proc.put(204, "db", "0::/web/db\n", 1) // a namespace of containerd
	p.add(0, "db", "db", 204)
	is(204, "db")
	proc.put(201, "vm", "0::/\n", 1) // the cgroups say nothing
	proc.write(201, "status", "Name:\tvm\nNSpid:\t201\t1\nKthread:\t0\n")
	p.add(0, idOf('b'), idOf('b'), 201)
	is(201, idOf('b'))
	p.add(1, idOf('d'), idOf('d'), 999) // gone already, and no pid of this runtime was this host's
	is(999, "")
	p.add(0, idOf('d'), idOf('d'), 999)
	is(999, idOf('d'))
	about := func(pid int, at time.Time, want string) {
		t.Helper()
		if id, ok := p.about(pid, at); id != want || ok != (want != "") {
			t.Errorf("%d was started in %q", pid, id)
		}
	}
	about(999, clock.now().Add(-pidAge), idOf('d'))
	about(999, clock.now().Add(-pidAge-1), "")
	about(998, clock.now(), "")
	clock.pass(keepPID)
	is(999, "")

	proc.put(100, "again", "0::/\n", 5001) // given out again
	is(100, "")
	proc.put(100, "a", "4:pids:/docker/"+idOf('a')+"\n", 5002)
	p.add(0, idOf('a'), idOf('a'), 100)
	proc.remove(100)
	is(100, idOf('a')) // a late record
	clock.pass(keepPID - time.Millisecond)
	is(100, idOf('a'))
	clock.pass(time.Millisecond)
	is(100, "")

	proc.remove(204)
	p.end("db")
	p.end(idOf('b'))
	clock.pass(keepPID)
	is(201, idOf('b')) // it is still there, whatever the runtime says
	proc.remove(201)
	is(201, "")
	is(204, "")
	if len(p.pids) != 0 || len(p.keys) != 0 {
		t.Errorf("left: %v, %v", p.pids, p.keys)
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
	p.add(0, "last", "last", 1)
	if id, ok := p.find(1); len(p.pids) != 1 || !ok || id != "last" {
		t.Errorf("%d pids, the last is %q", len(p.pids), id)
	}
}

// TestChecksOfHealthAreForgotten: a check of health is a docker exec, again and again, and nobody may ever ask for it.
func TestChecksOfHealthAreForgotten(t *testing.T) {
	t.Parallel()
	proc, clock := newProc(t), newClock()
	p := newStartedPIDs(proc.dir, clock.now)
	proc.put(1, "web", "0::/default/web\n", 1)
	p.add(0, "web", "web", 1)
	for i := range 100 * startedPIDFew {
		key := execKey("web", fmt.Sprint(i))
		p.add(0, key, "web", i+2)
		p.end(key)
		clock.pass(keepPID / startedPIDFew)
	}
	if n := len(p.pids); n > 3*startedPIDFew || n != len(p.keys) {
		t.Errorf("%d are remembered", n)
	}
	if id, ok := p.find(1); !ok || id != "web" {
		t.Errorf("the first process is of %q", id)
	}
}
