//go:build linux

package integration

import (
	"bytes"
	"os"
	"os/exec"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"

	"github.com/tsboot/tsboot/integration/require"
	"github.com/tsboot/tsboot/integration/terminal"
	"github.com/tsboot/tsboot/integration/wait"
)

// TestMakeStore: on a terminal make store stays in the foreground, what it prints works when it is pasted elsewhere, and
// Ctrl-C ends it with 0 and without a word.
func TestMakeStore(t *testing.T) {
	t.Parallel()
	require.Tools(t, "curl")
	master, slave, err := terminal.Open()
	if err != nil {
		t.Fatal(err)
	}
	defer master.Close()
	cmd := exec.Command("make", "store", "BINDIR="+t.TempDir())
	cmd.Dir = must(t)(require.ModuleRoot())
	// A person's make was not started by another one, which would print the directories.
	cmd.Env = slices.DeleteFunc(os.Environ(), func(entry string) bool { return strings.HasPrefix(entry, "MAKE") })
	cmd.Stdin, cmd.Stdout, cmd.Stderr = slave, slave, slave
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true, Setctty: true}
	store := start(t, cmd)
	slave.Close()

	var mu sync.Mutex
	var shown bytes.Buffer
	text := func() string {
		mu.Lock()
		defer mu.Unlock()
		return strings.ReplaceAll(shown.String(), "\r\n", "\n")
	}
	var reader sync.WaitGroup
	reader.Go(func() {
		piece := make([]byte, 4096)
		for {
			n, err := master.Read(piece)
			if err != nil {
				return // the terminal is gone
			}
			mu.Lock()
			shown.Write(piece[:n])
			mu.Unlock()
		}
	})
	wait.For(t, 2*aLongTime, "the store says what to paste", func() bool { return strings.Contains(text(), "/clear\n") || !store.running() })

	begin := strings.Index(text(), "# A Parameter Store in memory")
	if begin < 0 {
		t.Fatalf("make store shows\n%s", text())
	}
	pasted := text()[begin:]
	other := exec.Command("sh", "-euc", pasted)
	other.Dir, other.Env = t.TempDir(), []string{"PATH=/usr/bin:/bin", "AWS_PROFILE=no-such-profile", "TSBOOT_RUN_DIR="}
	out, err := other.CombinedOutput()
	if err != nil {
		t.Errorf("pasted into another terminal: %v\n%s\n%s", err, pasted, out)
	}
	for _, want := range []string{`{"api-key":"not-a-real-key-0123456789","log-level":"debug"}`, "\nnot-a-real-key-0123456789\n", `{"ok":true}`} {
		if !strings.Contains(string(out), want) {
			t.Errorf("the pasted lines do not print %q:\n%s", want, out)
		}
	}

	if _, err := master.Write([]byte{3}); err != nil {
		t.Fatal(err)
	}
	if code := store.exitCode(aLongTime); code != 0 {
		t.Errorf("Ctrl-C ends make store with %d, want 0", code)
	}
	reader.Wait()
	if rest := strings.TrimPrefix(text()[begin:], pasted); rest != "^C" {
		t.Errorf("after Ctrl-C it says %q", rest)
	}
}
