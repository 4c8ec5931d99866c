//go:build linux

package integration

import (
	"path/filepath"
	"syscall"
	"testing"

	"github.com/tsboot/tsboot/integration/require"
	"github.com/tsboot/tsboot/integration/wait"
)

// TestTheGenerationThatDoesNotRunIsForgotten: the environment before a refresh stays for a rollback, and goes when the
// probation is over; that of a refresh that was rolled back goes, too.
func TestTheGenerationThatDoesNotRunIsForgotten(t *testing.T) {
	t.Parallel()
	require.Tools(t, "root")
	s := memoryStore(t)
	first, second, bad := randomSecret()+randomSecret(), randomSecret()+randomSecret(), "bad-"+randomSecret()+randomSecret()
	s.secret("/app/api-key", first)
	mark := filepath.Join(t.TempDir(), "agent")
	p := bootOn(t, s, nil, "exec", "--refresh", "500ms", "--refresh-probation", "3s", "--ssm-path", s.path("/app"), "--",
		"sh", "-c", `echo >>"$0"; case $API_KEY in bad-*) exit 3; esac; exec sleep 1000`, mark)
	started := func(n int) {
		t.Helper()
		wait.For(t, aLongTime, "the agent runs\n"+p.stderr(), func() bool { return fileExists(mark) && len(readFile(t, mark)) == n })
	}
	started(1)
	s.secret("/app/api-key", second)
	started(2)
	if !memoryHolds(t, p.cmd.Process.Pid, first[7:27]) {
		t.Error("what a rollback needs is not there")
	}
	wait.For(t, aLongTime, "it is kept", func() bool { return hasLine(p.stderr(), "refreshed", "changed=true") })
	wantForgotten(t, p, first)

	s.secret("/app/api-key", bad)
	started(4)
	wait.For(t, aLongTime, "it is rolled back", func() bool { return hasLine(p.stderr(), "rolled back", "reason=died") })
	wantForgotten(t, p, bad)
	if !memoryHolds(t, p.cmd.Process.Pid, second[7:27]) {
		t.Error("the search does not find what must be there")
	}
	p.signal(syscall.SIGTERM)
	p.wantExit(128 + int(syscall.SIGTERM))
}
