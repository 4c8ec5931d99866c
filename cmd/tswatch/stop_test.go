package main

import (
	"context"
	"errors"
	"os"
	"slices"
	"strings"
	"syscall"
	"testing"

	"github.com/hashicorp/go-hclog"
	"golang.org/x/sys/unix"

	"github.com/tsboot/tsboot/integration/wait"
	"github.com/tsboot/tsboot/watch/sink"
)

// TestObey: which signal does what, and when.
func TestObey(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name string
		came []syscall.Signal
		want []string
	}{
		{"SIGTERM", []syscall.Signal{syscall.SIGTERM}, []string{"stop"}},
		{"SIGINT", []syscall.Signal{syscall.SIGINT}, []string{"stop"}},
		{"SIGHUP is no stop", []syscall.Signal{syscall.SIGHUP, syscall.SIGHUP, syscall.SIGTERM}, []string{"reopen", "reopen", "stop"}},
		{"SIGHUP is too late", []syscall.Signal{syscall.SIGTERM, syscall.SIGHUP}, []string{"stop"}},
		{"a second SIGTERM", []syscall.Signal{syscall.SIGTERM, syscall.SIGTERM}, []string{"stop"}},
		{"SIGTERM after SIGINT", []syscall.Signal{syscall.SIGINT, syscall.SIGTERM}, []string{"stop"}},
		{"a second SIGINT", []syscall.Signal{syscall.SIGINT, syscall.SIGINT}, []string{"stop", "hurry"}},
		{"SIGINT after SIGTERM", []syscall.Signal{syscall.SIGTERM, syscall.SIGINT}, []string{"stop", "hurry"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			s, over := signals{make(chan os.Signal)}, make(chan struct{})
			var did []string
			note := func(what string) func() { return func() { did = append(did, what) } }
			go func() {
				defer close(over)
				for _, one := range test.came {
					s.came <- one
				}
			}()
			s.obey(over, note("stop"), note("reopen"), note("hurry"))
			if !slices.Equal(did, test.want) {
				t.Errorf("%v, want %v", did, test.want)
			}
		})
	}
}

// TestGuarded: a panic is the error of a bug, every other end stays.
func TestGuarded(t *testing.T) {
	t.Parallel()
	if got := exitCode(guarded(func() error { panic("x") })()); got != exitBug {
		t.Errorf("a panic ends with %d", got)
	}
	for _, err := range []error{nil, errors.New("x"), context.Canceled} {
		if got := guarded(func() error { return err })(); !errors.Is(got, err) {
			t.Errorf("%v became %v", err, got)
		}
	}
}

// broken is a standard output with a bug.
type broken struct{}

func (broken) Write([]byte) (int, error) { panic("x") }

// TestOutputPanics: a bug in the goroutine of an output stops the line and ends with 70.
func TestOutputPanics(t *testing.T) {
	t.Parallel()
	c := &common{app: &app{}, signals: signals{make(chan os.Signal)}}
	c.stop, c.stopping = context.WithCancel(t.Context())
	var err error
	if c.fan, err = sink.OpenFan([]string{"stdout"}, sink.Options{Stdout: broken{}, Panicked: c.crashed}); err != nil {
		t.Fatal(err)
	}
	err = c.run(actor{func() error {
		failed := c.fan.Put(sink.Item{Line: []byte("x\n"), Alert: true})
		<-c.stop.Done()
		return failed
	}, func(error) {}})
	if exitCode(err) != exitBug || !strings.Contains(err.Error(), "broken") {
		t.Errorf("it ends with %d: %v", exitCode(err), err)
	}
}

// TestStopOfAStuckPipe: SIGHUP while nobody reads the pipe that is an output does not keep a stop from being heard.
func TestStopOfAStuckPipe(t *testing.T) {
	t.Parallel()
	path := t.TempDir() + "/pipe"
	if err := unix.Mkfifo(path, 0o600); err != nil {
		t.Fatal(err)
	}
	reader, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer reader.Close()
	c := &common{app: &app{log: hclog.NewNullLogger()}, signals: signals{make(chan os.Signal, 3)}}
	c.stop, c.stopping = context.WithCancel(t.Context())
	if c.fan, err = sink.OpenFan([]string{"file:" + path}, sink.Options{}); err != nil {
		t.Fatal(err)
	}
	if err := c.fan.Put(sink.Item{Line: append(make([]byte, 1<<20), '\n'), Alert: true}); err != nil {
		t.Fatal(err)
	}
	if _, err := reader.Read(make([]byte, 1)); err != nil { // the rest is more than the pipe takes
		t.Fatal(err)
	}
	for _, one := range []os.Signal{unix.SIGHUP, unix.SIGINT, unix.SIGINT} {
		c.signals.came <- one
	}
	ended := make(chan error, 1)
	go func() {
		ended <- c.run(actor{func() error { <-c.stop.Done(); return nil }, func(error) {}})
	}()
	wait.For(t, waitDeadline, "the end", func() bool { return len(ended) > 0 })
	if err := <-ended; err != nil {
		t.Error(err)
	}
}
