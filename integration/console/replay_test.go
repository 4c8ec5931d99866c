package console

import (
	"bufio"
	"encoding/json"
	"io"
	"os/exec"
	"testing"

	"github.com/tsboot/tsboot/integration/binary"
)

// replay is a tswatch that serves its page while its input stays open.
type replay struct {
	url    string
	in     io.WriteCloser
	ended  chan error
	serial int
}

func startReplay(t *testing.T) *replay {
	t.Helper()
	program, err := binary.Build(t.TempDir(), "tswatch")
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(program, "replay", "--run-dir", "", "--emit", "alerts", "--console", "127.0.0.1:0", "--containers", containersFile(t), "--log-format", "json")
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	stderr, err := cmd.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = cmd.Process.Kill() })
	r := &replay{in: in, ended: make(chan error, 1), serial: 10}
	lines := bufio.NewScanner(stderr)
	for r.url == "" && lines.Scan() {
		var line struct{ Address string }
		if json.Unmarshal(lines.Bytes(), &line) == nil {
			r.url = line.Address
		}
	}
	if r.url == "" {
		t.Fatal("tswatch does not say where its page is")
	}
	go func() {
		_, _ = io.Copy(io.Discard, stderr)
		r.ended <- cmd.Wait()
	}()
	return r
}

// exec has the replay see an exec.
func (r *replay) exec(t *testing.T, pid, parent int, executable string, args ...string) {
	t.Helper()
	r.serial++
	if _, err := io.WriteString(r.in, execText(r.serial, pid, parent, executable, args)); err != nil {
		t.Fatal(err)
	}
}

// end ends the input.
func (r *replay) end(t *testing.T) {
	t.Helper()
	if err := r.in.Close(); err != nil {
		t.Fatal(err)
	}
	if err := <-r.ended; err != nil {
		t.Fatalf("tswatch: %v", err)
	}
}
