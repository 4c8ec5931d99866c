package control

import (
	"errors"
	"testing"
	"time"

	"github.com/tsboot/tsboot/watch/sink"
)

// TestCondition: what is not healthy, and what is only said.
func TestCondition(t *testing.T) {
	t.Parallel()
	since := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	works := sink.Status{Where: "stdout", LastError: "no space left on device"}
	fails := sink.Status{Where: "https://a/in", LastError: "the server answered 503", FailingSince: &since}
	for name, test := range map[string]struct {
		condition Condition
		want      Health
	}{
		"well":                {Condition{Input: "the input", MaxLoss: 0.1}, Health{true, "the input is read, and nothing is stuck"}},
		"loss at the limit":   {Condition{Input: "the input", LossRatio: 0.1, MaxLoss: 0.1}, Health{true, "the input is read, and nothing is stuck"}},
		"loss above it":       {Condition{LossRatio: 0.1125, MaxLoss: 0.1}, Health{false, "0.1125 of the events of the last minute were lost, more than 0.1"}},
		"no loss is allowed":  {Condition{LossRatio: 1e-6, MaxLoss: 0}, Health{false, "1e-06 of the events of the last minute were lost, more than 0"}},
		"any loss is allowed": {Condition{Input: "the input", LossRatio: 1, MaxLoss: 1}, Health{true, "the input is read, and nothing is stuck"}},
		"the line is first":   {Condition{Wrong: errors.New("audit is off"), LossRatio: 1}, Health{false, "audit is off"}},
		"an output that fails": {Condition{Input: "the audit stream", Sinks: []sink.Status{works, fails}},
			Health{true, "the audit stream is read, and nothing is stuck; output https://a/in fails since 2026-01-02T03:04:05Z: the server answered 503"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if got := test.condition.Health(); got != test.want {
				t.Errorf("%+v, want %+v", got, test.want)
			}
		})
	}
}
