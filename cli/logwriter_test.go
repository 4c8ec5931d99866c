package cli

import (
	"bytes"
	"fmt"
	"io"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/tsboot/tsboot/secrets"
)

var tsboot = Program{Name: "tsboot", Nearest: secrets.Nearest}

// A standard error that blocks must not stop PID 1: writes return at once, an exit waits for a moment only, and the
// lines that were lost are counted.
func TestLogWriterNeverBlocks(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		reader, writer := io.Pipe()
		log := NewLogWriter(tsboot, writer, nil)
		line := strings.Repeat("x", 1019) + "line\n"
		const fits = logQueueBytes / 1024
		start := time.Now()
		for range 2 * fits {
			if _, err := log.Write([]byte(line)); err != nil {
				t.Fatal(err)
			}
		}
		if waited := time.Since(start); waited > 0 {
			t.Errorf("the writes waited %s for a writer that blocks", waited)
		}
		log.Flush()
		if waited := time.Since(start); waited > 2*flushPatience {
			t.Errorf("flush waited %s for a writer that blocks", waited)
		}

		var got bytes.Buffer
		read := make(chan struct{})
		go func() {
			defer close(read)
			_, _ = io.Copy(&got, reader)
		}()
		log.Flush()
		log.Close()
		<-log.ended
		_ = writer.Close()
		<-read
		text := got.String()
		written := strings.Count(text, "line\n")
		if want := fmt.Sprintf("tsboot: %d log lines dropped", 2*fits-written); !strings.Contains(text, want) || written < fits {
			t.Errorf("got %d lines and not %q", written, want)
		}
	})
}

// TestLogWriterFlushesToASlowReader: Flush goes on as long as lines are written, but not for ever.
func TestLogWriterFlushesToASlowReader(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		for _, test := range []struct {
			lines int
			want  time.Duration
		}{{4, 800 * time.Millisecond}, {40, flushLimit}} {
			log := NewLogWriter(tsboot, slowWriter(200*time.Millisecond), nil)
			for range test.lines {
				_, _ = log.Write([]byte("line\n"))
			}
			start := time.Now()
			log.Flush()
			if waited := time.Since(start); waited != test.want {
				t.Errorf("%d lines: flush waited %s, want %s", test.lines, waited, test.want)
			}
			log.Close()
			<-log.ended
		}
	})
}

// slowWriter takes a line in this time.
type slowWriter time.Duration

func (w slowWriter) Write(p []byte) (int, error) {
	<-time.After(time.Duration(w))
	return len(p), nil
}

// TestLogWriterAfterClose: a late line does no harm, and nobody waits for it.
func TestLogWriterAfterClose(t *testing.T) {
	t.Parallel()
	var got bytes.Buffer
	log := NewLogWriter(tsboot, &got, nil)
	_, _ = log.Write([]byte("early\n"))
	log.Close()
	log.Close()
	_, _ = log.Write([]byte("late\n"))
	log.Flush()
	<-log.ended
	if got.String() != "early\n" {
		t.Errorf("got %q", got.String())
	}
}

// TestLogWriterLosesNoBurst: a reader that is only slow gets every line, in order.
func TestLogWriterLosesNoBurst(t *testing.T) {
	t.Parallel()
	var got, want bytes.Buffer
	log := NewLogWriter(tsboot, &got, nil)
	for i := range 5120 {
		line := fmt.Sprintf("line %d\n", i)
		want.WriteString(line)
		if _, err := log.Write([]byte(line)); err != nil {
			t.Fatal(err)
		}
	}
	log.Flush()
	log.Close()
	if got.String() != want.String() {
		t.Errorf("got %d bytes of %d", got.Len(), want.Len())
	}
}
