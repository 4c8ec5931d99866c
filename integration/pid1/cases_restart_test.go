//go:build linux

package pid1

import (
	"slices"
	"strings"
	"syscall"
	"time"

	"github.com/tsboot/tsboot/integration/pid1/adapter"
	"github.com/tsboot/tsboot/integration/pid1/testenv"
)

func restartCases() []testCase {
	cases := []testCase{
		{id: "restart-failure", title: "Restarts a child that failed; ends with one that did not", run: restartsFailure},
		{id: "restart-signal", title: "A death by a signal is a failure, TERM that nobody sent through it included", run: restartsSignalled},
		{id: "restart-always", title: "Restarts a child whatever its code, until it is stopped", run: restartsAlways},
		{id: "restart-strays", title: "Stops what a crashed child left behind before the next starts", needs: []adapter.Option{adapter.Grace}, run: restartsAfterStrays},
		{id: "restart-backoff", title: "Waits longer before each restart, up to a limit", run: backsOff},
		{id: "restart-reset", title: "A run that was long enough makes the wait short again", run: backoffResets},
		{id: "restart-give-up", title: "Gives up after so many starts, with the child's code", run: givesUp},
		{id: "restart-give-up-zero", title: "Gives up with a code of its own where the child's was 0", run: givesUpZero},
		{id: "restart-stop", title: "TERM in the wait before a restart ends it at once", run: stopInBackoff},
		{id: "restart-signals", title: "Other signals in that wait do no harm", run: signalsInBackoff},
		{id: "restart-fds", title: "Inherited descriptors reach the child at every start", run: fdsAtEveryStart},
		{id: "restart-tty", title: "The child has the terminal at every start", run: ttyAtEveryStart},
		{id: "restart-missing", title: "A command that cannot be executed is not tried again", run: missingNotRestarted},
	}
	for n := range cases {
		cases[n].needs = append(cases[n].needs, adapter.Restart, adapter.Backoff)
	}
	return cases
}

// restarting sets a policy, and waits that do not hold a test up.
func restarting(policy string, backoff ...any) []adapter.Setting {
	if len(backoff) == 0 {
		backoff = []any{0.01, 0.05, 60}
	}
	return []adapter.Setting{adapter.Set(adapter.Restart, policy), adapter.Set(adapter.Backoff, backoff...)}
}

// next waits for the child's next life.
func (r *run) next(old *testenv.Helper) *testenv.Helper {
	p, err := r.Next(old, r.patience)
	if err != nil {
		r.no("it is not restarted%s", r.said())
	}
	return p
}

// ends has the child exit and waits for its next life.
func (r *run) crash(child *testenv.Helper, code int) *testenv.Helper {
	r.order(child, testenv.Op{Do: "exit", Code: code})
	return r.next(child)
}

func restartsFailure(r *run) {
	i, child := r.startHelper(spec{set: restarting("on-failure")}, stubborn)
	child = r.crash(child, 1)
	child = r.crash(child, 255)
	r.order(child, testenv.Op{Do: "exit", Code: 0})
	r.exits(i, 0)
}

func restartsSignalled(r *run) {
	i, child := r.startHelper(spec{set: restarting("on-failure")}, stubborn)
	for _, s := range []syscall.Signal{syscall.SIGSEGV, syscall.SIGKILL, syscall.SIGTERM} {
		r.order(child, testenv.Op{Do: "die", Signal: int(s)})
		child = r.next(child)
	}
	r.order(child, testenv.Op{Do: "exit", Code: 0})
	r.exits(i, 0)
}

func restartsAlways(r *run) {
	i, child := r.startHelper(spec{set: restarting("always")}, mortal)
	child = r.crash(child, 0)
	child = r.crash(child, 3)
	r.signal(i, syscall.SIGTERM)
	r.gone(child)
	r.exits(i, 143)
	r.nothingLeft()
}

func restartsAfterStrays(r *run) {
	set := append(restarting("on-failure"), adapter.Set(adapter.Grace, 2))
	i, child := r.startHelper(spec{set: set}, stubborn)
	deaf := r.spawn(child, testenv.Spawn{Name: "deaf"})
	daemon := r.spawn(child, testenv.Spawn{Name: "daemon", Double: true, Session: true})
	child = r.crash(child, 1)
	if !deaf.Gone() || !daemon.Gone() {
		r.no("the next child runs beside what the last one left")
	}
	if deaf.Count(syscall.SIGTERM) == 0 || daemon.Count(syscall.SIGTERM) == 0 {
		r.no("what it left was killed without warning")
	}
	r.order(child, testenv.Op{Do: "exit", Code: 0})
	r.exits(i, 0)
}

// gaps ends the child so many times and says how long each next life let itself be waited for.
func (r *run) gaps(child *testenv.Helper, n int) (*testenv.Helper, []time.Duration) {
	var gaps []time.Duration
	for range n {
		began := time.Now()
		child = r.crash(child, 1)
		gaps = append(gaps, time.Since(began))
	}
	return child, gaps
}

// backsOff expects 0.2, 0.4, 0.8, 0.8 s, less the 10 % of jitter. Above, only the limit is asked for, and loosely.
func backsOff(r *run) {
	i, child := r.startHelper(spec{set: restarting("on-failure", 0.2, 0.8, 60)}, stubborn)
	child, gaps := r.gaps(child, 4)
	for n, least := range []time.Duration{180, 360, 720, 720} {
		if gaps[n] < least*time.Millisecond {
			r.no("the waits were %v", gaps)
		}
	}
	if gaps[3] > 5*time.Second {
		r.no("the waits were %v", gaps)
	}
	r.order(child, testenv.Op{Do: "exit", Code: 0})
	r.exits(i, 0)
}

// backoffResets lets the wait grow to 3.2 s, then has the child live longer than the reset.
func backoffResets(r *run) {
	i, child := r.startHelper(spec{set: restarting("on-failure", 0.1, 60, 0.8)}, stubborn)
	child, _ = r.gaps(child, 5)
	<-time.After(1200 * time.Millisecond)
	child, gaps := r.gaps(child, 1)
	if gaps[0] > 2800*time.Millisecond {
		r.no("the wait is still %v", gaps[0])
	}
	r.order(child, testenv.Op{Do: "exit", Code: 0})
	r.exits(i, 0)
}

func givesUp(r *run) {
	i, child := r.startHelper(spec{set: append(restarting("on-failure"), adapter.Set(adapter.StartLimit, 3))}, stubborn)
	child = r.crash(child, 5)
	child = r.crash(child, 5)
	r.order(child, testenv.Op{Do: "exit", Code: 6})
	r.exits(i, 6)
}

func givesUpZero(r *run) {
	i, child := r.startHelper(spec{set: append(restarting("always"), adapter.Set(adapter.StartLimit, 2))}, stubborn)
	child = r.crash(child, 0)
	r.order(child, testenv.Op{Do: "exit", Code: 0})
	r.exits(i, 75)
}

// inBackoff brings the init into a long wait.
func (r *run) inBackoff() *testenv.Init {
	i, child := r.startHelper(spec{set: restarting("on-failure", 600, 600, 600)}, stubborn)
	r.order(child, testenv.Op{Do: "exit", Code: 5})
	r.eventually("the child is not reaped", func() bool {
		_, there := r.Process(child.Inner)
		return !there
	})
	return i
}

func stopInBackoff(r *run) {
	i := r.inBackoff()
	r.signal(i, syscall.SIGTERM)
	code, err := i.Wait(r.patience)
	if err != nil {
		r.no("it waits on")
	}
	if !slices.Contains([]int{5, 143}, code) {
		r.no("ended with %d, neither the child's code nor 143", code)
	}
}

func signalsInBackoff(r *run) {
	i := r.inBackoff()
	r.signal(i, syscall.SIGHUP, syscall.SIGUSR1, syscall.SIGPIPE, syscall.SIGWINCH, sigRTMin+3, syscall.SIGCONT)
	if _, ended := i.WaitStatus(300 * time.Millisecond); ended {
		r.no("one of them ended it")
	}
	r.signal(i, syscall.SIGTERM)
	if _, ended := i.WaitStatus(r.patience); !ended {
		r.no("TERM does not end it any more")
	}
}

func fdsAtEveryStart(r *run) {
	_, child := r.startHelper(spec{set: restarting("on-failure"), launch: testenv.Launch{Extra: r.twoFiles()}}, stubborn)
	for range 3 {
		r.hasTwoFiles(child)
		child = r.crash(child, 1)
	}
	r.hasTwoFiles(child)
}

func ttyAtEveryStart(r *run) {
	tty, l := r.terminal()
	i, child := r.startHelper(spec{set: restarting("on-failure"), launch: l}, stubborn)
	for range 2 {
		if s := r.state(child); s.Foreground != s.PGID {
			r.no("the foreground group is %d, the child's %d", s.Foreground, s.PGID)
		}
		child = r.crash(child, 1)
	}
	r.must(tty.Type("\x03"))
	r.once(i, child, syscall.SIGINT)
}

func missingNotRestarted(r *run) {
	i := r.start(spec{child: []string{"/nonexistent/program"}, set: restarting("always")})
	r.exits(i, 127)
	if n := strings.Count(r.stderr(), "nonexistent"); n > 4 {
		r.no("it was tried again%s", r.said())
	}
}
