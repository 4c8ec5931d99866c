//go:build linux

package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// seen is what a program says of one process.
type seen struct {
	argument string // the process's own: NAME.NUMBER
	id       string // of its container; empty: none is said
	image    string
	reason   string // why there is no container, where the program says that
}

// job is what a container was ordered to start.
type job struct {
	name  string
	times int
	id    string // of the container
}

// tally says of how many processes a program found the container.
type tally struct {
	processes, right, wrong, none, missing int
	reasons                                map[string]int // of none
}

// count compares what was said with what was ordered. A process of which two things are said counts as the worse.
func count(jobs []job, events []seen) tally {
	t := tally{reasons: map[string]int{}}
	said := map[string][]seen{}
	for _, e := range events {
		said[e.argument] = append(said[e.argument], e)
	}
	for _, j := range jobs {
		for i := range j.times {
			t.add(j.id, said[fmt.Sprintf("%s.%d", j.name, i)])
		}
	}
	return t
}

// add counts one process of the container.
func (t *tally) add(id string, said []seen) {
	t.processes++
	isWrong := func(e seen) bool { return e.id != "" && e.id != id }
	isNone := func(e seen) bool { return e.id == "" }
	switch none := slices.IndexFunc(said, isNone); {
	case len(said) == 0:
		t.missing++
	case slices.ContainsFunc(said, isWrong):
		t.wrong++
	case none >= 0:
		t.none++
		t.reasons[said[none].reason]++
	default:
		t.right++
	}
}

// plus is the sum of two.
func (t tally) plus(other tally) tally {
	sum := tally{
		t.processes + other.processes, t.right + other.right, t.wrong + other.wrong, t.none + other.none, t.missing + other.missing,
		map[string]int{},
	}
	for _, reasons := range []map[string]int{t.reasons, other.reasons} {
		for reason, n := range reasons {
			sum.reasons[reason] += n
		}
	}
	return sum
}

// share is that of the right ones.
func (t tally) share() float64 { return float64(t.right) / float64(max(1, t.processes)) }

// why are the reasons of those without a container, in words.
func (t tally) why() string {
	var parts []string
	for _, reason := range slices.Sorted(maps.Keys(t.reasons)) {
		parts = append(parts, fmt.Sprintf("%s %d", reason, t.reasons[reason]))
	}
	return strings.Join(parts, ", ")
}

// readAll reads the whole lines of an output.
func readAll(output []byte, read func([]byte) (seen, bool)) []seen {
	var all []seen
	for line := range bytes.Lines(output) {
		if e, ok := read(line); ok && bytes.HasSuffix(line, []byte("\n")) {
			all = append(all, e)
		}
	}
	return all
}

// readTswatch reads an event; alerts are events once more.
func readTswatch(line []byte) (s seen, ok bool) {
	var e struct {
		Event     struct{ Kind, Action string }
		Process   struct{ Args []string }
		Container struct {
			ID    string
			Image struct {
				Name string
				Tag  []string
			}
		}
		Tswatch struct {
			Attribution struct{ Method, Reason string }
		}
	}
	if json.Unmarshal(line, &e) != nil || e.Event.Kind != "event" || e.Event.Action != "executed" || len(e.Process.Args) != 2 {
		return s, false
	}
	s = seen{argument: e.Process.Args[1], id: e.Container.ID, image: strings.Join(append([]string{e.Container.Image.Name}, e.Container.Image.Tag...), ":")}
	switch {
	case s.id != "":
	case e.Tswatch.Attribution.Reason != "":
		s.reason = e.Tswatch.Attribution.Reason
	default:
		s.reason, s.id = "", e.Tswatch.Attribution.Method // to say that it is the host's is wrong
	}
	return s, true
}

// readGoAudit reads an event: the container is at the record of the system call, the argument at that of the program.
func readGoAudit(line []byte) (s seen, ok bool) {
	const systemCall, execve = 1300, 1309
	var e struct {
		Messages []struct {
			Type       int
			Data       string
			Containers struct{ ID, Image string }
		}
	}
	if json.Unmarshal(line, &e) != nil {
		return s, false
	}
	for _, m := range e.Messages {
		switch m.Type {
		case systemCall:
			s.id, s.image = m.Containers.ID, m.Containers.Image
		case execve:
			_, argument, found := strings.Cut(m.Data, ` a1="`)
			s.argument, ok = strings.CutSuffix(strings.TrimSpace(argument), `"`)
			ok = ok && found
		}
	}
	if s.id == "" {
		s.reason = "no reason said"
	}
	return s, ok
}
