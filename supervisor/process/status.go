package process

import (
	"time"

	"golang.org/x/sys/unix"
)

// Reason says in one word how a process ended.
type Reason string

// The reasons.
const (
	ReasonExited           Reason = "exited"
	ReasonSignalled        Reason = "signalled"
	ReasonOOMKilled        Reason = "oom-killed"
	ReasonKilledAfterGrace Reason = "killed-after-grace"
	ReasonUnhealthy        Reason = "unhealthy"
)

// Status is how a process ended. Code is its exit code after exit-remap, 128+n
// for a death by signal n.
type Status struct {
	Code       int           `json:"code"`
	Signal     Signal        `json:"signal,omitempty"`
	CoreDumped bool          `json:"core_dumped,omitempty"`
	Reason     Reason        `json:"reason,omitempty"`
	RanFor     time.Duration `json:"ran_for,omitempty"`
	Remapped   bool          `json:"remapped,omitempty"` // exit-remap changed Code
}

// ExitCode is what a shell would report: the code, or 128+n for signal n.
func (s Status) ExitCode() int {
	if s.Signal != 0 && s.Code == 0 && !s.Remapped {
		return 128 + int(s.Signal)
	}
	return s.Code
}

// NewStatus reads what wait4 reported.
func NewStatus(ws unix.WaitStatus, ranFor time.Duration) Status {
	if ws.Signaled() {
		sig := Signal(ws.Signal())
		return Status{Code: 128 + int(sig), Signal: sig, CoreDumped: ws.CoreDump(), Reason: ReasonSignalled, RanFor: ranFor}
	}
	return Status{Code: ws.ExitStatus(), Reason: ReasonExited, RanFor: ranFor}
}

// Remap applies exit-remap to the code a shell would report.
func (s Status) Remap(codes map[int]int) Status {
	if to, ok := codes[s.ExitCode()]; ok {
		s.Code, s.Remapped = to, true
	}
	return s
}
