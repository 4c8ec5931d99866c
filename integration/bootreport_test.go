//go:build linux

package integration

import (
	"encoding/json"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/tsboot/tsboot/integration/wait"
	"github.com/tsboot/tsboot/secrets/secretstest"
)

// bootedLine is the boot report.
type bootedLine struct {
	Message    string `json:"@message"`
	Level      string `json:"@level"`
	Profile    string
	Elapsed    string
	Count      int
	Parameters []struct {
		Name, Source string
		Version      int64
	}
	LeftOut  int `json:"parameters_left_out"`
	Calls    int
	Retries  int
	Waited   string
	Files    []string
	Phases   []struct{ Name, Elapsed string }
	Identity struct{ ARN, Account, Provider string }
	Region   string
	Warnings int
	Outage   bool
}

// booted waits for the report, which comes once.
func booted(p *process) (line bootedLine) {
	p.t.Helper()
	p.wantLog(`"@message":"booted"`)
	for text := range strings.Lines(p.stderr()) {
		if strings.Contains(text, `"@message":"booted"`) {
			if line.Message != "" {
				p.t.Errorf("booted twice\n%s", p.stderr())
			}
			if err := json.Unmarshal([]byte(text), &line); err != nil {
				p.t.Fatalf("%v in %s", err, text)
			}
		}
	}
	return line
}

// TestBootReport: where everything came from, and how long each phase took; no value.
func TestBootReport(t *testing.T) {
	t.Parallel()
	s := memoryStore(t)
	secret := randomSecret()
	s.secret("/app/api-key", "an older one")
	s.secret("/app/api-key", secret)
	s.plain("/app/unused", "x")
	dir := t.TempDir()
	file := filepath.Join(dir, "demo.json")
	profile := writeFile(t, filepath.Join(dir, "demo.yaml"), fmt.Sprintf(`name: demo
parameters:
  api-key: {required: true, secret: true}
  level: {default: info, env: [LEVEL]}
  tags: {default: none}
  ruleset: {default: base}
files: [{path: %s, format: json, content: {key: "${api-key}"}}]
setup: [{name: slow, argv: [sleep, "0.2"]}]
run: {argv: [sh, -c, "exit 1"], restart: always}
`, file), 0o644)
	p := bootOn(t, s, []string{"LEVEL=debug"}, "--profile", profile, "--ssm-path", s.path("/app"), "--set", "tags=blue", "--log-format", "json",
		"--backoff-initial", "1ms", "--start-limit-burst", "5")
	p.wantExit(1)
	line := booted(p)
	var parameters []string
	for _, one := range line.Parameters {
		parameters = append(parameters, fmt.Sprintf("%s %s %d", one.Name, one.Source, one.Version))
	}
	if want := []string{"api-key ssm:/app 2", "level environment 0", "tags --set 0", "ruleset default 0"}; !slices.Equal(parameters, want) || line.Count != 4 {
		t.Errorf("%d parameters %q, want %q", line.Count, parameters, want)
	}
	if line.Level != "info" || line.Profile != "demo" || line.Calls != 1 || line.Region != "us-east-1" || line.Identity.Provider != "environment" ||
		!slices.Equal(line.Files, []string{file}) {
		t.Errorf("%+v", line)
	}
	phases := map[string]time.Duration{}
	for _, one := range line.Phases {
		took, err := time.ParseDuration(one.Elapsed)
		if err != nil || took != took.Round(time.Millisecond) {
			t.Errorf("phase %s: %s", one.Name, one.Elapsed)
		}
		phases[one.Name] = took
	}
	elapsed, err := time.ParseDuration(line.Elapsed)
	if _, start := phases["start"]; err != nil || !start || phases["setup"] < 200*time.Millisecond || elapsed < phases["setup"] {
		t.Errorf("elapsed %s, phases %v", line.Elapsed, phases)
	}
	if text := p.stderr(); strings.Contains(text, secret) || strings.Contains(text, "blue") {
		t.Errorf("the log has a value\n%s", text)
	}
}

// TestBootReportInAnOutage: an agent that runs on the files of an earlier boot is reported, too.
func TestBootReportInAnOutage(t *testing.T) {
	t.Parallel()
	s, m := memoryStore(t), newMetricsFile(t)
	s.secret("/app/api-key", randomSecret())
	dir := t.TempDir()
	profile := writeFile(t, filepath.Join(dir, "demo.yaml"), fmt.Sprintf(`name: demo
parameters: {api-key: {required: true, secret: true}, level: {default: info, env: [LEVEL]}}
files: [{path: %s/etc/demo.json, format: json, content: {key: "${api-key}"}}]
run: {argv: [sleep, "1000"]}
`, dir), 0o644)
	args := []string{"--profile", profile, "--ssm-path", s.path("/app"), "--on-fetch-failure", "use-existing", "--fetch-timeout", "3s", "--log-format", "json", "--metrics-file", m.path}
	p := bootOn(t, s, nil, args...)
	if line := booted(p); line.Outage {
		t.Errorf("%+v", line)
	}
	p.signal(syscall.SIGTERM)
	p.exitCode(aLongTime)
	s.memory.Script(secretstest.Fault{Kind: secretstest.ServerError, Times: secretstest.Forever})
	p = bootOn(t, s, []string{"LEVEL=debug"}, args...)
	line := booted(p)
	if !line.Outage || line.Calls == 0 || len(line.Files) != 1 || line.Warnings == 0 || line.Count != 1 || line.Parameters[0].Source != "environment" {
		t.Errorf("%+v", line)
	}
	m.await(p, map[string]float64{"tsboot_phase running": 1, "tsboot_parameter_age_seconds api-key": -1})
	if m.read()["tsboot_fetch_failures_total"] < 1 {
		t.Errorf("%v", m.read())
	}
	s.memory.ClearFaults()
	wait.For(t, aLongTime, "the version is known after the outage", func() bool {
		_, known := m.read()["tsboot_parameter_age_seconds api-key"]
		return known
	})
	p.signal(syscall.SIGTERM)
	p.exitCode(aLongTime)
}

// TestBootReportOfAThousandParameters: one line that Docker does not cut, and it says how many it leaves out.
func TestBootReportOfAThousandParameters(t *testing.T) {
	t.Parallel()
	s := memoryStore(t)
	for i := range 1000 {
		s.plain(fmt.Sprintf("/app/parameter-number-%d", i), "x")
	}
	p := bootOn(t, s, nil, "exec", "--ssm-path", s.path("/app"), "--log-format", "json", "--", "true")
	p.wantExit(0)
	line := booted(p)
	if line.Count != 1000 || len(line.Parameters)+line.LeftOut != 1000 || len(line.Parameters) < 50 {
		t.Errorf("count %d, listed %d, left out %d", line.Count, len(line.Parameters), line.LeftOut)
	}
	for text := range strings.Lines(p.stderr()) {
		if len(text) > 16<<10 {
			t.Errorf("a line has %d bytes", len(text))
		}
	}
}

// TestReplaceReportsNoBoot: with --replace no tsboot is left, and there are no metrics.
func TestReplaceReportsNoBoot(t *testing.T) {
	t.Parallel()
	p := bootOn(t, memoryStore(t), nil, "exec", "--replace", "--", "true")
	p.wantExit(0)
	if strings.Contains(p.stderr(), "booted") {
		t.Error(p.stderr())
	}
	p = bootOn(t, memoryStore(t), nil, "exec", "--replace", "--metrics-file", newMetricsFile(t).path, "--", "true")
	p.wantExit(64)
	if !strings.Contains(p.stderr(), "--metrics-file: has no effect with --replace") {
		t.Error(p.stderr())
	}
}
