package kernel

import (
	"encoding/binary"
	"errors"
	"time"
)

// answerTimeout bounds the wait for an answer. The kernel answers most requests before it returns from the call.
const answerTimeout = 5 * time.Second

// Values of State.Enabled.
const (
	off    = 0
	on     = 1
	locked = 2
)

// panics is the value of State.Failure with which a lost record stops the machine.
const panics = 2

// State is struct audit_status (include/uapi/linux/audit.h): the state of audit.
type State struct {
	Enabled         uint32 // 0 off, 1 on, 2 on and locked
	Failure         uint32 // what happens when a record is lost: 0 nothing, 1 a line of the kernel's log, 2 a panic
	PID             uint32 // of the audit daemon; 0: none
	RateLimit       uint32 // records a second; 0: no limit
	BacklogLimit    uint32 // records that may wait for their readers
	Lost            uint32 // records that the kernel threw away since it was started
	Backlog         uint32 // records that wait
	BacklogWaitTime uint32 // how long a system call waits when the backlog is full, in ticks
}

// Bits of the mask that says which fields a change is about.
const (
	maskEnabled      = 0x01
	maskPID          = 0x04
	maskBacklogLimit = 0x10
	maskBacklogWait  = 0x20
)

// Sizes of the structure: what an old kernel answers (without what came after Backlog), and what is sent.
const (
	statusMin  = 8 * 4
	statusSize = 11 * 4
)

func parseState(b []byte) (State, error) {
	if len(b) < statusMin {
		return State{}, errors.New("the answer is cut short")
	}
	at := func(i int) uint32 { return binary.NativeEndian.Uint32(b[4*i:]) }
	s := State{Enabled: at(1), Failure: at(2), PID: at(3), RateLimit: at(4), BacklogLimit: at(5), Lost: at(6), Backlog: at(7)}
	if len(b) >= 10*4 {
		s.BacklogWaitTime = at(9)
	}
	return s, nil
}

// change is the message that sets the fields of the mask.
func (s State) change(mask uint32) []byte {
	b := make([]byte, statusSize)
	for i, v := range []uint32{mask, s.Enabled, s.Failure, s.PID, s.RateLimit, s.BacklogLimit, 0, 0, 0, s.BacklogWaitTime} {
		binary.NativeEndian.PutUint32(b[4*i:], v)
	}
	return b
}
