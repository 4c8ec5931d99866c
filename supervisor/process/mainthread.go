package process

// What Main takes as room.
const (
	// RoomToStay is how many threads and processes must still be possible when
	// main begins, for a Supervisor: those that MakeThreads makes, those that the
	// runtime and os/signal take until then, the log's, and the first command.
	RoomToStay = idleThreads + 8

	// RoomToWork is the same for a helper of tsboot that fetches.
	RoomToWork = 10
)

// MainThread is the process's main thread, lent to a Supervisor.
//
// The kernel offers a signal that is sent to a process to its main thread
// first. A loop that waits there for signals by name (rt_sigtimedwait) gets them
// with one wake-up, as a small C init does; by way of the runtime's handler and
// os/signal they pass two more threads. It also learns which process sent the
// signal, which os/signal does not say.
type MainThread struct {
	work chan func()
	left chan struct{} // closed when the program's own function has returned

	short error
}

// Do has the main thread run f. It does not wait until f has returned.
func (m *MainThread) Do(f func()) { m.work <- f }

// Left is closed when the function that was given to Main has returned.
func (m *MainThread) Left() <-chan struct{} { return m.left }

// Short says why the program cannot go on: the system has no room for its
// threads. It then does nothing but say so.
func (m *MainThread) Short() error { return m.short }
