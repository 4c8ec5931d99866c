package integration

import (
	"os/exec"
	"testing"
	"time"
)

// TestFleet starts two hundred hosts at once against a store that throttles: each boots, though the first call of most
// is refused.
func TestFleet(t *testing.T) {
	t.Parallel()
	const hosts, perSecond, burst = 200, 12, 5
	s := memoryStore(t)
	s.secret("/app/prod/key", randomSecret())
	s.memory.SetRate(perSecond, burst)
	newLeakCheck(t, s, "")
	binary := tsbootBinary(t)
	var fleet []*process
	begin := time.Now()
	for range hosts {
		cmd := exec.Command(binary, "exec", "--fetch-timeout", "2m", "--ssm-path", "/app/prod", "--", "/bin/true")
		cmd.Env = s.env
		fleet = append(fleet, start(t, cmd))
	}
	booted := 0
	for _, host := range fleet {
		if host.exitCode(3*time.Minute) == 0 {
			booted++
		}
	}
	took, calls := time.Since(begin), len(s.memory.Calls())
	t.Logf("%d hosts booted in %v with %d calls; at the limit itself it takes %v", booted, took, calls, (hosts-burst)*time.Second/perSecond)
	if booted != hosts {
		t.Errorf("%d of %d hosts booted\n%s", booted, hosts, fleet[hosts-1].stderr())
	}
	if calls == hosts {
		t.Log("the store refused nobody: this machine is too slow to start a fleet at once")
	}
}
