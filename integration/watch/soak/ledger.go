//go:build linux

package main

import (
	"encoding/json"
	"fmt"
	"hash/maphash"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
)

// worker is who starts programs, and what came of them.
type worker struct {
	id        string
	container string // its name; empty: on the machine

	// Behind the ledger's lock.
	containerID string
	seen        []uint8 // how often each of its starts came
}

// ledger is what came in the file, compared with what was done. The lines of the other outputs are compared with those.
type ledger struct {
	story *story
	hash  maphash.Seed

	mu          sync.Mutex
	workers     map[string]*worker
	containers  map[string]string // names by id
	lines       []uint64          // of the file
	serials     map[uint32]bool
	first, last uint32
	events      uint64
	alerts      uint64
	right       uint64 // of a container, and said to be
	unknown     uint64 // of a container, and nobody knows
	attribution map[string]uint64
	reasons     map[string]uint64
	lost        map[string]lost
	downloads   map[string]uint64 // by container id: events that make the rule docker-download true
	alerted     map[string]uint64 // alerts of it, those that were held back among them
	server      received
	peer        received
}

// received is what an output got.
type received struct {
	lines []uint64
}

type lost struct{ Records, Serials uint64 }

// event is a line, as far as it is looked at.
type event struct {
	Event struct {
		Kind, Action, Outcome string
		Sequence              uint32
	}
	Process struct {
		Name string
		Args []string
	}
	User      struct{ ID string }
	Container *struct {
		ID, Name string
		Image    struct {
			Name string
			Tag  []string
		}
	}
	Rule    struct{ ID string }
	Tswatch struct {
		Attribution struct{ Method, Reason string }
		Repeated    uint64
		Lost        struct {
			Records, Serials uint64
			Where            string
		}
	}
}

func newLedger(story *story) *ledger {
	return &ledger{
		story: story, hash: maphash.MakeSeed(), workers: map[string]*worker{}, containers: map[string]string{}, serials: map[uint32]bool{},
		attribution: map[string]uint64{}, reasons: map[string]uint64{}, lost: map[string]lost{},
		downloads: map[string]uint64{}, alerted: map[string]uint64{},
	}
}

// worker notes a new worker, in the container of the id and the name; no name: on the machine.
func (l *ledger) worker(containerID, container string) *worker {
	l.mu.Lock()
	defer l.mu.Unlock()
	w := &worker{id: fmt.Sprint("w", len(l.workers)), container: container, containerID: containerID}
	l.workers[w.id] = w
	return w
}

// created notes the id of the container of a worker, before anything runs there.
func (l *ledger) created(w *worker, id string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	w.containerID = id
	l.containers[id] = w.container
}

// line takes the next line of the file.
func (l *ledger) line(text []byte) {
	var e event
	err := json.Unmarshal(text, &e)
	l.mu.Lock()
	defer l.mu.Unlock()
	l.lines = append(l.lines, maphash.Bytes(l.hash, text))
	if err != nil {
		l.story.violation("a line is no JSON: %v: %.500q", err, text)
		return
	}
	switch e.Event.Kind {
	case "event":
		l.event(&e, text)
	case "alert":
		l.alert(&e, text)
	case "metric":
		sum := l.lost[e.Tswatch.Lost.Where]
		sum.Records += e.Tswatch.Lost.Records
		sum.Serials += e.Tswatch.Lost.Serials
		l.lost[e.Tswatch.Lost.Where] = sum
	default:
		l.story.violation("a line is of no kind: %s", text)
	}
}

func (l *ledger) event(e *event, text []byte) {
	serial := e.Event.Sequence
	if l.serials[serial] {
		l.story.violation("event %d came twice: %s", serial, text)
	}
	if len(l.serials) == 0 {
		l.first, l.last = serial, serial
	}
	if serial-l.first > 1<<31 {
		l.first = serial
	}
	if l.last-serial > 1<<31 {
		l.last = serial
	}
	l.serials[serial] = true
	l.events++
	l.attribution[e.Tswatch.Attribution.Method]++
	l.place(e, text)
	w, number := l.starts(e)
	if w == nil {
		return
	}
	l.compare(e, w, text)
	if number < 0 {
		return
	}
	for len(w.seen) <= number {
		w.seen = append(w.seen, 0)
	}
	if w.seen[number]++; w.seen[number] > 1 {
		l.story.violation("start %d of %s came twice: %s", number, w.id, text)
	}
	if e.Process.Name == "curl" && e.Container != nil {
		l.downloads[e.Container.ID]++
	}
}

// place is about where any event was: it is said, or why it is not, and no container is one that was never made.
func (l *ledger) place(e *event, text []byte) {
	a := e.Tswatch.Attribution
	switch {
	case a.Method == "", a.Method == "none" && a.Reason == "":
		l.story.violation("nobody knows where it was, and why: %s", text)
	case (a.Method == "host" || a.Method == "none") != (e.Container == nil):
		l.story.violation("the container does not go with the method: %s", text)
	case e.Container == nil:
	case l.containers[e.Container.ID] == "":
		l.story.violation("there was no such container: %s", text)
	case e.Container.Name == "" && a.Reason == "", e.Container.Name != "" && e.Container.Name != l.containers[e.Container.ID]:
		l.story.violation("the container is %q: %s", l.containers[e.Container.ID], text)
	case e.Container.Name != "" && (e.Container.Image.Name != "watchsoak" || !slices.Equal(e.Container.Image.Tag, []string{"7"})):
		l.story.violation("the image is another: %s", text)
	}
	if a.Method == "none" {
		l.reasons[a.Reason]++
	}
}

// starts says which worker the event is of, and which of its starts it is; negative: it is the worker's own.
func (l *ledger) starts(e *event) (*worker, int) {
	args := e.Process.Args
	if e.Event.Action != "executed" || e.Event.Outcome != "success" || len(args) < 2 {
		return nil, 0
	}
	if filepath.Base(args[0]) == "worker" {
		return l.workers[filepath.Base(args[1])], -1
	}
	rest, number := filepath.Split(args[1])
	n, err := strconv.Atoi(number)
	w := l.workers[filepath.Base(rest)]
	if w == nil || err != nil || n < 0 {
		l.story.violation("nobody has started this: %+v", e)
		return nil, 0
	}
	return w, n
}

// compare is about where a worker's programs were.
func (l *ledger) compare(e *event, w *worker, text []byte) {
	switch {
	case w.container == "" && e.Container != nil:
		l.story.violation("a program of the machine is said to be in a container: %s", text)
	case w.container == "":
	case e.Container == nil && e.Tswatch.Attribution.Method == "none":
		l.unknown++
	case e.Container == nil || e.Container.ID != w.containerID:
		l.story.violation("a program of container %s is said to be elsewhere: %s", w.containerID, text)
	default:
		l.right++
	}
}

func (l *ledger) alert(e *event, text []byte) {
	l.alerts++
	if !l.serials[e.Event.Sequence] {
		l.story.violation("an alert is of an event that did not come before it: %s", text)
	}
	if e.Rule.ID != "docker-download" {
		return
	}
	if e.Container == nil {
		l.story.violation("the alert is of no container: %s", text)
		return
	}
	l.alerted[e.Container.ID] += max(1, e.Tswatch.Repeated)
}

// receive takes lines that an output has got for good.
func (l *ledger) receive(r *received, lines [][]byte) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, line := range lines {
		r.lines = append(r.lines, maphash.Bytes(l.hash, line))
	}
}

// span is how many serials were given out between the first event and the last.
func (l *ledger) span() uint64 { return uint64(l.last-l.first) + 1 }

func (l *ledger) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	var b strings.Builder
	fmt.Fprintf(&b, "%d lines: %d events, %d alerts; in containers %d right, %d unknown %v; by method %v; lost %v; %d at the server, %d at the socket",
		len(l.lines), l.events, l.alerts, l.right, l.unknown, l.reasons, l.attribution, l.lost, len(l.server.lines), len(l.peer.lines))
	return b.String()
}
