//go:build linux

package integration

import (
	"path/filepath"
	"strings"
	"testing"
)

// onceProfile registers the agent once: when nothing is registered, or a file has changed. The setup takes no secret.
const onceProfile = `name: once
parameters:
  level: {required: true}
files: [{path: "DIR/etc/one.conf", format: text, text: "${level|raw}\n"}]
setup: [{name: register, argv: [sh, -c, 'cat "$0/etc/one.conf" >>"$0/registered"; : >"$0/mark"', "DIR"], creates: "DIR/mark"}]
run:
  argv: [sh, -c, 'echo >>"$0/starts"; grep -q bad "$0/etc/one.conf" && exit 3; exec sleep 1000', "DIR"]
  grace: 2s
  on-refresh: setup-and-restart
`

// TestARollbackRunsSkippedStepsAgain: the step did not run at this boot, but at the refresh that is rolled back.
func TestARollbackRunsSkippedStepsAgain(t *testing.T) {
	t.Parallel()
	s := memoryStore(t)
	s.plain("/app/level", "good")
	dir := t.TempDir()
	profile := writeFile(t, filepath.Join(dir, "once.yaml"), strings.ReplaceAll(onceProfile, "DIR", dir), 0o644)
	boot := func() *rotated {
		t.Helper()
		r := &rotated{store: s, dir: dir}
		r.observed = observe(t, s, nil, "--ssm-path", s.path("/app"), "--profile", profile, "--refresh-probation", "5s")
		r.awaitPhase("running")
		return r
	}
	boot().stop(stopped)
	r := boot()
	if got := readFile(t, dir+"/registered"); got != "good\n" {
		t.Fatalf("registered %q", got)
	}
	s.plain("/app/level", "bad")
	r.refresh(1, "rolled back (died)")
	if got := readFile(t, dir+"/registered"); got != "good\nbad\ngood\n" {
		t.Errorf("registered %q", got)
	}
	r.awaitPhase("running")
	r.stop(stopped)
}
