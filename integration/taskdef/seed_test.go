package taskdef

import (
	"os"
	"strings"
	"testing"
)

// TestSeed: the task definition of the image that tsboot replaces, and what was wrong in it.
func TestSeed(t *testing.T) {
	t.Parallel()
	data, err := os.ReadFile("testdata/seed.json")
	if err != nil {
		t.Fatal(err)
	}
	_, faults := Read(data)
	for _, want := range []string{
		`memoryReservation: the string "1024" where ECS wants int32`,
		`mountPoints[0].readOnly: the string "" where ECS wants bool`,
		"ECS has no capability AUDIT_READ",
		"privileged",
		"pidMode is not host",
		"taskRoleArn is missing",
		"executionRoleArn is missing",
		"no log driver",
		"no health check",
		"stopTimeout 0",
		"/var/run/docker.sock is writable",
		"capabilities are not dropped",
	} {
		if !strings.Contains(strings.Join(faults, "\n"), want) {
			t.Errorf("the seed's fault is not found: %s\n%s", want, strings.Join(faults, "\n"))
		}
	}
}

// TestShape: what the SDK's JSON reader would take, and ECS does not.
func TestShape(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		`{"Family": "a"}`:     "Family: ECS knows no such key",
		`{"stopTimeouts": 3}`: "stopTimeouts: ECS knows no such key",
		`{"containerDefinitions": [{"stopTimeout": "60"}]}`: `containerDefinitions[0].stopTimeout: the string "60"`,
		`{"containerDefinitions": {"a": 1}}`:                "containerDefinitions: an object",
		`{"networkMode": "hosts"}`:                          `networkMode: "hosts" is not one of`,
		`{"family": 3}`:                                     "family: float64",
		`{"containerDefinitions": [{"cpu": 1.5}]}`:          "cpu: float64",
	} {
		if _, faults := Read([]byte(text)); len(faults) == 0 || !strings.Contains(faults[0], want) {
			t.Errorf("%s: %q", text, faults)
		}
	}
}
