package sink

import (
	"io"
	"strings"
	"testing"
	"time"
)

// TestStuck: an output that neither takes a line nor fails is stuck; one at rest, or that fails, is not.
func TestStuck(t *testing.T) {
	t.Parallel()
	later := func() time.Time { return time.Now().Add(time.Minute) }

	reader, writer := io.Pipe()
	hangs := openFan(t, Options{Stdout: writer}, "stdout")
	if err := hangs.Stuck(later()); err != nil {
		t.Errorf("at rest: %v", err)
	}
	put(t, hangs, 0, 1)
	eventually(t, "a stuck output", func() bool { return hangs.Stuck(later()) != nil })
	if err := hangs.Stuck(later()); err == nil || !strings.Contains(err.Error(), "output stdout is stuck: it has taken no line for 1m") {
		t.Errorf("it says %v", err)
	}
	if err := hangs.Stuck(time.Now()); err != nil {
		t.Errorf("too early: %v", err)
	}
	go func() { _, _ = io.Copy(io.Discard, reader) }()
	eventually(t, "an output that goes on", func() bool { return hangs.Stuck(later()) == nil })
	t.Cleanup(func() { writer.Close() })

	fails := openFan(t, Options{}, "unix:/nobody/listens/here")
	put(t, fails, 0, 1)
	eventually(t, "a failure", func() bool { return fails.Status()[0].FailingSince != nil })
	eventually(t, "a pause between two tries", func() bool { return fails.Stuck(later()) == nil })
}
