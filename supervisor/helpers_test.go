//go:build linux

package supervisor

import (
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"

	"github.com/tsboot/tsboot/integration/wait"
	"github.com/tsboot/tsboot/supervisor/process"
)

// catcher is a command that appends every signal it gets, one a line, to
// $D/NAME.signals, and writes its pid to $D/NAME once it is ready for them. It
// ends, with code 0, when it gets SIGQUIT.
func catcher(name string) Command {
	usedHelpers.Store("catcher", true)
	return sh(helperEnv + "=catcher exec $SELF " + name)
}

func helperCatcher(args []string) int {
	dir, name := os.Getenv("D"), args[0]
	file, err := os.OpenFile(filepath.Join(dir, name+".signals"), os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o600)
	if err != nil {
		return 1
	}
	signals := make(chan os.Signal, 100)
	var all []os.Signal
	for n := 1; n <= 64; n++ {
		if n != int(unix.SIGURG) { // the Go runtime of this helper sends itself some
			all = append(all, syscall.Signal(n))
		}
	}
	signal.Notify(signals, all...)
	if err := writeFile(filepath.Join(dir, name), strconv.Itoa(os.Getpid())); err != nil {
		return 1
	}
	for sig := range signals {
		n := int(sig.(syscall.Signal))
		fmt.Fprintln(file, n)
		if n == int(unix.SIGQUIT) {
			return 0
		}
	}
	return 1
}

// recorder is a catcher that a Go program cannot be: it also notices the signals
// that the runtime keeps for itself.
func recorder(name string) Command {
	usedHelpers.Store("record", true)
	return sh(helperEnv + "=record GODEBUG=asyncpreemptoff=1 exec $SELF " + name)
}

func helperRecord(args []string) int {
	dir, name := os.Getenv("D"), args[0]
	file, err := os.OpenFile(filepath.Join(dir, name+".signals"), os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o600)
	if err != nil {
		return 1
	}
	// While the main thread is at work, signals come the runtime's way.
	signals, code := make(chan os.Signal, 100), make(chan int, 2)
	process.CatchSignals(signals, make(chan os.Signal, 1))
	go func() {
		for sig := range signals {
			fmt.Fprintln(file, int(process.SignalNumber(sig)))
			if sig == unix.SIGQUIT {
				code <- 0
			}
		}
	}()
	mainThread.Do(func() {
		mask := process.WaitMask()
		_ = unix.PthreadSigmask(unix.SIG_SETMASK, &mask, nil)
		code <- recordSignals(file, filepath.Join(dir, name))
	})
	return <-code
}

func recordSignals(file *os.File, ready string) int {
	if writeFile(ready, strconv.Itoa(os.Getpid())) != nil {
		return 1
	}
	for {
		info, ok := process.WaitSignal(time.Time{}, false, &process.FastForward{})
		if !ok || info.FromSelf() {
			continue
		}
		fmt.Fprintln(file, info.Signo)
		if info.Signo == int32(unix.SIGQUIT) {
			return 0
		}
	}
}

// writeFile makes a file appear with all its content.
func writeFile(path, content string) error {
	tmp := fmt.Sprintf("%s.tmp%d", path, os.Getpid())
	if err := os.WriteFile(tmp, []byte(content+"\n"), 0o600); err != nil {
		return err
	}
	return os.Rename(tmp, path)
}

// helperDaemon leaves a daemon behind the classical way: it starts itself
// again in a session of its own, as catcher, and ends.
func helperDaemon(args []string) int {
	cmd := exec.Command("/proc/self/exe", args...)
	cmd.Env = append(os.Environ(), helperEnv+"=catcher")
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	if err := cmd.Start(); err != nil {
		return 1
	}
	return 0
}

// daemon is a shell command line that leaves a catcher behind.
func daemon(name string) string {
	usedHelpers.Store("daemon", true)
	return helperEnv + "=daemon $SELF " + name
}

// witness is a process outside the supervisor that must receive nothing.
type witness struct {
	t   *testing.T
	dir string
	cmd *exec.Cmd
}

// startWitness starts one in this test's own process tree.
func startWitness(t *testing.T) *witness {
	t.Helper()
	w := &witness{t: t, dir: t.TempDir(), cmd: helperCommand(t, "catcher", "witness")}
	w.cmd.Env = append(w.cmd.Env, "D="+w.dir)
	if err := w.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		w.check()
		_ = w.cmd.Process.Kill()
		_ = w.cmd.Wait()
	})
	wait.For(t, deadline, "the witness is ready", func() bool {
		_, err := os.Stat(filepath.Join(w.dir, "witness"))
		return err == nil
	})
	return w
}

func (w *witness) check() {
	if data, _ := os.ReadFile(filepath.Join(w.dir, "witness.signals")); len(data) > 0 {
		w.t.Errorf("the witness received signals: %q", data)
	}
	if !alive(w.cmd.Process.Pid) {
		w.t.Error("the witness was killed")
	}
}

func atoiT(t *testing.T, s string) int {
	t.Helper()
	n, err := strconv.Atoi(s)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// testDir is the directory that a process is given as $D.
func testDir(cmd *exec.Cmd) string {
	for _, entry := range cmd.Env {
		if dir, ok := strings.CutPrefix(entry, "D="); ok {
			return dir
		}
	}
	return ""
}

// ignore ignores a signal that os/signal does not know, until restore is called.
func ignore(t *testing.T, sig unix.Signal) (restore func()) {
	t.Helper()
	type sigaction struct{ handler, flags, restorer, mask uint64 }
	set := func(act, old *sigaction) {
		_, _, errno := unix.RawSyscall6(unix.SYS_RT_SIGACTION, uintptr(sig), uintptr(unsafe.Pointer(act)), uintptr(unsafe.Pointer(old)), unsafe.Sizeof(act.mask), 0, 0)
		if errno != 0 {
			t.Fatal(errno)
		}
	}
	var old sigaction
	set(&sigaction{handler: 1}, &old) // SIG_IGN
	return func() { set(&old, nil) }
}
