//go:build linux

package watch

import (
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/tsboot/tsboot/integration/audit"
	"github.com/tsboot/tsboot/integration/wait"
)

// TestKilled: a tswatch that is killed leaves rules, which the next takes over, in whichever mode either is. A stop then takes
// all away, and puts back what was before the one that was killed: borrow sees to that.
func TestKilled(t *testing.T) {
	for _, modes := range [][2]string{{"multicast", "unicast"}, {"unicast", "unicast"}, {"unicast", "multicast"}} {
		t.Run(strings.Join(modes[:], " then "), func(t *testing.T) {
			borrow(t)
			connects := named(t, built(t, standin), "connects")
			a := start(t, "--docker", "off", "--audit-mode", modes[0])
			a.kill()
			left := audit.Ctl(t, "-l")
			if !strings.Contains(left, "uid=54323") || audit.State(t)["enabled"] != "1" {
				t.Errorf("the killed one has left %s", left)
			}
			a.run("--docker", "off", "--audit-mode", modes[1])
			if now := audit.Ctl(t, "-l"); strings.Count(now, "\n") != strings.Count(left, "\n") {
				t.Errorf("the next one has the rules %s\nthe one before had %s", now, left)
			}
			asUser(t, nil, connects, "5")
			a.executed("5")
			a.stop()
		})
	}
}

// TestKilledAtAnyMoment: a tswatch that is killed while it starts or stops leaves nothing that the next one does not put back.
func TestKilledAtAnyMoment(t *testing.T) {
	rules := func() int { return strings.Count(audit.Ctl(t, "-l"), "key=tswatch") }
	for _, c := range []struct {
		name  string
		stops bool
		when  func(a *agent) bool
	}{
		{"settings noted", false, func(a *agent) bool { _, err := os.Stat(filepath.Join(a.runDir, "kernel.json")); return err == nil }},
		{"some rules gone", true, func(*agent) bool { return rules() < 30 }},
	} {
		t.Run(c.name, func(t *testing.T) {
			borrow(t)
			connects := named(t, built(t, standin), "connects")
			a := start(t, "--docker", "off")
			if c.stops {
				a.signal(syscall.SIGTERM)
			} else {
				a.stop()
				a.launch(a.command("--docker", "off"))
			}
			wait.For(t, aLongTime, c.name, func() bool { return c.when(a) })
			_ = a.cmd.Process.Kill() // it may have ended
			<-a.ended
			a.ended = nil
			t.Logf("%d rules are left, audit is %s", rules(), audit.State(t)["enabled"])
			a.run("--docker", "off")
			asUser(t, nil, connects, "5")
			a.executed("5")
			a.stop()
		})
	}
}

// TestLife: a second tswatch is kept out; after SIGHUP the lines go to a new file; a stop puts all back.
func TestLife(t *testing.T) {
	borrow(t)
	connects := named(t, built(t, standin), "connects")
	a := start(t, "--docker", "off")
	second := a.command("--docker", "off")
	out, _ := second.CombinedOutput()
	if second.ProcessState.ExitCode() != 73 || !strings.Contains(string(out), "another tswatch holds it") {
		t.Errorf("a second one ends with %d: %s", second.ProcessState.ExitCode(), out)
	}

	asUser(t, nil, connects, "3")
	a.executed("3")
	if err := os.Rename(a.output, a.output+".1"); err != nil {
		t.Fatal(err)
	}
	a.signal(syscall.SIGHUP)
	wait.For(t, aLongTime, "the file is opened again", func() bool { _, err := os.Stat(a.output); return err == nil })
	asUser(t, nil, connects, "4")
	a.executed("4")
	a.stop()
}
