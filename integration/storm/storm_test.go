//go:build linux

package storm

import (
	"errors"
	"flag"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"os/exec"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/tsboot/tsboot/control"
	"github.com/tsboot/tsboot/integration/wait"
	"github.com/tsboot/tsboot/secrets/secretstest"
)

var (
	seed      = flag.Uint64("seed", 0, "the choices of a certain run; 0: of a new one")
	refreshes = flag.Int("refreshes", 500, "how many refreshes are asked for")
)

// warmUp is after how many refreshes a tsboot has all the memory that it needs.
const warmUp = 15

// storm is a lane in which everything happens by chance.
type storm struct {
	*lane
	random    *rand.Rand
	modes     []string         // of new versions
	signals   []syscall.Signal // to the agent
	byChance  bool             // refreshes come by themselves, too
	good      version          // the last that stayed
	disturbed bool             // something happened to the agent since the newest version came
	count     map[string]int
}

// TestStorm asks for hundreds of refreshes by all ways, of good, bad and unchanged versions, while Parameter Store fails, the
// agent is killed and signals come.
func TestStorm(t *testing.T) {
	t.Parallel()
	signals := []syscall.Signal{syscall.SIGKILL, syscall.SIGTERM, syscall.SIGUSR1, syscall.SIGHUP}
	for i, test := range []struct {
		name  string
		kind  agentKind
		on    string
		part  int // of all refreshes, in tenths
		modes []string
		// At SIGHUP the agent reads its files. While a setup runs beside it, they are those that may be taken back.
		signals []syscall.Signal
		flags   []string
	}{
		{"setup", foreground, "setup-and-restart", 3, []string{"good", "good", "die", "sick", "setup"}, signals[:3], nil},
		{"daemon", daemon, "restart", 1, []string{"good", "good", "die", "sick"}, signals, nil},
		{"interval", foreground, "restart", 3, []string{"good", "good", "die", "sick"}, signals, []string{"--refresh", "250ms"}},
		{"signal", foreground, "signal:SIGHUP", 3, []string{"good", "good", "die", "sick"}, signals, nil},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			s := &storm{
				lane:   newLane(t, test.kind, test.on, append(test.flags, "--refresh-probation", "30ms", "--fetch-timeout", "600ms")...),
				random: rand.New(rand.NewPCG(chosenSeed(t), uint64(i))), modes: test.modes, signals: test.signals, byChance: len(test.flags) > 0, count: map[string]int{},
			}
			s.run(*refreshes * test.part / 10)
			t.Logf("%v", s.count)
		})
	}
}

func (s *storm) run(times int) {
	s.t.Helper()
	s.start()
	s.awaitAgreement(nil)
	s.good = s.newest()
	stopReading := s.readAllTheTime()
	var before cost
	for n := range times {
		if n == min(warmUp, times-1) {
			before = s.cost()
		}
		s.once()
	}
	stopReading()
	s.wantNothingLost(before)
	s.stop()
}

// readAllTheTime reads the files as their agent would: each is always there and whole.
func (s *storm) readAllTheTime() (stop func()) {
	done := make(chan struct{})
	var reader sync.WaitGroup
	reader.Go(func() {
		tick := time.NewTicker(2 * time.Millisecond)
		defer tick.Stop()
		for {
			select {
			case <-done:
				return
			case <-tick.C:
			}
			_, err := s.readJSON("etc/agent.json")
			if _, errConf := s.readConf(); err != nil || errConf != nil {
				s.t.Errorf("a reader found: %v, %v", err, errConf)
				return
			}
		}
	})
	stop = sync.OnceFunc(func() { close(done); reader.Wait() })
	s.t.Cleanup(stop)
	return stop
}

// once changes something or nothing, asks for a refresh while something else happens, and wants all to agree at its end.
func (s *storm) once() {
	s.t.Helper()
	switch s.random.IntN(10) {
	case 0: // nothing has changed
	case 1: // a new version of the same
		s.putAgain(s.newest())
		s.disturbed = false
	default:
		s.put(s.modes[s.random.IntN(len(s.modes))])
		s.disturbed = false
	}
	if s.random.IntN(12) == 0 {
		s.outage()
	}
	if s.random.IntN(20) == 0 {
		s.disturbed = true
		s.kill(syscall.SIGKILL) // it may be in backoff when the refresh comes
	}
	events := s.disturb()
	outcome := s.ask()
	events.Wait()
	s.count[string(outcome)]++
	if outcome == control.Failed { // the machine was too slow for the timeout
		s.awaitAgreement(nil)
		return
	}
	if s.disturbed { // whether the version stayed is a matter of chance
		s.awaitAgreement(nil)
		s.settle()
		return
	}
	if s.newest().Mode == "good" {
		s.good = s.newest()
	}
	s.awaitAgreement(&s.good)
	s.wantOutcome(outcome)
}

// settle finds out which version has stayed.
func (s *storm) settle() {
	s.t.Helper()
	status, err := s.status()
	s.must(err)
	if on := s.versions[*status.Parameters[0].Version-1]; on.Mode == "good" {
		s.good = on
	} else {
		s.fatalf("a bad version has stayed: %+v", on)
	}
}

func (s *storm) wantOutcome(outcome control.Outcome) {
	s.t.Helper()
	right := map[bool]string{true: "kept unchanged", false: "rolled-back refused"}[s.newest().Mode == "good"]
	if outcome != "" && !strings.Contains(right, string(outcome)) {
		s.fatalf("the newest version is %+v, and the answer %q", s.newest(), outcome)
	}
	status, err := s.status()
	s.must(err)
	if bad := status.Refresh.LastError != ""; bad == (s.newest().Mode == "good") && !s.byChance {
		s.fatalf("the newest version is %+v, and the last error %q", s.newest(), status.Refresh.LastError)
	}
}

// outage has Parameter Store fail for one refresh, which changes nothing.
func (s *storm) outage() {
	s.t.Helper()
	kinds := []string{secretstest.AccessDenied, secretstest.ExpiredToken, secretstest.NotJSON, secretstest.ServerError, secretstest.Reset}
	s.server.Script(secretstest.Fault{Kind: kinds[s.random.IntN(len(kinds))], Times: secretstest.Forever})
	answer := s.refresh()
	if answer.Outcome != control.Failed {
		s.fatalf("Parameter Store fails, and the answer is %+v", answer)
	}
	s.server.ClearFaults()
	s.awaitAgreement(nil)
	s.count["outage"]++
}

// disturb does something to the agent while a refresh runs, now and then.
func (s *storm) disturb() *sync.WaitGroup {
	var events sync.WaitGroup
	if s.random.IntN(4) > 0 {
		return &events
	}
	after := time.Duration(s.random.IntN(80)) * time.Millisecond
	signal := s.signals[s.random.IntN(len(s.signals))]
	toTsboot := signal == syscall.SIGHUP || signal == syscall.SIGUSR1
	s.disturbed = true
	s.count[fmt.Sprint(signal)]++
	events.Go(func() {
		<-time.After(after)
		if toTsboot { // which forwards it
			_ = s.tsboot.Process.Signal(signal)
			return
		}
		s.kill(signal)
	})
	return &events
}

// kill sends the signal to the agent that runs now, if one does.
func (s *storm) kill(signal syscall.Signal) {
	status, err := s.status()
	if err != nil || status.Agent.PID == nil {
		return
	}
	_ = syscall.Kill(*status.Agent.PID, signal) // it may have ended
}

// ask asks for a refresh by one of the ways and waits to its end. An empty outcome: nobody said.
func (s *storm) ask() (outcome control.Outcome) {
	s.t.Helper()
	switch way := s.random.IntN(10); {
	case way < 2:
		s.count["by command"]++
		return s.command()
	case way < 5:
		s.count["by signal"]++
		s.signal()
		return ""
	case way < 6 && s.byChance:
		s.count["by interval"]++
		s.next(2)
		return ""
	case way < 7: // two at once
		var other sync.WaitGroup
		other.Go(func() { s.refresh() })
		defer other.Wait()
	}
	return s.refresh().Outcome
}

func (s *storm) refresh() control.RefreshAnswer {
	answer, err := control.Client{Dir: s.runDir()}.Refresh(s.t.Context())
	if err != nil {
		s.t.Errorf("refresh: %v", err)
	}
	return answer
}

// command is `tsboot refresh`.
func (s *storm) command() control.Outcome {
	s.t.Helper()
	out, err := exec.Command(s.programs.tsboot, "refresh", "--run-dir", s.runDir()).CombinedOutput()
	if exit := (*exec.ExitError)(nil); err != nil && !errors.As(err, &exit) {
		s.t.Fatal(err)
	}
	for _, outcome := range []control.Outcome{control.RolledBack, control.Refused, control.Unchanged, control.Kept, control.Failed} {
		if strings.HasPrefix(string(out), string(outcome)) {
			return outcome
		}
	}
	s.fatalf("tsboot refresh: %v: %s", err, out)
	return ""
}

// signal sends the profile's signal and waits for a refresh that began after it.
func (s *storm) signal() {
	s.t.Helper()
	more := 1
	if s.byChance { // one may be under way
		more = 2
	}
	status, err := s.status()
	s.must(err)
	s.must(s.tsboot.Process.Signal(syscall.SIGUSR2))
	s.waitFor("a refresh by signal", func() bool {
		now, err := s.status()
		return err == nil && now.Refresh.Refreshes >= status.Refresh.Refreshes+more
	})
}

// next waits for refreshes by the interval.
func (s *storm) next(n int) {
	s.t.Helper()
	status, err := s.status()
	s.must(err)
	s.waitFor("a refresh by interval", func() bool {
		now, err := s.status()
		return err == nil && now.Refresh.Refreshes >= status.Refresh.Refreshes+n
	})
}

// wantNothingLost compares with the time before the storm.
func (s *storm) wantNothingLost(before cost) {
	s.t.Helper()
	if !wait.Until(patience, func() bool { return len(s.left()) == 0 }) {
		s.t.Errorf("left: %v", s.left())
	}
	var pids []int
	var zombies int
	if !wait.Until(patience, func() bool { pids, zombies = s.children(); return len(pids) == 1 && zombies == 0 }) {
		s.t.Errorf("%d zombies among the children %v", zombies, pids)
	}
	var after cost
	same := func() bool {
		after = s.cost()
		return after.descriptors <= before.descriptors && after.threads <= before.threads && after.anonymous <= before.anonymous+512
	}
	if !wait.Until(patience, same) {
		s.t.Errorf("before %+v, after %+v", before, after)
	}
	s.t.Logf("before %+v, after %+v", before, after)
}

func (s *storm) stop() {
	s.t.Helper()
	s.must(s.tsboot.Process.Signal(syscall.SIGTERM))
	if !wait.Until(patience, func() bool { return !s.running() }) || s.tsboot.ProcessState.ExitCode() != 0 {
		s.fatalf("stopped with %v", s.tsboot.ProcessState)
	}
	if strays := s.strays(); len(strays) > 0 {
		s.t.Errorf("left behind: %v", strays)
	}
	if left := s.left(); len(left) > 0 {
		s.t.Errorf("left: %v", left)
	}
	if _, err := os.Lstat(s.runDir() + "/tsboot.sock"); !errors.Is(err, fs.ErrNotExist) {
		s.t.Errorf("the socket is still there: %v", err)
	}
}
