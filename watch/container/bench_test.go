package container

import (
	"os"
	"testing"
	"time"
)

// BenchmarkAttribute is the cost of one event, which the reader of the socket pays.
func BenchmarkAttribute(b *testing.B) {
	tracker, err := NewTracker(Options{})
	if err != nil {
		b.Fatal(err)
	}
	defer func() { _ = tracker.Close() }()
	for _, c := range []struct {
		name      string
		pid, ppid int
	}{
		{"alive", os.Getpid(), os.Getppid()},
		{"gone", 1 << 22, os.Getpid()},
		{"gone with its parent", 1 << 22, 1<<22 - 1},
	} {
		b.Run(c.name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				now := time.Now()
				tracker.Attribute(c.pid, c.ppid, now, now)
			}
		})
	}
}
