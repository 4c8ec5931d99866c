package control

import (
	"testing"
	"time"

	"github.com/tsboot/tsboot/watch/sink"
)

// TestText is the status that a person reads.
func TestText(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	failing := now.Add(-3 * time.Minute)
	status := Status{
		Version: "v1", PID: 7, Doing: "watch", Since: now.Add(-90 * time.Second), Events: 1000, Alerts: 3,
		Lost: 12, LostWhere: map[string]uint64{"kernel": 0, "queue": 8, "socket": 4}, LossRatio: 0.0125,
		Attribution: map[string]uint64{"cgroup": 990, "none": 10, "top": 0},
		Sinks: []sink.Status{
			{Where: "stdout", Sent: 1003},
			{Where: "unix:/run/siem", Sent: 1, Dropped: 2, LastError: "connection refused", FailingSince: &failing},
			{Where: "file:/log", Sent: 1003, LastError: "no space left on device"},
		},
		Rules: Rules{Failed: map[string]uint64{"own-rule": 2}},
	}
	const want = `tswatch      v1, pid 7, watch for 1m30s
events       1000
alerts       3
lost         12 (queue 8, socket 4); 0.0125 of the last minute
attribution  cgroup 990, none 10
output       stdout: 1003 sent, 0 dropped, 0 spooled
output       unix:/run/siem: 1 sent, 2 dropped, 0 spooled; it takes nothing for 3m0s: connection refused
output       file:/log: 1003 sent, 0 dropped, 0 spooled; it works; last error: no space left on device
rules failed own-rule 2
`
	if got := status.Text(now); got != want {
		t.Errorf("%s\nwant\n%s", got, want)
	}
	const least = `tswatch      v1, pid 7, watch for 0s
events       0
alerts       0
lost         0
attribution  none yet
`
	if got := (Status{Version: "v1", PID: 7, Doing: "watch", Since: now}).Text(now); got != least {
		t.Errorf("%s\nwant\n%s", got, least)
	}
}
