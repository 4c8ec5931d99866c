//go:build linux

package testenv

import (
	"errors"
	"fmt"
	"os"
	"os/signal"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"syscall"

	"golang.org/x/sys/unix"
)

// selfExe is how a helper is started again: by path, so that any init can be given it as a command.
func selfExe() string {
	exe, err := os.Executable()
	if err != nil {
		return os.Args[0]
	}
	return exe
}

// Traits of a helper, separated by commas.
const (
	// TraitURG makes it report SIGURG, which the Go runtime otherwise sends itself.
	TraitURG = "urg"
	// TraitDies, followed by numbers separated by '+', names the signals it does not catch: "dies=15+2".
	TraitDies = "dies="
	// TraitExit, followed by a code, makes a helper end with it as soon as it has said hello.
	TraitExit = "exit="
)

type helper struct {
	wire *wire
}

// helperMain catches every signal and reports it, and does what the environment says, until the environment is gone.
func helperMain(args []string) error {
	if len(args) != 3 {
		return errors.New("a helper takes a socket, a name and traits")
	}
	traits := strings.Split(args[2], ",")
	if slices.Contains(traits, TraitURG) && !strings.Contains(os.Getenv("GODEBUG"), "asyncpreemptoff=1") {
		return syscall.Exec(selfExe(), os.Args, append(os.Environ(), "GODEBUG=asyncpreemptoff=1"))
	}
	signals := make(chan os.Signal, 1024)
	signal.Notify(signals)
	for _, t := range traits {
		if list, ok := strings.CutPrefix(t, TraitDies); ok {
			for _, s := range strings.Split(list, "+") {
				n, err := strconv.Atoi(s)
				if err != nil {
					return err
				}
				signal.Reset(syscall.Signal(n))
			}
		}
	}
	w, err := dial(args[0], args[1], os.Getpid(), os.Args)
	if err != nil {
		return err
	}
	for _, t := range traits {
		if code, ok := strings.CutPrefix(t, TraitExit); ok {
			n, err := strconv.Atoi(code)
			if err != nil {
				return err
			}
			os.Exit(n)
		}
	}
	h := &helper{wire: w}
	go h.report(signals, slices.Contains(traits, TraitURG))
	for {
		var op Op
		if err := w.dec.Decode(&op); err != nil {
			return nil // the environment is gone
		}
		h.obey(op)
	}
}

func (h *helper) report(signals <-chan os.Signal, urg bool) {
	for s := range signals {
		n, _ := s.(syscall.Signal)
		if n == syscall.SIGURG && !urg {
			continue
		}
		_ = h.wire.send(Message{Event: "signal", Signal: int(n)})
	}
}

// obey runs one order and answers it. The answer comes before the deed where the deed ends the helper.
func (h *helper) obey(op Op) {
	reply := Message{ID: op.ID}
	switch op.Do {
	case "ping":
	case "state":
		reply.State = state()
	case "spawn":
		pid, err := spawn(h.wire, op.Spawn)
		reply.PID = pid
		reply.Error = text(err)
	case "exit":
		_ = h.wire.send(reply)
		os.Exit(op.Code)
	case "die":
		_ = h.wire.send(reply)
		_ = unix.Setrlimit(unix.RLIMIT_CORE, &unix.Rlimit{})
		dieOf(syscall.Signal(op.Signal))
	case "stop":
		_ = h.wire.send(reply)
		_ = syscall.Kill(os.Getpid(), syscall.SIGSTOP)
		return
	case "join":
		reply.Error = text(syscall.Setpgid(0, op.Code))
	case "root":
		reply.Error = text(syscall.Setresuid(0, 0, 0))
	case "write":
		_, err := syscall.Write(op.FD, []byte(op.Text))
		reply.Error = text(err)
	case "read":
		buf := make([]byte, 4096)
		n, err := syscall.Read(op.FD, buf)
		reply.State = &State{Text: string(buf[:max(n, 0)])}
		reply.Error = text(err)
	case "eat":
		reply.Error = text(eat(op.Code))
	default:
		reply.Error = fmt.Sprintf("unknown order %q", op.Do)
	}
	_ = h.wire.send(reply)
}

// dieOf ends the process by the signal as a program would that never heard of it. The runtime's handlers for the
// faults (SEGV, ABRT, QUIT) end in a traceback and code 2, so a program without a runtime takes this one's place. It
// inherits all other signals blocked: none that is under way can come first.
func dieOf(s syscall.Signal) {
	runtime.LockOSThread()
	others := everySignal()
	others.Val[0] &^= 1 << (uint(s) - 1)
	_ = unix.PthreadSigmask(unix.SIG_SETMASK, &others, nil)
	script := fmt.Sprintf("kill -%d $$", int(s))
	_ = syscall.Exec("/bin/sh", []string{"sh", "-c", script}, os.Environ())
}

// eat takes so many MiB of memory and touches them.
func eat(mib int) error {
	mem, err := unix.Mmap(-1, 0, mib<<20, unix.PROT_READ|unix.PROT_WRITE, unix.MAP_PRIVATE|unix.MAP_ANONYMOUS)
	if err != nil {
		return err
	}
	for i := 0; i < len(mem); i += 4096 {
		mem[i] = 1
	}
	return nil
}

func text(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}
