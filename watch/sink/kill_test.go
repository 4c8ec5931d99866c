package sink

import (
	"bufio"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"testing"
	"time"
)

// TestSpoolSurvivesKill kills agents at random moments: what they had for a second comes, in order and once.
func TestSpoolSurvivesKill(t *testing.T) {
	t.Parallel()
	for range 2 {
		t.Run("", func(t *testing.T) {
			t.Parallel()
			s := newServer(t, code(503))
			dir := filepath.Join(t.TempDir(), "spool")
			put := killHelper(t, s.URL, dir, 1200*time.Millisecond+rand.N(600*time.Millisecond))
			s.setForNext(take)
			fan := openFan(t, Options{SpoolDir: dir, SpoolMax: 64 << 20}, s.URL)
			spooled := fan.Status()[0].Spooled
			eventually(t, "all are there", func() bool { return fan.Status()[0].Sent == spooled })
			closeFan(t, fan)
			got := numbers(t, s.text())
			wantNumbers(t, got, 0, len(got))
			if len(got) < put {
				t.Errorf("%d lines are there, and %d were put a second before the kill", len(got), put)
			}
			t.Logf("%d lines, %d were due", len(got), put)
		})
	}
}

// pause is the most that a gap between two lines counts for: in a longer one the agent did not run, as it happens on a busy machine.
const pause = 20 * time.Millisecond

// killHelper runs an agent for a while and kills it. It answers how many lines were put when it had a second yet to run.
func killHelper(t *testing.T, url, spool string, after time.Duration) (due int) {
	t.Helper()
	helper := exec.Command(os.Args[0])
	helper.Env = append(os.Environ(), "SINK_TEST_HELPER=1", "SINK_TEST_URL="+url, "SINK_TEST_SPOOL="+spool)
	helper.Stderr = os.Stderr
	out, err := helper.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := helper.Start(); err != nil {
		t.Fatal(err)
	}
	var times []time.Duration // how long the agent had run when each line was put
	var ran, killed time.Duration
	last := time.Now()
	lines := bufio.NewScanner(out)
	for lines.Scan() {
		if n, err := strconv.Atoi(lines.Text()); err != nil || n != len(times) {
			t.Fatalf("helper: %q", lines.Text())
		}
		now := time.Now()
		ran, last = ran+min(now.Sub(last), pause), now
		times = append(times, ran)
		if killed == 0 && ran > after {
			killed = ran
			_ = helper.Process.Kill()
		}
	}
	_ = helper.Wait()
	for due < len(times) && killed-times[due] > time.Second {
		due++
	}
	return due
}
