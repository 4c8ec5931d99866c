package process

import (
	"os"
	"os/signal"

	"golang.org/x/sys/unix"
)

// Suspendable is for commands that keep no agent and show something on the
// terminal: at SIGTSTP, clear is called before the process stops itself, and what
// it returns when the process goes on. stop gives the signal back. Where SIGTSTP is
// ignored it does nothing.
func Suspendable(clear func() (resume func())) (stop func()) {
	if signal.Ignored(unix.SIGTSTP) {
		return func() {}
	}
	suspends, end, done := make(chan os.Signal, 1), make(chan struct{}), make(chan struct{})
	signal.Notify(suspends, unix.SIGTSTP)
	go func() {
		defer close(done)
		for {
			select {
			case <-suspends:
				resume := clear()
				_ = unix.Kill(os.Getpid(), unix.SIGSTOP)
				resume()
			case <-end:
				return
			}
		}
	}()
	return func() {
		signal.Stop(suspends)
		close(end)
		<-done
	}
}
