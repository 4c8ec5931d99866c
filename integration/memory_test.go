//go:build linux

package integration

import (
	"bufio"
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/tsboot/tsboot/integration/require"
	"github.com/tsboot/tsboot/integration/wait"
)

// soonAfterStart is how soon after the start a secret is to be gone.
const soonAfterStart = 5 * time.Second

// memoryHolds looks for a text in all memory of a process that it may write to.
func memoryHolds(t *testing.T, pid int, text string) bool {
	t.Helper()
	maps, err := os.Open(fmt.Sprintf("/proc/%d/maps", pid))
	if err != nil {
		t.Fatal(err)
	}
	defer maps.Close()
	memory, err := os.Open(fmt.Sprintf("/proc/%d/mem", pid))
	if err != nil {
		t.Fatal(err)
	}
	defer memory.Close()
	found, looked := false, int64(0)
	for lines := bufio.NewScanner(maps); lines.Scan(); {
		var from, to uint64
		var rights string
		if _, err := fmt.Sscanf(lines.Text(), "%x-%x %s", &from, &to, &rights); err != nil {
			t.Fatalf("%q: %v", lines.Text(), err)
		}
		if !strings.HasPrefix(rights, "rw") {
			continue
		}
		data := make([]byte, to-from)
		n, _ := memory.ReadAt(data, int64(from)) // less, where a mapping ended meanwhile
		looked += int64(n)
		found = found || bytes.Contains(data[:n], []byte(text))
	}
	if looked == 0 {
		t.Fatal("no memory could be read")
	}
	return found
}

// memoryProfile has a secret in a file, in a step's argument, and in what a step prints.
const memoryProfile = `name: memory
parameters:
  api-key: {required: true, secret: true}
  file: {required: true, env: [CONFIG]}
  marks: {required: true, env: [MARKS]}
files:
  - {path: "${file}", format: json, content: {key: "${api-key}"}}
setup:
  - {name: argument, argv: [sh, -c, ': >"$0/argument"', "${marks}", "${api-key}"], secret-argv: true}
  - {name: prints, argv: [sh, -c, 'cat "$1"; base64 "$1"; : >"$0/printed"', "${marks}", "${file}"]}
run: {argv: [sh, -c, 'echo >>"$0/agent"; exec sleep 1000', "${marks}"], restart: %s, on-refresh: setup-and-restart, refresh-signal: SIGHUP}
`

// TestSecretsLeaveTheMemory: a few seconds after the start nothing of a secret that only the setup needed is in the
// memory of the process that stays, whatever the restart policy.
func TestSecretsLeaveTheMemory(t *testing.T) {
	t.Parallel()
	require.Tools(t, "root")
	for _, restart := range []string{"no", "on-failure", "always"} {
		t.Run(restart, func(t *testing.T) {
			t.Parallel()
			s := memoryStore(t)
			key := randomSecret() + randomSecret()
			s.secret("/app/api-key", key)
			dir := t.TempDir()
			profile := writeFile(t, filepath.Join(dir, "memory.yaml"), fmt.Sprintf(memoryProfile, restart), 0o644)
			p := bootOn(t, s, []string{"CONFIG=" + dir + "/etc/agent.json", "MARKS=" + dir}, "--ssm-path", s.path("/app"), "--profile", profile)
			wait.For(t, aLongTime, "the agent runs\n"+p.stderr(), func() bool { return fileExists(filepath.Join(dir, "agent")) })
			wantForgotten(t, p, key)
			p.signal(syscall.SIGTERM)
			p.wantExit(128 + int(syscall.SIGTERM))
			for _, mark := range []string{"argument", "printed"} {
				if !fileExists(filepath.Join(dir, mark)) {
					t.Errorf("the step that leaves %q did not run", mark)
				}
			}
		})
	}
}

// TestARefreshIsForgotten: the secret before a refresh and the one after it.
func TestARefreshIsForgotten(t *testing.T) {
	t.Parallel()
	require.Tools(t, "root")
	s := memoryStore(t)
	old, next := randomSecret(), randomSecret()
	s.secret("/app/api-key", old)
	dir := t.TempDir()
	agent := filepath.Join(dir, "agent")
	profile := writeFile(t, filepath.Join(dir, "memory.yaml"), fmt.Sprintf(memoryProfile, "always"), 0o644)
	p := bootOn(t, s, []string{"CONFIG=" + dir + "/etc/agent.json", "MARKS=" + dir}, "--ssm-path", s.path("/app"), "--profile", profile,
		"--refresh-probation", "1s")
	wait.For(t, aLongTime, "the agent runs\n"+p.stderr(), func() bool { return fileExists(agent) })
	s.secret("/app/api-key", next)
	p.signal(syscall.SIGHUP)
	wait.For(t, aLongTime, "the agent runs again", func() bool { return readFile(t, agent) == "\n\n" })
	wantForgotten(t, p, old)
	wantForgotten(t, p, next)

	p.signal(syscall.SIGHUP)
	wait.For(t, aLongTime, "nothing has changed", func() bool { return hasLine(p.stderr(), "refreshed", "changed=false") })
	wantForgotten(t, p, next)
	p.signal(syscall.SIGTERM)
	p.wantExit(128 + int(syscall.SIGTERM))
}

// TestExecForgetsTheEnvironment: the values of a command that is not started again leave the memory, too. Those of one
// that is stay: the next start needs them.
func TestExecForgetsTheEnvironment(t *testing.T) {
	t.Parallel()
	require.Tools(t, "root")
	for restart, stays := range map[string]bool{"no": false, "always": true} {
		t.Run(restart, func(t *testing.T) {
			t.Parallel()
			s := memoryStore(t)
			key := randomSecret() + randomSecret()
			s.secret("/app/api-key", key)
			mark := filepath.Join(t.TempDir(), "agent")
			p := bootOn(t, s, nil, "exec", "--restart", restart, "--ssm-path", s.path("/app"), "--",
				"sh", "-c", `[ ${#API_KEY} -gt 40 ] && : >"$0"; exec sleep 1000`, mark)
			wait.For(t, aLongTime, "the agent runs\n"+p.stderr(), func() bool { return fileExists(mark) })
			if stays {
				if !memoryHolds(t, p.cmd.Process.Pid, key[7:27]) {
					t.Error("the search does not find what must be there")
				}
			} else {
				wantForgotten(t, p, key)
			}
			p.signal(syscall.SIGTERM)
			p.wantExit(128 + int(syscall.SIGTERM))
		})
	}
}

// wantForgotten waits until no part of the secret is in the memory of the process.
func wantForgotten(t *testing.T, p *process, secret string) {
	t.Helper()
	for from := 0; from+12 <= len(secret); from += 30 {
		part := secret[from : from+12]
		if !wait.Until(soonAfterStart, func() bool { return !memoryHolds(t, p.cmd.Process.Pid, part) }) {
			t.Errorf("bytes %d to %d of the secret are still in the memory", from, from+12)
		}
	}
}

// bootOn starts tsboot on the store.
func bootOn(t *testing.T, s *store, env []string, args ...string) *process {
	t.Helper()
	cmd := exec.Command(tsbootBinary(t), args...)
	cmd.Env = slices.Concat([]string{"PATH=" + os.Getenv("PATH")}, s.env, env)
	return start(t, cmd)
}

func fileExists(file string) bool {
	_, err := os.Stat(file)
	return err == nil
}
