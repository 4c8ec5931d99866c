//go:build linux

package watch

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/tsboot/tsboot/integration/wait"
)

// TestRest: where nothing is recorded, no thread of tswatch is woken, with its page on, too.
func TestRest(t *testing.T) {
	borrow(t)
	a := start(t, "--docker", "off", "--console", "unix:"+filepath.Join(t.TempDir(), "page"))
	asUser(t, nil, named(t, built(t, standin), "connects"), "1")
	a.executed("1")
	last, since := a.switches(), time.Now()
	quiet := wait.Until(time.Minute, func() bool {
		if now := a.switches(); !maps.Equal(now, last) {
			last, since = now, time.Now()
		}
		return time.Since(since) > 5*time.Second
	})
	if !quiet {
		t.Errorf("in a minute there were no five seconds without a wake-up: %v", last)
	}
}

// TestMemory: a flood of more events than tswatch can write does not take it above the limit of the contract.
func TestMemory(t *testing.T) {
	borrow(t)
	a := start(t, "--docker", "off")
	connects := named(t, built(t, standin), "connects")
	var flood sync.WaitGroup
	const programs, events = 4, 40000
	for range programs {
		flood.Go(func() { asUser(t, nil, connects, strconv.Itoa(events)) })
	}
	flood.Wait()
	wait.For(t, aLongTime, "all events are written or lost", func() bool {
		asUser(t, nil, connects, "1") // what is missing at the end is known by what comes later
		s := a.status()
		return s.Events+s.Lost >= programs*events
	})
	peak := a.inStatus("VmHWM")
	t.Logf("the peak is %d KiB, %+v", peak, a.status())
	if peak > 64<<10 {
		t.Errorf("the peak is %d KiB, more than 64 MiB", peak)
	}
}

// switches are how often each thread of tswatch waited for something so far.
func (a *agent) switches() map[string]int {
	a.t.Helper()
	tasks, err := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/status", a.cmd.Process.Pid))
	if err != nil || len(tasks) == 0 {
		a.t.Fatalf("no threads: %v", err)
	}
	all := map[string]int{}
	for _, task := range tasks {
		if text, err := os.ReadFile(task); err == nil { // it may have ended
			all[task] = numberIn(string(text), "voluntary_ctxt_switches")
		}
	}
	return all
}

// inStatus is a number of /proc/PID/status.
func (a *agent) inStatus(name string) int {
	a.t.Helper()
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", a.cmd.Process.Pid))
	if err != nil {
		a.t.Fatal(err)
	}
	return numberIn(string(text), name)
}

func numberIn(text, name string) (n int) {
	_, after, _ := strings.Cut("\n"+text, "\n"+name+":")
	_, _ = fmt.Sscan(after, &n)
	return n
}
