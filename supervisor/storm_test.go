//go:build linux

package supervisor

import (
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/tsboot/tsboot/integration/wait"
	"github.com/tsboot/tsboot/supervisor/process"
)

// storm is many refreshes, one after the other, with everything that can go wrong with them, while a stranger kills
// agents and signals come.
type storm struct {
	s    *Supervisor
	dir  string
	rng  *rand.Rand
	good string // the generation that was kept last
	ends map[TrialEnd]int
}

// helperStorm makes so many refreshes and then looks at what is left.
func helperStorm(args []string) int {
	s, err := New(Options{MainThread: mainThread, Grace: deadline})
	if err != nil {
		return 70
	}
	st := &storm{s: s, dir: os.Getenv("D"), rng: rand.New(rand.NewPCG(uint64(atoiOr(args[1])), 0)), good: "g0", ends: map[TrialEnd]int{}}
	execute, interrupt := s.Actor()
	st.put("g0")
	supervised := make(chan error, 1)
	go func() {
		_, err := s.Supervise(context.Background(), st.plan("g0", "stay"))
		supervised <- err
	}()
	err = st.run(atoiOr(args[0]))
	interrupt(nil)
	_ = execute()
	if end := <-supervised; err == nil {
		err = end
	}
	if left := process.Children(); err == nil && len(left) > 0 {
		err = fmt.Errorf("%v are left", left)
	}
	fmt.Fprintln(os.Stderr, st.ends, err)
	if err != nil {
		return 1
	}
	return 0
}

func (st *storm) run(refreshes int) error {
	if err := st.settled(); err != nil {
		return err
	}
	files, threads := len(process.ListNumbers("/proc/self/fd")), len(process.ListNumbers("/proc/self/task"))
	for n := range refreshes {
		if err := st.refresh(fmt.Sprintf("g%d", n+1)); err != nil {
			return fmt.Errorf("refresh %d: %w", n+1, err)
		}
	}
	if err := st.settled(); err != nil {
		return err
	}
	nowFiles, nowThreads := 0, len(process.ListNumbers("/proc/self/task"))
	if !wait.Until(deadline, func() bool { nowFiles = len(process.ListNumbers("/proc/self/fd")); return nowFiles <= files }) || nowThreads > threads {
		return fmt.Errorf("%d descriptors and %d threads, at the start %d and %d", nowFiles, nowThreads, files, threads)
	}
	return nil
}

// plan is that of a generation, whose agent says by which generation it was started and which files it found.
func (st *storm) plan(generation, mode string) *Plan {
	env := []string{"PATH=" + os.Getenv("PATH"), "D=" + st.dir, "G=" + generation, "MODE=" + mode}
	command := func(script string) Command { return Command{Argv: []string{"sh", "-c", script}, Env: env} }
	p := &Plan{Refreshed: true, Redact: []string{"masked-" + generation}, Agent: Agent{
		Command: command(`trap 'exit 0' TERM; [ $MODE != deaf ] || trap '' TERM; echo $G $(cat $D/files) $$ > $D/agent.$$; mv $D/agent.$$ $D/agent
			[ $MODE != dies ] || exit $(( $$ % 3 )); while :; do sleep 0.01; done`),
		Restart: RestartAlways, BackoffInitial: time.Millisecond, BackoffMax: time.Millisecond, Grace: 300 * time.Millisecond,
	}}
	p.Setup = []Step{{Name: "setup", Command: command("[ $MODE != fails ] || { kill -9 $(cat /proc/$PPID/task/*/children | cut -d' ' -f1); exit 3; }")}}
	p.Health = &Health{Command: command("[ $MODE != sick ]"), Timeout: time.Second}
	if mode == "gone" {
		p.Agent.Argv = []string{"/no/such/agent"}
	}
	return p
}

// put replaces the files.
func (st *storm) put(generation string) {
	_ = writeFile(filepath.Join(st.dir, "files"), generation)
}

func (st *storm) refresh(generation string) error {
	mode := []string{"stay", "stay", "dies", "sick", "fails", "gone", "deaf"}[st.rng.IntN(7)]
	action := []RefreshAction{RefreshRestart, RefreshSetupAndRestart}[st.rng.IntN(2)]
	if err := st.s.Refreshable(context.Background()); err != nil {
		return err
	}
	began := time.Now()
	st.put(generation)
	probation := 20 * time.Millisecond
	if mode == "dies" {
		probation = deadline // it may take its time to do so
	}
	var trouble sync.WaitGroup
	trouble.Go(st.trouble())
	result, err := st.s.Refresh(context.Background(), Refresh{
		Action: action, Plan: st.plan(generation, mode), Probation: probation, Since: began,
		Restore: func() error { st.put(st.good); return nil },
	})
	trouble.Wait()
	st.ends[result.End]++
	switch {
	case err != nil:
		return err
	case result.End == TrialKept && !slices.Contains([]string{"stay", "deaf"}, mode) && (mode != "fails" || action != RefreshRestart):
		return fmt.Errorf("%s was kept", mode)
	case result.End == TrialKept:
		st.good = generation
	}
	if err := st.settled(); err != nil {
		return fmt.Errorf("%s by %s ended as %+v: %w", mode, action, result, err)
	}
	return nil
}

// trouble is what may come during a refresh.
func (st *storm) trouble() func() {
	kind, after := st.rng.IntN(4), time.Duration(st.rng.IntN(40))*time.Millisecond
	return func() {
		<-time.After(after)
		switch kind {
		case 0:
			if pid := st.s.Snapshot().AgentPID; pid > 0 {
				_ = unix.Kill(pid, unix.SIGKILL)
			}
		case 1:
			_ = unix.Kill(os.Getpid(), unix.SIGWINCH)
		case 2:
			_ = st.s.CheckHealth(context.Background())
		}
	}
}

// settled waits until the agent runs on the plan and the files of the last good generation. It is the agent of now that
// has said so: one that trouble has just killed is not taken for it, for the next one could still read other files.
func (st *storm) settled() error {
	want, got := st.good+" "+st.good, ""
	ok := wait.Until(deadline, func() bool {
		got = strings.TrimSpace(string(process.ReadProc(filepath.Join(st.dir, "agent"))))
		snap := st.s.Snapshot()
		return got == fmt.Sprintf("%s %d", want, snap.AgentPID) && snap.Phase == "running" && !snap.Trial
	})
	if files := strings.TrimSpace(string(process.ReadProc(filepath.Join(st.dir, "files")))); !ok || files != st.good {
		return fmt.Errorf("the agent runs as %q, want %q, the files are %q", got, want, files)
	}
	return nil
}

func TestStormOfRefreshes(t *testing.T) {
	t.Parallel()
	refreshes := 60
	if os.Getenv("TSBOOT_STRESS") == "full" {
		refreshes = 500
	}
	seed := rand.IntN(1 << 30)
	b := startHelper(t, "storm", strconv.Itoa(refreshes), strconv.Itoa(seed))
	limit := time.NewTimer(10 * deadline)
	defer limit.Stop()
	select {
	case <-b.waited:
	case <-limit.C:
		t.Fatal("it does not end")
	}
	if b.code != 0 {
		t.Errorf("code %d with seed %d", b.code, seed)
	}
	said := strings.Split(strings.TrimSpace(b.stderr.String()), "\n")
	t.Log(said[len(said)-1])
}
