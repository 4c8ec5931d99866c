//go:build linux

package cli

import (
	"bytes"
	"sync"
	"testing"

	"github.com/tsboot/tsboot/cli/terminal"
	pty "github.com/tsboot/tsboot/integration/terminal"
)

// TestLogWriterLine: the line is below the log, never in it; other programs' text goes the same way, and half a line is left
// alone until it is whole.
func TestLogWriterLine(t *testing.T) {
	t.Parallel()
	master, slave, err := pty.Open()
	if err != nil {
		t.Fatal(err)
	}
	defer master.Close()
	defer slave.Close()
	var got lockedBuffer
	log := NewLogWriter(tsboot, &got, terminal.NewScreen(slave, []string{"TERM=xterm"}))
	passage := log.Passage()
	step := func(do func(), want string) {
		t.Helper()
		do()
		log.Flush()
		if text := got.take(); text != want {
			t.Errorf("%q, want %q", text, want)
		}
	}
	write := func(text string) func() { return func() { _, _ = log.Write([]byte(text)) } }
	pass := func(text string) func() { return func() { _, _ = passage.Write([]byte(text)) } }
	step(func() { log.Show("one") }, "\rone\x1b[K")
	step(func() { log.Show("one") }, "")
	step(func() { log.Show("two") }, "\rtwo\x1b[K")
	step(write("log\n"), "\r\x1b[Klog\n\rtwo\x1b[K")
	step(pass("half"), "\r\x1b[Khalf")
	step(func() { log.Show("three") }, "")
	step(pass(" and half\n"), " and half\n\rthree\x1b[K")
	step(func() { log.Show("") }, "\r\x1b[K")
	step(write("log\n"), "log\n")
	step(func() { log.Show("four") }, "\rfour\x1b[K")
	log.Close()
	<-log.ended
	if text := got.take(); text != "\r\x1b[K" {
		t.Errorf("after the end: %q", text)
	}
	step(pass("late"), "")
}

// TestLogWriterWithoutTerminal: nothing is drawn.
func TestLogWriterWithoutTerminal(t *testing.T) {
	t.Parallel()
	var got lockedBuffer
	log := NewLogWriter(tsboot, &got, nil)
	log.Show("line")
	_, _ = log.Write([]byte("log\n"))
	log.Flush()
	log.Close()
	<-log.ended
	if text := got.take(); text != "log\n" {
		t.Errorf("%q", text)
	}
}

// lockedBuffer is written to by one goroutine and read by another.
type lockedBuffer struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (b *lockedBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buf.Write(p)
}

// take gives what was written since the last time.
func (b *lockedBuffer) take() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	defer b.buf.Reset()
	return b.buf.String()
}
