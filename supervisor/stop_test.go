//go:build linux

package supervisor

import (
	"testing"
	"time"
)

func TestAgentsCodeIsPassedOn(t *testing.T) {
	t.Parallel()
	b := startBoot(t, bootConfig{Plan: Plan{Agent: Agent{Command: sh("exit 7"), Grace: time.Second}}})
	if code, result := b.wait(); code != 7 || result.Kind != "" || result.Status.Reason != ReasonExited {
		t.Errorf("code %d, result %+v", code, result)
	}
}

func TestStopSignalReachesTheAgentAndGives128PlusN(t *testing.T) {
	t.Parallel()
	b := startBoot(t, bootConfig{Plan: Plan{Agent: Agent{Command: sh("echo up > $D/up; exec sleep 100"), Grace: deadline}}})
	b.waitFor("up")
	b.signal(sigTerm)
	if code, result := b.wait(); code != 143 || result.Status.Signal != sigTerm || result.Kind != "" {
		t.Errorf("code %d, result %+v", code, result)
	}
}
