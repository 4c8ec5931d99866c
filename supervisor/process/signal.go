//go:build linux

package process

import (
	"fmt"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"
)

// Signal is a Linux signal number. The zero value is no signal.
type Signal int

// Real-time signals as libc numbers them: the kernel's 32 and 33 belong to the
// threading library, so the first one a person can name is 34.
const (
	sigRTMin  Signal = 34
	MaxSignal Signal = 64
)

// signalAliases are names that unix.SignalNum does not know or names otherwise.
var signalAliases = map[string]Signal{
	"SIGIOT":  Signal(unix.SIGABRT),
	"SIGCLD":  Signal(unix.SIGCHLD),
	"SIGPOLL": Signal(unix.SIGIO),
	"SIGIO":   Signal(unix.SIGIO),
	"SIGPWR":  Signal(unix.SIGPWR),
}

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
	if sig, ok := signalAliases[name]; ok {
		return sig, nil
	}
	if sig := unix.SignalNum(name); sig != 0 {
		return Signal(sig), nil
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
	if name := unix.SignalName(unix.Signal(s)); name != "" {
		return name
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
	switch unix.Signal(s) {
	case unix.SIGSEGV, unix.SIGBUS, unix.SIGILL, unix.SIGFPE, unix.SIGABRT, unix.SIGTRAP, unix.SIGSYS:
		return true
	}
	return false
}
