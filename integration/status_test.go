//go:build linux

package integration

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/tsboot/tsboot/integration/wait"
	"github.com/tsboot/tsboot/secrets/secretstest"
)

// wireStatus is `tsboot status --json` as it is promised; a pointer is null where nothing is known.
type wireStatus struct {
	Phase   string  `json:"phase"`
	Since   *string `json:"since"`
	Version string  `json:"version"`
	Profile *string `json:"profile"`
	Agent   struct {
		PID       *int    `json:"pid"`
		PIDs      []int   `json:"pids"`
		StartedAt *string `json:"started_at"`
		Restarts  int     `json:"restarts"`
		LastExit  *struct {
			Code   int     `json:"code"`
			Signal *string `json:"signal"`
			Reason string  `json:"reason"`
			At     *string `json:"at"`
		} `json:"last_exit"`
	} `json:"agent"`
	Parameters []struct {
		Name    string `json:"name"`
		Source  string `json:"source"`
		Version *int64 `json:"version"`
	} `json:"parameters"`
	Files []struct {
		Path      string  `json:"path"`
		ChangedAt *string `json:"changed_at"`
	} `json:"files"`
	Refresh struct {
		Last      *string `json:"last"`
		Next      *string `json:"next"`
		LastError *string `json:"last_error"`
		Refreshes int     `json:"refreshes"`
		Rollbacks int     `json:"rollbacks"`

		ProbationUntil *string `json:"probation_until"`
	} `json:"refresh"`
	Identity *struct {
		ARN      *string `json:"arn"`
		Provider *string `json:"provider"`
	} `json:"identity"`
	Region *string          `json:"region"`
	ECS    *json.RawMessage `json:"ecs"`
}

// observed is a tsboot with a run directory of its own.
type observed struct {
	*process
	dir     string
	secrets []string // no answer has one
}

func observe(t *testing.T, s *store, env []string, args ...string) *observed {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "run")
	return &observed{bootOn(t, s, append(env, "TSBOOT_RUN_DIR="+dir), args...), dir, s.secrets}
}

// ask runs `tsboot status --json`. ok: the tsboot answered.
func (o *observed) ask() (status wireStatus, ok bool) {
	o.t.Helper()
	cmd := exec.Command(tsbootBinary(o.t), "status", "--json", "--run-dir", o.dir)
	cmd.Env = []string{}
	out, err := cmd.Output()
	if err != nil {
		return status, false
	}
	decoder := json.NewDecoder(bytes.NewReader(out))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&status); err != nil {
		o.t.Fatalf("%v in %s", err, out)
	}
	for _, secret := range o.secrets {
		if len(secret) > 4 && bytes.Contains(out, []byte(secret)) { // what is shorter may be part of a path
			o.t.Fatalf("the status has the secret: %s", out)
		}
	}
	for _, text := range regexp.MustCompile(`"(\d{4}-\d\d-\d\d[^"]*)"`).FindAllSubmatch(out, -1) {
		if _, err := time.Parse(time.RFC3339, string(text[1])); err != nil {
			o.t.Errorf("%v", err)
		}
	}
	return status, true
}

// await waits for a status.
func (o *observed) await(what string, reached func(wireStatus) bool) (status wireStatus) {
	o.t.Helper()
	came := wait.Until(aLongTime, func() (ok bool) {
		status, ok = o.ask()
		return ok && reached(status)
	})
	if !came {
		o.t.Fatalf("no status: %s; the last one is %+v\n%s", what, status, o.stderr())
	}
	return status
}

func (o *observed) awaitPhase(phase string) wireStatus {
	o.t.Helper()
	return o.await("phase "+phase, func(s wireStatus) bool { return s.Phase == phase })
}

// statusProfile has a parameter from each kind of source, a step that waits, and an agent that ends when it is said to and
// does not hear a stop.
const statusProfile = `name: watched
parameters:
  api-key: {required: true, secret: true}
  level: {default: info, env: [LEVEL]}
  tags: {default: none}
  ruleset: {default: base}
  proxy: {}
files: [{path: %[1]s/etc/watched.json, format: json, content: {key: "${api-key}"}}]
setup: [{name: wait, argv: [sh, -c, "while [ ! -e %[1]s/go ]; do sleep 0.02; done"]}]
run:
  argv: [sh, -c, 'trap "" TERM; while [ ! -e %[1]s/die ]; do sleep 0.02; done; rm %[1]s/die; kill -SEGV $$']
  restart: always
  grace: 1s
`

// TestStatusInEveryPhase: what an operator sees from the fetch to the stop.
func TestStatusInEveryPhase(t *testing.T) {
	t.Parallel()
	s := memoryStore(t)
	s.secret("/app/api-key", "an older one")
	s.secret("/app/api-key", randomSecret())
	s.memory.Script(secretstest.Fault{Kind: secretstest.ServerError, Times: secretstest.Forever})
	dir := t.TempDir()
	profile := writeFile(t, filepath.Join(dir, "watched.yaml"), fmt.Sprintf(statusProfile, dir), 0o644)
	o := observe(t, s, []string{"LEVEL=debug"}, "--profile", profile, "--ssm-path", s.path("/app"), "--set", "tags=blue", "--backoff-initial", "1h", "--backoff-max", "1h")

	fetching := o.awaitPhase("fetching")
	if fetching.Profile == nil || *fetching.Profile != profile || len(fetching.Parameters) != 0 || fetching.Parameters == nil || fetching.Files == nil || fetching.Agent.PID != nil {
		t.Errorf("fetching: %+v", fetching)
	}
	s.memory.ClearFaults()
	setup := o.awaitPhase("setup")
	var parameters []string
	for _, p := range setup.Parameters {
		version := "none"
		if p.Version != nil {
			version = fmt.Sprint(*p.Version)
		}
		parameters = append(parameters, p.Name+" "+p.Source+" "+version)
	}
	if want := []string{"api-key ssm:/app 2", "level environment none", "tags --set none", "ruleset default none"}; !slices.Equal(parameters, want) {
		t.Errorf("parameters %q, want %q", parameters, want)
	}
	if setup.Agent.PID != nil || setup.Agent.LastExit != nil || *setup.Profile != "watched" || *setup.Region != "us-east-1" || setup.Version == "" {
		t.Errorf("setup: %+v", setup)
	}
	if setup.Identity == nil || setup.Identity.Provider == nil || *setup.Identity.Provider != "environment" || setup.Identity.ARN != nil || setup.ECS != nil {
		t.Errorf("identity: %+v, ecs: %v", setup.Identity, setup.ECS)
	}
	if len(setup.Files) != 1 || setup.Files[0].Path != dir+"/etc/watched.json" || setup.Files[0].ChangedAt == nil {
		t.Errorf("files: %+v", setup.Files)
	}

	writeFile(t, dir+"/go", "", 0o600)
	running := o.awaitPhase("running")
	if running.Agent.PID == nil || !slices.Contains(childrenOf(o.cmd.Process.Pid), *running.Agent.PID) || running.Agent.StartedAt == nil || running.Agent.LastExit != nil {
		t.Errorf("running: %+v", running.Agent)
	}
	writeFile(t, dir+"/die", "", 0o600)
	backoff := o.awaitPhase("backoff")
	if last := backoff.Agent.LastExit; last == nil || last.Code != 139 || last.Signal == nil || *last.Signal != "SIGSEGV" || last.Reason != "signalled" || last.At == nil {
		t.Errorf("last exit: %+v", last)
	}
	if backoff.Agent.PID != nil || backoff.Agent.StartedAt != nil {
		t.Errorf("backoff: %+v", backoff.Agent)
	}
	o.signal(syscall.SIGTERM)
	o.wantExit(139)
}

// TestStatusOfAStop: an agent that does not hear it, until the grace is over; and restarts are counted.
func TestStatusOfAStop(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	writeFile(t, dir+"/go", "", 0o600)
	profile := writeFile(t, filepath.Join(dir, "watched.yaml"), fmt.Sprintf(statusProfile, dir), 0o644)
	s := memoryStore(t)
	s.secret("/app/api-key", randomSecret())
	o := observe(t, s, nil, "--profile", profile, "--ssm-path", s.path("/app"), "--backoff-initial", "1ms", "--grace", "5s")
	for restarts := range 3 {
		status := o.await("another run", func(s wireStatus) bool { return s.Phase == "running" && s.Agent.Restarts == restarts })
		if (status.Agent.LastExit != nil) != (restarts > 0) {
			t.Errorf("after %d restarts: %+v", restarts, status.Agent)
		}
		if restarts < 2 {
			writeFile(t, dir+"/die", "", 0o600)
		}
	}
	o.signal(syscall.SIGTERM)
	if stopping := o.awaitPhase("stopping"); stopping.Agent.PID == nil {
		t.Errorf("the agent still runs: %+v", stopping.Agent)
	}
	o.wantExit(137)
}

// TestStatusWithoutASource: nothing was asked of AWS, so nothing is known of it.
func TestStatusWithoutASource(t *testing.T) {
	t.Parallel()
	o := observe(t, memoryStore(t), nil, "exec", "--", "sleep", "1000")
	running := o.awaitPhase("running")
	if running.Identity != nil || running.Region != nil || *running.Profile != "exec" || len(running.Parameters) != 0 || running.Refresh.Last != nil || running.Refresh.LastError != nil {
		t.Errorf("%+v", running)
	}
	if strings.Contains(o.stderr(), "[WARN]") {
		t.Errorf("%s", o.stderr())
	}
	o.signal(syscall.SIGTERM)
	o.wantExit(143)
}

// TestStatusAfterARefresh: the versions and times are those of what runs, also where the value did not change.
func TestStatusAfterARefresh(t *testing.T) {
	t.Parallel()
	s := memoryStore(t)
	dir := t.TempDir()
	s.secret("/app/api-key", randomSecret())
	profile := writeFile(t, filepath.Join(dir, "demo.yaml"), fmt.Sprintf(`name: demo
parameters: {api-key: {required: true, secret: true}}
files: [{path: %s/demo.json, format: json, content: {key: "${api-key}"}}]
run: {argv: [sleep, "1000"], refresh-signal: SIGHUP}
`, dir), 0o644)
	o := observe(t, s, nil, "--profile", profile, "--ssm-path", s.path("/app"))
	first := o.awaitPhase("running")
	s.secret("/app/api-key", s.secrets[0]) // the same value again
	o.signal(syscall.SIGHUP)
	same := o.await("a refresh", func(s wireStatus) bool { return s.Refresh.Refreshes == 1 })
	if *same.Parameters[0].Version != 2 || *same.Files[0].ChangedAt != *first.Files[0].ChangedAt || *same.Agent.PID != *first.Agent.PID || same.Refresh.Last == nil {
		t.Errorf("the same value: %+v", same)
	}
	s.memory.Script(secretstest.Fault{Kind: secretstest.AccessDenied, Times: secretstest.Forever})
	o.signal(syscall.SIGHUP)
	failed := o.await("a refresh that fails", func(s wireStatus) bool { return s.Refresh.Refreshes == 2 })
	if failed.Refresh.LastError == nil || !strings.Contains(*failed.Refresh.LastError, "ssm:GetParametersByPath") || *failed.Parameters[0].Version != 2 {
		t.Errorf("a refresh that fails: %+v", failed)
	}
	s.memory.ClearFaults()
	s.secret("/app/api-key", randomSecret())
	o.signal(syscall.SIGHUP)
	next := o.await("the agent runs on the new version", func(s wireStatus) bool { return *s.Parameters[0].Version == 3 && s.Phase == "running" })
	if *next.Files[0].ChangedAt == *first.Files[0].ChangedAt || next.Agent.PID == nil || *next.Agent.PID == *first.Agent.PID {
		t.Errorf("another value: %+v", next)
	}
	o.signal(syscall.SIGTERM)
	o.wantExit(143)
}

// TestStatusInATask: status and the boot report name the ECS task.
func TestStatusInATask(t *testing.T) {
	t.Parallel()
	b := newFactBoot(t)
	b.inTask()
	b.store.secret("/app/x", randomSecret())
	b.store.memory.SetTask(map[string]any{
		"Cluster": "arn:aws:ecs:us-east-1:111122223333:cluster/security", "TaskARN": "arn:aws:ecs:us-east-1:111122223333:task/security/abc123",
		"Family": "host-agent", "Revision": "12", "AvailabilityZone": "us-east-1a",
	})
	o := observed{b.start("exec", "--ssm-path", "/app", "--log-format", "json", "--run-dir", b.dir, "--", "sleep", "1000"), b.dir, b.store.secrets}
	status := o.awaitPhase("running")
	want := map[string]string{"cluster": "security", "task_id": "abc123", "family": "host-agent", "revision": "12", "availability_zone": "us-east-1a"}
	var report struct{ ECS map[string]string }
	for line := range strings.Lines(o.stderr()) {
		if strings.Contains(line, `"@message":"booted"`) {
			if err := json.Unmarshal([]byte(line), &report); err != nil {
				t.Fatal(err)
			}
		}
	}
	var ecs map[string]*string
	if status.ECS == nil || json.Unmarshal(*status.ECS, &ecs) != nil {
		t.Fatalf("no task in the status: %+v", status)
	}
	for key, value := range want {
		if ecs[key] == nil || *ecs[key] != value || report.ECS[key] != value {
			t.Errorf("%s: status %v, report %q, want %q", key, ecs[key], report.ECS[key], value)
		}
	}
	o.signal(syscall.SIGTERM)
	o.wantExit(143)
}
