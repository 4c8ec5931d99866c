//go:build linux

package supervisor

import (
	"bytes"
	"fmt"
	"strconv"
	"testing"
	"time"

	"github.com/tsboot/tsboot/supervisor/process"
)

// TestIdleCostsNothing has no thread of the supervisor run while the agent just
// runs: once all has come to rest, nothing is scheduled any more.
func TestIdleCostsNothing(t *testing.T) {
	t.Parallel()
	b := startBoot(t, bootConfig{Plan: Plan{Agent: Agent{
		Command: sh("echo up > $D/up; exec sleep 100"), Grace: deadline, Restart: RestartOnFailure,
		BackoffInitial: time.Second, BackoffReset: time.Minute, StartLimitBurst: 10, StartLimitInterval: time.Minute,
	}}})
	b.waitFor("up")
	const rest = 2 * time.Second
	last, since := contextSwitches(b.cmd.Process.Pid), time.Now()
	b.until("nothing runs", func() bool {
		if now := contextSwitches(b.cmd.Process.Pid); now != last {
			last, since = now, time.Now()
		}
		return time.Since(since) >= rest
	})
	b.signal(sigTerm)
	b.wait()
}

// contextSwitches counts those of all threads of a process.
func contextSwitches(pid int) int {
	sum := 0
	base := fmt.Sprintf("/proc/%d/task/", pid)
	for _, tid := range process.ListNumbers(base) {
		for line := range bytes.Lines(process.ReadProc(base + strconv.Itoa(tid) + "/status")) {
			key, value, _ := bytes.Cut(bytes.TrimSpace(line), []byte(":"))
			if bytes.HasSuffix(key, []byte("voluntary_ctxt_switches")) {
				n, _ := strconv.Atoi(string(bytes.TrimSpace(value)))
				sum += n
			}
		}
	}
	return sum
}
