package main

import (
	"bytes"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// A standard error that blocks must not stop PID 1: writes return, an exit waits for a moment only, and the lines
// that were lost are counted.
func TestLogWriterNeverBlocks(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		reader, writer := io.Pipe()
		log := newLogWriter(writer)
		for range 2 * logQueueLines {
			if _, err := log.Write([]byte("line\n")); err != nil {
				t.Fatal(err)
			}
		}
		start := time.Now()
		log.Flush()
		if waited := time.Since(start); waited > 2*logFlushTimeout {
			t.Errorf("flush waited %s for a writer that blocks", waited)
		}

		var got bytes.Buffer
		read := make(chan struct{})
		go func() {
			defer close(read)
			_, _ = io.Copy(&got, reader)
		}()
		log.Flush()
		log.stop()
		_ = writer.Close()
		<-read
		if text := got.String(); !strings.Contains(text, "log lines dropped") || strings.Count(text, "line\n") < logQueueLines {
			t.Errorf("got %d lines and %v about the lost ones", strings.Count(text, "line\n"), strings.Contains(text, "dropped"))
		}
	})
}

// TestLogWriterLosesNoBurst: a reader that is only slow gets every line, in order.
func TestLogWriterLosesNoBurst(t *testing.T) {
	t.Parallel()
	var got, want bytes.Buffer
	log := newLogWriter(&got)
	for i := range 20 * logQueueLines {
		line := fmt.Sprintf("line %d\n", i)
		want.WriteString(line)
		if _, err := log.Write([]byte(line)); err != nil {
			t.Fatal(err)
		}
	}
	log.Flush()
	log.stop()
	if got.String() != want.String() {
		t.Errorf("got %d bytes of %d", got.Len(), want.Len())
	}
}

// TestLineWriter: whatever pieces a log comes in, whole lines are handed on, and all of it in the end.
func TestLineWriter(t *testing.T) {
	t.Parallel()
	text := "one\n\ntwo \xff\nthree\n" + strings.Repeat("long ", logLineLimit/4) + "\nunfinished"
	for size := 1; size < len(text); size = size*2 + 1 {
		var got pieces
		w := &lineWriter{to: &got}
		for piece := range slices.Chunk([]byte(text), size) {
			if _, err := w.Write(piece); err != nil {
				t.Fatal(err)
			}
		}
		w.end()
		w.end()
		all := strings.Join(got, "")
		if strings.ReplaceAll(all, "\n", "") != strings.ReplaceAll(text, "\n", "") || !strings.HasPrefix(all, "one\n\ntwo \xff\nthree\nlong ") {
			t.Errorf("pieces of %d bytes: got %d bytes", size, len(all))
		}
		for _, piece := range got {
			if !strings.HasSuffix(piece, "\n") {
				t.Errorf("pieces of %d bytes: %q is no whole line", size, piece)
			}
		}
	}
}

// pieces keeps each write by itself.
type pieces []string

func (p *pieces) Write(data []byte) (int, error) {
	*p = append(*p, string(data))
	return len(data), nil
}
