//go:build linux

package supervisor

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/tsboot/tsboot/integration/require"
	"github.com/tsboot/tsboot/integration/wait"
)

// memoryCgroups finds the cgroup of the test in the trees of version 1 and 2.
func memoryCgroups(t *testing.T) (v1, v2 string) {
	t.Helper()
	data, err := os.ReadFile("/proc/self/cgroup")
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(data)) {
		switch fields := strings.SplitN(strings.TrimSpace(line), ":", 3); {
		case len(fields) != 3:
		case fields[1] == "":
			v2 = fields[2]
		case strings.Contains(","+fields[1]+",", ",memory,"):
			v1 = fields[2]
		}
	}
	return v1, v2
}

// memoryCgroup makes a cgroup with a memory limit and returns its directory.
func memoryCgroup(t *testing.T, limit int) string {
	t.Helper()
	needsRoot(t)
	v1, v2 := memoryCgroups(t)
	for _, c := range []struct{ dir, file string }{
		{filepath.Join("/sys/fs/cgroup/memory", v1), "memory.limit_in_bytes"},
		{filepath.Join("/sys/fs/cgroup", v2), "memory.max"},
	} {
		dir := filepath.Join(c.dir, fmt.Sprintf("tsboot-test-%d", os.Getpid()))
		if err := os.Mkdir(dir, 0o755); err != nil {
			continue
		}
		t.Cleanup(func() {
			wait.For(t, deadline, "the cgroup is empty", func() bool {
				err := os.Remove(dir)
				return err == nil || errors.Is(err, os.ErrNotExist)
			})
		})
		if os.WriteFile(filepath.Join(dir, c.file), fmt.Append(nil, limit), 0o600) == nil {
			return dir
		}
	}
	require.Missing(t, "cgroup", errors.New("no memory cgroup can be made here"))
	return ""
}

func TestKillForWantOfMemoryIsToldApart(t *testing.T) {
	t.Parallel()
	dir := memoryCgroup(t, 200<<20)
	b := startBoot(t, bootConfig{Plan: Plan{Agent: Agent{
		Command: sh("[ -e $D/second ] && kill -KILL $$; echo > $D/second; exec tail /dev/zero"),
		Grace:   time.Second, Restart: RestartOnFailure, StartLimitBurst: 2, StartLimitInterval: time.Hour,
	}}}, func(cmd *exec.Cmd) {
		cmd.Args = append([]string{"sh", "-c", `echo $$ > "$1"/cgroup.procs; shift; exec "$@"`, "sh", dir}, cmd.Path)
		cmd.Path = "/bin/sh"
	})
	b.wait()
	ends := b.lines("agent exited")
	if len(ends) != 2 || ends[0]["reason"] != "oom-killed" || ends[1]["reason"] != "signalled" || ends[1]["signal"] != "SIGKILL" {
		t.Errorf("log: %v", ends)
	}
}

func TestCoreDumpIsReported(t *testing.T) {
	t.Parallel()
	b := startBoot(t, bootConfig{Plan: Plan{Agent: Agent{Command: sh("ulimit -c 0; kill -SEGV $$"), Grace: time.Second}}})
	code, result := b.wait()
	if code != 139 || result.Status.Signal != Signal(unix.SIGSEGV) || result.Status.CoreDumped {
		t.Errorf("code %d, result %+v", code, result)
	}
}
