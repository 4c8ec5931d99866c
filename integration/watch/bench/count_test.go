//go:build linux

package main

import (
	"strings"
	"testing"
)

// TestRead: what each program writes of a process.
func TestRead(t *testing.T) {
	t.Parallel()
	id := strings.Repeat("a", 64)
	const image = "bench-watch:1"
	of := func(line string) string { return strings.ReplaceAll(line, "ID", id) }
	for line, want := range map[string]seen{
		`{"event":{"kind":"event","action":"executed"},"process":{"args":["/usr/bin/tiny","p1.7"]},"container":{"id":"ID","image":{"name":"bench-watch","tag":["1"]}},"tswatch":{"attribution":{"method":"cgroup"}}}`: {
			argument: "p1.7", id: id, image: image,
		},
		`{"event":{"kind":"event","action":"executed"},"process":{"args":["/usr/bin/tiny","p1.7"]},"tswatch":{"attribution":{"method":"none","reason":"process-gone"}}}`: {
			argument: "p1.7", reason: "process-gone",
		},
		`{"event":{"kind":"event","action":"executed"},"process":{"args":["/usr/bin/tiny","p1.7"]},"tswatch":{"attribution":{"method":"host"}}}`: {
			argument: "p1.7", id: "host",
		},
		`{"event":{"kind":"alert","action":"executed"},"process":{"args":["/usr/bin/tiny","p1.7"]},"container":{"id":"ID"}}`: {},
		`{"event":{"kind":"metric","action":"audit-lost"},"tswatch":{"lost":{"serials":3}}}`:                                 {},
		`{"event":`: {},
	} {
		got, ok := readTswatch([]byte(of(line)))
		got.image = strings.TrimPrefix(got.image, ":")
		if ok != (want.argument != "") || ok && got != want {
			t.Errorf("tswatch's %s\nis %+v, want %+v", line, got, want)
		}
	}
	for line, want := range map[string]seen{
		`{"sequence":1,"messages":[{"type":1300,"data":"arch=c000003e syscall=59","containers":{"id":"ID","image":"bench-watch:1"}},{"type":1309,"data":"argc=2 a0=\"/usr/bin/tiny\" a1=\"p1.7\""}]}`: {
			argument: "p1.7", id: id, image: image,
		},
		`{"sequence":1,"messages":[{"type":1300,"data":"arch=c000003e syscall=59"},{"type":1309,"data":"argc=2 a0=\"/usr/bin/tiny\" a1=\"p1.7\"\n"}]}`: {
			argument: "p1.7", reason: "no reason said",
		},
		`{"sequence":2,"messages":[{"type":1305,"data":"op=set audit_enabled=1"}]}`: {},
		`{"sequence":`: {},
	} {
		if got, ok := readGoAudit([]byte(of(line))); ok != (want.argument != "") || ok && got != want {
			t.Errorf("go-audit's %s\nis %+v, want %+v", line, got, want)
		}
	}
}

// TestReadAll: a line that is not whole is on its way.
func TestReadAll(t *testing.T) {
	t.Parallel()
	all := readAll([]byte("p1.0\nno\np1.1\np1.2"), func(line []byte) (seen, bool) {
		name := strings.TrimSpace(string(line))
		return seen{argument: name}, name != "no"
	})
	if len(all) != 2 || all[1].argument != "p1.1" {
		t.Errorf("read %+v", all)
	}
}

// TestCount: each process counts once, and as the worst that was said of it.
func TestCount(t *testing.T) {
	t.Parallel()
	jobs := []job{{name: "p1", times: 5, id: "a"}, {name: "p2", times: 3, id: "b"}}
	got := count(jobs, []seen{
		{argument: "p1.0", id: "a"}, {argument: "p1.0", id: "a"}, // twice
		{argument: "p1.1", id: "b"},
		{argument: "p1.2", reason: "process-gone"},
		{argument: "p1.3", id: "a"}, {argument: "p1.3", id: "b"}, // two things
		{argument: "p2.0", id: "b"},
		{argument: "p2.1", id: "host"},
		{argument: "p2.2", id: "b"}, {argument: "p2.2", reason: "exiting"},
		{argument: "p2.3", id: "b"}, {argument: "p3.0", id: "a"}, {argument: "p1", id: "a"}, // not ordered
	})
	if got.processes != 8 || got.right != 2 || got.wrong != 3 || got.none != 2 || got.missing != 1 || got.why() != "exiting 1, process-gone 1" {
		t.Errorf("counted %+v", got)
	}
	if got.right+got.wrong+got.none+got.missing != got.processes {
		t.Errorf("the parts of %+v are not the whole", got)
	}
	if sum := got.plus(got); sum.processes != 16 || sum.right != 4 || sum.wrong != 6 || sum.none != 4 || sum.missing != 2 || sum.why() != "exiting 2, process-gone 2" {
		t.Errorf("twice that is %+v", sum)
	}
	if share := (tally{}).share(); share != 0 {
		t.Errorf("of nothing the share is %v", share)
	}
}
