package main

import (
	"bytes"
	"io"
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
