package container

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"testing"
	"time"
)

// tree is a /proc of files. Its boot was upTicks ago.
type tree struct {
	t   *testing.T
	dir string
}

const upTicks = 100_000

func newTree(t *testing.T) tree {
	t.Helper()
	p := tree{t, t.TempDir()}
	p.write("uptime", fmt.Sprintf("%d.%02d 1.00\n", upTicks/100, upTicks%100))
	p.write("sys/kernel/pid_max", "32768\n")
	return p
}

func (p tree) write(name, text string) {
	p.t.Helper()
	path := filepath.Join(p.dir, name)
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		p.t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		p.t.Fatal(err)
	}
}

// fake is one process of a tree.
type fake struct {
	pid, ppid int
	name      string
	state     string // "": S
	flags     int
	ago       int    // how many ticks ago it started; 0: 100
	cgroup    string // the text; "": "0::/"
	nspid     string // "": the pid
}

func (p tree) start(f fake) {
	p.t.Helper()
	if f.state == "" {
		f.state = "S"
	}
	if f.ago == 0 {
		f.ago = 100
	}
	if f.cgroup == "" {
		f.cgroup = "0::/\n"
	}
	if f.nspid == "" {
		f.nspid = strconv.Itoa(f.pid)
	}
	dir := strconv.Itoa(f.pid)
	p.write(dir+"/cgroup", f.cgroup)
	p.write(dir+"/stat", fmt.Sprintf("%d (%s) %s %d 1 1 0 -1 %d 0 0 0 0 0 0 0 0 20 0 1 0 %d 0 0\n",
		f.pid, f.name, f.state, f.ppid, f.flags, upTicks-f.ago))
	p.write(dir+"/status", fmt.Sprintf("Name:\t%s\nUmask:\t0022\nPid:\t%d\nPPid:\t%d\nNSpid:\t%s\nKthread:\t0\n", f.name, f.pid, f.ppid, f.nspid))
}

func (p tree) end(pid int) {
	p.t.Helper()
	if err := os.RemoveAll(filepath.Join(p.dir, strconv.Itoa(pid))); err != nil {
		p.t.Fatal(err)
	}
}

func (p tree) tracker(o Options) *Tracker {
	p.t.Helper()
	o.Proc = p.dir
	tracker, err := NewTracker(o)
	if err != nil {
		p.t.Fatal(err)
	}
	tracker.own = own{} // the tests may run in a container
	began := time.Now()
	tracker.clock = clock{now: func() time.Time { return began }, ticks: upTicks, at: began, wall: began.Round(0)} // however slow a test is
	p.t.Cleanup(func() { _ = tracker.Close() })
	return tracker
}

// want is what an attribution is to be: "cgroup a", "none process-gone".
func want(t *testing.T, name string, a Attribution, want string) {
	t.Helper()
	got := string(a.Method)
	if a.Reason != "" {
		got += " " + string(a.Reason)
	}
	if a.Container != nil {
		got += " " + a.Container.ID
		if a.Container.ParentID != "" {
			got += " in " + a.Container.ParentID
		}
	}
	if got != want {
		t.Errorf("%s: got %s, want %s", name, got, want)
	}
}

// now attributes an event of the present.
func now(tracker *Tracker, pid, ppid int) Attribution {
	return ticksAgo(tracker, pid, ppid, 0)
}

func ticksAgo(tracker *Tracker, pid, ppid, ticks int) Attribution {
	t := tracker.clock.now()
	return tracker.Attribute(pid, ppid, t.Add(-time.Duration(ticks)*tick), t)
}

const (
	inA       = "8:pids:/docker/" + idA + "\n0::/docker/" + idA + "\n"
	bInA      = "8:pids:/docker/" + idA + "/docker/" + idB + "\n0::/\n"
	inA2      = "0::/system.slice/docker-" + idA + ".scope\n"
	onHost    = "8:pids:/\n0::/\n"
	onHost2   = "0::/system.slice/cron.service\n"
	hostOf32  = "8:pids:/\n1:name=systemd:/\n0::/system.slice/docker.service\n"
	anExiting = 0x404
	aKernel   = 0x208040
)

// parentOf is the ppid that the tree has.
func (p tree) parentOf(pid int) int {
	p.t.Helper()
	text, err := os.ReadFile(filepath.Join(p.dir, strconv.Itoa(pid), "stat"))
	if err != nil {
		p.t.Fatal(err)
	}
	s, ok := parseStat(text)
	if !ok {
		p.t.Fatalf("stat of %d: %s", pid, text)
	}
	return s.ppid
}
