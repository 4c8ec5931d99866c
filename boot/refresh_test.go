package boot

import (
	"context"
	"testing"
	"time"

	"github.com/hashicorp/go-hclog"

	"github.com/tsboot/tsboot/control"
)

// TestJitter: a tenth to both sides, and another one each time.
func TestJitter(t *testing.T) {
	t.Parallel()
	for _, wait := range []time.Duration{0, 1, 9, time.Second, 24 * time.Hour, 1 << 62} {
		seen := map[time.Duration]bool{}
		for range 1000 {
			got := jittered(wait)
			if far := jittered(1<<63 - 1); far < 1<<61 {
				t.Fatalf("the longest wait became %s", far)
			}
			if got < wait-wait/10 || got-wait > wait/10+1 {
				t.Fatalf("%s became %s", wait, got)
			}
			seen[got] = true
		}
		if wait >= time.Second && len(seen) < 900 {
			t.Errorf("%s: only %d waits of 1000 differ", wait, len(seen))
		}
	}
}

func TestWhenTheNextRefreshIsDue(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		every, timeout time.Duration
		outage         bool
		want           time.Duration // about; 0: none
	}{
		"never":                           {0, time.Minute, false, 0},
		"interval":                        {time.Hour, time.Minute, false, time.Hour},
		"outage":                          {0, 5 * time.Second, true, 5 * time.Second},
		"outage, long timeout":            {0, time.Hour, true, maxOutageWait},
		"outage, no timeout":              {0, 0, true, minOutageWait},
		"outage, a shorter interval":      {2 * time.Second, time.Hour, true, 2 * time.Second},
		"outage, an interval that is not": {time.Hour, 10 * time.Second, true, 10 * time.Second},
	} {
		b := newBoot(Options{Refresh: Refresh{Every: test.every}, Sources: Sources{Timeout: test.timeout}})
		got, ok := (&refresher{boot: b, outage: test.outage}).wait()
		if ok != (test.want > 0) || got < test.want*9/10 || got > test.want*11/10+1 {
			t.Errorf("%s: %s %v, want %s", name, got, ok, test.want)
		}
	}
}

// TestLastError: what was rolled back stays until it has changed; anything else until the next refresh.
func TestLastError(t *testing.T) {
	t.Parallel()
	r := &refresher{boot: New(Config{Log: hclog.NewNullLogger()})}
	bad := &refusal{why: "rolled back", what: []string{"parameter key"}}
	const refused = "rolled back (parameter key)"
	for i, step := range []struct {
		refused *refusal
		answer  control.RefreshAnswer
		want    string
		rolled  int
	}{
		{nil, control.RefreshAnswer{Outcome: control.Failed, Text: "no network"}, "no network", 0},
		{nil, control.RefreshAnswer{Outcome: control.Unchanged, Text: "nothing"}, "", 0},
		{bad, control.RefreshAnswer{Outcome: control.RolledBack, Text: "rolled back"}, refused, 1},
		{bad, control.RefreshAnswer{Outcome: control.Refused, Text: "rolled back"}, refused, 1},
		{bad, control.RefreshAnswer{Outcome: control.Failed, Text: "no network"}, refused + "; and the last refresh failed: no network", 1},
		{bad, control.RefreshAnswer{Outcome: control.Refused, Text: "rolled back"}, refused, 1},
		{nil, control.RefreshAnswer{Outcome: control.Kept, Text: "kept"}, "", 1},
	} {
		r.refused = step.refused
		r.note(step.answer)
		s := r.boot.refreshes.get()
		if s.LastError != step.want || s.Rollbacks != step.rolled || s.Refreshes != i+1 || s.Last.IsZero() {
			t.Errorf("%d: %+v", i, s)
		}
	}
}

// TestQueue: all who wait when a refresh begins get its answer, later ones that of the next, and at the end everybody one.
func TestQueue(t *testing.T) {
	t.Parallel()
	b := New(Config{Log: hclog.NewNullLogger()})
	answers := make(chan control.RefreshAnswer, 4)
	ask := func() { b.queue.ask(answers) }
	ask()
	ask()
	<-b.queue.wake
	first := b.queue.take()
	ask()
	answerAll(first, control.RefreshAnswer{Text: "first"})
	if len(first) != 2 || len(answers) != 2 {
		t.Fatalf("%d take part, %d were answered", len(first), len(answers))
	}
	<-b.queue.wake
	if next := b.queue.take(); len(next) != 1 {
		t.Errorf("%d take part in the next", len(next))
	}
	for len(answers) > 0 {
		<-answers
	}
	ask()
	b.queue.end()
	ask()
	for range 2 {
		if a := <-answers; a.Outcome != control.Refused || a.Text == "" {
			t.Errorf("%+v", a)
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	waiting := New(Config{Log: hclog.NewNullLogger()})
	if a := waiting.Refresh(ctx); a.Outcome != control.TimedOut || a.Text == "" {
		t.Errorf("%+v", a)
	}
	if len(waiting.queue.take()) != 1 {
		t.Error("one who left ends the refresh")
	}
}
