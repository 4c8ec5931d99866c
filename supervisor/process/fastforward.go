//go:build linux

package process

import "golang.org/x/sys/unix"

// FastForward is the table of what is forwarded at the moment in which a signal
// arrives, without the runtime knowing that the main thread was awake:
// getting a processor back from the Go scheduler, and giving it up again, costs
// more than all the rest of the way. Only the loop writes the table, and it is
// the loop's own thread that uses it.
type FastForward struct {
	Send   [MaxSignal + 1]uint8 // by the signal that came; 0: left to the loop
	Target int                  // of kill: the agent or, negative, its group
	Member int                  // the agent, where its group is the target
	Left   bool                 // it was not in the group at the last kill
	Self   int32
	Sent   SignalSet  // what went this way
	Errno  unix.Errno // of the last kill
}
