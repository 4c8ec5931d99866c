package boot

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/hashicorp/go-hclog"

	"github.com/tsboot/tsboot/configgen"
	"github.com/tsboot/tsboot/control"
	"github.com/tsboot/tsboot/supervisor"
)

var noon = time.Date(2026, 1, 2, 12, 0, 0, 0, time.UTC)

// TestStatusOfAgent: what status says of the agent in each phase.
func TestStatusOfAgent(t *testing.T) {
	t.Parallel()
	const none = `{"pid":null,"started_at":null,"restarts":0,"last_exit":null}`
	for name, test := range map[string]struct {
		snapshot supervisor.Snapshot
		want     string
	}{
		"fetching": {supervisor.Snapshot{Phase: "fetching"}, none},
		"setup":    {supervisor.Snapshot{Phase: "setup"}, none},
		"running": {
			supervisor.Snapshot{Phase: "running", AgentPID: 17, StartedAt: noon},
			`{"pid":17,"started_at":"2026-01-02T12:00:00Z","restarts":0,"last_exit":null}`,
		},
		"several daemons": {
			supervisor.Snapshot{Phase: "running", AgentPID: 17, AgentPIDs: []int{17, 19}, StartedAt: noon},
			`{"pid":17,"pids":[17,19],"started_at":"2026-01-02T12:00:00Z","restarts":0,"last_exit":null}`,
		},
		"backoff after an exit": {
			supervisor.Snapshot{Phase: "backoff", LastEnd: noon, LastExit: &supervisor.Status{Code: 3, Reason: supervisor.ReasonExited}},
			`{"pid":null,"started_at":null,"restarts":0,"last_exit":{"code":3,"signal":null,"reason":"exited","at":"2026-01-02T12:00:00Z"}}`,
		},
		"running again after a signal": {
			supervisor.Snapshot{Phase: "running", AgentPID: 18, StartedAt: noon, Restarts: 2, LastEnd: noon,
				LastExit: &supervisor.Status{Code: 139, Signal: 11, Reason: supervisor.ReasonSignalled}},
			`{"pid":18,"started_at":"2026-01-02T12:00:00Z","restarts":2,"last_exit":{"code":139,"signal":"SIGSEGV","reason":"signalled","at":"2026-01-02T12:00:00Z"}}`,
		},
		"backoff after a failed health check": {
			supervisor.Snapshot{Phase: "backoff", LastEnd: noon, LastExit: &supervisor.Status{Code: 143, Signal: 15, Reason: supervisor.ReasonUnhealthy}},
			`{"pid":null,"started_at":null,"restarts":0,"last_exit":{"code":143,"signal":"SIGTERM","reason":"unhealthy","at":"2026-01-02T12:00:00Z"}}`,
		},
		"backoff, out of memory": {
			supervisor.Snapshot{Phase: "backoff", LastEnd: noon, LastExit: &supervisor.Status{Code: 137, Signal: 9, Reason: supervisor.ReasonOOMKilled}},
			`{"pid":null,"started_at":null,"restarts":0,"last_exit":{"code":137,"signal":"SIGKILL","reason":"oom-killed","at":"2026-01-02T12:00:00Z"}}`,
		},
		"stopping": {
			supervisor.Snapshot{Phase: "stopping", LastEnd: noon, LastExit: &supervisor.Status{Code: 137, Signal: 9, Reason: supervisor.ReasonKilledAfterGrace}},
			`{"pid":null,"started_at":null,"restarts":0,"last_exit":{"code":137,"signal":"SIGKILL","reason":"killed-after-grace","at":"2026-01-02T12:00:00Z"}}`,
		},
	} {
		var status control.Status
		showAgent(test.snapshot, &status)
		if got, err := json.Marshal(status.Agent); err != nil || string(got) != test.want {
			t.Errorf("%s: %s, %v\nwant %s", name, got, err, test.want)
		}
		if status.Phase != test.snapshot.Phase {
			t.Errorf("%s: phase %q", name, status.Phase)
		}
	}
}

// aRecord has a parameter of each state, and a value nowhere.
var aRecord = Record{
	Region: RegionRecord{"eu-north-1", "--region"}, Identity: IdentityRecord{Account: "111122223333", Provider: "task role"},
	ECS:     ECSRecord{Cluster: "prod", TaskARN: "arn:aws:ecs:eu-north-1:111122223333:task/prod/abc", TaskID: "abc", Family: "host", Revision: "7"},
	Profile: ProfileRecord{"demo", "--profile"},
	Parameters: []ParameterRecord{
		{Name: "api-key", State: configgen.ParameterFound, Secret: true, Source: "ssm:/app", Version: 3, LastModified: noon},
		{Name: "level", State: configgen.ParameterFound, Source: "environment"},
		{Name: "tags", State: configgen.ParameterFound, Source: "--set"},
		{Name: "ruleset", State: configgen.ParameterDefault},
		{Name: "proxy", State: configgen.ParameterUnset},
		{Name: "other", State: configgen.ParameterUnknown, Source: "ssm:/app", Version: 1},
	},
	Files: []FileRecord{{Path: "/etc/demo.json", State: "changed", Changed: noon}},
	Calls: 2, Retries: 1, Waited: 1500 * time.Millisecond, Phases: []Phase{{"sources", 12345 * time.Microsecond}},
	Warnings: []Problem{{Code: "white-space"}},
}

// TestStatusOfWhatRuns: only what the profile uses, from where, in which version.
func TestStatusOfWhatRuns(t *testing.T) {
	t.Parallel()
	b := New(Config{Options: Options{Profile: "demo.yaml", Sources: Sources{Region: "moon"}}, Version: "1.2", Log: hclog.NewNullLogger()})
	b.runs.keep(runningOf(&aRecord))
	b.refreshes.change(func(s *refreshState) { s.Last, s.LastError, s.Refreshes, s.Rollbacks = noon, "no", 4, 1 })
	status := b.Status()
	status.Since = control.Time{}
	got, err := json.Marshal(status)
	want := `{"phase":"fetching","since":null,"version":"1.2","profile":"demo",` +
		`"agent":{"pid":null,"started_at":null,"restarts":0,"last_exit":null},` +
		`"parameters":[{"name":"api-key","source":"ssm:/app","version":3},{"name":"level","source":"environment","version":null},` +
		`{"name":"tags","source":"--set","version":null},{"name":"ruleset","source":"default","version":null}],` +
		`"files":[{"path":"/etc/demo.json","changed_at":"2026-01-02T12:00:00Z"}],` +
		`"refresh":{"last":"2026-01-02T12:00:00Z","next":null,"last_error":"no","refreshes":4,"rollbacks":1,"probation_until":null},` +
		`"identity":{"arn":null,"provider":"task role"},"region":"eu-north-1",` +
		`"ecs":{"cluster":"prod","task_arn":"arn:aws:ecs:eu-north-1:111122223333:task/prod/abc","task_id":"abc","family":"host","revision":"7",` +
		`"availability_zone":null,"container_instance":null,"image":null}}`
	if err != nil || string(got) != want {
		t.Errorf("%v\n%s\nwant\n%s", err, got, want)
	}
}

// TestStatusBeforeTheFetchHasEnded: what the command line says, and lists that are empty, not null.
func TestStatusBeforeTheFetchHasEnded(t *testing.T) {
	t.Parallel()
	for given, want := range map[string]string{"demo.yaml": `"demo.yaml"`, ProfileExec: `"exec"`, ProfileAuto: "null"} {
		b := New(Config{Options: Options{Profile: given, Sources: Sources{Region: "eu-north-1"}}, Log: hclog.NewNullLogger()})
		status := b.Status()
		if since := time.Since(status.Since.Time); since < 0 || since > time.Minute {
			t.Errorf("since %s", status.Since)
		}
		text, err := json.Marshal(status)
		for _, part := range []string{`"phase":"fetching"`, `"profile":` + want, `"parameters":[],"files":[]`, `"region":"eu-north-1"`, `"identity":null`, `"ecs":null`} {
			if err != nil || !strings.Contains(string(text), part) {
				t.Errorf("%s: %v; no %s in %s", given, err, part, text)
			}
		}
	}
}

// TestWhatRunsInATrial: the new generation from the moment it runs, and the old one before that and after a rollback.
func TestWhatRunsInATrial(t *testing.T) {
	t.Parallel()
	old, next := &running{profile: "old"}, &running{profile: "next"}
	before, during := supervisor.Snapshot{Trial: true}, supervisor.Snapshot{Trial: true, ProbationUntil: noon}
	s := show{changed: newNotice()}
	want := func(at string, snapshot supervisor.Snapshot, want *running) {
		t.Helper()
		if got := s.of(snapshot); got != want {
			t.Errorf("%s: %+v", at, got)
		}
	}
	want("first", before, nil)
	s.keep(old)
	s.try(next)
	want("its setup runs", before, old)
	want("in probation", during, next)
	s.try(nil)
	want("rolled back", during, old)
	s.try(next)
	s.keep(next)
	want("kept", before, next)
}
