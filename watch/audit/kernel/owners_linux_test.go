package kernel

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	state "github.com/tsboot/tsboot/integration/audit"
	"github.com/tsboot/tsboot/integration/docpage"
	"github.com/tsboot/tsboot/integration/wait"
)

// TestKilled: what a tswatch leaves that is killed, the next one takes over, and away: rules it needs itself, rules that
// nobody needs any more, and the settings.
func TestKilled(t *testing.T) {
	state.Borrow(t)
	before := unchanged(t)
	plan := planFor(t, testUID, otherUID)
	killed, answer := start(t, takeWords(t, plan), nil)
	if answer != "ready" {
		t.Fatal(answer)
	}
	killed.kill()
	if rules := state.Ctl(t, "-l"); strings.Count(rules, "uid=54332") < 10 {
		t.Fatalf("the killed one left %s", rules)
	}
	plan.UIDs = plan.UIDs[:1]
	held := take(t, plan)
	rules := state.Ctl(t, "-l")
	if strings.Contains(rules, "uid=54332") || !strings.Contains(rules, "uid=54331") || strings.Count(rules, "pid=") != 1 {
		t.Errorf("the next one has %s", rules)
	}
	if err := held.Release(); err != nil {
		t.Error(err)
	}
	if after := unchanged(t); after != before {
		t.Errorf("was %s\nis %s", before, after)
	}
	if _, err := os.Stat(filepath.Join(plan.RunDir, beforeName)); !os.IsNotExist(err) {
		t.Errorf("the note of the settings: %v", err)
	}
}

// TestPage follows docs/watch-kernel.md: what its commands show while a tswatch runs, and that they clean up after one that
// was killed.
func TestPage(t *testing.T) {
	state.Borrow(t)
	before := state.State(t)
	t.Cleanup(func() {
		state.Ctl(t, "-b", before["backlog_limit"], "--backlog_wait_time", before["backlog_wait_time"])
	})
	page := docpage.Read(t, "docs/watch-kernel.md")
	killed, answer := start(t, takeWords(t, planFor(t, testUID)), nil)
	if answer != "ready" {
		t.Fatal(answer)
	}
	blocks := page.Commands()
	if shown := page.Follow(blocks[0]); !strings.Contains(shown, "enabled 1") || !strings.Contains(shown, "key=tswatch") {
		t.Error(shown)
	}
	killed.kill()
	page.Follow(blocks[1])
	if s := state.State(t); s["enabled"] != "0" || !strings.Contains(state.Ctl(t, "-l"), "No rules") {
		t.Errorf("left are %v, %s", s, state.Ctl(t, "-l"))
	}
	for _, reason := range []error{ErrRead, ErrControl, ErrNetwork, ErrPIDSpace, ErrPIDSpaceUnicast, ErrUserSpace, ErrLocked, ErrDaemon, ErrOff, ErrNoAudit} {
		said, _, _ := strings.Cut(reason.Error(), ":")
		said, _, _ = strings.Cut(said, ",")
		said, _, _ = strings.Cut(said, " (")
		if !strings.Contains(page.Text, "`"+said+"`") {
			t.Errorf("the page does not have %q", said)
		}
	}
}

// TestTwo: of two that live at once neither takes the other's rules, and audit stays on until the last has ended.
func TestTwo(t *testing.T) {
	state.Borrow(t)
	before := unchanged(t)
	first, answer := start(t, takeWords(t, planFor(t, testUID)), nil)
	if answer != "ready" {
		t.Fatal(answer)
	}
	alone := unchanged(t)
	held := take(t, planFor(t, otherUID))
	if notes := strings.Join(held.Notes(), "\n"); !strings.Contains(notes, "another tswatch (pid") {
		t.Errorf("the notes are %q", notes)
	}
	if rules := state.Ctl(t, "-l"); !strings.Contains(rules, "uid=54331") || !strings.Contains(rules, "uid=54332") {
		t.Errorf("both have %s", rules)
	}
	if err := held.Release(); err != nil {
		t.Error(err)
	}
	if after := unchanged(t); after != alone {
		t.Errorf("the first had %s\nand has %s", alone, after)
	}
	if end := first.end(t); end != "<nil>" {
		t.Error(end)
	}
	if after := unchanged(t); after != before {
		t.Errorf("was %s\nis %s", before, after)
	}
}

// TestShared: of two with the same rules the second uses those of the first. It says that they are gone when the first has ended.
func TestShared(t *testing.T) {
	state.Borrow(t)
	first, answer := start(t, takeWords(t, planFor(t, testUID)), nil)
	if answer != "ready" {
		t.Fatal(answer)
	}
	held := take(t, planFor(t, testUID))
	s := open(t, Options{Mode: Multicast, Buffer: 1 << 16, Held: held})
	if err := s.Alive(); err != nil {
		t.Errorf("while both live: %v", err)
	}
	if end := first.end(t); end != "<nil>" {
		t.Error(end)
	}
	if err := s.Alive(); !errors.Is(err, ErrGone) {
		t.Errorf("after the first: %v", err)
	}
	if err := held.Release(); err != nil {
		t.Error(err)
	}
	if rules := state.Ctl(t, "-l"); !strings.Contains(rules, "No rules") {
		t.Errorf("both have left %s", rules)
	}
}

// TestDirectoryGoes: the kernel drops the rules on a directory that is removed. They are missed when it is there again.
func TestDirectoryGoes(t *testing.T) {
	state.Borrow(t)
	plan := planFor(t, testUID)
	plan.HostRoot = t.TempDir()
	dir := filepath.Join(plan.HostRoot, "etc/cron.d")
	if err := os.MkdirAll(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	held := take(t, plan)
	s := open(t, Options{Mode: Multicast, Buffer: 1 << 16, Held: held})
	if err := os.Remove(dir); err != nil {
		t.Fatal(err)
	}
	wait.For(t, aLongTime, "the kernel drops its rules", func() bool { return !strings.Contains(state.Ctl(t, "-l"), dir) })
	if err := s.Alive(); err != nil {
		t.Errorf("without the directory: %v", err)
	}
	if err := os.Mkdir(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	if err := s.Alive(); !errors.Is(err, ErrGone) {
		t.Errorf("with another directory: %v", err)
	}
	if err := held.Release(); err != nil {
		t.Error(err)
	}
}

// TestBesideADaemon: where an audit daemon was there before, there is room for our records, calls wait as it wants, and all
// is put back though it lives on.
func TestBesideADaemon(t *testing.T) {
	state.Borrow(t)
	daemon, answer := start(t, "open "+string(Unicast), nil)
	if answer != "ready" {
		t.Fatal(answer)
	}
	before := state.State(t)
	held := take(t, planFor(t, testUID))
	during := state.State(t)
	if during["enabled"] != "1" || during["backlog_limit"] != "8192" || during["backlog_wait_time"] != before["backlog_wait_time"] {
		t.Errorf("beside the daemon the state is %v", during)
	}
	if err := held.Release(); err != nil {
		t.Error(err)
	}
	for _, name := range []string{"pid", "enabled", "backlog_limit", "backlog_wait_time"} {
		if after := state.State(t)[name]; after != before[name] {
			t.Errorf("%s was %s and is %s", name, before[name], after)
		}
	}
	if end := daemon.end(t); end != "<nil>" {
		t.Error(end)
	}
}

// TestOthersChangesStay: what another program has set since is not put back.
func TestOthersChangesStay(t *testing.T) {
	state.Borrow(t)
	t.Cleanup(func() { state.Ctl(t, "-b", "64") })
	held := take(t, planFor(t, testUID))
	state.Ctl(t, "-b", "4096")
	state.Ctl(t, "-d", "always,exit", "-F", "arch=b64", "-S", "execve,execveat", "-F", "uid=54331", "-k", Key)
	s := open(t, Options{Mode: Multicast, Buffer: 1 << 16, Held: held})
	if err := s.Alive(); err == nil || !strings.Contains(err.Error(), "1 rules are gone") {
		t.Errorf("alive: %v", err)
	}
	if err := held.Release(); err != nil {
		t.Error(err)
	}
	if limit := state.State(t)["backlog_limit"]; limit != "4096" {
		t.Errorf("backlog_limit is %s", limit)
	}
}
