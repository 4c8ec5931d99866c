package process

import (
	"context"
	"errors"
	"os"
	"os/signal"

	"golang.org/x/sys/unix"
)

// OutliveBrokenPipes keeps a write to a standard error that is not read any
// more from killing the process, from now on (os/signal, "SIGPIPE").
func OutliveBrokenPipes() {
	signal.Notify(make(chan os.Signal, 1), unix.SIGPIPE) // a full channel discards
}

// IsBrokenPipe reports whether a write failed because the reader is gone.
func IsBrokenPipe(err error) bool { return errors.Is(err, unix.EPIPE) }

// Interruptible is for commands that keep no agent: ctx ends, with a
// *StopError as its cause, at the first SIGTERM, SIGINT, SIGHUP or SIGQUIT, and
// a write to a closed standard error does not kill the process. stop gives the
// signals back; call it before Replace.
func Interruptible(parent context.Context) (ctx context.Context, stop func()) {
	ctx, cancel := context.WithCancelCause(parent)
	stops, pipe := make(chan os.Signal, 1), make(chan os.Signal, 1)
	signal.Notify(stops, unix.SIGTERM, unix.SIGINT, unix.SIGHUP, unix.SIGQUIT)
	signal.Notify(pipe, unix.SIGPIPE) // a full channel discards
	done := make(chan struct{})
	go func() {
		defer close(done)
		select {
		case sig := <-stops:
			cancel(&StopError{Signal: SignalNumber(sig)})
		case <-ctx.Done():
		}
	}()
	return ctx, func() {
		signal.Stop(stops)
		signal.Stop(pipe)
		cancel(context.Canceled)
		<-done
	}
}

// SignalNumber is the number of a signal that came by os/signal.
func SignalNumber(sig os.Signal) Signal {
	n, _ := sig.(unix.Signal)
	return Signal(n)
}
