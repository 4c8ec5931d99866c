//go:build linux

package supervisor

import (
	"math"
	"testing"
	"time"
)

func TestBackoff(t *testing.T) {
	t.Parallel()
	const initial, limit = 500 * time.Millisecond, 30 * time.Second
	for _, test := range []struct {
		initial, limit time.Duration
		failures       int
		random         float64
		want           time.Duration
	}{
		{initial, limit, 1, 0.5, initial},
		{initial, limit, 1, 0, 450 * time.Millisecond},
		{initial, limit, 2, 0.5, time.Second},
		{initial, limit, 3, 0.5, 2 * time.Second},
		{initial, limit, 7, 0.5, limit},
		{initial, limit, 1 << 30, 0.5, limit},
		{initial, limit, 0, 0.5, initial},
		{0, limit, 5, 0.5, 0},
		{time.Minute, time.Second, 5, 0.5, time.Minute},
		{1 << 62, math.MaxInt64, 3, 0.9, math.MaxInt64},
	} {
		got := backoff(test.initial, test.limit, test.failures, test.random)
		if diff := got - test.want; diff > time.Microsecond || diff < -time.Microsecond {
			t.Errorf("backoff(%s, %s, %d, %v) = %s, want %s", test.initial, test.limit, test.failures, test.random, got, test.want)
		}
	}
	for _, random := range []float64{0, 0.25, 0.75, 0.999999} {
		if got := backoff(initial, limit, 100, random); got < 27*time.Second || got > 33*time.Second {
			t.Errorf("backoff with %v is %s: not within ten per cent of %s", random, got, limit)
		}
	}
}

func TestCountFailure(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		failures   int
		ran, reset time.Duration
		want       int
	}{
		{0, time.Second, time.Minute, 1},
		{4, time.Second, time.Minute, 5},
		{4, time.Minute, time.Minute, 1},
		{4, time.Hour, 0, 5},
	} {
		if got := countFailure(test.failures, test.ran, test.reset); got != test.want {
			t.Errorf("%+v: got %d", test, got)
		}
	}
}

func TestStartLimit(t *testing.T) {
	t.Parallel()
	start := time.Unix(1000, 0)
	limit := startLimit{burst: 3, interval: 10 * time.Second}
	for i, test := range []struct {
		after time.Duration
		want  bool
	}{
		{0, true},
		{time.Second, true},
		{2 * time.Second, true},
		{3 * time.Second, false},
		{9999 * time.Millisecond, false},
		{10 * time.Second, true}, // the first one no longer counts
		{10500 * time.Millisecond, false},
		{time.Minute, true},
	} {
		at := start.Add(test.after)
		got := limit.allows(at)
		if got != test.want {
			t.Errorf("%d: start after %s: %v", i, test.after, got)
		}
		if got {
			limit.note(at)
		}
	}
	none := startLimit{}
	for range 1000 {
		if none.note(start); !none.allows(start) || len(none.starts) > 0 {
			t.Fatal("no limit forbids a start, or keeps it")
		}
	}
}

func TestWantsRestart(t *testing.T) {
	t.Parallel()
	failed, killed := Status{Code: 3}, Status{Code: 143, Signal: sigTerm}
	remapped := Status{Code: 0, Signal: sigTerm, Remapped: true}
	for _, test := range []struct {
		policy RestartPolicy
		status Status
		asked  bool
		want   bool
	}{
		{"", failed, false, false},
		{RestartNo, failed, false, false},
		{RestartOnFailure, Status{}, false, false},
		{RestartOnFailure, failed, false, true},
		{RestartOnFailure, killed, false, true},
		{RestartOnFailure, killed, true, false},
		{RestartOnFailure, remapped, false, false},
		{RestartAlways, Status{}, false, true},
		{RestartAlways, killed, true, true},
	} {
		if got := wantsRestart(test.policy, test.status, test.asked); got != test.want {
			t.Errorf("%+v: got %v", test, got)
		}
	}
}

func TestExitCode(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		status Status
		want   int
	}{
		{Status{}, 0},
		{Status{Code: 255}, 255},
		{Status{Signal: sigKill}, 137},
		{Status{Code: 137, Signal: sigKill}, 137},
		{Status{Code: 0, Signal: sigKill, Remapped: true}, 0},
	} {
		if got := test.status.ExitCode(); got != test.want {
			t.Errorf("%+v: %d", test.status, got)
		}
	}
}
