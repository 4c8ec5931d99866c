package container

import (
	"fmt"
	"testing"
	"time"
)

func TestAliveByCgroups(t *testing.T) {
	t.Parallel()
	p := newTree(t)
	p.start(fake{pid: 10, ppid: 1, name: "sh", cgroup: inA, nspid: "10\t7\t1"})
	p.start(fake{pid: 11, ppid: 1, name: "sh", cgroup: bInA})
	p.start(fake{pid: 12, ppid: 1, name: "cron", cgroup: onHost2})
	p.start(fake{pid: 13, ppid: 2, name: "a) S (b", cgroup: onHost, flags: aKernel})
	tracker := p.tracker(Options{})
	a := now(tracker, 10, 1)
	want(t, "in a container", a, "cgroup "+idA)
	if a.VPID != 1 || a.Container.Runtime != "docker" {
		t.Errorf("vpid %d, runtime %q", a.VPID, a.Container.Runtime)
	}
	if b := now(tracker, 10, 1); b.Container != a.Container {
		t.Error("two events of a container have two values of it")
	}
	want(t, "nested", now(tracker, 11, 1), "cgroup "+idB+" in "+idA)
	want(t, "on the host", now(tracker, 12, 1), "host")
	want(t, "of the kernel", now(tracker, 13, 2), "host")
}

// TestExiting: cgroup v1 shows "/" for a process that exits, and that is not the host.
func TestExiting(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name string
		fake fake
		want string
	}{
		{"v1, a zombie", fake{state: "Z", cgroup: onHost}, "none exiting"},
		{"v1, dead", fake{state: "X", cgroup: onHost}, "none exiting"},
		{"v1, exiting", fake{state: "R", flags: anExiting, cgroup: onHost}, "none exiting"},
		{"both versions", fake{state: "Z", cgroup: hostOf32}, "none exiting"},
		{"v1, a line was read in time", fake{state: "Z", cgroup: "9:cpu:/docker/" + idA + "\n8:pids:/\n0::/\n"}, "cgroup " + idA},
		{"v2 keeps the path", fake{state: "Z", cgroup: inA2}, "cgroup " + idA},
		{"v2 keeps the path of the host", fake{state: "Z", cgroup: onHost2}, "host"},
	} {
		p := newTree(t)
		p.start(fake{pid: 1, name: "systemd", cgroup: onHost})
		tracker := p.tracker(Options{})
		c.fake.pid, c.fake.ppid, c.fake.name = 10, 1, "true"
		p.start(c.fake)
		want(t, c.name, now(tracker, 10, 1), c.want)
	}
}

// TestGone: what is gone has the container of its parent, but never the host: a program on the host may have put it
// into a container.
func TestGone(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name   string
		parent fake
		want   string
	}{
		{"parent in a container", fake{name: "sh", cgroup: inA}, "parent " + idA},
		{"parent in a nested container", fake{name: "sh", cgroup: bInA}, "parent " + idB + " in " + idA},
		{"parent on the host", fake{name: "sh", cgroup: onHost}, "host"},
		{"parent on the host, exiting", fake{name: "sh", state: "Z", cgroup: onHost}, "none process-gone"},
		{"parent is systemd of a user", fake{name: "systemd", cgroup: onHost}, "none process-gone"},
		{"parent is a runtime", fake{name: "containerd-shim", cgroup: onHost}, "none started-by-runtime"},
		{"parent is a runtime in a container", fake{name: "runc:[2:INIT]", cgroup: inA}, "none started-by-runtime"},
		{"parent is the sandbox of a pod", fake{name: "pause", cgroup: inA}, "none started-by-runtime"},
		{"parent is a container's init", fake{name: "docker-init", cgroup: inA}, "parent " + idA},
		{"parent is the kernel", fake{name: "kthreadd", cgroup: onHost, flags: aKernel}, "host"},
		{"parent started later", fake{name: "sh", cgroup: inA, ago: -100}, "none process-gone"},
	} {
		p := newTree(t)
		c.parent.pid, c.parent.ppid = 10, 1
		p.start(c.parent)
		tracker := p.tracker(Options{})
		a := now(tracker, 11, 10)
		want(t, c.name, a, c.want)
		if a.VPID != 0 {
			t.Errorf("%s: vpid %d", c.name, a.VPID)
		}
	}
}

func TestGoneWithItsParent(t *testing.T) {
	t.Parallel()
	p := newTree(t)
	p.start(fake{pid: 10, ppid: 1, name: "sh", cgroup: inA})
	p.start(fake{pid: 20, ppid: 1, name: "sh", cgroup: onHost})
	p.start(fake{pid: 30, ppid: 1, name: "runc", cgroup: inA})
	tracker := p.tracker(Options{})
	for _, pid := range []int{10, 20, 30} {
		p.end(pid)
	}
	want(t, "remembered", now(tracker, 11, 10), "parent "+idA)
	want(t, "its child", now(tracker, 12, 11), "parent "+idA)
	want(t, "remembered on the host", now(tracker, 21, 20), "none process-gone")
	want(t, "a remembered runtime", now(tracker, 31, 30), "none started-by-runtime")
	want(t, "never seen", now(tracker, 41, 40), "none process-gone")
	want(t, "without a parent", now(tracker, 42, 0), "none process-gone")
}

// TestExitingParents: of a chain that exits, what is above says the container.
func TestExitingParents(t *testing.T) {
	t.Parallel()
	p := newTree(t)
	tracker := p.tracker(Options{})
	p.start(fake{pid: 10, ppid: 1, name: "sh", cgroup: inA})
	p.start(fake{pid: 11, ppid: 10, name: "sh", state: "Z", cgroup: onHost})
	p.start(fake{pid: 12, ppid: 11, name: "true", state: "Z", cgroup: onHost})
	want(t, "grandchild", now(tracker, 12, 11), "parent "+idA)
	p.start(fake{pid: 21, ppid: 10, name: "runc", state: "Z", cgroup: onHost})
	want(t, "grandchild, and a runtime between", now(tracker, 22, 21), "none started-by-runtime")
	p.start(fake{pid: 31, ppid: 31, name: "sh", state: "Z", cgroup: onHost})
	want(t, "its own parent", now(tracker, 32, 31), "none process-gone")
}

// TestKnownBefore: a process that had an event when it was alive is known after its end; on the host it is not, for it may
// have come into a container since.
func TestKnownBefore(t *testing.T) {
	t.Parallel()
	p := newTree(t)
	p.start(fake{pid: 10, ppid: 9, name: "curl", cgroup: inA})
	p.start(fake{pid: 20, ppid: 9, name: "runc:[2:INIT]", cgroup: onHost})
	p.start(fake{pid: 30, ppid: 9, name: "runc", cgroup: inA})
	p.start(fake{pid: 39, ppid: 1, name: "sh", cgroup: onHost})
	p.start(fake{pid: 40, ppid: 39, name: "cgexec", cgroup: onHost})
	tracker := p.tracker(Options{})
	for _, pid := range []int{10, 20, 30, 40} {
		now(tracker, pid, p.parentOf(pid))
		p.end(pid)
	}
	want(t, "in a container", now(tracker, 10, 9), "cgroup "+idA)
	want(t, "in a record that says no parent", now(tracker, 10, 0), "cgroup "+idA)
	want(t, "on the host", now(tracker, 20, 9), "none process-gone")
	want(t, "a runtime", now(tracker, 30, 9), "none process-gone")
	want(t, "on the host, its parent is there", now(tracker, 40, 39), "none process-gone")
}

// TestAdopted: a process whose parent has ended has another one. It is the process that was known before all the same, as
// one of docker exec is when runc has ended. Where the parent lives, the pid is another process's.
func TestAdopted(t *testing.T) {
	t.Parallel()
	p := newTree(t)
	p.start(fake{pid: 8, ppid: 1, name: "containerd-shim", cgroup: onHost})
	p.start(fake{pid: 9, ppid: 8, name: "runc", cgroup: onHost})
	p.start(fake{pid: 10, ppid: 9, name: "sh", cgroup: inA})
	p.start(fake{pid: 11, ppid: 10, name: "sh", cgroup: inA})
	p.start(fake{pid: 12, ppid: 11, name: "sh", cgroup: inA})
	p.start(fake{pid: 13, ppid: 9, name: "sh", cgroup: inA})
	tracker := p.tracker(Options{})
	for pid := 10; pid <= 13; pid++ {
		now(tracker, pid, p.parentOf(pid))
	}
	p.end(10)
	p.end(12)
	p.end(13)
	want(t, "its parent lives: another process", now(tracker, 13, 8), "none started-by-runtime")
	p.end(9)
	want(t, "adopted by the shim", now(tracker, 10, 8), "cgroup "+idA)
	p.start(fake{pid: 11, ppid: 10, name: "sh", cgroup: onHost, state: "Z"})
	want(t, "its parent is a zombie", now(tracker, 12, 8), "cgroup "+idA)
	p.start(fake{pid: 11, ppid: 1, name: "other", cgroup: onHost, ago: -100})
	want(t, "the pid of its parent is another's", now(tracker, 12, 8), "cgroup "+idA)
	tracker.clock.ticks += tracker.reuse
	want(t, "too long ago to be certain", now(tracker, 12, 8), "none started-by-runtime")
}

// TestExitingIsItself: what is still there under the pid is the process that was known, however long ago that was.
func TestExitingIsItself(t *testing.T) {
	t.Parallel()
	p := newTree(t)
	p.start(fake{pid: 10, ppid: 9, name: "web", cgroup: inA, ago: 1000})
	tracker := p.tracker(Options{})
	now(tracker, 10, 9)
	p.start(fake{pid: 10, ppid: 8, name: "web", cgroup: onHost, ago: 1000, state: "Z", nspid: "10\t7"})
	tracker.clock.ticks += 10 * tracker.reuse
	a := now(tracker, 10, 8)
	want(t, "itself", a, "cgroup "+idA)
	if a.VPID != 7 {
		t.Errorf("vpid %d of a zombie", a.VPID)
	}
	p.start(fake{pid: 10, ppid: 8, name: "web", cgroup: onHost, ago: -int(15 * tracker.reuse), state: "Z"})
	tracker.clock.ticks += 10 * tracker.reuse
	want(t, "another", now(tracker, 10, 8), "none exiting")
}

// TestGoneTwice: what is gone at its first event may be in a container at its second: it runs a program of its own.
func TestGoneTwice(t *testing.T) {
	t.Parallel()
	p := newTree(t)
	p.start(fake{pid: 9, ppid: 1, name: "sh", cgroup: onHost})
	tracker := p.tracker(Options{})
	want(t, "cgexec", now(tracker, 10, 9), "host")
	want(t, "what it has executed", now(tracker, 10, 9), "none process-gone")
	want(t, "unknown", now(tracker, 11, 99), "none process-gone")
	want(t, "unknown, and adopted by a process of the host", now(tracker, 11, 9), "none process-gone")
	p.start(fake{pid: 12, ppid: 11, name: "sh", cgroup: inA})
	want(t, "a child of what is unknown", now(tracker, 12, 11), "cgroup "+idA)
	want(t, "another", now(tracker, 13, 11), "none process-gone")
}

// TestAdoptersAreNoRuntimes: the first process of the host adopts orphans of containers. That does not make a runtime of it,
// nor of all that it has started.
func TestAdoptersAreNoRuntimes(t *testing.T) {
	t.Parallel()
	p := newTree(t)
	p.start(fake{pid: 1, name: "init", cgroup: onHost})
	p.start(fake{pid: 10, ppid: 1, name: "orphan", cgroup: inA})
	p.start(fake{pid: 20, ppid: 1, name: "sshd", cgroup: onHost})
	p.start(fake{pid: 21, ppid: 20, name: "sh", cgroup: onHost})
	tracker := p.tracker(Options{})
	for _, pid := range []int{10, 20, 21} {
		now(tracker, pid, p.parentOf(pid))
	}
	want(t, "a child of a login", now(tracker, 22, 21), "host")
	want(t, "a child of the first process", now(tracker, 11, 1), "none process-gone")
	p.start(fake{pid: 30, ppid: 2, name: "helper", state: "Z", cgroup: onHost})
	p.start(fake{pid: 2, name: "kthreadd", cgroup: onHost, flags: aKernel})
	want(t, "of what the kernel has started", now(tracker, 31, 30), "none process-gone")
	want(t, "the kernel's own", now(tracker, 32, 2), "host")
}

// TestPIDsComeAgain: a process that started after the event is another one.
func TestPIDsComeAgain(t *testing.T) {
	t.Parallel()
	p := newTree(t)
	p.start(fake{pid: 10, ppid: 1, name: "sh", cgroup: inA, ago: 1000})
	p.start(fake{pid: 11, ppid: 20, name: "true", cgroup: onHost, ago: 100})
	tracker := p.tracker(Options{})
	want(t, "a new process", ticksAgo(tracker, 11, 10, 500), "parent "+idA)
	want(t, "the process", ticksAgo(tracker, 11, 20, 50), "host")
	p.start(fake{pid: 10, ppid: 1, name: "sh", cgroup: onHost, ago: 100})
	want(t, "a new parent, the old is remembered", ticksAgo(tracker, 12, 10, 500), "parent "+idA)
	now(tracker, 10, 1)
	want(t, "a new parent, the old is forgotten", ticksAgo(tracker, 13, 10, 500), "none process-gone")
	p.end(10)
	want(t, "the new parent is remembered", now(tracker, 14, 10), "none process-gone")
}

// TestMemoryFades: where a pid may have come again since, what was known of it counts no more.
func TestMemoryFades(t *testing.T) {
	t.Parallel()
	p := newTree(t)
	p.start(fake{pid: 10, ppid: 1, name: "sh", cgroup: inA})
	tracker := p.tracker(Options{})
	p.end(10)
	tracker.clock.ticks += tracker.reuse - 1
	want(t, "just in time", now(tracker, 11, 10), "parent "+idA)
	tracker.clock.ticks += 2
	want(t, "too late", now(tracker, 12, 10), "none process-gone")
	want(t, "an event of before", ticksAgo(tracker, 12, 10, 10), "parent "+idA)
}

// TestMetLongAgo: a process that was on the host may have gone into a container since, as a shell does that writes itself into a
// cgroup. After long another process may have its pid; that makes nobody certain.
func TestMetLongAgo(t *testing.T) {
	t.Parallel()
	p := newTree(t)
	p.start(fake{pid: 9, ppid: 1, name: "sh", cgroup: onHost})
	p.start(fake{pid: 8, ppid: 1, name: "sh", cgroup: onHost})
	p.start(fake{pid: 10, ppid: 9, name: "sh", cgroup: onHost})
	tracker := p.tracker(Options{})
	p.start(fake{pid: 11, ppid: 9, name: "sh", cgroup: onHost})
	now(tracker, 11, 9)
	want(t, "gone at its first event", now(tracker, 12, 9), "host")
	for pid := 10; pid <= 12; pid++ {
		p.end(pid)
	}
	tracker.clock.ticks += 10 * tracker.reuse
	want(t, "it was there at the start", now(tracker, 10, 9), "none process-gone")
	want(t, "it had an event", now(tracker, 11, 9), "none process-gone")
	want(t, "it had an event, and was gone", now(tracker, 12, 9), "none process-gone")
	want(t, "it had none", now(tracker, 13, 9), "host")
	p.start(fake{pid: 14, ppid: 9, name: "sh", cgroup: onHost})
	now(tracker, 14, 9)
	p.end(14)
	tracker.clock.ticks += 10 * tracker.reuse
	want(t, "the parent of that lives: another process", now(tracker, 14, 8), "host")
	want(t, "what was there since", ticksAgo(tracker, 14, 9, int(5*tracker.reuse)), "none process-gone")
	p.start(fake{pid: 7, ppid: 1, name: "sh", cgroup: onHost, ago: -int(25 * tracker.reuse)})
	tracker.clock.ticks += 10 * tracker.reuse
	p.end(9)
	want(t, "its parent is younger: another process", now(tracker, 13, 7), "host")
	want(t, "another may have adopted it", now(tracker, 11, 8), "none process-gone")
}

// TestParentsAreMet: a parent without an event of its own is read with its child's first event.
func TestParentsAreMet(t *testing.T) {
	t.Parallel()
	p := newTree(t)
	tracker := p.tracker(Options{})
	p.start(fake{pid: 10, ppid: 1, name: "sh", cgroup: inA})
	p.start(fake{pid: 11, ppid: 10, name: "true", cgroup: inA})
	want(t, "the first child", now(tracker, 11, 10), "cgroup "+idA)
	p.end(10)
	p.end(11)
	want(t, "the second", now(tracker, 12, 10), "parent "+idA)
}

// TestRuntimeBetween: what runc executes before it is in a container is part of the runtime, under whatever name.
func TestRuntimeBetween(t *testing.T) {
	t.Parallel()
	p := newTree(t)
	tracker := p.tracker(Options{})
	p.start(fake{pid: 10, ppid: 1, name: "runc", cgroup: inA})
	p.start(fake{pid: 11, ppid: 10, name: "6", cgroup: inA})
	p.start(fake{pid: 12, ppid: 10, name: "sh", cgroup: bInA})
	for pid := 10; pid <= 12; pid++ {
		now(tracker, pid, p.parentOf(pid))
		p.end(pid)
	}
	want(t, "before", now(tracker, 11, 10), "none started-by-runtime")
	want(t, "in the container", now(tracker, 12, 10), "cgroup "+idB+" in "+idA)
	want(t, "its child", now(tracker, 13, 12), "parent "+idB+" in "+idA)
}

// inits are the first processes of containers.
type inits map[int]string

func (i inits) ContainerOfInit(pid int, _ time.Time) (string, bool) {
	id, ok := i[pid]
	return id, ok
}

func TestByRuntime(t *testing.T) {
	t.Parallel()
	p := newTree(t)
	p.start(fake{pid: 9, ppid: 1, name: "containerd-shim", cgroup: onHost})
	p.start(fake{pid: 10, ppid: 9, name: "web", cgroup: "0::/web\n", nspid: "10\t1"})
	p.start(fake{pid: 11, ppid: 10, name: "worker", cgroup: "0::/web\n", nspid: "11\t2"})
	p.start(fake{pid: 20, ppid: 1, name: "sh", cgroup: "0::/cron\n"})
	tracker := p.tracker(Options{Index: inits{10: "web", 30: idB, 31: idB}})
	want(t, "the first process", now(tracker, 10, 9), "runtime web")
	want(t, "its child", now(tracker, 11, 10), "runtime web")
	p.end(11)
	want(t, "its child is gone", now(tracker, 11, 10), "runtime web")
	want(t, "another child is gone", now(tracker, 12, 10), "parent web")
	want(t, "of the host", now(tracker, 20, 1), "host")
	want(t, "gone, and a runtime started it", now(tracker, 30, 9), "runtime "+idB)
	want(t, "gone, and another started it", now(tracker, 31, 20), "none process-gone")
}

// TestDescendants: of an engine that makes no cgroups only the first processes are known, and those by the engine alone. What
// ran before tswatch is found by going up from it.
func TestDescendants(t *testing.T) {
	t.Parallel()
	p := newTree(t)
	p.start(fake{pid: 8, ppid: 1, name: "containerd-shim", cgroup: onHost2})
	p.start(fake{pid: 9, ppid: 1, name: "sh", cgroup: onHost2})
	p.start(fake{pid: 10, ppid: 8, name: "init", cgroup: onHost2})
	p.start(fake{pid: 11, ppid: 10, name: "sh", cgroup: onHost2})
	p.start(fake{pid: 12, ppid: 11, name: "sh", cgroup: onHost2})
	index := inits{}
	tracker := p.tracker(Options{Index: index})
	index[10] = idA
	want(t, "gone, its parent had no event", now(tracker, 13, 12), "parent "+idA)
	p.start(fake{pid: 14, ppid: 12, name: "true", cgroup: onHost2})
	want(t, "alive", now(tracker, 14, 12), "runtime "+idA)
	want(t, "a record that says no parent", now(tracker, 14, 0), "runtime "+idA)
	p.start(fake{pid: 20, ppid: 9, name: "true", cgroup: onHost2})
	want(t, "the host's", now(tracker, 20, 9), "host")
	want(t, "the shim", now(tracker, 8, 1), "host")
	p.start(fake{pid: 30, ppid: 30, name: "loop", cgroup: onHost2})
	want(t, "its own parent", now(tracker, 30, 30), "host")
}

// TestOwnNamespace: tswatch in a cgroup namespace of its own sees its own container as the root, and the host above.
func TestOwnNamespace(t *testing.T) {
	t.Parallel()
	p := newTree(t)
	p.start(fake{pid: 10, ppid: 1, name: "tswatch", cgroup: "0::/\n"})
	p.start(fake{pid: 11, ppid: 1, name: "sh", cgroup: "0::/init/docker/" + idB + "\n"})
	p.start(fake{pid: 12, ppid: 1, name: "sh", cgroup: "0::/../docker-" + idB + ".scope\n"})
	p.start(fake{pid: 13, ppid: 1, name: "cron", cgroup: "0::/../cron.service\n"})
	p.start(fake{pid: 14, ppid: 1, name: "systemd", cgroup: "0::/../..\n"})
	p.start(fake{pid: 15, ppid: 1, name: "cron", cgroup: "9:cpu:/\n8:pids:/../..\n0::/\n"})
	p.start(fake{pid: 16, ppid: 1, name: "sh", cgroup: "9:cpu:/\n8:pids:/../" + idB + "\n0::/\n"})
	tracker := p.tracker(Options{})
	tracker.own = own{hidden: true, id: idA, runtime: "docker"}
	want(t, "itself", now(tracker, 10, 1), "cgroup "+idA)
	want(t, "inside", now(tracker, 11, 1), "cgroup "+idB+" in "+idA)
	want(t, "beside", now(tracker, 12, 1), "cgroup "+idB)
	want(t, "the host's", now(tracker, 13, 1), "host")
	want(t, "the host's first", now(tracker, 14, 0), "host")
	want(t, "the host's, and a hierarchy without the namespace", now(tracker, 15, 1), "host")
	want(t, "beside, and a hierarchy without the namespace", now(tracker, 16, 1), "cgroup "+idB)
	tracker.own = own{hidden: true}
	want(t, "itself, of unknown id", now(tracker, 10, 1), "none cgroup-namespace")
}

// TestBlind: where the pids of the /proc are those of other processes, nothing is said of any.
func TestBlind(t *testing.T) {
	t.Parallel()
	p := newTree(t)
	p.start(fake{pid: 10, ppid: 1, name: "nginx", cgroup: "0::/docker/" + idA + "\n"})
	want(t, "another's pid", now(p.tracker(Options{Blind: true}), 10, 1), "none pid-namespace")
}

func TestFindInMounts(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ text, id, runtime string }{
		{"612 590 8:1 /var/lib/docker/containers/" + idA + "/hostname /etc/hostname rw - ext4 /dev/sda1 rw\n", idA, "docker"},
		{"612 590 0:25 /containers/storage/overlay-containers/" + idA + "/userdata/hostname /etc/hostname rw - tmpfs tmpfs rw\n", idA, "podman"},
		{"612 590 8:1 /var/lib/containerd/io.containerd.grpc.v1.cri/sandboxes/" + idA + "/hostname /etc/hostname rw - ext4 /dev/sda1 rw\n", "", ""},
		{"612 590 8:1 /var/lib/docker/containers/" + idA + "/mounts/shm /dev/shm rw - tmpfs shm rw\n", "", ""},
		{"612 590 8:1 /etc/hostname /etc/hostname rw - ext4 /dev/sda1 rw\n\nshort\n", "", ""},
	} {
		if id, runtime := findInMounts([]byte(c.text)); id != c.id || runtime != c.runtime {
			t.Errorf("%s: %q %q", c.text, id, runtime)
		}
	}
}

// TestMemoryIsBounded: what was seen last stays.
func TestMemoryIsBounded(t *testing.T) {
	t.Parallel()
	p := newTree(t)
	p.start(fake{pid: 5, ppid: 1, name: "sh", cgroup: inA})
	tracker := p.tracker(Options{Size: 100})
	for pid := 10; pid < 1000; pid++ {
		want(t, "gone", now(tracker, pid, 5), "parent "+idA)
	}
	if n := len(tracker.table.byPID); n != 100 || len(tracker.table.slots) != 101 {
		t.Errorf("%d processes are remembered, in %d slots", n, len(tracker.table.slots))
	}
	for pid := 1; pid < 1000; pid++ {
		if _, ok := tracker.table.get(pid); ok != (pid == 5 || pid > 900) {
			t.Fatalf("%d is remembered: %v", pid, ok)
		}
	}
	for i := range 2 * maxKnown {
		tracker.container([]byte{byte(i), byte(i >> 8)}, nil, "")
	}
	if len(tracker.known) > maxKnown {
		t.Errorf("%d containers are remembered", len(tracker.known))
	}
}

func TestNoProc(t *testing.T) {
	t.Parallel()
	if _, err := NewTracker(Options{Proc: "/none/proc"}); err == nil {
		t.Error("a /proc that is not there is taken")
	}
}

func TestLatency(t *testing.T) {
	t.Parallel()
	tracker := newTree(t).tracker(Options{})
	if a := tracker.Attribute(10, 1, time.Now(), time.Now().Add(-time.Second)); a.Latency < time.Second {
		t.Errorf("latency %v, a second after the record", a.Latency)
	}
}

// TestLearntRuntimes: what starts a process in another place than its own is a runtime, unless it moved there itself.
func TestLearntRuntimes(t *testing.T) {
	t.Parallel()
	p := newTree(t)
	p.start(fake{pid: 10, ppid: 1, name: "launcher", cgroup: onHost})
	p.start(fake{pid: 20, ppid: 1, name: "launcher", cgroup: onHost})
	tracker := p.tracker(Options{})
	want(t, "before", now(tracker, 12, 10), "host")
	p.start(fake{pid: 11, ppid: 10, name: "sh", cgroup: inA})
	want(t, "a child in a container", now(tracker, 11, 10), "cgroup "+idA)
	want(t, "after", now(tracker, 13, 10), "none started-by-runtime")
	want(t, "the container's", now(tracker, 14, 11), "parent "+idA)
	want(t, "an event of its own", now(tracker, 10, 1), "host")
	want(t, "after that", now(tracker, 15, 10), "none started-by-runtime")
	tracker.clock.ticks += 10 * tracker.reuse
	want(t, "another, much later", now(tracker, 10, 1), "host")
	want(t, "after that, too", now(tracker, 16, 10), "none started-by-runtime")
	p.start(fake{pid: 10, ppid: 1, name: "sh", cgroup: inA})
	want(t, "it goes into a container itself", now(tracker, 10, 1), "cgroup "+idA)
	want(t, "what it starts there", now(tracker, 17, 10), "parent "+idA)
	p.start(fake{pid: 20, ppid: 1, name: "launcher", cgroup: inA})
	p.start(fake{pid: 21, ppid: 20, name: "sh", cgroup: inA})
	want(t, "a child of what moved", now(tracker, 21, 20), "cgroup "+idA)
	want(t, "after it", now(tracker, 22, 20), "parent "+idA)
}

// TestReconsidered: the first programs that a launcher starts may end too soon, before one is seen in a container.
func TestReconsidered(t *testing.T) {
	t.Parallel()
	p := newTree(t)
	p.start(fake{pid: 10, ppid: 1, name: "launcher", cgroup: onHost})
	p.start(fake{pid: 20, ppid: 1, name: "sh", cgroup: onHost})
	p.start(fake{pid: 2, name: "kthreadd", cgroup: onHost, flags: aKernel})
	tracker := p.tracker(Options{})
	first, other, kernel := now(tracker, 11, 10), now(tracker, 21, 20), now(tracker, 31, 2)
	for _, a := range []*Attribution{&first, &other, &kernel} {
		tracker.Reconsider(a)
		want(t, "before", *a, "host")
	}
	p.start(fake{pid: 12, ppid: 10, name: "sh", cgroup: inA})
	second, third := now(tracker, 12, 10), now(tracker, 13, 10)
	for _, c := range []struct {
		name string
		a    Attribution
		want string
	}{
		{"the first of the launcher", first, "none started-by-runtime"},
		{"the second", second, "cgroup " + idA},
		{"the third", third, "none started-by-runtime"},
		{"of another", other, "host"},
		{"of the kernel", kernel, "host"},
	} {
		tracker.Reconsider(&c.a)
		want(t, c.name, c.a, c.want)
	}

	p.start(fake{pid: 40, ppid: 1, name: "launcher", cgroup: inA})
	inner := now(tracker, 41, 40)
	tracker.Reconsider(&inner)
	want(t, "in a container, before", inner, "parent "+idA)
	p.start(fake{pid: 42, ppid: 40, name: "sh", cgroup: bInA})
	now(tracker, 42, 40)
	tracker.Reconsider(&inner)
	want(t, "in a container, after", inner, "none started-by-runtime")

	p.end(10)
	p.start(fake{pid: 10, ppid: 1, name: "cron", cgroup: onHost, ago: -100})
	tracker.clock.ticks += 200
	of := now(tracker, 14, 10)
	tracker.Reconsider(&of)
	want(t, "another has the pid of the launcher", of, "host")
	for pid := range 2 * maxLaunchers {
		tracker.launchers.add(pid)
	}
	if n := len(tracker.launchers.pids); n > maxLaunchers {
		t.Errorf("%d launchers are remembered", n)
	}
}

// TestLaunchersOfOneProgram: each ends with what it has started. They have one name.
func TestLaunchersOfOneProgram(t *testing.T) {
	t.Parallel()
	p := newTree(t)
	tracker := p.tracker(Options{})
	for pid := 10; pid <= 13; pid++ {
		p.start(fake{pid: pid, ppid: 1, name: "python3", cgroup: onHost})
	}
	p.start(fake{pid: 14, ppid: 1, name: "sh", cgroup: onHost})
	want(t, "before", now(tracker, 20, 10), "host")
	p.start(fake{pid: 21, ppid: 11, name: "true", cgroup: inA})
	want(t, "seen", now(tracker, 21, 11), "cgroup "+idA)
	want(t, "of the same name", now(tracker, 22, 12), "none process-gone")
	want(t, "of another name", now(tracker, 24, 14), "host")
	p.start(fake{pid: 23, ppid: 12, name: "true", cgroup: onHost})
	want(t, "alive", now(tracker, 23, 12), "host")
	tracker.clock.ticks += suspicion
	want(t, "long after", now(tracker, 25, 13), "host")
	for pid := 100; pid < 100+2*maxSuspects; pid++ {
		p.start(fake{pid: pid, ppid: 1, name: fmt.Sprint("launcher", pid), cgroup: onHost})
		tracker.suspect(pid, 1)
	}
	if n := len(tracker.suspects); n > maxSuspects {
		t.Errorf("%d names are remembered", n)
	}
}

// TestRuntimesThatAreThere: at its start tswatch sees what the processes that run have started.
func TestRuntimesThatAreThere(t *testing.T) {
	t.Parallel()
	p := newTree(t)
	p.start(fake{pid: 1, name: "init", cgroup: onHost})
	p.start(fake{pid: 500, ppid: 1, name: "launcher", cgroup: onHost})
	p.start(fake{pid: 10, ppid: 500, name: "sh", cgroup: inA})
	p.start(fake{pid: 11, ppid: 10, name: "sh", cgroup: inA})
	p.start(fake{pid: 30, ppid: 1, name: "orphan", cgroup: inA})
	p.start(fake{pid: 40, ppid: 1, name: "sshd", cgroup: onHost})
	tracker := p.tracker(Options{})
	want(t, "of what has started a container", now(tracker, 50, 500), "none started-by-runtime")
	want(t, "of the container", now(tracker, 51, 11), "parent "+idA)
	want(t, "of the host", now(tracker, 54, 40), "host")
	want(t, "of the first process", now(tracker, 55, 1), "none process-gone")
}

// TestRuntimesByName has the names of programs as the kernel cuts them.
func TestRuntimesByName(t *testing.T) {
	t.Parallel()
	for _, name := range []string{
		"runc", "runc:[2:INIT]", "runc:[1:CHILD]", "runc.amd64", "runc-1.2.4", "crun", "crun-1.20-linux-amd64", "crun-wasm", "krun", "youki",
		"youki:[2:INIT]", "runsc", "runsc-sandbox", "kata-runtime", "sysbox-runc", "nvidia-container-runtime", "nvidia-container-runtime.real",
		"containerd", "containerd-shim", "containerd-shim-runc-v2", "containerd-shim-kata-v2", "docker-containerd-shim", "docker-runc", "dockerd",
		"crio", "conmon", "conmonrs", "podman", "buildah", "buildkitd", "buildkit-runc", "nerdctl", "ctr", "balena-engine-daemon", "gdn", "dadoo",
		"lxd", "incusd", "lxc-start", "lxc-attach", "[lxc monitor] /var/lib/lxc web", "systemd-nspawn", "libvirt_lxc", "criu", "kubelet", "pause", "catatonit",
	} {
		if name = name[:min(len(name), 15)]; !isRuntime([]byte(name)) {
			t.Errorf("%s is no runtime", name)
		}
	}
	for _, name := range []string{"", "run", "runcount", "sh", "docker", "docker-proxy", "systemd", "ctrl", "lxcfs", "kubectl", "crunch", "unshare", "bwrap"} {
		if isRuntime([]byte(name)) {
			t.Errorf("%s is a runtime", name)
		}
	}
}

// TestTheClockIsSet: events have the time of the clock on the wall. One that is set makes no process start after its event.
func TestTheClockIsSet(t *testing.T) {
	t.Parallel()
	p := newTree(t)
	tracker := p.tracker(Options{})
	p.start(fake{pid: 10, ppid: 1, name: "sh", cgroup: onHost2, ago: 1})
	for _, step := range []time.Duration{time.Hour, -time.Hour} {
		tracker.clock.wall = tracker.clock.wall.Add(step) // what it said before
		want(t, step.String(), now(tracker, 10, 1), "host")
	}
}
