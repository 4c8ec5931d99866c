package detect

import (
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/tsboot/tsboot/watch/event"
)

// write writes rule files into a directory of their own.
func write(t testing.TB, files map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	for name, text := range files {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// shared is the compiler of all tests: to make one takes longer than any of them.
var shared = sync.OnceValues(func() (*compiler, error) {
	s, err := newShape()
	if err != nil {
		return nil, err
	}
	return newCompiler(s)
})

// bare reads own files as Load does, without the built-in sets.
func bare(t testing.TB, dir string, sets ...string) (*Rules, error) {
	t.Helper()
	c, err := shared()
	if err != nil {
		t.Fatal(err)
	}
	l := &library{compiler: c}
	if err := l.addDirs([]string{dir}); err != nil {
		return nil, err
	}
	if err := l.compile(); err != nil {
		return nil, err
	}
	chosen, err := l.choose(sets)
	if err != nil {
		return nil, err
	}
	return newRules(chosen, c.shape, nil), nil
}

// load loads one own file without the built-in sets.
func load(t testing.TB, text string, sets ...string) *Rules {
	t.Helper()
	rules, err := bare(t, write(t, map[string]string{"own.yaml": text}), sets...)
	if err != nil {
		t.Fatal(err)
	}
	return rules
}

// condition loads a rule with one condition.
func condition(t testing.TB, when string) *Rules {
	t.Helper()
	return load(t, "name: Own\nlists: {words: [scp, rsync]}\nrules:\n- id: r\n  name: R\n  severity: 1\n  when: |\n    "+
		strings.ReplaceAll(when, "\n", "\n    ")+"\n", "Own")
}

// faults are what is wrong with own files, without their directory.
func faults(t testing.TB, files map[string]string, sets ...string) string {
	t.Helper()
	dir := write(t, files)
	_, err := bare(t, dir, sets...)
	if err == nil {
		return ""
	}
	return strings.ReplaceAll(err.Error(), dir+"/", "")
}

func scp(container *event.Container) *event.Event {
	e := &event.Event{Container: container, Process: &event.Process{
		PID: 32105, VPID: 8, Name: "scp", Executable: "/usr/bin/scp", Args: []string{"scp", "x", "u@h:."}, ArgsCount: 3, CommandLine: "scp x u@h:.",
	}}
	e.Event.Kind, e.Event.Action, e.Event.Outcome = event.KindEvent, "executed", "success"
	e.Host.Hostname = "ip-10-0-0-7"
	return e
}

func nginx() *event.Container {
	return &event.Container{
		ID: strings.Repeat("6064b7b66a22beef", 4), Name: "some-nginx", Runtime: "docker",
		Image: &event.Image{Name: "nginx", Tag: []string{"1.27"}},
	}
}
