//go:build linux

package process

import (
	"runtime"

	"golang.org/x/sys/unix"
)

// MainThread is the process's main thread, lent to a Supervisor.
//
// The kernel offers a signal that is sent to a process to its main thread
// first. A loop that waits there for signals by name (rt_sigtimedwait) gets them
// with one wake-up, as a small C init does; by way of the runtime's handler and
// os/signal they pass two more threads. It also learns who sent the signal,
// which os/signal does not tell.
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
// threads. It then does nothing but say so. A nil thread has room.
func (m *MainThread) Short() error {
	if m == nil {
		return nil
	}
	return m.short
}

// Main runs f in a goroutine and returns its result; the calling goroutine,
// which must be that of main.main, works for the Supervisor that f makes with
// Options.MainThread.
//
// Where the system has no room for so many more threads and processes, f runs
// alone, and MainThread.Short says so. 0: that is not looked at.
func Main(room int, f func(*MainThread) int) int {
	runtime.LockOSThread()
	if err := checkRoom(room); err != nil {
		runtime.GOMAXPROCS(1) // no processor is idle, so no thread is made for one
		return f(&MainThread{short: err})
	}
	var m *MainThread
	if unix.Gettid() == unix.Getpid() {
		m = &MainThread{work: make(chan func()), left: make(chan struct{})}
	}
	code := make(chan int, 1)
	go func() {
		code <- f(m)
		if m != nil {
			close(m.left)
		}
	}()
	if m == nil {
		return <-code
	}
	for {
		select {
		case work := <-m.work:
			work()
		case c := <-code:
			return c
		}
	}
}
