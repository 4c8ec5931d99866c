//go:build linux

package process

import (
	"context"
	"errors"
	"fmt"
	"os"
	"testing"

	"golang.org/x/sys/unix"
)

func TestInterruptible(t *testing.T) {
	t.Parallel()
	for _, sig := range []unix.Signal{unix.SIGTERM, unix.SIGINT, unix.SIGHUP, unix.SIGQUIT} {
		t.Run(sig.String(), func(t *testing.T) {
			t.Parallel()
			cmd := helperCommand(t, "interruptible")
			stdout, err := cmd.StdoutPipe()
			if err != nil {
				t.Fatal(err)
			}
			if err := cmd.Start(); err != nil {
				t.Fatal(err)
			}
			if _, err := stdout.Read(make([]byte, 1)); err != nil {
				t.Fatal(err)
			}
			for _, s := range []unix.Signal{unix.SIGPIPE, sig} {
				if err := cmd.Process.Signal(s); err != nil {
					t.Fatal(err)
				}
			}
			_ = cmd.Wait()
			if code := cmd.ProcessState.ExitCode(); code != int(sig) {
				t.Errorf("ended with %d, want the signal's number", code)
			}
		})
	}
}

func helperInterruptible([]string) int {
	ctx, stop := Interruptible(context.Background())
	defer stop()
	fmt.Fprint(os.Stdout, "r")
	<-ctx.Done()
	var stopped *StopError
	if !errors.As(context.Cause(ctx), &stopped) {
		return 1
	}
	return int(stopped.Signal)
}
