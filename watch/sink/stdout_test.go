package sink

import (
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/hashicorp/go-hclog"
)

func TestStdoutKeepsOrder(t *testing.T) {
	t.Parallel()
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	text := make(chan []byte)
	go func() {
		var all []byte
		b := make([]byte, 1000)
		for {
			n, err := r.Read(b)
			all = append(all, b[:n]...)
			if err != nil {
				text <- all
				return
			}
		}
	}()
	fan := openFan(t, Options{Stdout: w, Replay: true, times: patient}, "stdout")
	put(t, fan, 0, 20000)
	closeFan(t, fan)
	_ = w.Close()
	wantNumbers(t, numbers(t, string(<-text)), 0, 20000)
	wantStatus(t, fan, 20000, 0, 0)
	_ = r.Close()
}

// TestReplayWaitsForAPager: a reader that takes his time for a page gets all.
func TestReplayWaitsForAPager(t *testing.T) {
	t.Parallel()
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	fan := openFan(t, Options{Stdout: w, Replay: true}, "stdout")
	put(t, fan, 0, 20000)
	closed := make(chan error)
	go func() {
		closed <- fan.Close(context.Background())
		_ = w.Close()
	}()
	select {
	case err := <-closed:
		t.Errorf("closed before its reader has read: %v", err)
	case <-time.After(3 * quick.grace):
	}
	text := make(chan []byte)
	go func() {
		all, _ := io.ReadAll(r)
		text <- all
	}()
	if err := <-closed; err != nil {
		t.Error(err)
	}
	wantNumbers(t, numbers(t, string(<-text)), 0, 20000)
	_ = r.Close()
}

// TestAStopEndsTheWaitForAPager.
func TestAStopEndsTheWaitForAPager(t *testing.T) {
	t.Parallel()
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.Background())
	fan := openFan(t, Options{Stdout: w, Replay: true, Stop: ctx}, "stdout")
	put(t, fan, 0, 20000)
	time.AfterFunc(2*quick.grace, stop)
	if err := fan.Close(context.Background()); err == nil {
		t.Error("nothing was lost")
	}
	if ctx.Err() == nil {
		t.Error("closed before the stop")
	}
	_ = r.Close()
	_ = w.Close()
}

// TestStdoutThatBlocks: nobody waits for it, alerts are what is left, and all is counted.
func TestStdoutThatBlocks(t *testing.T) {
	t.Parallel()
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	var lost counter
	var text logText
	fan := openFan(t, Options{Stdout: w, Lost: lost.add, Log: hclog.New(&hclog.LoggerOptions{Output: &text})}, "stdout")
	const lines = 20000
	for n := range lines {
		if err := fan.Put(Item{Line: make([]byte, 1000), Alert: n%100 == 0}); err != nil {
			t.Fatal(err)
		}
	}
	s := fan.Status()[0]
	if s.Dropped == 0 || s.Dropped > lines*99/100 || lost.get() != s.Dropped {
		t.Errorf("dropped %d, reported %d", s.Dropped, lost.get())
	}
	if err := fan.Close(context.Background()); err == nil {
		t.Error("nothing was lost")
	}
	if s = fan.Status()[0]; s.Sent+s.Dropped != lines {
		t.Errorf("sent %d, dropped %d, of %d", s.Sent, s.Dropped, lines)
	}
	if n := strings.Count(text.String(), "output drops lines"); n != 1 {
		t.Errorf("it is logged %d times that lines are dropped:\n%s", n, text.String())
	}
	_ = r.Close()
	_ = w.Close()
}

// TestStdoutThatIsClosed: a program that was started without one says so before it writes anything.
func TestStdoutThatIsClosed(t *testing.T) {
	t.Parallel()
	if _, err := OpenFan([]string{"stdout"}, Options{}); err == nil || !strings.Contains(err.Error(), "the standard output is closed") {
		t.Errorf("%v", err)
	}
	fan, err := OpenFan([]string{"file:" + filepath.Join(t.TempDir(), "out")}, Options{}) // which does without
	if err != nil {
		t.Fatal(err)
	}
	closeFan(t, fan)
}

func TestStdoutWithoutReader(t *testing.T) {
	t.Parallel()
	w := withoutReader(t)
	fan := openFan(t, Options{Stdout: w, Replay: true}, "stdout")
	eventually(t, "put says that it is gone", func() bool {
		return fan.Put(Item{Line: []byte(line(1))}) != nil || fan.Flush() != nil
	})
	if err := fan.Close(context.Background()); !errors.Is(err, ErrLocal) {
		t.Errorf("close: %v, want that it is not complete", err)
	}
}

// withoutReader is a pipe that nobody reads. A child that another test starts meanwhile would have its other end until its exec.
func withoutReader(t *testing.T) *os.File {
	t.Helper()
	syscall.ForkLock.RLock()
	defer syscall.ForkLock.RUnlock()
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	_ = r.Close()
	t.Cleanup(func() { _ = w.Close() })
	return w
}

// TestStdoutWithoutReaderBesideAnother: the others get all, also the word of what it lost.
func TestStdoutWithoutReaderBesideAnother(t *testing.T) {
	t.Parallel()
	w := withoutReader(t)
	var lost counter
	name := filepath.Join(t.TempDir(), "out")
	fan := openFan(t, Options{Stdout: w, Lost: lost.add}, "stdout", "file:"+name)
	for round := range 10 {
		put(t, fan, round*10, round*10+10)
		eventually(t, "it is gone, and the other has all", func() bool {
			all := fan.Status()
			return all[0].FailingSince != nil && all[1].Sent == uint64(round*10+10)
		})
	}
	var undelivered *UndeliveredError
	if err := fan.Close(context.Background()); !errors.Is(err, ErrLocal) || !errors.As(err, &undelivered) || undelivered.Lines != 100 {
		t.Errorf("close: %v, want 100 lines that are not delivered", err)
	}
	wantNumbers(t, numbers(t, readFile(t, name)), 0, 100)
	wantStatus(t, fan, 0, 100, 0)
	if lost.get() != 100 {
		t.Errorf("%d lines are reported", lost.get())
	}
}
