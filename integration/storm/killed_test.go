//go:build linux

package storm

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/tsboot/tsboot/control"
	"github.com/tsboot/tsboot/integration/wait"
	"github.com/tsboot/tsboot/secrets/secretstest"
)

// kills is how often each lane of TestKilledInRefresh kills, for 500 refreshes.
func kills() int { return max(1, *refreshes/25) }

// TestKilledInRefresh kills tsboot, or all of its container, at any point of a refresh, its probation and its rollback. The
// files are whole; the next start goes on, with Parameter Store or in an outage, and removes what was left.
func TestKilledInRefresh(t *testing.T) {
	t.Parallel()
	for i, mode := range []string{"fail", "use-existing"} {
		t.Run(mode, func(t *testing.T) {
			t.Parallel()
			k := &killed{
				lane:   newLane(t, foreground, "setup-and-restart", "--refresh-probation", "30ms", "--fetch-timeout", "300ms", "--on-fetch-failure", mode),
				random: rand.New(rand.NewPCG(chosenSeed(t), 100+uint64(i))),
			}
			for range kills() {
				k.once(mode == "use-existing" && k.random.IntN(2) == 0)
			}
			t.Logf("%d of %d starts in an outage had files of one version; %d refreshes were over before the kill", k.existing, k.outages, k.over)
		})
	}
}

type killed struct {
	*lane
	random                  *rand.Rand
	existing, outages, over int
	usual                   time.Duration // of a refresh
}

// once boots, kills tsboot in a refresh, and boots again.
func (k *killed) once(outage bool) {
	k.t.Helper()
	k.put("good")
	k.start()
	k.awaitAgreement(ptr(k.newest()))
	k.wantNothingLeft()
	k.put([]string{"good", "die", "sick", "setup"}[k.random.IntN(4)])
	over := k.killInRefresh(k.random.IntN(2) == 0)
	if over {
		k.over++
	}
	k.wantWhole()

	if mode := k.newest().Mode; outage && (mode == "good" || mode == "sick") { // the files of others end an agent or a boot
		k.bootInOutage()
		return
	}
	k.put("good")
	k.start()
	k.awaitAgreement(ptr(k.newest()))
	k.wantNothingLeft()
	k.stopHard()
}

func ptr[T any](v T) *T { return &v }

// killInRefresh asks for a refresh and kills at some point of it: tsboot alone, whose agent dies with it, or all.
func (k *killed) killInRefresh(all bool) (over bool) {
	k.t.Helper()
	began, ended := time.Now(), make(chan time.Duration, 1)
	go func() {
		_, _ = control.Client{Dir: k.runDir()}.Refresh(k.t.Context()) // tsboot may be killed in the midst of it
		ended <- time.Since(began)
	}()
	if k.usual == 0 { // the first one comes to its end
		k.usual = <-ended
		ended <- k.usual
	} else {
		<-time.After(time.Duration(k.random.Int64N(int64(k.usual) * 5 / 4)))
	}
	select {
	case took := <-ended:
		over = true
		ended <- took
	default:
	}
	if all {
		k.killStrays()
	}
	k.stopHard()
	<-ended
	return over
}

// stopHard kills tsboot. What it supervised ends by itself, because its parent is gone; the agent's own child does not.
func (k *killed) stopHard() {
	k.t.Helper()
	_ = k.tsboot.Process.Kill() // with all others it may be gone
	<-k.ended
	supervised := func() (n int) {
		for _, pid := range k.strays() {
			if argv := cmdline(pid); !strings.HasSuffix(argv[0], "/child") {
				n++
			}
		}
		return n
	}
	if !wait.Until(patience, func() bool { return supervised() == 0 }) {
		k.t.Errorf("%d processes outlive the tsboot that started them", supervised())
	}
	k.killStrays()
}

// wantWhole wants each file to be wholly of one version.
func (k *killed) wantWhole() {
	k.t.Helper()
	_, err := k.readJSON("etc/agent.json")
	if _, errConf := k.readConf(); err != nil || errConf != nil {
		k.t.Fatalf("after a kill: %v, %v", err, errConf)
	}
}

func (k *killed) wantNothingLeft() {
	k.t.Helper()
	if left := k.left(); len(left) > 0 {
		k.t.Errorf("a boot has not removed %v", left)
	}
}

// bootInOutage boots without Parameter Store: on the files that are there, if they are of one version and one boot is known
// to have written them; otherwise tsboot says why not. Then Parameter Store is back.
func (k *killed) bootInOutage() {
	k.t.Helper()
	k.outages++
	file, _ := k.readJSON("etc/agent.json")
	conf, _ := k.readConf()
	k.server.Script(secretstest.Fault{Kind: secretstest.ServerError, Times: secretstest.Forever})
	defer k.server.ClearFaults()
	k.start()
	if !wait.Until(patience, func() bool {
		return !k.running() || strings.Contains(k.logged(), "running on the files of an earlier boot")
	}) {
		k.fatalf("it neither runs nor ends")
	}
	if !k.running() {
		if code := k.tsboot.ProcessState.ExitCode(); code != 69 || !strings.Contains(k.logged(), "not as the last boot wrote it") {
			k.fatalf("exit code %d", code)
		}
		k.killStrays()
		return
	}
	k.existing++
	if file.version != conf {
		k.fatalf("it runs on files of two versions: %+v and %+v", file, conf)
	}
	k.waitFor("the agent runs on the files that are there", func() bool {
		on, err := k.readJSON("runs-on")
		return err == nil && on.version == conf && syscall.Kill(on.PID, 0) == nil
	})
	k.server.ClearFaults()
	k.put("good")
	if answer, err := (control.Client{Dir: k.runDir()}).Refresh(k.t.Context()); err != nil || answer.Outcome != control.Kept && answer.Outcome != control.Unchanged {
		k.fatalf("when Parameter Store is back: %+v, %v", answer, err)
	}
	k.awaitAgreement(ptr(k.newest()))
	k.stopHard()
}

// TestAgentKilledInRefresh kills the agent, whichever runs, at any point of a refresh. In the end it runs on a good version.
func TestAgentKilledInRefresh(t *testing.T) {
	t.Parallel()
	k := &killed{lane: newLane(t, foreground, "restart", "--refresh-probation", "30ms"), random: rand.New(rand.NewPCG(chosenSeed(t), 200))}
	k.start()
	k.awaitAgreement(nil)
	for range kills() {
		k.put([]string{"good", "die", "sick"}[k.random.IntN(3)])
		ended := make(chan control.RefreshAnswer, 1)
		go func() {
			answer, err := control.Client{Dir: k.runDir()}.Refresh(t.Context())
			if err != nil {
				t.Errorf("refresh: %v", err)
			}
			ended <- answer
		}()
		<-time.After(time.Duration(k.random.IntN(100)) * time.Millisecond)
		if status, err := k.status(); err == nil && status.Agent.PID != nil {
			_ = syscall.Kill(*status.Agent.PID, syscall.SIGKILL) // it may have ended
		}
		answer := <-ended
		k.awaitAgreement(nil)
		status, err := k.status()
		k.must(err)
		on := k.versions[*status.Parameters[0].Version-1]
		if right := map[control.Outcome]bool{control.Kept: on == k.newest(), control.RolledBack: on != k.newest()}[answer.Outcome]; !right || on.Mode != "good" {
			k.fatalf("the answer is %+v, and the agent runs on %+v", answer, on)
		}
	}
	k.stopHard()
}

func cmdline(pid int) []string {
	return strings.Split(readOrEmpty(fmt.Sprintf("/proc/%d/cmdline", pid)), "\x00")
}
