//go:build linux

package pid1

import (
	"slices"
	"syscall"
	"time"

	"github.com/tsboot/tsboot/integration/pid1/adapter"
	"github.com/tsboot/tsboot/integration/pid1/testenv"
)

const (
	sigRTMin = 34 // as the kernel and glibc number it
	sigRTMax = 64
)

func signalCases() []testCase {
	return []testCase{
		{id: "forward", title: "Forwards HUP INT QUIT USR1 USR2 ALRM TERM STKFLT CONT XCPU XFSZ VTALRM WINCH IO PWR, once each", run: forwardOrdinary},
		{id: "forward-faults", title: "Forwards ILL TRAP ABRT BUS FPE SEGV SYS that a user sent", run: forwardFaults},
		{id: "forward-rt", title: "Forwards real-time signals 35 to 64", run: forwardRealTime},
		{id: "forward-34", title: "Forwards signal 34", run: dies(sigRTMin),
			note: "The init is at rest when it comes, and so with 32; never 33, by which Go has every thread make a system call. Go programs cannot catch these. tsboot's main thread waits for them; one that comes in the microseconds in which it works ends a tsboot that is not process 1, and is nothing to one that is."},
		{id: "forward-urg", title: "Forwards SIGURG that a user sent", run: forwardAtRest(syscall.SIGURG, testenv.TraitURG), note: ownSignals},
		{id: "forward-pipe", title: "Forwards SIGPIPE that a user sent", run: forwardAtRest(syscall.SIGPIPE, stubborn), note: ownSignals},
		{id: "no-spurious-urg", title: "Sends no SIGURG that nobody sent", run: noSpuriousUrgent},
		{id: "forward-prof", title: "Forwards SIGPROF", run: dies(syscall.SIGPROF),
			note: "The init is at rest when it comes. In the microseconds in which the main thread works Go's runtime takes it for its profiler."},
		{id: "no-sigchld", title: "Keeps SIGCHLD to itself", run: keepsChild},
		{id: "group", title: "Signals the child's whole group", needs: []adapter.Option{adapter.Group}, run: toGroup},
		{id: "process", title: "Signals the child alone", needs: []adapter.Option{adapter.Process}, run: toProcess},
		{id: "rewrite", title: "Rewrites a signal", needs: []adapter.Option{adapter.Rewrite}, run: rewrites(syscall.SIGUSR1, syscall.SIGUSR2)},
		{id: "rewrite-rt", title: "Rewrites SIGRTMIN+3, systemd's stop signal, to TERM", needs: []adapter.Option{adapter.Rewrite}, run: rewrites(sigRTMin+3, syscall.SIGTERM)},
		{id: "drop", title: "Drops a signal", needs: []adapter.Option{adapter.Rewrite}, run: drops},
		{id: "sigchld-ignored", title: "Survives SIGCHLD inherited ignored", run: childIgnored},
		{id: "inherited-blocked", title: "Forwards though all signals were inherited blocked", run: inheritedBlocked},
		{id: "inherited-ignored", title: "Forwards signals that were inherited ignored", run: inheritedIgnored},
		{id: "other-user", title: "A child it may not signal does not end it", run: mayNotSignal},
		{id: "early", title: "TERM at any moment of its start ends it", run: earlyTerm,
			note: "As process 1 from the instruction on that sets a handler or blocks it: until then, while it loads the program, the kernel drops what comes, for every init. tsboot's are its first instructions, before the Go runtime starts; in a binary that was not linked by the Makefile (go install) a TERM in the first milliseconds of process 1 is lost, or ends it with code 2."},
		{id: "storm", title: "A storm of 3,000 signals loses no kind and invents none", run: storm},
		{id: "broken-pipe", title: "Standard error broken: goes on, and ends with the child's code", run: brokenPipe},
		{id: "full-pipe", title: "Standard error full and nobody reads: goes on", run: fullPipe},
		{id: "suspend", title: "TSTP, TTIN, TTOU suspend the child, and then itself unless it is process 1; CONT resumes", run: suspends},
	}
}

// inTurn sends one signal after the other, each when the one before has come.
func inTurn(r *run, signals []syscall.Signal) {
	i, child := r.startHelper(spec{}, "")
	for _, s := range signals {
		r.signal(i, s)
		r.hears(child, s, 1)
	}
	if got := child.Signals(); !slices.Equal(got, signals) {
		r.no("the child got %v", got)
	}
	r.order(child, testenv.Op{Do: "exit", Code: 3})
	r.exits(i, 3)
}

// forwardOrdinary sends what means stop last.
func forwardOrdinary(r *run) {
	inTurn(r, []syscall.Signal{
		syscall.SIGHUP, syscall.SIGQUIT, syscall.SIGUSR1, syscall.SIGUSR2, syscall.SIGALRM,
		syscall.SIGSTKFLT, syscall.SIGCONT, syscall.SIGXCPU, syscall.SIGXFSZ, syscall.SIGVTALRM, syscall.SIGWINCH,
		syscall.SIGIO, syscall.SIGPWR, syscall.SIGINT, syscall.SIGTERM,
	})
}

func forwardFaults(r *run) {
	inTurn(r, []syscall.Signal{
		syscall.SIGILL, syscall.SIGTRAP, syscall.SIGABRT, syscall.SIGBUS, syscall.SIGFPE, syscall.SIGSEGV, syscall.SIGSYS,
	})
}

func forwardRealTime(r *run) {
	var all []syscall.Signal
	for s := syscall.Signal(sigRTMin + 1); s <= sigRTMax; s++ {
		all = append(all, s)
	}
	inTurn(r, all)
}

// dies sends a signal that no Go program can show to a C program, which dies of it. The init is at rest by then.
func dies(s syscall.Signal) func(*run) {
	return func(r *run) {
		i := r.start(spec{child: []string{"/bin/sleep", "1000"}})
		pid := r.program(i, "sleep")
		r.settle(i, 300*time.Millisecond)
		r.signal(i, s)
		r.eventually("the child did not die of it", func() bool {
			p, there := r.Process(pid)
			return !there || p.State == "Z"
		})
		r.exits(i, 128+int(s))
	}
}

// ownSignals is the condition of those that a Go program sends itself.
const ownSignals = "The init is at rest when it comes. In the microseconds in which tsboot's main thread works it cannot be told from one of its own, and is dropped."

// forwardAtRest sends a signal that the init may get from itself as well, a few times.
func forwardAtRest(s syscall.Signal, traits string) func(*run) {
	return func(r *run) {
		i, child := r.startHelper(spec{}, traits)
		for n := range 5 {
			r.settle(i, 100*time.Millisecond)
			r.signal(i, s)
			r.hears(child, s, n+1)
		}
		if n := child.Count(s); n != 5 {
			r.no("it was sent 5 and got %d", n)
		}
	}
}

// noSpuriousUrgent keeps the init busy: a Go runtime then preempts its own goroutines by SIGURG.
func noSpuriousUrgent(r *run) {
	i, child := r.startHelper(spec{}, testenv.TraitURG)
	r.order(child, testenv.Op{Do: "spawn", Spawn: &testenv.Spawn{Argv: orphanage(300)}})
	for range 500 {
		r.signal(i, syscall.SIGUSR1, sigRTMin+5, syscall.SIGWINCH)
	}
	r.signal(i, syscall.SIGUSR2)
	r.hears(child, syscall.SIGUSR2, 1)
	r.order(child, testenv.Op{Do: "ping"})
	if n := child.Count(syscall.SIGURG); n > 0 {
		r.no("the child got %d", n)
	}
}

func keepsChild(r *run) {
	i, child := r.startHelper(spec{}, "")
	r.signal(i, syscall.SIGCHLD, syscall.SIGUSR1)
	r.hears(child, syscall.SIGUSR1, 1)
	if child.Count(syscall.SIGCHLD) > 0 {
		r.no("the child got it")
	}
}

func toGroup(r *run) {
	i, child := r.startHelper(spec{set: []adapter.Setting{adapter.Set(adapter.Group)}}, "")
	other := r.spawn(child, testenv.Spawn{Name: "other"})
	r.signal(i, syscall.SIGUSR1)
	r.hears(child, syscall.SIGUSR1, 1)
	r.hears(other, syscall.SIGUSR1, 1)
}

func toProcess(r *run) {
	i, child := r.startHelper(spec{set: []adapter.Setting{adapter.Set(adapter.Process)}}, "")
	other := r.spawn(child, testenv.Spawn{Name: "other"})
	r.signal(i, syscall.SIGUSR1)
	r.hears(child, syscall.SIGUSR1, 1)
	r.order(other, testenv.Op{Do: "ping"})
	if got := other.Signals(); len(got) > 0 {
		r.no("another process of the group got %v", got)
	}
}

func rewrites(from, to syscall.Signal) func(*run) {
	return func(r *run) {
		i, child := r.startHelper(spec{set: []adapter.Setting{adapter.Set(adapter.Rewrite, int(from), int(to))}}, "")
		r.signal(i, from)
		r.hears(child, to, 1)
		if child.Count(from) > 0 {
			r.no("the child got %s too", name(from))
		}
	}
}

func drops(r *run) {
	i, child := r.startHelper(spec{set: []adapter.Setting{adapter.Set(adapter.Rewrite, int(syscall.SIGUSR1), 0)}}, "")
	r.signal(i, syscall.SIGUSR1, syscall.SIGUSR2)
	r.hears(child, syscall.SIGUSR2, 1)
	if child.Count(syscall.SIGUSR1) > 0 {
		r.no("the child got it")
	}
}
