//go:build linux

package supervisor

import (
	"context"
	"fmt"
	"os"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"
)

// stressSizes are small by default; TSBOOT_STRESS=full takes those of a soak.
func stressSizes() (orphans, commands int) {
	if os.Getenv("TSBOOT_STRESS") == "full" {
		return 20000, 300
	}
	return 1500, 60
}

// helperStress runs an agent that makes orphans without end, a health check
// that is always due, and many helpers whose exit codes are known, all at once.
func helperStress(args []string) int {
	orphans, commands := atoiOr(args[0]), atoiOr(args[1])
	s, err := New(Options{MainThread: mainThread})
	if err != nil {
		return 70
	}
	execute, interrupt := s.Actor()
	env := []string{"PATH=/usr/bin:/bin", "D=" + os.Getenv("D")}
	command := func(script string) Command { return Command{Argv: []string{"sh", "-c", script}, Env: env} }
	supervised := make(chan Status, 1)
	go func() {
		status, err := s.Supervise(context.Background(), &Plan{
			Agent: Agent{Command: command(fmt.Sprintf(
				`i=0; while [ $i -lt %d ]; do (true & true &); i=$((i+2)); done
				for i in 1 2 3 4 5 6 7 8 9; do (setsid sh -c "sleep 0.0$i; exit 3" &); done; exit 33`, orphans)), Grace: deadline},
			Health: &Health{Command: command("exit 0"), Interval: time.Millisecond, Failures: 1},
		})
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
		}
		supervised <- status
	}()
	wrong := runKnown(s, command, commands)
	status := <-supervised
	snapshot := s.Snapshot()
	interrupt(nil)
	_ = execute()
	if status.Code != 33 || wrong > 0 || snapshot.Restarts > 0 || snapshot.Orphans < orphans {
		fmt.Fprintf(os.Stderr, "status %+v, %d wrong statuses, %d orphans, %d restarts\n", status, wrong, snapshot.Orphans, snapshot.Restarts)
		return 1
	}
	return 0
}

// runKnown runs helpers with known ends and counts the statuses that are wrong.
func runKnown(s *Supervisor, command func(string) Command, n int) (wrong int) {
	var wg sync.WaitGroup
	var mu sync.Mutex
	turn := make(chan struct{}, 4)
	for i := range n {
		wg.Add(1)
		turn <- struct{}{}
		go func() {
			defer wg.Done()
			defer func() { <-turn }()
			code := i % 200
			out, err := s.Output(context.Background(), command(fmt.Sprintf("echo %d; exit %d", i, code)), HelperIO{})
			if err != nil || out.Status.Code != code || strings.TrimSpace(string(out.Stdout)) != strconv.Itoa(i) {
				mu.Lock()
				defer mu.Unlock()
				wrong++
				fmt.Fprintf(os.Stderr, "helper %d: %+v, %v\n", i, out, err)
			}
		}()
	}
	wg.Wait()
	return wrong
}

func atoiOr(s string) int {
	n, _ := strconv.Atoi(s)
	return n
}

func TestNoStatusIsLostOrStolenUnderAStormOfOrphans(t *testing.T) {
	t.Parallel()
	orphans, commands := stressSizes()
	b := startHelper(t, "stress", strconv.Itoa(orphans), strconv.Itoa(commands))
	select {
	case <-b.waited:
	case <-time.After(6 * deadline):
		t.Fatal("no end")
	}
	if b.code != 0 {
		t.Errorf("code %d: %s", b.code, b.stderr.String())
	}
}

// TestOrphansThatEndDuringTheDrain has the kept leader head the kernel's queue
// while everything behind it ends.
func TestOrphansThatEndDuringTheDrain(t *testing.T) {
	t.Parallel()
	b := startBoot(t, bootConfig{Plan: Plan{Agent: Agent{
		Command: sh("i=0; while [ $i -lt 200 ]; do sleep 100 & i=$((i+1)); done; exit 34"), Grace: deadline,
	}}})
	if code, result := b.wait(); code != 34 || result.Snapshot.Orphans < 200 {
		t.Errorf("code %d, result %+v", code, result)
	}
}

func TestForkBombIsKilled(t *testing.T) {
	t.Parallel()
	b := startBoot(t, bootConfig{Plan: Plan{Agent: Agent{
		Command: sh(`trap '' TERM; breed() { trap '' TERM; n=0; while [ $n -lt 3 ]; do (sleep 0.01; breed) & n=$((n+1)); wait; done; }
			breed & breed & echo up > $D/up; while :; do sleep 0.01; done`), Grace: 200 * time.Millisecond,
	}}})
	b.waitFor("up")
	b.signal(sigTerm)
	if code, _ := b.wait(); code != 137 {
		t.Errorf("code %d", code)
	}
}
