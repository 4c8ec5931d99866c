package main

import (
	"bytes"
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/hashicorp/go-hclog"
	"golang.org/x/sys/unix"

	"github.com/tsboot/tsboot/integration/wait"
	"github.com/tsboot/tsboot/watch/control"
	"github.com/tsboot/tsboot/watch/sink"
)

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
	c := &common{app: &app{}, signals: control.SignalsFrom(nil)}
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
	came := make(chan os.Signal, 3)
	c := &common{app: &app{log: hclog.NewNullLogger()}, signals: control.SignalsFrom(came)}
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
		came <- one
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

// hanging is a replay without input whose start reads a named pipe; writer is the other end.
func hanging(t *testing.T, flags []string) (replay *exec.Cmd, log *bytes.Buffer, writer *os.File) {
	t.Helper()
	tswatch, err := exec.LookPath("tswatch") // made by testscript
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	pipe := filepath.Join(dir, "pipe")
	if err := unix.Mkfifo(pipe, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(pipe, filepath.Join(dir, "rules.yaml")); err != nil {
		t.Fatal(err)
	}
	log = &bytes.Buffer{}
	replay = exec.Command(tswatch, append([]string{"replay", "--run-dir", "run"}, flags...)...)
	replay.Dir, replay.Stderr = dir, log
	if err := replay.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = replay.Process.Kill() })
	wait.For(t, waitDeadline, "a reader of the pipe", func() bool {
		writer, err = os.OpenFile(pipe, os.O_WRONLY|unix.O_NONBLOCK, 0)
		return err == nil
	})
	t.Cleanup(func() { _ = writer.Close() })
	return replay, log, writer
}

// TestStopOfAStartThatHangs: a stop ends a start that waits for what a named pipe has.
func TestStopOfAStartThatHangs(t *testing.T) {
	t.Parallel()
	for name, flags := range map[string][]string{
		"containers":  {"--containers", "pipe"},
		"a rule file": {"--rules-dir", "."},
		"the token":   {"--output", "http://127.0.0.1:1/", "--token-file", "pipe"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			replay, log, _ := hanging(t, flags)
			if err := replay.Process.Signal(unix.SIGTERM); err != nil {
				t.Fatal(err)
			}
			if err := replay.Wait(); err != nil || !strings.Contains(log.String(), "stopped during the start") {
				t.Errorf("%v: %s", err, log)
			}
		})
	}
}

// TestStopDuringAStart: a stop that comes before the input is read is not forgotten, and an input that had no record is no error then.
func TestStopDuringAStart(t *testing.T) {
	t.Parallel()
	for _, stop := range []os.Signal{unix.SIGTERM, unix.SIGINT} {
		replay, log, writer := hanging(t, []string{"--containers", "pipe"})
		if err := replay.Process.Signal(stop); err != nil {
			t.Fatal(err)
		}
		if _, err := writer.WriteString("{}"); err != nil {
			t.Fatal(err)
		}
		if err := writer.Close(); err != nil {
			t.Fatal(err)
		}
		if err := replay.Wait(); err != nil {
			t.Errorf("%v: %v: %s", stop, err, log)
		}
	}
}
