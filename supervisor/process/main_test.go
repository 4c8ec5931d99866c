//go:build linux

package process

import (
	"bytes"
	"os"
	"os/exec"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"
)

// helperEnv makes the test binary run one of helpers instead of the tests.
const helperEnv = "TSBOOT_PROCESS_HELPER"

// helpers are the programs that tests start.
var helpers = map[string]func(args []string) int{
	"deaf":          helperDeaf,
	"interruptible": helperInterruptible,
	"replace":       helperReplace,
}

// deadline limits every wait of a test; it is only reached by a failure.
const deadline = 20 * time.Second

func TestMain(m *testing.M) {
	if name := os.Getenv(helperEnv); name != "" {
		os.Unsetenv(helperEnv)
		os.Exit(helpers[name](os.Args[1:]))
	}
	goleak.VerifyTestMain(m)
}

func helperCommand(t *testing.T, name string, args ...string) *exec.Cmd {
	t.Helper()
	path, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(path, args...)
	cmd.Env = []string{helperEnv + "=" + name, "GORACE=exitcode=66 halt_on_error=1 atexit_sleep_ms=0"}
	return cmd
}

// startChild starts a process that does nothing.
func startChild(t *testing.T) (pid int) {
	t.Helper()
	cmd := exec.Command("sleep", "100")
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
	})
	return cmd.Process.Pid
}

type lockedBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *lockedBuffer) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *lockedBuffer) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}
