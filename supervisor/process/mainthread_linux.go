package process

import "runtime"

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
	m := &MainThread{work: make(chan func()), left: make(chan struct{})}
	code := make(chan int, 1)
	go func() {
		code <- f(m)
		close(m.left)
	}()
	for {
		select {
		case work := <-m.work:
			work()
		case c := <-code:
			return c
		}
	}
}
