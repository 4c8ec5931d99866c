//go:build linux

package pid1

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/tsboot/tsboot/integration/executable"
	"github.com/tsboot/tsboot/integration/pid1/adapter"
	"github.com/tsboot/tsboot/integration/pid1/testenv"
)

// What an init finds itself in, and what it is put to: inherited masks, users it may not signal, storms, broken pipes.

func childIgnored(r *run) {
	r.patience = min(r.patience, 10*time.Second)
	i := r.start(spec{child: []string{"/bin/sh", "-c", "exit 3"}, launch: testenv.Launch{Ignore: []syscall.Signal{syscall.SIGCHLD}}})
	r.exits(i, 3)
}

// inheritedBlocked counts a signal that waits at a child with an inherited mask as forwarded.
func inheritedBlocked(r *run) {
	signals := []syscall.Signal{syscall.SIGUSR1, syscall.SIGALRM, syscall.SIGTERM}
	r.each(len(signals), func(k int) {
		i := r.start(spec{child: []string{"/bin/sleep", "1000"}, launch: testenv.Launch{BlockAll: true}})
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

// inheritedIgnored leaves out SIGPIPE: a Go helper that inherits it ignored cannot see it.
func inheritedIgnored(r *run) {
	ignored := []syscall.Signal{syscall.SIGHUP, syscall.SIGUSR1, syscall.SIGALRM, 40, syscall.SIGINT, syscall.SIGTERM}
	i, child := r.startHelper(spec{launch: testenv.Launch{Ignore: ignored}}, "")
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
	child := r.HelperArgv("child", "")
	child[0] = program
	other := *r.init
	other.Binary = init
	r.init = &other
	i := r.start(spec{child: child, launch: testenv.Launch{UID: 65534, Dir: dir}})
	p := r.helper("child")
	r.order(p, testenv.Op{Do: "root"})
	r.signal(i, syscall.SIGUSR1, syscall.SIGWINCH)
	r.order(p, testenv.Op{Do: "ping"})
	r.order(p, testenv.Op{Do: "exit", Code: 4})
	r.exits(i, 4)
}

func copyFile(to, from string, mode os.FileMode) error {
	content, err := os.ReadFile(from)
	if err != nil {
		return err
	}
	if err := executable.WriteFile(to, content, 0o700); err != nil {
		return err
	}
	return os.Chmod(to, mode) // whatever the umask
}

// earlyTerm sends TERM ever later after the init's first instruction. Whether the child runs already or not, the end
// is 143, by whatever way. The kernel gives process 1 no signal that it neither handles nor blocks, so there the first
// moment is the one in which the init does either.
func earlyTerm(r *run) {
	r.each(40, func(k int) {
		i := r.start(spec{child: []string{"/bin/sleep", "1000"}})
		if r.mode == testenv.PID1 {
			r.eventually("it does not take TERM", func() bool { return takes(i, syscall.SIGTERM) })
		}
		<-time.After(time.Duration(k) * 300 * time.Microsecond)
		r.signal(i, syscall.SIGTERM)
		r.exits(i, 143)
	})
	r.nothingLeft()
}

// takes says that the init, which is the program of its command line by now, handles or blocks the signal.
func takes(i *testenv.Init, s syscall.Signal) bool {
	launcher, err := os.Executable()
	if err != nil {
		return false
	}
	line, err := os.ReadFile(fmt.Sprintf("/proc/%d/cmdline", i.PID))
	if err != nil || bytes.HasPrefix(line, []byte(launcher+"\x00")) {
		return false
	}
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", i.PID))
	if err != nil {
		return false
	}
	for line := range strings.Lines(string(status)) {
		key, value, _ := strings.Cut(strings.TrimSpace(line), ":\t")
		if set, err := strconv.ParseUint(value, 16, 64); err == nil && (key == "SigCgt" || key == "SigBlk") && set&(1<<(s-1)) != 0 {
			return true
		}
	}
	return false
}

func storm(r *run) {
	i, child := r.startHelper(spec{}, "")
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
	r.order(child, testenv.Op{Do: "exit", Code: 6})
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
	i, child := r.startHelper(spec{set: r.verbose(), launch: testenv.Launch{Stderr: writer, Stdout: writer}}, "")
	r.signal(i, syscall.SIGUSR1)
	r.hears(child, syscall.SIGUSR1, 1)
	r.order(child, testenv.Op{Do: "exit", Code: 5})
	r.exits(i, 5)
}

func fullPipe(r *run) {
	reader, writer, err := os.Pipe()
	r.must(err)
	defer reader.Close()
	defer writer.Close()
	r.must(fill(writer))
	i, child := r.startHelper(spec{set: r.verbose(), launch: testenv.Launch{Stderr: writer, Stdout: writer}}, "")
	for n := range 5 {
		r.signal(i, syscall.SIGUSR1)
		r.hears(child, syscall.SIGUSR1, n+1)
	}
	r.order(child, testenv.Op{Do: "exit", Code: 5})
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
		if r.mode == testenv.Child {
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
