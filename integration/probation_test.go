//go:build linux

package integration

import (
	"os"
	"strings"
	"syscall"
	"testing"

	"github.com/tsboot/tsboot/secrets/secretstest"
)

// inProbation is a tsboot whose agent runs on new files that may still be rolled back.
func inProbation(t *testing.T) *rotated {
	t.Helper()
	r := rotate(t, "restart", "--refresh-probation", "1h")
	r.store.secret("/app/key", "k2")
	r.signal(syscall.SIGHUP)
	r.wantStarts("k1", "k2")
	r.wantVersion(2)
	r.await("the end of the probation", func(s wireStatus) bool { return s.Refresh.ProbationUntil != nil })
	kept := r.kept()
	if len(kept) != 3 {
		t.Errorf("kept: %v", kept)
	}
	for _, name := range kept {
		if info, err := os.Stat(name); err != nil || info.Mode() != 0o600 {
			t.Errorf("%s: %v, %v", name, info, err)
		}
	}
	if got := readFile(t, r.dir+"/etc/.tsboot-previous-two.conf"); got != "key=k1\n" {
		t.Errorf("kept: %q", got)
	}
	return r
}

// TestStopInProbation: the new files stay, and what they replaced is removed.
func TestStopInProbation(t *testing.T) {
	t.Parallel()
	r := inProbation(t)
	answer := make(chan int, 1)
	r.awaitClients(0)
	go func() { code, _ := r.refreshed(); answer <- code }()
	r.awaitClients(1)
	r.stop(stopped)
	if code := <-answer; code != 1 {
		t.Errorf("who waited exits with %d", code)
	}
	if got := readFile(t, r.dir+"/etc/two.conf"); got != "key=k2\n" {
		t.Errorf("the file is %q", got)
	}
}

// TestKilledInProbation: the next boot finds whole files and removes what was kept.
func TestKilledInProbation(t *testing.T) {
	t.Parallel()
	r := inProbation(t)
	r.kill()
	if len(r.kept()) != 3 {
		t.Errorf("kept: %v", r.kept())
	}
	next := observe(t, r.store, nil, "--ssm-path", r.store.path("/app"), "--profile", r.dir+"/rotated.yaml")
	next.awaitPhase("running")
	r.wantNothingKept()
	r.wantStarts("k1", "k2", "k2")
	next.signal(syscall.SIGTERM)
	next.wantExit(stopped)
}

// TestOutageAfterATrial: an outage at the next boot finds the files of one generation, whether the trial was rolled back or
// tsboot was killed in it.
func TestOutageAfterATrial(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		begin func(t *testing.T) *rotated
		keys  []string
	}{
		"rolled back": {func(t *testing.T) *rotated {
			r := rotate(t, "restart", "--refresh-probation", "2s")
			r.store.secret("/app/key", "k2")
			r.store.plain("/app/mode", "die")
			r.refresh(1, "rolled-back")
			return r
		}, []string{"k1", "k2", "k1"}},
		"killed": {inProbation, []string{"k1", "k2"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := test.begin(t)
			r.wantStarts(test.keys...)
			r.kill()
			r.store.memory.Script(secretstest.Fault{Kind: secretstest.ServerError, Times: secretstest.Forever})
			next := observe(t, r.store, nil, "--ssm-path", r.store.path("/app"), "--profile", r.dir+"/rotated.yaml",
				"--on-fetch-failure", "use-existing", "--fetch-timeout", "300ms", "--refresh-probation", "0s")
			next.awaitPhase("running")
			r.observed = next
			if last := r.status().Refresh.LastError; last == nil || !strings.Contains(*last, "files of an earlier boot") && !strings.Contains(*last, "HTTP 500") {
				t.Errorf("in an outage last_error is %v", last)
			}
			r.wantStarts(append(test.keys, test.keys[len(test.keys)-1])...)
			r.store.secret("/app/key", "k9")
			r.store.plain("/app/mode", "stay")
			r.store.memory.ClearFaults()
			r.wantStarts(append(test.keys, test.keys[len(test.keys)-1], "k9")...)
			next.awaitPhase("running")
			r.wantNothingKept()
			next.signal(syscall.SIGTERM)
			next.wantExit(stopped)
		})
	}
}
