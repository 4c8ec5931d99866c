//go:build linux

package pid1

import (
	"syscall"
	"time"

	"github.com/tsboot/tsboot/integration/pid1/adapter"
	"github.com/tsboot/tsboot/integration/pid1/testenv"
)

func stopCases() []testCase {
	grace := []adapter.Option{adapter.Grace}
	return []testCase{
		{id: "stop", title: "TERM ends the child, and then it: 143", run: stopEnds},
		{id: "stop-handled", title: "A child that handles TERM ends with its own code", from: "dumb-init #260", run: stopHandled},
		{id: "stop-early-exit", title: "Is out as soon as nothing is left, not at the end of the grace", needs: grace, run: earlyExit},
		{id: "stop-grace", title: "A child that ignores TERM is killed after the grace: 137", needs: grace, run: graceKills},
		{id: "stop-default", title: "So it is without any option, within the 30 s that an orchestrator gives", modes: asChild, run: graceByDefault},
		{id: "stop-grace-first", title: "The grace counts from the first signal; more of them do not stretch it", needs: grace, run: graceFromFirst},
		{id: "stop-grace-zero", title: "No grace: killed at once", needs: grace, run: graceZero},
		{id: "stop-repeat", title: "A repeated TERM is forwarded again and kills nobody", run: repeatedTerm},
		{id: "stop-second-int", title: "A second INT kills at once", needs: grace, run: secondInterrupt},
		{id: "stop-suspended", title: "TERM ends a child that is stopped (SIGSTOP)", run: stopSuspended},
		{id: "stop-signal", title: "Sends another signal than the one that came", needs: []adapter.Option{adapter.StopSignal}, run: stopSignal},
		{id: "stop-on", title: "Another signal can mean stop; TERM is then only forwarded", needs: []adapter.Option{adapter.StopOn, adapter.Grace}, run: stopOn},
		{id: "stop-rewritten", title: "A signal rewritten to TERM means stop", needs: []adapter.Option{adapter.Rewrite, adapter.Grace}, run: stopRewritten},
		{id: "stop-forwards", title: "Other signals are forwarded while it stops", run: forwardsWhileStopping},
		{id: "leader-kept", title: "The dead child stays a zombie until its group is gone, so that its number cannot be reused", needs: grace, run: leaderKept},
	}
}

// graceOf sets the grace in seconds.
func graceOf(seconds float64) []adapter.Setting {
	return []adapter.Setting{adapter.Set(adapter.Grace, seconds)}
}

// mortal is a helper that TERM and INT kill.
const mortal = testenv.TraitDies + "15+2"

// stubborn is a helper that catches all it can.
const stubborn = ""

func stopEnds(r *run) {
	i, _ := r.startHelper(spec{}, mortal)
	r.signal(i, syscall.SIGTERM)
	r.exits(i, 143)
	r.nothingLeft()
}

func stopHandled(r *run) {
	i, child := r.startHelper(spec{}, stubborn)
	r.signal(i, syscall.SIGTERM)
	r.hears(child, syscall.SIGTERM, 1)
	r.order(child, testenv.Op{Do: "exit", Code: 0})
	r.exits(i, 0)
}

func earlyExit(r *run) {
	i, _ := r.startHelper(spec{set: graceOf(120)}, mortal)
	r.signal(i, syscall.SIGTERM)
	r.exits(i, 143)
}

func graceKills(r *run) {
	i, child := r.startHelper(spec{set: graceOf(2)}, stubborn)
	r.signal(i, syscall.SIGTERM)
	r.hears(child, syscall.SIGTERM, 1)
	r.exits(i, 137)
	r.nothingLeft()
}

func graceByDefault(r *run) {
	i, child := r.startHelper(spec{}, stubborn)
	r.signal(i, syscall.SIGTERM)
	r.hears(child, syscall.SIGTERM, 1)
	r.patience = 30 * time.Second
	r.exits(i, 137)
}

func graceFromFirst(r *run) {
	i, child := r.startHelper(spec{set: graceOf(2)}, stubborn)
	began := time.Now()
	r.signal(i, syscall.SIGTERM)
	tick := time.NewTicker(400 * time.Millisecond)
	defer tick.Stop()
	for i.Running() {
		<-tick.C
		_ = i.Signal(syscall.SIGTERM)
		if time.Since(began) > r.patience {
			r.no("TERM every 0.4 s keeps a child alive with a grace of 2 s")
		}
	}
	r.exits(i, 137)
	if took := time.Since(began); took < 1900*time.Millisecond {
		r.no("killed after %v", took)
	}
	if child.Count(syscall.SIGTERM) < 2 {
		r.no("the repeated TERM was not forwarded")
	}
}

func graceZero(r *run) {
	i, _ := r.startHelper(spec{set: graceOf(0)}, stubborn)
	r.signal(i, syscall.SIGTERM)
	r.exits(i, 137)
}

func repeatedTerm(r *run) {
	i, child := r.startHelper(spec{}, stubborn)
	for n := range 3 {
		r.signal(i, syscall.SIGTERM)
		r.hears(child, syscall.SIGTERM, n+1)
	}
	r.order(child, testenv.Op{Do: "ping"})
	r.order(child, testenv.Op{Do: "exit", Code: 8})
	r.exits(i, 8)
}

func secondInterrupt(r *run) {
	i, child := r.startHelper(spec{set: graceOf(120)}, stubborn)
	r.signal(i, syscall.SIGINT)
	r.hears(child, syscall.SIGINT, 1)
	r.signal(i, syscall.SIGTERM)
	r.hears(child, syscall.SIGTERM, 1)
	if !i.Running() {
		r.no("one INT and one TERM killed it")
	}
	r.signal(i, syscall.SIGINT)
	r.exits(i, 137)
	r.nothingLeft()
}

func stopSuspended(r *run) {
	i, child := r.startHelper(spec{}, mortal)
	r.stops(child)
	r.signal(i, syscall.SIGTERM)
	r.patience = min(r.patience, 10*time.Second) // well before any grace ends
	r.exits(i, 143)
}

func stopSignal(r *run) {
	i, child := r.startHelper(spec{set: []adapter.Setting{adapter.Set(adapter.StopSignal, int(syscall.SIGUSR2))}}, stubborn)
	r.signal(i, syscall.SIGTERM)
	r.hears(child, syscall.SIGUSR2, 1)
	if child.Count(syscall.SIGTERM) > 0 {
		r.no("the child got TERM as well")
	}
	r.order(child, testenv.Op{Do: "exit", Code: 3})
	r.exits(i, 3)
}

func stopOn(r *run) {
	set := append(graceOf(0.5), adapter.Set(adapter.StopOn, int(syscall.SIGUSR1)))
	i, child := r.startHelper(spec{set: set}, stubborn)
	r.signal(i, syscall.SIGTERM)
	r.hears(child, syscall.SIGTERM, 1)
	if _, ended := i.WaitStatus(time.Second); ended {
		r.no("TERM still means stop")
	}
	r.signal(i, syscall.SIGUSR1)
	r.exits(i, 137)
}

func stopRewritten(r *run) {
	set := append(graceOf(2), adapter.Set(adapter.Rewrite, int(syscall.SIGUSR1), int(syscall.SIGTERM)))
	i, child := r.startHelper(spec{set: set}, stubborn)
	r.signal(i, syscall.SIGUSR1)
	r.hears(child, syscall.SIGTERM, 1)
	r.exits(i, 137)
}

func forwardsWhileStopping(r *run) {
	i, child := r.startHelper(spec{}, stubborn)
	r.signal(i, syscall.SIGTERM)
	r.hears(child, syscall.SIGTERM, 1)
	for _, s := range []syscall.Signal{syscall.SIGHUP, syscall.SIGUSR1, sigRTMin + 3} {
		r.signal(i, s)
		r.hears(child, s, 1)
	}
}

// leaderKept has the child die while another of its group lives: the group's number must stay taken until the group
// was signalled for the last time.
func leaderKept(r *run) {
	i, child := r.startHelper(spec{set: graceOf(120)}, stubborn)
	other := r.spawn(child, testenv.Spawn{Name: "other"})
	leader := r.state(child).PID
	r.order(child, testenv.Op{Do: "exit", Code: 2})
	r.hears(other, syscall.SIGTERM, 1)
	if p, there := r.Process(leader); !there || p.State != "Z" {
		r.no("it was reaped while its group lived")
	}
	r.order(other, testenv.Op{Do: "exit"})
	r.exits(i, 2)
}
