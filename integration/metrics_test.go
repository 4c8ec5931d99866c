//go:build linux

package integration

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

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
