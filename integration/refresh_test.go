//go:build linux

package integration

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/tsboot/tsboot/integration/wait"
	"github.com/tsboot/tsboot/secrets/secretstest"
)

// TestRefreshKept: what changed comes in, and stays.
func TestRefreshKept(t *testing.T) {
	t.Parallel()
	r := rotate(t, "restart", "--refresh-probation", "50ms")
	r.store.secret("/app/key", "k2")
	r.refresh(0, "kept", "parameter key (version 2 instead of 1)", "file "+r.dir+"/etc/one.json", "file "+r.dir+"/etc/two.conf")
	r.wantStarts("k1", "k2")
	r.wantNothingKept()
	r.wantVersion(2)
	r.wantLastError()
	r.wantLog("refreshed", "changed=true", "action=restart", "parameters_changed=1", "files_changed=2")
	if got := readFile(t, r.dir+"/setups"); got != "true\n" {
		t.Errorf("setups: %q", got)
	}
	if s := r.status(); s.Refresh.Refreshes != 1 || s.Refresh.Rollbacks != 0 || s.Refresh.Last == nil || s.Refresh.Next != nil {
		t.Errorf("%+v", s.Refresh)
	}
	r.signal(syscall.SIGHUP)
	r.await("a second refresh", func(s wireStatus) bool { return s.Refresh.Refreshes == 2 })
	r.stop(stopped)
}

// TestRefreshUnchanged: nothing is written, and nothing more is asked than by a boot.
func TestRefreshUnchanged(t *testing.T) {
	t.Parallel()
	r := rotate(t, "setup-and-restart", "--refresh-probation", "50ms")
	calls := len(r.store.memory.Calls())
	before := r.files()
	unchanged := func(version int64) {
		t.Helper()
		r.store.memory.Forget()
		r.refresh(0, "unchanged")
		if got := r.files(); got != before {
			t.Errorf("the files are\n%s\nand were\n%s", got, before)
		}
		if got := r.store.memory.Calls(); len(got) != calls {
			t.Errorf("%d calls, the boot made %d: %+v", len(got), calls, got)
		}
		r.wantVersion(version)
	}
	unchanged(1)
	r.store.plain("/app/unused", "x")
	unchanged(1)
	r.store.secret("/app/key", "k1")
	unchanged(2)
	r.wantStarts("k1")
	if got := readFile(t, r.dir+"/setups"); got != "true\n" {
		t.Errorf("setups: %q", got)
	}
	r.stop(stopped)
}

// TestRefreshRolledBack: whatever ends a trial, the files are as they were, the version is not tried again until a
// parameter of the profile changes, and everybody is told.
func TestRefreshRolledBack(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		on, parameter, value string
		says                 string
		starts               []string // after the first
	}{
		"died":                {"restart", "mode", "die", "rolled back (died): the agent exited with code 3", []string{"bad", "k1"}},
		"unhealthy":           {"restart", "mode", "sick", "rolled back (unhealthy)", []string{"bad", "k1"}},
		"unhealthy by signal": {"signal:SIGCONT", "mode", "sick", "rolled back (unhealthy)", nil},
		"setup failed":        {"setup-and-restart", "setup", "exit 7", "rolled back (setup failed): run setup step \"register\": exit code 7", nil},
		"not started":         {"restart", "program", "", "rolled back (not started)", nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := rotate(t, test.on, "--refresh-probation", "2s") // in which an agent that ends has ended
			before := r.files()
			r.store.secret("/app/key", "bad")
			if name == "not started" {
				if err := os.Remove(r.dir + "/agent"); err != nil {
					t.Fatal(err)
				}
			} else {
				r.store.plain("/app/"+test.parameter, test.value)
			}
			r.refresh(1, "rolled-back", test.says, "parameter key (version 2 instead of 1)")
			r.wantLog("rolled back")
			starts := append([]string{"k1"}, test.starts...)
			r.wantStarts(starts...)
			r.wantSame(before)
			r.wantVersion(1)
			r.wantLastError(test.says, "not tried again", "key (version 2 instead of 1)")

			r.store.plain("/app/unused", "x")
			for range 2 {
				r.refresh(1, "refused", test.says)
			}
			r.store.memory.Script(secretstest.Fault{Kind: secretstest.AccessDenied})
			r.refresh(77, "failed")
			r.wantLastError(test.says, "AccessDenied")
			r.wantLog("refresh skipped", "rolled back")
			r.wantSame(before)
			r.wantStarts(starts...)
			if s := r.status(); s.Refresh.Rollbacks != 1 || s.Refresh.Refreshes != 4 {
				t.Errorf("%+v", s.Refresh)
			}

			r.store.secret("/app/key", "bad") // a new version counts
			r.refresh(1, "rolled-back", test.says)
			r.wantSame(before)
			r.store.secret("/app/key", "k5")
			if name == "not started" {
				r.install()
			} else {
				r.store.plain("/app/"+test.parameter, map[string]string{"mode": "stay", "setup": "true"}[test.parameter])
			}
			r.refresh(0, "kept")
			r.wantLastError()
			r.wantVersion(4)
			r.stop(stopped)
		})
	}
}

// TestRefreshFails: what cannot be read or put in place changes nothing, and the next refresh tries again.
func TestRefreshFails(t *testing.T) {
	t.Parallel()
	r := rotate(t, "restart", "--refresh-probation", "50ms", "--fetch-timeout", "2s")
	before := r.files()
	failed := func(code int, words ...string) {
		t.Helper()
		r.refresh(code, append(words, "failed")...)
		r.wantSame(before)
		r.wantNothingKept()
		r.wantLastError(words...)
		r.wantVersion(1)
	}
	r.store.secret("/app/key", "k2")
	r.store.memory.Script(secretstest.Fault{Kind: secretstest.ServerError, Times: secretstest.Forever})
	failed(69, "InternalServerError")
	r.store.memory.ClearFaults()
	r.store.memory.Script(secretstest.Fault{Kind: secretstest.AccessDenied, Times: secretstest.Forever})
	failed(77, "AccessDenied")
	r.store.memory.ClearFaults()
	r.store.secret("/app/key", "NOT A KEY")
	failed(78, "key")
	r.store.secret("/app/key", "k2")
	aside := r.dir + "/two.conf"
	for _, err := range []error{os.Rename(r.dir+"/etc/two.conf", aside), os.Mkdir(r.dir+"/etc/two.conf", 0o755)} {
		if err != nil {
			t.Fatal(err)
		}
	}
	r.refresh(73, "two.conf", "is a directory", "remove it")
	r.wantLastError("is a directory")
	r.wantNothingKept()
	for _, err := range []error{os.Remove(r.dir + "/etc/two.conf"), os.Rename(aside, r.dir+"/etc/two.conf")} {
		if err != nil {
			t.Fatal(err)
		}
	}
	r.wantSame(before)
	r.wantStarts("k1")
	r.refresh(0, "kept")
	r.wantStarts("k1", "k2")
	r.wantLastError()
	r.stop(stopped)
}

// TestRefreshByInterval: nobody asks, and status says when the next one is due.
func TestRefreshByInterval(t *testing.T) {
	t.Parallel()
	r := rotate(t, "restart", "--refresh-probation", "50ms", "--refresh", "300ms")
	r.store.secret("/app/key", "k2")
	r.wantStarts("k1", "k2")
	s := r.await("the next refresh", func(s wireStatus) bool { return s.Refresh.Next != nil && s.Refresh.Last != nil })
	seen := time.Now()
	last, err1 := time.Parse(time.RFC3339, *s.Refresh.Last)
	next, err2 := time.Parse(time.RFC3339, *s.Refresh.Next)
	if err := errors.Join(err1, err2); err != nil {
		t.Fatal(err)
	}
	if pause, left := next.Sub(last), next.Sub(seen); pause < 265*time.Millisecond || left > 335*time.Millisecond {
		t.Errorf("%v from one to the next, and %v left", pause, left)
	}
	r.store.memory.Script(secretstest.Fault{Kind: secretstest.AccessDenied})
	r.await("a failure", func(s wireStatus) bool { return s.Refresh.LastError != nil })
	r.await("the next one", func(s wireStatus) bool { return s.Refresh.LastError == nil })
	r.stop(stopped)
}

// TestRefreshQueue: who asks while a refresh runs is answered by the next one, and all who wait by the same.
func TestRefreshQueue(t *testing.T) {
	t.Parallel()
	r := rotate(t, "setup-and-restart", "--refresh-probation", "0s")
	gate := r.dir + "/gate"
	if err := unix.Mkfifo(gate, 0o600); err != nil {
		t.Fatal(err)
	}
	r.store.plain("/app/setup", "read line <"+gate)
	r.store.secret("/app/key", "k2")
	answers := make(chan string, 4)
	ask := func() { code, said := r.refreshed(); answers <- fmt.Sprintf("%d %s", code, said) }
	r.awaitClients(0)
	go ask()
	wait.For(t, aLongTime, "the setup runs", func() bool { return strings.Contains(readFile(t, r.dir+"/setups"), gate) })
	r.store.memory.Forget()
	r.store.secret("/app/key", "k3")
	r.store.plain("/app/setup", "true")
	for range 3 {
		go ask()
	}
	r.awaitClients(4)
	if calls := r.store.memory.Calls(); len(calls) != 0 {
		t.Errorf("asked while a refresh runs: %+v", calls)
	}
	go func() { _ = os.WriteFile(gate, []byte("go\n"), 0) }()
	if first := <-answers; !strings.HasPrefix(first, "0 kept") || !strings.Contains(first, "key (version 2 instead of 1)") {
		t.Errorf("the first: %s", first)
	}
	for range 3 {
		if next := <-answers; !strings.HasPrefix(next, "0 kept") || !strings.Contains(next, "key (version 3 instead of 2)") {
			t.Errorf("the next: %s", next)
		}
	}
	if s := r.status(); s.Refresh.Refreshes != 2 {
		t.Errorf("%+v", s.Refresh)
	}
	r.stop(stopped)
}

// awaitClients waits until so many are connected. One that has asked for the status is so for a moment longer than it runs.
func (r *rotated) awaitClients(n int) {
	r.t.Helper()
	wait.For(r.t, aLongTime, fmt.Sprint(n, " clients"), func() bool { return openSockets(r.t, r.cmd.Process.Pid) == n })
}

// openSockets counts the connections of a process.
func openSockets(t *testing.T, pid int) (n int) {
	t.Helper()
	links, err := filepath.Glob(fmt.Sprintf("/proc/%d/fd/*", pid))
	if err != nil {
		t.Fatal(err)
	}
	for _, link := range links {
		if to, err := os.Readlink(link); err == nil && strings.HasPrefix(to, "socket:") {
			n++
		}
	}
	return n - 1 // that which listens
}

// TestRefreshOfExec: a changed variable restarts the command, and comes back where the command does not bear it.
func TestRefreshOfExec(t *testing.T) {
	t.Parallel()
	s := memoryStore(t)
	s.secret("/app/key", "k1")
	dir := t.TempDir()
	r := &rotated{store: s, dir: dir}
	r.observed = observe(t, s, nil, "exec", "--ssm-path", s.path("/app"), "--restart", "no", "--refresh", "1h", "--refresh-probation", "2s", "--",
		"sh", "-c", `echo "key=$KEY" >>"$0/starts"; [ "$KEY" = bad ] && exit 4; exec sleep 1000`, dir)
	r.wantStarts("k1")
	s.secret("/app/key", "k2")
	r.refresh(0, "kept", "key (version 2 instead of 1)", "restart")
	s.secret("/app/key", "bad")
	r.refresh(1, "rolled-back", "code 4")
	r.wantStarts("k1", "k2", "bad", "k2")
	r.refresh(1, "refused", "code 4")
	r.wantVersion(2)
	r.signal(syscall.SIGTERM)
	r.wantExit(stopped)
}

// TestRefreshWithNothingToRead: there is nothing that could change.
func TestRefreshWithNothingToRead(t *testing.T) {
	t.Parallel()
	s := memoryStore(t)
	dir := t.TempDir()
	r := &rotated{store: s, dir: dir}
	r.observed = observe(t, s, nil, "exec", "--", "sh", "-c", `echo key= >>"$0/starts"; exec sleep 1000`, dir)
	r.wantStarts("")
	r.refresh(0, "unchanged")
	r.signal(syscall.SIGTERM)
	r.wantExit(stopped)
}
