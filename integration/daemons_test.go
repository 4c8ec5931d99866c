//go:build linux

package integration

import (
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"

	"github.com/tsboot/tsboot/integration/wait"
)

// daemonsProfile is an agent of two daemons that start behind a step, which reads its secret, and end by a command.
const daemonsProfile = `name: several
parameters:
  key: {required: true, secret: true}
files: [{path: "DIR/etc/key", format: text, text: "${key|raw}"}]
before-start:
  - {name: unlock, argv: [sh, -c, 'cat >"$0/unlocked"; echo "unlocked by $(cat "$0/unlocked")"', "DIR"], stdin: "${key}"}
run:
  argv: [sh, -c, 'rm -f "$0/stop"; for n in one two; do
    (D=$0 N=$n setsid sh -c "echo \$\$ >\$D/\$N.tmp; mv \$D/\$N.tmp \$D/\$N.pid; while ! [ -e \$D/stop ]; do sleep 0.02; done; exit 6" &); done', "DIR"]
  stop: {argv: [sh, -c, 'echo stop >>"$0/stops"; : >"$0/stop"', "DIR"]}
  follow: [{pidfile: DIR/one.pid}, {pidfile: DIR/two.pid, main: true}]
  restart: always
  grace: 10s
`

// TestAnAgentOfSeveralDaemons: its status names each, and its stop command ends all of them at each stop.
func TestAnAgentOfSeveralDaemons(t *testing.T) {
	t.Parallel()
	s := memoryStore(t)
	dir := t.TempDir()
	s.secret("/app/key", "first-secret")
	profile := writeFile(t, filepath.Join(dir, "several.yaml"), strings.ReplaceAll(daemonsProfile, "DIR", dir), 0o644)
	r := &rotated{store: s, dir: dir}
	r.observed = observe(t, s, nil, "--ssm-path", s.path("/app"), "--profile", profile, "--refresh-probation", "100ms")
	pids := func() []int {
		t.Helper()
		status := r.await("both daemons", func(s wireStatus) bool { return s.Phase == "running" && len(s.Agent.PIDs) == 2 })
		for n, name := range []string{"two", "one"} {
			if got := strings.TrimSpace(readFile(t, fmt.Sprintf("%s/%s.pid", dir, name))); got != fmt.Sprint(status.Agent.PIDs[n]) {
				t.Errorf("%s is %s, the status says %v", name, got, status.Agent.PIDs)
			}
		}
		if *status.Agent.PID != status.Agent.PIDs[0] {
			t.Errorf("pid %d of %v", *status.Agent.PID, status.Agent.PIDs)
		}
		return status.Agent.PIDs
	}
	before := pids()
	s.secret("/app/key", "second-secret")
	r.refresh(0, "kept")
	if after := pids(); slices.Equal(before, after) {
		t.Errorf("%v are not started again", after)
	}
	if got := readFile(t, dir+"/unlocked"); got != "second-secret" {
		t.Errorf("unlocked by %q", got)
	}
	r.signal(syscall.SIGTERM)
	r.wantExit(6)
	if got := readFile(t, dir+"/stops"); got != "stop\nstop\n" {
		t.Errorf("stops: %q", got)
	}
	if !wait.Until(aLongTime, func() bool { return strings.Count(r.stderr(), "unlocked by [redacted]") == 2 }) || strings.Contains(r.stderr(), "-secret") {
		t.Errorf("what the step printed: %s", r.stderr())
	}
}
