//go:build linux

package supervisor

import (
	"context"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// helperRefresh keeps an agent and makes a refresh at each SIGHUP: a signal, a
// restart with another command, and a restart after a setup.
func helperRefresh([]string) int {
	s, err := New(Options{MainThread: mainThread})
	if err != nil {
		return 70
	}
	execute, interrupt := s.Actor()
	env := []string{"PATH=/usr/bin:/bin", "D=" + lookupEnv(unix.Environ(), "D", "")}
	agent := func(name string) Agent {
		return Agent{
			Command: Command{Argv: []string{"sh", "-c", "trap 'echo usr1 >> $D/log' USR1; trap 'exit 0' TERM; echo " + name + " >> $D/log; while :; do sleep 0.01; done"}, Env: env},
			Grace:   deadline, RefreshSignal: Signal(unix.SIGHUP), Restart: RestartNo, BackoffInitial: time.Hour,
		}
	}
	go func() {
		second, third := Plan{Agent: agent("second")}, Plan{Agent: agent("third")}
		third.Setup = []Step{{Name: "again", Command: Command{Argv: []string{"sh", "-c", "echo setup >> $D/log"}, Env: env}}}
		for _, r := range []Refresh{
			{Action: RefreshSignal, Signal: Signal(unix.SIGUSR1)},
			{Action: RefreshRestart, Plan: &second},
			{Action: RefreshSetupAndRestart, Plan: &third},
		} {
			<-s.Refreshes()
			if err := s.Refresh(context.Background(), r); err != nil {
				return
			}
		}
	}()
	status, err := s.Supervise(context.Background(), Plan{Agent: agent("first")})
	interrupt(nil)
	_ = execute()
	if err != nil {
		return 70
	}
	return status.ExitCode()
}

func TestRefresh(t *testing.T) {
	t.Parallel()
	b := startHelper(t, "refresh")
	want := []string{"first"}
	b.waitCount("log", 1)
	for _, next := range [][]string{{"usr1"}, {"second"}, {"setup", "third"}} {
		b.signal(Signal(unix.SIGHUP))
		want = append(want, next...)
		got := b.waitCount("log", len(want))
		for i := range want {
			if got[i] != want[i] {
				t.Fatalf("got %v, want %v", got, want)
			}
		}
	}
	b.signal(sigTerm)
	<-b.waited
	if b.code != 0 {
		t.Errorf("code %d", b.code)
	}
}
