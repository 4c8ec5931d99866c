//go:build linux

package integration

import (
	"encoding/base64"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/tsboot/tsboot/integration/require"
	"github.com/tsboot/tsboot/integration/wait"
)

// TestLeakCheckFinds plants secrets everywhere and looks whether the check sees each: one that sees nothing would pass
// every test.
func TestLeakCheckFinds(t *testing.T) {
	t.Parallel()
	require.Tools(t, "busybox")
	secret := randomSecret()
	dir := t.TempDir()
	writeFile(t, filepath.Join(dir, "open"), base64.StdEncoding.EncodeToString([]byte(secret)), 0o644)
	writeFile(t, filepath.Join(dir, "closed"), secret, 0o600)
	l := &leakCheck{store: &store{t: t, secrets: []string{secret}}, dir: dir, processes: map[string]sample{}}
	l.notes = func() []record {
		return []record{{Name: "agent", Argv: []string{"--key=" + secret}, Env: []string{"KEY=" + secret}}}
	}
	cmd := exec.Command("busybox", "sh", "-c", `echo "$0" >&2; read line`, secret)
	cmd.Env = []string{"KEY=" + secret}
	stdin, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	p := start(t, cmd)
	l.watch(p)
	wait.For(t, aLongTime, "the process was sampled", func() bool {
		l.mu.Lock()
		defer l.mu.Unlock()
		return len(l.processes) > 0 && p.stderr() != ""
	})
	stdin.Close()
	p.exitCode(aLongTime)
	l.samplers.Wait()

	found, err := l.findings()
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		"standard error", "the arguments of busybox", "the environment of busybox", "the arguments of agent",
		"the environment of agent", filepath.Join(dir, "open"),
	} {
		if !slices.ContainsFunc(found, func(where string) bool { return strings.HasPrefix(where, want) }) {
			t.Errorf("not found in %s: %q", want, found)
		}
	}
	if slices.ContainsFunc(found, func(where string) bool { return strings.Contains(where, "closed") }) {
		t.Error("a file of the owner's alone counts as a leak")
	}
}

// TestFakeAgentKnowsItsCommands goes through what the stand-ins are for, without tsboot.
func TestFakeAgentKnowsItsCommands(t *testing.T) {
	t.Parallel()
	type call struct {
		args string
		code int
		says string
	}
	for generation, calls := range map[string][]call{
		"1": {
			{"bin/cloudsight start", 1, "not set up"},
			{"bin/cloudsight setup --in_container=1", 1, "deploy key"},
			{"bin/cloudsight setup --deploy-key=k --ruleset=a --policy=b", 0, "registered"},
			{"bin/cloudsight config log.level=debug", 0, ""},
			{"bin/cloudsight config a=b c=d", 1, "one key=value"},
			{"bin/cloudsight status -q", 1, ""},
			{"bin/cloudsight start", 0, ""},
			{"bin/cloudsight start", 1, "already running"},
			{"bin/cloudsight status", 0, "UP Audit Collection Service"},
			{"bin/cloudsight stop", 0, ""},
			{"bin/cloudsight stop", 3, "not running"},
		},
		"2": {
			{"sbin/tsagentd -logstdout=1", 1, "not set up"},
			{"bin/tsagent info", 0, "N/A"},
			{"bin/tsagent setup --deploy-key k --ruleset=A", 0, "registered"},
			{"bin/tsagent config --set log.level debug enable_containers 1", 0, ""},
			{"bin/tsagent config --list", 0, "log.level=debug"},
			{"bin/tsagent status", 0, "DOWN Audit Collection"},
			{"sbin/tsagentd --nope", 2, "not defined"},
		},
	} {
		t.Run("agent "+generation, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			if out, err := exec.Command(fakeAgentBinary(t), "install", generation, dir).CombinedOutput(); err != nil {
				t.Fatalf("install: %v: %s", err, out)
			}
			for _, c := range calls {
				words := strings.Fields(c.args)
				p := start(t, exec.Command(filepath.Join(dir, words[0]), words[1:]...))
				p.wantExit(c.code)
				if out := p.stdout() + p.stderr(); !strings.Contains(out, c.says) {
					t.Errorf("%s says %q, want %q in it", c.args, out, c.says)
				}
			}
		})
	}
}

// TestContainer runs a program in a container both ways: as PID 1, and below the container's init, which tells what outlives it.
func TestContainer(t *testing.T) {
	t.Parallel()
	for _, pid1 := range []bool{true, false} {
		s := &store{t: t}
		c := emptyContainer(t, s)
		c.copyIn(fakeAgentBinary(t), "/fakeagent")
		c.spec.PID1 = pid1
		p := c.run("/fakeagent", "install", "1", "/opt/threatstack")
		p.wantExit(0)
		c.run("/opt/threatstack/bin/cloudsight", "setup", "--deploy-key=k").wantExit(0)
		c.run("/opt/threatstack/bin/cloudsight", "start").wantExit(0)
		call := c.calls("cloudsight", "start")[0]
		if (call.PID == 1) != pid1 {
			t.Errorf("ran as %d, PID 1: %v", call.PID, pid1)
		}
		if strays := !pid1 && readFile(t, c.spec.Strays) == ""; strays {
			t.Error("a daemon was left behind and the container did not tell")
		}
	}
}
