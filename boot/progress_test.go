package boot

import (
	"testing"
	"time"

	"github.com/tsboot/tsboot/secrets/ssm"
	"github.com/tsboot/tsboot/supervisor"
)

func TestWaitText(t *testing.T) {
	t.Parallel()
	now := time.Now()
	in := func(d time.Duration) time.Time { return now.Add(d) }
	path := ssm.Wait{Action: "ssm:GetParametersByPath", What: "read parameters below /app", Resource: "below /app", Page: 1, Try: 1, Began: in(-12400 * time.Millisecond), GivesUp: in(288 * time.Second)}
	with := func(change func(*ssm.Wait)) ssm.Wait {
		w := path
		change(&w)
		return w
	}
	for _, c := range []struct {
		wait  ssm.Wait
		count int
		want  string
	}{
		{path, 1, "tsboot: waiting 12s (4m48s left): GetParametersByPath below /app"},
		{with(func(w *ssm.Wait) { w.Page, w.Host = 3, "h:443" }), 1, "tsboot: waiting 12s (4m48s left): GetParametersByPath below /app, page 3, at h:443"},
		{with(func(w *ssm.Wait) { w.Code, w.NextTry = "throttled", in(2100*time.Millisecond) }), 1, "tsboot: try 2 in 3s (4m48s left): GetParametersByPath below /app, throttled"},
		{with(func(w *ssm.Wait) { w.Code, w.Try = "throttled", 2 }), 3, "tsboot: try 2, waiting 12s (4m48s left): GetParametersByPath below /app, throttled, and 2 more"},
		{with(func(w *ssm.Wait) { w.GivesUp = time.Time{} }), 1, "tsboot: waiting 12s (no time limit): GetParametersByPath below /app"},
		{with(func(w *ssm.Wait) { w.GivesUp = in(-time.Second) }), 1, "tsboot: waiting 12s (0s left): GetParametersByPath below /app"},
		{ssm.Wait{What: "wait before the first call", NextTry: in(time.Minute), GivesUp: in(time.Hour)}, 1, "tsboot: first call in 1m0s (1h0m0s left): a random wait (--splay)"},
		{ssm.Wait{Action: "credentials", What: "get AWS credentials", Try: 1, Began: now}, 1, "tsboot: waiting 0s (no time limit): get AWS credentials"},
	} {
		if got := waitText(c.wait, c.count, now); got != c.want {
			t.Errorf("%q, want %q", got, c.want)
		}
	}
}

func TestStepText(t *testing.T) {
	t.Parallel()
	now := time.Now()
	for _, c := range []struct {
		step supervisor.StepNow
		want string
	}{
		{supervisor.StepNow{Word: "setup step", Name: "register", Attempt: 1, Began: now.Add(-12 * time.Second), Ends: now.Add(48 * time.Second)}, "tsboot: waiting 12s (48s left): setup step register"},
		{supervisor.StepNow{Word: "setup step", Name: "register", Attempt: 2, Began: now.Add(-12 * time.Second), Ends: now.Add(48 * time.Second)}, "tsboot: try 2, waiting 12s (48s left): setup step register"},
		{supervisor.StepNow{Word: "setup step", Name: "register", Attempt: 3, Next: now.Add(time.Second)}, "tsboot: try 3 in 1s: setup step register"},
	} {
		if got := stepText(&c.step, now); got != c.want {
			t.Errorf("%q, want %q", got, c.want)
		}
	}
}

// TestProgressLeavesThePrompt: a program that gets credentials may ask a person on the same terminal. In a worker none can.
func TestProgressLeavesThePrompt(t *testing.T) {
	t.Parallel()
	b := New(Config{})
	b.activity.begin("reading the settings of AWS")
	if text := b.progressText(time.Now()); text == "" {
		t.Error("what is read is not shown")
	}
	if b.asksPerson(ssm.Wait{Action: "credentials", Host: "169.254.170.2:80"}) || !b.asksPerson(ssm.Wait{Action: "credentials"}) {
		t.Error("credentials of an endpoint, and of a program, are taken for each other")
	}
	if b.isWorker = true; b.asksPerson(ssm.Wait{Action: "credentials"}) {
		t.Error("a worker has no terminal")
	}
}
