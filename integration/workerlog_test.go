//go:build linux

package integration

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/tsboot/tsboot/integration/binary"
)

// chatty is a boot whose worker logs thousands of lines at once.
func chatty(t *testing.T, lines int) *exec.Cmd {
	t.Helper()
	dir := t.TempDir()
	for i := range lines {
		writeFile(t, filepath.Join(dir, fmt.Sprintf("name-%d", i)), "x", 0o600)
	}
	cmd := exec.Command(tsbootBinary(t), "exec", "--log-level", "debug", "--secrets-dir", dir, "--", "/bin/sh", "-c", "exit 3")
	cmd.Env = []string{"PATH=" + os.Getenv("PATH"), binary.NoSocket}
	return cmd
}

// TestWorkersLogIsWhole: every line that the worker logs is there, whole, and before what comes after it.
func TestWorkersLogIsWhole(t *testing.T) {
	t.Parallel()
	const lines = 3000
	p := start(t, chatty(t, lines))
	p.wantExit(3)
	log := p.stderr()
	if n := strings.Count(log, "parameter: name=name-"); n != lines || strings.Contains(log, "dropped") {
		t.Errorf("%d lines of %d; dropped: %v", n, lines, strings.Contains(log, "dropped"))
	}
	if strings.LastIndex(log, "parameter: name=name-") > strings.Index(log, "agent started") {
		t.Error("the agent is started before the worker's last line")
	}
	for line := range strings.Lines(log) {
		if !strings.Contains(line, "tsboot") || !strings.HasSuffix(line, "\n") {
			t.Errorf("no whole line: %q", line)
		}
	}
}

// TestWorkerWhoseLogNobodyReads: a standard error that is full holds nothing up.
func TestWorkerWhoseLogNobodyReads(t *testing.T) {
	t.Parallel()
	reader, writer, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer reader.Close()
	cmd := chatty(t, 3000)
	cmd.Stderr = writer
	p := start(t, cmd)
	writer.Close()
	p.wantExit(3)
}
