package process

import (
	"runtime"
	"sync"
)

const (
	// processors is how many threads run Go code at a time: the loop's, and one
	// for what brings it events. On a host with many processors, or where the
	// operator set GOMAXPROCS, more would only need more threads.
	processors = 2

	// idleThreads are the threads that wait for work, beside those that do one
	// thing for ever (the main thread, the runtime's monitor and its maker of
	// threads, two of os/signal, one of the log). Work that blocks a thread: running Go
	// code (2), waiting for descriptors, a file of a refresh or of a finished setup,
	// closing a file. The rest is for threads that have finished work and are not
	// yet back among the idle ones.
	idleThreads = 10
)

// MakeThreads makes all threads that the process will ever need; the channel is
// closed when it has. The runtime ends a program that cannot have another
// thread, and an agent may use up the limit of processes that it shares with
// tsboot. So none is made once the agent runs: the runtime takes an idle thread
// before it makes one, no thread ends, and so many are there that one always is
// idle. Each goroutine here holds a thread until every one has its own.
func MakeThreads() <-chan struct{} {
	made := make(chan struct{})
	go func() {
		defer close(made)
		runtime.GOMAXPROCS(processors)
		var all, released sync.WaitGroup
		all.Add(idleThreads)
		release := make(chan struct{})
		for range idleThreads {
			released.Go(func() {
				runtime.LockOSThread()
				defer runtime.UnlockOSThread() // a goroutine that ends locked takes its thread with it
				all.Done()
				<-release
			})
		}
		all.Wait()
		close(release)
		released.Wait()
	}()
	return made
}
