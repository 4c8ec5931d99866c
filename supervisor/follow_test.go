//go:build linux

package supervisor

import (
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// daemonise starts script in a session of its own, as a double fork would.
func daemonise(script string) string {
	return "(setsid sh -c '" + script + "' &)\n"
}

func TestFollowPIDFile(t *testing.T) {
	t.Parallel()
	b := startBoot(t, bootConfig{Plan: Plan{Agent: Agent{
		Command: sh(daemonise(`trap "exit 12" TERM; trap "echo hup >> $D/hup" HUP; sleep 0.1; echo $$ > $D/tmp; mv $D/tmp $D/pid; while :; do sleep 0.01; done`)),
		Follow:  &Follow{PIDFile: "$D/pid"}, Grace: deadline, Restart: RestartOnFailure,
	}}})
	pid := atoiT(t, b.waitFor("pid"))
	b.until("the daemon is followed", func() bool { return len(b.lines("agent started")) == 1 })
	if got := b.lines("agent started")[0]["pid"]; got != float64(pid) {
		t.Errorf("follows %v, want %d", got, pid)
	}
	b.signal(Signal(unix.SIGHUP))
	b.waitFor("hup")
	b.signal(sigTerm)
	if code, result := b.wait(); code != 12 || result.Kind != "" {
		t.Errorf("code %d, result %+v", code, result)
	}
}

func TestDeathOfTheFollowedDaemonCountsAsTheAgents(t *testing.T) {
	t.Parallel()
	b := startBoot(t, bootConfig{Plan: Plan{Agent: Agent{
		Command: sh(daemonise(`echo $$ > $D/tmp; mv $D/tmp $D/pid; echo $$ >> $D/runs; exec sleep 100`)),
		Follow:  &Follow{PIDFile: "$D/pid"}, Grace: deadline, Restart: RestartOnFailure,
	}}})
	first := atoiT(t, b.waitCount("runs", 1)[0])
	b.until("the daemon is followed", func() bool { return len(b.lines("agent started")) == 1 })
	if err := unix.Kill(first, unix.SIGKILL); err != nil {
		t.Fatal(err)
	}
	second := atoiT(t, b.waitCount("runs", 2)[1])
	b.until("the next one is followed", func() bool { return len(b.lines("agent started")) == 2 })
	if end := b.lines("agent exited")[0]; end["signal"] != "SIGKILL" || end["pid"] != float64(first) {
		t.Errorf("log: %v", end)
	}
	b.signal(sigTerm)
	if code, result := b.wait(); code != 143 || result.Snapshot.Restarts != 1 {
		t.Errorf("code %d, result %+v, second pid %d", code, result, second)
	}
}

func TestFollowLastChild(t *testing.T) {
	t.Parallel()
	for name, script := range map[string]string{
		"one fork":    daemonise(`trap "exit 13" TERM; echo $$ > $D/pid; while :; do sleep 0.01; done`),
		"double fork": `(sh -c 'sleep 0.1; (setsid sh -c "trap \"exit 13\" TERM; echo \$\$ > $D/pid; while :; do sleep 0.01; done" &)' &)`,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := startBoot(t, bootConfig{Plan: Plan{Agent: Agent{
				Command: sh(script), Follow: &Follow{LastChild: true}, Grace: deadline, Restart: RestartOnFailure,
			}}})
			pid := atoiT(t, b.waitFor("pid"))
			b.until("the daemon is followed", func() bool {
				started := b.lines("agent started")
				return len(started) > 0 && started[len(started)-1]["pid"] == float64(pid)
			})
			b.signal(sigTerm)
			if code, result := b.wait(); code != 13 || result.Snapshot.Restarts != 0 {
				t.Errorf("code %d, result %+v", code, result)
			}
		})
	}
}

func TestStatusOfADaemonThatDiesAtOnceIsNotLost(t *testing.T) {
	t.Parallel()
	for name, follow := range map[string]*Follow{"pid file": {PIDFile: "$D/pid"}, "last child": {LastChild: true}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := startBoot(t, bootConfig{Plan: Plan{Agent: Agent{
				Command: sh(daemonise(`echo $$ > $D/pid; exit 14`) + "while [ -d /proc/$(cat $D/pid)/fd/. ] || ! [ -s $D/pid ]; do sleep 0.01; done"),
				Follow:  follow, Grace: time.Second,
			}}})
			if code, result := b.wait(); code != 14 {
				t.Errorf("code %d, result %+v", code, result)
			}
		})
	}
}

func TestStalePIDFileIsNotBelieved(t *testing.T) {
	t.Parallel()
	w := startWitness(t)
	for name, script := range map[string]string{
		"not written":           "exit 0",
		"names another process": fmt.Sprintf("echo %d > $D/pid", w.cmd.Process.Pid),
		"names tsboot":          "echo $PPID > $D/pid",
		"names pid 1":           "echo 1 > $D/pid",
		"names nobody":          "echo 4194303 > $D/pid",
		"holds something else":  "echo -1 > $D/pid",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := startBoot(t, bootConfig{Plan: Plan{
				Setup: []Step{{Name: "stale", Command: sh(fmt.Sprintf("echo %d > $D/pid", w.cmd.Process.Pid))}},
				Agent: Agent{
					Command: sh(script), Grace: time.Second,
					Follow: &Follow{PIDFile: "$D/pid", Timeout: 300 * time.Millisecond},
				},
			}})
			_, result := b.wait()
			if result.Kind != "setup" || !strings.Contains(result.Error, "pid file") {
				t.Errorf("result %+v", result)
			}
		})
	}
}

func TestStartCommandThatFailsOrStays(t *testing.T) {
	t.Parallel()
	t.Run("fails", func(t *testing.T) {
		t.Parallel()
		b := startBoot(t, bootConfig{Plan: Plan{Agent: Agent{Command: sh("exit 15"), Grace: time.Second, Follow: &Follow{PIDFile: "$D/pid"}}}})
		if code, _ := b.wait(); code != 15 {
			t.Errorf("code %d", code)
		}
	})
	t.Run("stays", func(t *testing.T) {
		t.Parallel()
		b := startBoot(t, bootConfig{Plan: Plan{Agent: Agent{
			Command: sh("exec sleep 100"), Grace: time.Second, Follow: &Follow{PIDFile: "$D/pid", Timeout: 200 * time.Millisecond},
		}}})
		if _, result := b.wait(); result.Kind != "setup" || !strings.Contains(result.Error, "still running") {
			t.Errorf("result %+v", result)
		}
	})
	t.Run("tries again", func(t *testing.T) {
		t.Parallel()
		b := startBoot(t, bootConfig{Plan: Plan{Agent: Agent{
			Command: sh("echo run >> $D/runs"), Grace: time.Second, Restart: RestartOnFailure,
			StartLimitBurst: 3, StartLimitInterval: time.Hour, Follow: &Follow{PIDFile: "$D/pid", Timeout: 50 * time.Millisecond},
		}}})
		if _, result := b.wait(); result.Kind != "gave-up" {
			t.Errorf("result %+v", result)
		}
		if n := len(b.waitCount("runs", 3)); n != 3 {
			t.Errorf("%d starts, want 3", n)
		}
	})
	t.Run("is stopped", func(t *testing.T) {
		t.Parallel()
		b := startBoot(t, bootConfig{Plan: Plan{Agent: Agent{
			Command: sh("echo up > $D/up; exec sleep 100"), Grace: time.Second, Follow: &Follow{PIDFile: "$D/pid"},
		}}})
		b.waitFor("up")
		b.signal(sigTerm)
		if _, result := b.wait(); result.Kind != "stop" {
			t.Errorf("result %+v", result)
		}
	})
}

func TestLookAt(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	if lookAt(dir+"/none") != (fileState{}) || lookAt(dir) != (fileState{}) {
		t.Error("what is not a file has a state")
	}
	if err := os.WriteFile(dir+"/pid", []byte("12\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	before := lookAt(dir + "/pid")
	if before != lookAt(dir+"/pid") || before.content != "12\n" {
		t.Errorf("%+v", before)
	}
	if err := writeFile(dir+"/pid", "12"); err != nil {
		t.Fatal(err)
	}
	if before == lookAt(dir+"/pid") {
		t.Error("a file that took its place is taken for it")
	}
}
