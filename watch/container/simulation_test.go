package container

import (
	"fmt"
	"math/rand/v2"
	"testing"
)

// machine is a host with two containers, one in the other, whose processes start, execute, move and end at random. Their events
// are attributed late: what is said must be where the process was at its event, or went since, or that nobody knows.
//
// Two things do not happen in it: a program that is no known runtime starts a child in another place, or goes to another place
// after it has started one. Of such a child nothing is left to tell it from others.
type machine struct {
	tree
	random *rand.Rand
	legacy bool // cgroup v1
	lives  map[int]*life
	last   int // pid
	late   []lateEvent
	said   map[Method]int
}

// life is a process. Its place is the host (0), the container a (1), or b in a (2).
type life struct {
	pid, ppid int
	name      string
	place     int
	zombie    bool
	stays     bool // it does not end
	forked    bool // it has started another
}

type lateEvent struct {
	of    *life
	ppid  int
	place int
}

var places = [...]string{"host", idA, idB + " in " + idA}

func newMachine(t *testing.T, seed uint64, legacy bool) *machine {
	t.Helper()
	w := &machine{
		tree: newTree(t), random: rand.New(rand.NewPCG(seed, 1)), legacy: legacy,
		lives: map[int]*life{}, last: 100, said: map[Method]int{},
	}
	for _, l := range []life{
		{pid: 1, name: "systemd"}, {pid: 8, ppid: 1, name: "containerd-shim"}, {pid: 9, ppid: 1, name: "sshd"},
		{pid: 10, ppid: 8, name: "init", place: 1}, {pid: 18, ppid: 10, name: "containerd-shim", place: 1}, {pid: 20, ppid: 18, name: "init", place: 2},
	} {
		l.stays = true
		w.lives[l.pid] = &l
		w.show(&l)
	}
	return w
}

// show writes what /proc says of the process.
func (w *machine) show(l *life) {
	w.t.Helper()
	f := fake{pid: l.pid, ppid: l.ppid, name: l.name, ago: 1, state: "S"}
	if l.zombie {
		f.state = "Z"
	}
	path := [...]string{"/system.slice/ssh.service", "/docker/" + idA, "/docker/" + idA + "/docker/" + idB}[l.place]
	switch {
	case !w.legacy:
		f.cgroup = "0::" + path + "\n"
	case l.zombie:
		f.cgroup = "8:pids:/\n1:name=systemd:/\n"
	default:
		f.cgroup = "8:pids:" + path + "\n1:name=systemd:" + path + "\n"
	}
	w.start(f)
}

// any is a process that is no zombie, rather a young one; nil: the choice fell on none that is wanted.
func (w *machine) any(wanted func(*life) bool) *life {
	for range 20 {
		pid := w.last - w.random.IntN(20)
		if w.random.IntN(3) == 0 {
			pid = 1 + w.random.IntN(20)
		}
		if l := w.lives[pid]; l != nil && !l.zombie && wanted(l) {
			return l
		}
	}
	return nil
}

func (w *machine) happens(tracker *Tracker) {
	switch w.random.IntN(12) {
	case 0, 1, 2, 3:
		w.fork()
	case 4, 5, 6:
		w.execute()
	case 7:
		w.move()
	case 8, 9:
		w.exit()
	case 10:
		w.reap()
	default:
		w.attribute(tracker)
	}
}

func (w *machine) fork() {
	parent := w.any(func(l *life) bool { return l.name != "mover" && l.name != "runc:[2:INIT]" })
	if parent == nil {
		return
	}
	w.last++
	parent.forked = true
	child := &life{pid: w.last, ppid: parent.pid, name: parent.name, place: parent.place}
	if isRuntime([]byte(parent.name)) {
		child.name = []string{"runc", "runc:[2:INIT]"}[w.random.IntN(2)]
		if child.name != "runc" { // it goes where it is wanted, and has no event before
			child.place = max(parent.place, w.random.IntN(len(places)))
		}
	}
	w.lives[child.pid] = child
	w.show(child)
}

// execute makes an event, of another program or of the same.
func (w *machine) execute() {
	if l := w.any(func(l *life) bool { return !l.stays }); l != nil {
		w.run(l)
	}
}

func (w *machine) run(l *life) {
	switch {
	case l.name == "runc" || w.random.IntN(4) == 0:
	case l.place == 0 && !l.forked && w.random.IntN(4) == 0:
		l.name = "mover"
	default:
		l.name = []string{"sh", "true", "curl"}[w.random.IntN(3)]
	}
	w.show(l)
	w.late = append(w.late, lateEvent{l, l.ppid, l.place})
}

// move is what cgexec does: it goes into a container, to execute a program there, which may end at once.
func (w *machine) move() {
	l := w.any(func(l *life) bool { return l.name == "mover" && l.place == 0 })
	if l == nil {
		return
	}
	l.place = 1 + w.random.IntN(2)
	w.run(l)
	if w.random.IntN(2) == 0 {
		w.endLife(l)
		w.reap()
	}
}

// exit leaves a zombie, and gives its children to another.
func (w *machine) exit() {
	if l := w.any(func(l *life) bool { return !l.stays }); l != nil {
		w.endLife(l)
	}
}

func (w *machine) endLife(l *life) {
	l.zombie = true
	w.show(l)
	for pid := range w.last + 1 {
		child := w.lives[pid]
		if child == nil || child.ppid != l.pid {
			continue
		}
		child.ppid = [...]int{1, 10, 20}[child.place]
		if child.place != l.place {
			child.ppid = 8 // what docker exec has started: the shim
		}
		w.show(child)
	}
}

func (w *machine) reap() {
	for pid := range w.last + 1 {
		if l := w.lives[pid]; l != nil && l.zombie && w.random.IntN(2) == 0 {
			delete(w.lives, pid)
			w.end(pid)
		}
	}
}

func (w *machine) attribute(tracker *Tracker) {
	w.t.Helper()
	for range min(len(w.late), 1+w.random.IntN(3)) {
		e := w.late[0]
		w.late = w.late[1:]
		a := now(tracker, e.of.pid, e.ppid)
		w.said[a.Method]++
		said := "host"
		if a.Container != nil {
			said = a.Container.ID
			if a.Container.ParentID != "" {
				said += " in " + a.Container.ParentID
			}
		}
		if a.Method != MethodNone && said != places[e.place] && said != places[e.of.place] {
			w.t.Fatalf("%+v, parent %d, was in %s: it is said to be in %s, by %s", *e.of, e.ppid, places[e.place], said, a.Method)
		}
	}
}

// TestNeverElsewhere goes through many lives of many hosts.
func TestNeverElsewhere(t *testing.T) {
	t.Parallel()
	for seed := range uint64(6) {
		for _, legacy := range []bool{true, false} {
			t.Run(fmt.Sprint(seed, " ", legacy), func(t *testing.T) {
				t.Parallel()
				w := newMachine(t, seed, legacy)
				tracker := w.tracker(Options{})
				tracker.reuse = 100 * 60 // no pid comes again
				for range 400 {
					w.happens(tracker)
				}
				if known := w.said[MethodCgroup] + w.said[MethodParent] + w.said[MethodHost]; known < w.said[MethodNone] {
					t.Errorf("less than half is known: %v", w.said)
				}
			})
		}
	}
}
