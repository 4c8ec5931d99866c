//go:build linux

package integration

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/prometheus/common/expfmt"
	"github.com/prometheus/common/model"

	"github.com/tsboot/tsboot/integration/wait"
	"github.com/tsboot/tsboot/secrets/secretstest"
)

// metricsFile is what --metrics-file names.
type metricsFile struct {
	t    *testing.T
	path string
}

func newMetricsFile(t *testing.T) metricsFile {
	return metricsFile{t, filepath.Join(t.TempDir(), "tsboot.prom")}
}

// read gives each sample by its name and label, as `tsboot_phase running`. A file that the collector would refuse ends
// the test. There is no file before tsboot has written it.
func (m metricsFile) read() map[string]float64 {
	m.t.Helper()
	file, err := os.Open(m.path)
	if os.IsNotExist(err) {
		return nil
	}
	if err != nil {
		m.t.Fatal(err)
	}
	defer file.Close()
	parser := expfmt.NewTextParser(model.UTF8Validation)
	families, err := parser.TextToMetricFamilies(file)
	if err != nil {
		m.t.Fatalf("the collector refuses the file: %v\n%s", err, readFile(m.t, m.path))
	}
	samples := map[string]float64{}
	for name, family := range families {
		for _, metric := range family.Metric {
			key := name
			for _, label := range metric.Label {
				key += " " + label.GetValue()
			}
			samples[key] = metric.GetGauge().GetValue() + metric.GetCounter().GetValue()
		}
	}
	return samples
}

// await waits until the samples have these values. A sample that must not be there has the value -1.
func (m metricsFile) await(p *process, want map[string]float64) {
	m.t.Helper()
	var got map[string]float64
	reached := func() bool {
		got = m.read()
		for name, value := range want {
			if sample, ok := got[name]; ok && sample != value || !ok && value != -1 {
				return false
			}
		}
		return got != nil
	}
	if !wait.Until(aLongTime, reached) {
		m.t.Fatalf("the metrics are %v, want %v\n%s", got, want, p.stderr())
	}
}

// TestMetricsThroughALife: the file has each state of a boot from the fetch to the end.
func TestMetricsThroughALife(t *testing.T) {
	t.Parallel()
	s, m := memoryStore(t), newMetricsFile(t)
	secret := randomSecret()
	s.secret("/app/api-key", secret)
	s.memory.Script(secretstest.Fault{Kind: secretstest.ServerError, Times: secretstest.Forever})
	exits := filepath.Join(t.TempDir(), "exits")
	p := bootOn(t, s, nil, "exec", "--ssm-path", s.path("/app"), "--metrics-file", m.path, "--restart", "always",
		"--backoff-initial", "1h", "--backoff-max", "1h", "--", "sh", "-c", `trap 'exit 5' TERM; while [ ! -e "$0" ]; do sleep 0.02; done; exit 7`, exits)
	m.await(p, map[string]float64{
		"tsboot_phase fetching": 1, "tsboot_phase running": 0, "tsboot_boot_duration_seconds": -1, "tsboot_agent_last_exit_code": -1,
		"tsboot_agent_restarts_total": 0, "tsboot_refreshes_total": 0, "tsboot_rollbacks_total": 0, "tsboot_parameter_age_seconds api-key": -1,
	})
	s.memory.ClearFaults()
	m.await(p, map[string]float64{"tsboot_phase fetching": 0, "tsboot_phase running": 1, "tsboot_agent_last_exit_code": -1, "tsboot_fetch_failures_total": 0})
	samples := m.read()
	if calls, took := samples["tsboot_fetch_calls_total"], samples["tsboot_boot_duration_seconds"]; calls < 1 || took <= 0 || took > aLongTime.Seconds() {
		t.Errorf("%v calls, the boot took %v", calls, took)
	}
	if age, known := samples["tsboot_parameter_age_seconds api-key"]; !known || age <= 0 {
		t.Errorf("age %v, known %v", age, known)
	}
	writeFile(t, exits, "", 0o600)
	m.await(p, map[string]float64{"tsboot_phase running": 0, "tsboot_phase backoff": 1, "tsboot_agent_last_exit_code": 7, "tsboot_agent_restarts_total": 0})
	p.signal(syscall.SIGTERM)
	p.wantExit(7)
	m.await(p, map[string]float64{"tsboot_phase backoff": 0, "tsboot_phase stopping": 1, "tsboot_agent_last_exit_code": 7})
	if text := readFile(t, m.path); strings.Contains(text, secret) {
		t.Error("the file has the secret")
	}
	if info, err := os.Stat(m.path); err != nil || info.Mode() != 0o644 {
		t.Errorf("%v, %v", info.Mode(), err)
	}
	if names, err := os.ReadDir(filepath.Dir(m.path)); len(names) != 1 {
		t.Errorf("beside the file: %v, %v", names, err)
	}
}

// TestMetricsOfACrashLoop: restarts are counted, and the end has the last exit code, also where it comes at once.
func TestMetricsOfACrashLoop(t *testing.T) {
	t.Parallel()
	for command, code := range map[string]int{"exit 3": 3, "kill -SEGV $$": 128 + 11} {
		m := newMetricsFile(t)
		p := bootOn(t, memoryStore(t), nil, "exec", "--metrics-file", m.path, "--restart", "on-failure", "--backoff-initial", "1ms",
			"--start-limit-burst", "4", "--log-format", "json", "--", "sh", "-c", command)
		p.wantExit(code)
		m.await(p, map[string]float64{
			"tsboot_agent_restarts_total": 3, "tsboot_agent_last_exit_code": float64(code), "tsboot_phase stopping": 1, "tsboot_phase backoff": 0,
		})
		if n := strings.Count(p.stderr(), `"@message":"booted"`); n != 1 {
			t.Errorf("%d lines booted\n%s", n, p.stderr())
		}
	}
}

// TestMetricsOfABootThatFails: it never ran an agent, and the numbers say why.
func TestMetricsOfABootThatFails(t *testing.T) {
	t.Parallel()
	s, m := memoryStore(t), newMetricsFile(t)
	s.secret("/app/api-key", randomSecret())
	s.memory.Script(secretstest.Fault{Kind: secretstest.AccessDenied, Times: secretstest.Forever})
	p := bootOn(t, s, nil, "exec", "--ssm-path", s.path("/app"), "--metrics-file", m.path, "--", "true")
	p.wantExit(77)
	m.await(p, map[string]float64{
		"tsboot_fetch_failures_total": 1, "tsboot_phase stopping": 1, "tsboot_phase fetching": 0, "tsboot_boot_duration_seconds": -1, "tsboot_agent_last_exit_code": -1,
	})
	if calls := m.read()["tsboot_fetch_calls_total"]; calls < 1 {
		t.Errorf("%v calls", calls)
	}
	if strings.Contains(p.stderr(), "booted") {
		t.Errorf("booted without an agent:\n%s", p.stderr())
	}
}

// TestMetricsFileWhereItCannotBeWritten: a warning, and everything else works. A relative path is that of the start.
func TestMetricsFileWhereItCannotBeWritten(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	cmd := exec.Command(tsbootBinary(t), "exec", "--metrics-file", "metrics/tsboot.prom", "--restart", "always", "--backoff-initial", "20ms",
		"--start-limit-burst", "0", "--", "sh", "-c", "exit 9")
	cmd.Dir = dir
	p := start(t, cmd)
	p.wantLog("[WARN]", "metrics file not written", dir+"/metrics/tsboot.prom", "no such file or directory")
	m := metricsFile{t, filepath.Join(dir, "metrics", "tsboot.prom")}
	if err := os.Mkdir(filepath.Dir(m.path), 0o755); err != nil {
		t.Fatal(err)
	}
	m.await(p, map[string]float64{"tsboot_agent_last_exit_code": 9})
	p.wantLog("[INFO]", "metrics file written again")
	p.signal(syscall.SIGTERM)
	p.exitCode(aLongTime)
	if n := strings.Count(p.stderr(), "metrics file not written"); n != 1 {
		t.Errorf("%d warnings\n%s", n, p.stderr())
	}
	if n := strings.Count(p.stderr(), "booted"); n != 1 {
		t.Errorf("%d lines booted\n%s", n, p.stderr())
	}
}

// TestMetricsAfterARefresh: refreshes and calls are counted over the whole run, and the age is that of the new version.
func TestMetricsAfterARefresh(t *testing.T) {
	t.Parallel()
	s, m := memoryStore(t), newMetricsFile(t)
	s.secret("/app/api-key", randomSecret())
	dir := t.TempDir()
	profile := writeFile(t, filepath.Join(dir, "demo.yaml"), fmt.Sprintf(`name: demo
parameters: {api-key: {required: true, secret: true}}
files: [{path: %s/demo.json, format: json, content: {key: "${api-key}"}}]
run: {argv: [sleep, "1000"], refresh-signal: SIGHUP}
`, dir), 0o644)
	p := bootOn(t, s, nil, "--profile", profile, "--ssm-path", s.path("/app"), "--metrics-file", m.path)
	m.await(p, map[string]float64{"tsboot_phase running": 1, "tsboot_fetch_calls_total": 1})
	p.signal(syscall.SIGHUP)
	m.await(p, map[string]float64{"tsboot_refreshes_total": 1, "tsboot_fetch_calls_total": 2, "tsboot_fetch_failures_total": 0})
	s.memory.Script(secretstest.Fault{Kind: secretstest.AccessDenied, Times: secretstest.Forever})
	p.signal(syscall.SIGHUP)
	m.await(p, map[string]float64{"tsboot_refreshes_total": 2, "tsboot_fetch_failures_total": 1, "tsboot_phase running": 1})
	p.signal(syscall.SIGTERM)
	p.exitCode(aLongTime)
}

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

// TestMetricsAfterARollback: it is counted, and status and the file show the version that runs again.
func TestMetricsAfterARollback(t *testing.T) {
	t.Parallel()
	s, m := memoryStore(t), newMetricsFile(t)
	s.plain("/app/mode", "good")
	dir := t.TempDir()
	profile := writeFile(t, filepath.Join(dir, "demo.yaml"), fmt.Sprintf(`name: demo
parameters: {mode: {required: true}}
files: [{path: %[1]s/mode.json, format: json, content: {mode: "${mode}"}}]
run: {argv: [sh, -c, "grep -q good %[1]s/mode.json || exit 9; exec sleep 1000"], refresh-signal: SIGHUP, restart: always}
`, dir), 0o644)
	o := observe(t, s, nil, "--profile", profile, "--ssm-path", s.path("/app"), "--metrics-file", m.path, "--refresh-probation", "20s", "--log-format", "json")
	first := o.awaitPhase("running")
	s.plain("/app/mode", "bad")
	o.signal(syscall.SIGHUP)
	m.await(o.process, map[string]float64{"tsboot_refreshes_total": 1, "tsboot_rollbacks_total": 1, "tsboot_phase running": 1, "tsboot_agent_last_exit_code": 9})
	after := o.awaitPhase("running")
	if *after.Parameters[0].Version != 1 || *after.Files[0].ChangedAt != *first.Files[0].ChangedAt || after.Refresh.LastError == nil || after.Refresh.Rollbacks != 1 {
		t.Errorf("before %+v\nafter  %+v", first, after)
	}
	s.plain("/app/mode", "good again")
	o.signal(syscall.SIGHUP)
	o.await("the agent runs on the new version", func(s wireStatus) bool { return *s.Parameters[0].Version == 3 && s.Phase == "running" })
	o.signal(syscall.SIGTERM)
	o.wantExit(143)
	m.await(o.process, map[string]float64{"tsboot_phase stopping": 1, "tsboot_agent_last_exit_code": 143, "tsboot_rollbacks_total": 1})
	booted(o.process)
}
