package process

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// Signal is a Linux signal number. The zero value is no signal.
type Signal int

// Real-time signals as libc numbers them: the kernel's 32 and 33 belong to the
// threading library, so the first one a person can name is 34.
const (
	sigRTMin  Signal = 34
	MaxSignal Signal = 64
)

// signalNames are Linux's, on every system: a boot that is checked on a laptop
// runs on Linux.
var signalNames = [...]string{
	1: "SIGHUP", 2: "SIGINT", 3: "SIGQUIT", 4: "SIGILL", 5: "SIGTRAP", 6: "SIGABRT", 7: "SIGBUS", 8: "SIGFPE",
	9: "SIGKILL", 10: "SIGUSR1", 11: "SIGSEGV", 12: "SIGUSR2", 13: "SIGPIPE", 14: "SIGALRM", 15: "SIGTERM", 16: "SIGSTKFLT",
	17: "SIGCHLD", 18: "SIGCONT", 19: "SIGSTOP", 20: "SIGTSTP", 21: "SIGTTIN", 22: "SIGTTOU", 23: "SIGURG", 24: "SIGXCPU",
	25: "SIGXFSZ", 26: "SIGVTALRM", 27: "SIGPROF", 28: "SIGWINCH", 29: "SIGIO", 30: "SIGPWR", 31: "SIGSYS",
}

// signalAliases are other names of some.
var signalAliases = map[string]string{"SIGIOT": "SIGABRT", "SIGCLD": "SIGCHLD", "SIGPOLL": "SIGIO"}

// SignalNames are the signals that have a name of their own, those before the real-time ones.
func SignalNames() []string { return slices.Clone(signalNames[1:]) }

// ParseSignal reads a signal's name, with or without SIG and in any case, its
// number, or SIGRTMIN+n and SIGRTMAX-n.
func ParseSignal(s string) (Signal, error) {
	if n, err := strconv.Atoi(s); err == nil {
		if n < 1 || n > int(MaxSignal) || strings.HasPrefix(s, "+") {
			return 0, fmt.Errorf("parse signal %q: numbers go from 1 to %d", s, MaxSignal)
		}
		return Signal(n), nil
	}
	name := strings.ToUpper(s)
	if !strings.HasPrefix(name, "SIG") {
		name = "SIG" + name
	}
	if strings.HasPrefix(name, "SIGRT") {
		return parseRealTime(s, name)
	}
	if alias, ok := signalAliases[name]; ok {
		name = alias
	}
	if n := slices.Index(signalNames[:], name); n > 0 {
		return Signal(n), nil
	}
	return 0, fmt.Errorf("parse signal %q: use a name such as SIGTERM, SIGRTMIN+3, or a number", s)
}

func parseRealTime(s, name string) (Signal, error) {
	base, sign, rest := sigRTMin, 1, ""
	switch {
	case strings.HasPrefix(name, "SIGRTMIN"):
		rest = strings.TrimPrefix(name, "SIGRTMIN")
	case strings.HasPrefix(name, "SIGRTMAX"):
		base, sign, rest = MaxSignal, -1, strings.TrimPrefix(name, "SIGRTMAX")
	default:
		return 0, fmt.Errorf("parse signal %q: real-time signals are SIGRTMIN+n and SIGRTMAX-n", s)
	}
	if rest == "" {
		return base, nil
	}
	if (sign > 0) != (rest[0] == '+') || (sign < 0) != (rest[0] == '-') {
		return 0, fmt.Errorf("parse signal %q: real-time signals are SIGRTMIN+n and SIGRTMAX-n", s)
	}
	n, err := strconv.ParseUint(rest[1:], 10, 8)
	sig := base + Signal(sign)*Signal(n)
	if err != nil || sig < sigRTMin || sig > MaxSignal {
		return 0, fmt.Errorf("parse signal %q: n goes from 0 to %d", s, MaxSignal-sigRTMin)
	}
	return sig, nil
}

// String gives the name a person would type: SIGTERM, SIGRTMIN+3.
func (s Signal) String() string {
	if s > 0 && int(s) < len(signalNames) {
		return signalNames[s]
	}
	switch {
	case s == sigRTMin:
		return "SIGRTMIN"
	case s > sigRTMin && s <= MaxSignal:
		return fmt.Sprintf("SIGRTMIN+%d", s-sigRTMin)
	}
	return fmt.Sprintf("signal %d", int(s))
}

// Crash reports whether a signal is what the kernel sends a program for a fault of its own.
func (s Signal) Crash() bool {
	switch s.String() {
	case "SIGSEGV", "SIGBUS", "SIGILL", "SIGFPE", "SIGABRT", "SIGTRAP", "SIGSYS":
		return true
	}
	return false
}
