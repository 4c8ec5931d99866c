//go:build linux

package pid1

import (
	"io"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/tsboot/tsboot/integration/pid1/adapter"
	"github.com/tsboot/tsboot/integration/pid1/arena"
)

const (
	sigRTMin = 34 // as the kernel and glibc number it
	sigRTMax = 64
)

func signalCases() []testCase {
	return []testCase{
		{id: "forward", title: "Forwards HUP INT QUIT USR1 USR2 ALRM TERM STKFLT CONT XCPU XFSZ VTALRM WINCH IO PWR, once each", facts: "2.1", run: forwardOrdinary},
		{id: "forward-faults", title: "Forwards ILL TRAP ABRT BUS FPE SEGV SYS that a user sent", facts: "1.1", run: forwardFaults},
		{id: "forward-rt", title: "Forwards real-time signals 35 to 64", facts: "6.H", run: forwardRealTime},
		{id: "forward-34", title: "Forwards signal 34", facts: "6.H", run: dies(sigRTMin),
			note: "The init is at rest when it comes, and so with 32; never 33, by which Go has every thread make a system call. Go programs cannot catch these. tsboot's main thread waits for them; one that comes in the microseconds in which it works ends a tsboot that is not process 1, and is nothing to one that is."},
		{id: "forward-urg", title: "Forwards SIGURG that a user sent", facts: "6.I", run: forwardAtRest(syscall.SIGURG, arena.TraitURG), note: ownSignals},
		{id: "forward-pipe", title: "Forwards SIGPIPE that a user sent", facts: "2.1", run: forwardAtRest(syscall.SIGPIPE, stubborn), note: ownSignals},
		{id: "no-spurious-urg", title: "Sends no SIGURG that nobody sent", facts: "4.2", run: noSpuriousUrgent},
		{id: "forward-prof", title: "Forwards SIGPROF", facts: "6.I", run: dies(syscall.SIGPROF),
			note: "The init is at rest when it comes. In the microseconds in which the main thread works Go's runtime takes it for its profiler."},
		{id: "no-sigchld", title: "Keeps SIGCHLD to itself", facts: "1.1", run: keepsChild},
		{id: "group", title: "Signals the child's whole group", facts: "7", needs: []adapter.Option{adapter.Group}, run: toGroup},
		{id: "process", title: "Signals the child alone", facts: "7", needs: []adapter.Option{adapter.Process}, run: toProcess},
		{id: "rewrite", title: "Rewrites a signal", facts: "7", needs: []adapter.Option{adapter.Rewrite}, run: rewrites(syscall.SIGUSR1, syscall.SIGUSR2)},
		{id: "rewrite-rt", title: "Rewrites SIGRTMIN+3, systemd's stop signal, to TERM", facts: "1.2", needs: []adapter.Option{adapter.Rewrite}, run: rewrites(sigRTMin+3, syscall.SIGTERM)},
		{id: "drop", title: "Drops a signal", facts: "7", needs: []adapter.Option{adapter.Rewrite}, run: drops},
		{id: "sigchld-ignored", title: "Survives SIGCHLD inherited ignored", facts: "6.A", run: childIgnored},
		{id: "inherited-blocked", title: "Forwards though all signals were inherited blocked", facts: "6.A'", run: inheritedBlocked},
		{id: "inherited-ignored", title: "Forwards signals that were inherited ignored", facts: "8.7", run: inheritedIgnored},
		{id: "other-user", title: "A child it may not signal does not end it", facts: "1.1", run: mayNotSignal},
		{id: "early", title: "TERM at any moment of its start ends it", facts: "4.3", modes: asChild, run: earlyTerm},
		{id: "storm", title: "A storm of 3,000 signals loses no kind and invents none", facts: "1.14", run: storm},
		{id: "broken-pipe", title: "Standard error broken: goes on, and ends with the child's code", facts: "4.3", run: brokenPipe},
		{id: "full-pipe", title: "Standard error full and nobody reads: goes on", facts: "4.9", run: fullPipe},
		{id: "suspend", title: "TSTP, TTIN, TTOU suspend the child, and then itself unless it is process 1; CONT resumes", facts: "7", run: suspends},
	}
}

// inTurn sends one signal after the other, each when the one before has come.
func inTurn(r *run, signals []syscall.Signal) {
	i, child := r.startPuppet(spec{}, "")
	for _, s := range signals {
		r.signal(i, s)
		r.hears(child, s, 1)
	}
	if got := child.Signals(); !slices.Equal(got, signals) {
		r.no("the child got %v", got)
	}
	r.order(child, arena.Op{Do: "exit", Code: 3})
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
		i, child := r.startPuppet(spec{}, traits)
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
	i, child := r.startPuppet(spec{}, arena.TraitURG)
	r.order(child, arena.Op{Do: "spawn", Spawn: &arena.Spawn{Argv: orphanage(300)}})
	for range 500 {
		r.signal(i, syscall.SIGUSR1, sigRTMin+5, syscall.SIGWINCH)
	}
	r.signal(i, syscall.SIGUSR2)
	r.hears(child, syscall.SIGUSR2, 1)
	r.order(child, arena.Op{Do: "ping"})
	if n := child.Count(syscall.SIGURG); n > 0 {
		r.no("the child got %d", n)
	}
}

func keepsChild(r *run) {
	i, child := r.startPuppet(spec{}, "")
	r.signal(i, syscall.SIGCHLD, syscall.SIGUSR1)
	r.hears(child, syscall.SIGUSR1, 1)
	if child.Count(syscall.SIGCHLD) > 0 {
		r.no("the child got it")
	}
}

func toGroup(r *run) {
	i, child := r.startPuppet(spec{set: []adapter.Setting{adapter.Set(adapter.Group)}}, "")
	other := r.spawn(child, arena.Spawn{Name: "other"})
	r.signal(i, syscall.SIGUSR1)
	r.hears(child, syscall.SIGUSR1, 1)
	r.hears(other, syscall.SIGUSR1, 1)
}

func toProcess(r *run) {
	i, child := r.startPuppet(spec{set: []adapter.Setting{adapter.Set(adapter.Process)}}, "")
	other := r.spawn(child, arena.Spawn{Name: "other"})
	r.signal(i, syscall.SIGUSR1)
	r.hears(child, syscall.SIGUSR1, 1)
	r.order(other, arena.Op{Do: "ping"})
	if got := other.Signals(); len(got) > 0 {
		r.no("another process of the group got %v", got)
	}
}

func rewrites(from, to syscall.Signal) func(*run) {
	return func(r *run) {
		i, child := r.startPuppet(spec{set: []adapter.Setting{adapter.Set(adapter.Rewrite, int(from), int(to))}}, "")
		r.signal(i, from)
		r.hears(child, to, 1)
		if child.Count(from) > 0 {
			r.no("the child got %s too", name(from))
		}
	}
}

func drops(r *run) {
	i, child := r.startPuppet(spec{set: []adapter.Setting{adapter.Set(adapter.Rewrite, int(syscall.SIGUSR1), 0)}}, "")
	r.signal(i, syscall.SIGUSR1, syscall.SIGUSR2)
	r.hears(child, syscall.SIGUSR2, 1)
	if child.Count(syscall.SIGUSR1) > 0 {
		r.no("the child got it")
	}
}

func childIgnored(r *run) {
	r.patience = min(r.patience, 10*time.Second)
	i := r.start(spec{child: []string{"/bin/sh", "-c", "exit 3"}, launch: arena.Launch{Ignore: []syscall.Signal{syscall.SIGCHLD}}})
	r.exits(i, 3)
}

// inheritedBlocked counts a signal that waits at a child with an inherited mask as forwarded.
func inheritedBlocked(r *run) {
	signals := []syscall.Signal{syscall.SIGUSR1, syscall.SIGALRM, syscall.SIGTERM}
	r.each(len(signals), func(k int) {
		i := r.start(spec{child: []string{"/bin/sleep", "1000"}, launch: arena.Launch{BlockAll: true}})
		pid := r.program(i, "sleep")
		r.signal(i, signals[k])
		r.eventually(name(signals[k])+" did not reach the child", func() bool {
			p, there := r.Process(pid)
			status, _ := r.File(pid, "status")
			return !there || p.State == "Z" || pending(status, signals[k])
		})
	})
}

// pending says that a signal waits for a process that blocks it.
func pending(status string, s syscall.Signal) bool {
	for line := range strings.Lines(status) {
		if mask, ok := strings.CutPrefix(strings.TrimSpace(line), "ShdPnd:\t"); ok {
			bits, err := strconv.ParseUint(mask, 16, 64)
			return err == nil && bits&(1<<(uint(s)-1)) != 0
		}
	}
	return false
}

// inheritedIgnored leaves out SIGPIPE: a Go puppet that inherits it ignored cannot see it.
func inheritedIgnored(r *run) {
	ignored := []syscall.Signal{syscall.SIGHUP, syscall.SIGUSR1, syscall.SIGALRM, 40, syscall.SIGINT, syscall.SIGTERM}
	i, child := r.startPuppet(spec{launch: arena.Launch{Ignore: ignored}}, "")
	for _, s := range ignored {
		r.signal(i, s)
		r.hears(child, s, 1)
	}
}

// mayNotSignal has the child become root under an init that is not: kill says EPERM, which is no reason to end.
func mayNotSignal(r *run) {
	r.asRoot()
	dir, err := os.MkdirTemp("", "pid1-setuid-")
	r.must(err)
	defer os.RemoveAll(dir)
	r.must(os.Chmod(dir, 0o711))
	program, init := filepath.Join(dir, "child"), filepath.Join(dir, "init")
	exe, err := os.Executable()
	r.must(err)
	r.must(copyFile(program, exe, 0o755|os.ModeSetuid))
	r.must(copyFile(init, r.init.Binary, 0o755))
	child := r.PuppetArgv("child", "")
	child[0] = program
	other := *r.init
	other.Binary = init
	r.init = &other
	i := r.start(spec{child: child, launch: arena.Launch{UID: 65534, Dir: dir}})
	p := r.puppet("child")
	r.order(p, arena.Op{Do: "root"})
	r.signal(i, syscall.SIGUSR1, syscall.SIGWINCH)
	r.order(p, arena.Op{Do: "ping"})
	r.order(p, arena.Op{Do: "exit", Code: 4})
	r.exits(i, 4)
}

func copyFile(to, from string, mode os.FileMode) error {
	in, err := os.Open(from)
	if err != nil {
		return err
	}
	defer in.Close()
	out, err := os.Create(to)
	if err != nil {
		return err
	}
	defer out.Close()
	if _, err := io.Copy(out, in); err != nil {
		return err
	}
	return out.Chmod(mode)
}

// earlyTerm sends TERM ever later after the init's first instruction. Whether the child runs already or not, the end
// is 143, by whatever way.
func earlyTerm(r *run) {
	r.each(40, func(k int) {
		i := r.start(spec{child: []string{"/bin/sleep", "1000"}})
		<-time.After(time.Duration(k) * 300 * time.Microsecond)
		r.signal(i, syscall.SIGTERM)
		r.exits(i, 143)
	})
	r.nothingLeft()
}

func storm(r *run) {
	i, child := r.startPuppet(spec{}, "")
	kinds := []syscall.Signal{syscall.SIGHUP, syscall.SIGUSR1, syscall.SIGWINCH, syscall.SIGXCPU, sigRTMin + 3, sigRTMax}
	for range 500 {
		r.signal(i, kinds...)
	}
	r.signal(i, syscall.SIGUSR2)
	for _, s := range append(slices.Clone(kinds), syscall.SIGUSR2) {
		r.hears(child, s, 1)
	}
	for _, s := range child.Signals() {
		if !slices.Contains(kinds, s) && s != syscall.SIGUSR2 {
			r.no("the child got %s, which nobody sent", name(s))
		}
	}
	r.order(child, arena.Op{Do: "exit", Code: 6})
	r.exits(i, 6)
}

// verbose asks for as much output as the init can make.
func (r *run) verbose() []adapter.Setting {
	if r.init.Has(adapter.Verbose) {
		return []adapter.Setting{adapter.Set(adapter.Verbose)}
	}
	return nil
}

func brokenPipe(r *run) {
	reader, writer, err := os.Pipe()
	r.must(err)
	r.must(reader.Close())
	defer writer.Close()
	i, child := r.startPuppet(spec{set: r.verbose(), launch: arena.Launch{Stderr: writer, Stdout: writer}}, "")
	r.signal(i, syscall.SIGUSR1)
	r.hears(child, syscall.SIGUSR1, 1)
	r.order(child, arena.Op{Do: "exit", Code: 5})
	r.exits(i, 5)
}

func fullPipe(r *run) {
	reader, writer, err := os.Pipe()
	r.must(err)
	defer reader.Close()
	defer writer.Close()
	r.must(fill(writer))
	i, child := r.startPuppet(spec{set: r.verbose(), launch: arena.Launch{Stderr: writer, Stdout: writer}}, "")
	for n := range 5 {
		r.signal(i, syscall.SIGUSR1)
		r.hears(child, syscall.SIGUSR1, n+1)
	}
	r.order(child, arena.Op{Do: "exit", Code: 5})
	r.exits(i, 5)
}

// fill writes to a pipe until it takes no more.
func fill(w *os.File) error {
	if err := w.SetWriteDeadline(time.Now().Add(200 * time.Millisecond)); err != nil {
		return err
	}
	for block := make([]byte, 4096); ; {
		if _, err := w.Write(block); err != nil {
			return w.SetWriteDeadline(time.Time{})
		}
	}
}

func suspends(r *run) {
	i := r.start(spec{child: []string{"/bin/sleep", "1000"}})
	pid := r.program(i, "sleep")
	for _, s := range []syscall.Signal{syscall.SIGTSTP, syscall.SIGTTIN, syscall.SIGTTOU} {
		r.signal(i, s)
		r.inState(pid, "T", "after "+name(s)+" the child is not stopped")
		if r.mode == arena.Child {
			r.inState(i.Inner, "T", "after "+name(s)+" the init itself is not stopped")
		}
		r.signal(i, syscall.SIGCONT)
		r.inState(pid, "S", "after CONT the child does not go on")
		r.inState(i.Inner, "S", "after CONT the init does not go on")
	}
	r.signal(i, syscall.SIGTERM)
	r.exits(i, 143)
}

func (r *run) inState(pid int, state, otherwise string) {
	r.eventually(otherwise, func() bool {
		p, there := r.Process(pid)
		return there && p.State == state
	})
}
