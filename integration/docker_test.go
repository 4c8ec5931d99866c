//go:build linux

package integration

import (
	"crypto/rand"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/tsboot/tsboot/integration/wait"
)

// docker runs one command of the client and returns what it printed.
func docker(t testing.TB, args ...string) string {
	t.Helper()
	var errors strings.Builder
	cmd := exec.Command("docker", args...)
	cmd.Stderr = &errors
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("docker %s: %v\n%s", strings.Join(args, " "), err, errors.String())
	}
	return string(out)
}

// dockerContainer is a container of a real engine.
type dockerContainer struct {
	t     *testing.T
	name  string
	ended chan struct{}
}

// dockerRun starts the agent's image detached on the host's network, where the store is, with the log at trace.
// options are docker run's, args tsboot's. The leak check looks at its log, its processes and what inspect shows.
func dockerRun(t *testing.T, s *store, options []string, args ...string) *dockerContainer {
	t.Helper()
	return dockerRunImage(t, s, agentOnImage(t), options, args...)
}

// dockerRunImage is dockerRun of another image.
func dockerRunImage(t *testing.T, s *store, image string, options []string, args ...string) *dockerContainer {
	t.Helper()
	c := &dockerContainer{t: t, name: "tsboot-it-" + strings.ToLower(rand.Text()), ended: make(chan struct{})}
	command := []string{"run", "-d", "--name", c.name, "--network", "host", "-e", "TSBOOT_LOG_LEVEL=trace"}
	for _, variable := range s.env {
		command = append(command, "-e", variable)
	}
	command = append(append(append(command, options...), image), args...)
	docker(t, command...)
	c.watch(s, "tsagent")
	return c
}

// watch looks for leaks in what the container shows, and removes it at the end of the test.
func (c *dockerContainer) watch(s *store, argvMay ...string) {
	t := c.t
	t.Helper()
	leaks := newLeakCheck(t, s, "")
	leaks.argvMay = argvMay
	log, inspected := "", docker(t, "inspect", c.name)
	leaks.alsoText("docker logs", func() string { return log })
	leaks.alsoText("docker inspect", func() string { return inspected })
	if pid := c.pid(); pid != 0 {
		leaks.watchPID(pid, c.ended)
	}
	t.Cleanup(func() {
		log = c.logs()
		docker(t, "rm", "-f", "-v", c.name)
		close(c.ended)
	})
}

// pid is the entrypoint's pid as the host sees it; 0 when it has ended.
func (c *dockerContainer) pid() int {
	c.t.Helper()
	pid, err := strconv.Atoi(strings.TrimSpace(docker(c.t, "inspect", "-f", "{{.State.Pid}}", c.name)))
	if err != nil {
		c.t.Fatal(err)
	}
	return pid
}

func (c *dockerContainer) logs() string {
	out, err := exec.Command("docker", "logs", c.name).CombinedOutput()
	if err != nil {
		c.t.Errorf("docker logs: %v: %s", err, out)
	}
	return string(out)
}

// records reads what the agent wrote down, through /proc, where a tmpfs is seen too.
func (c *dockerContainer) records() []record {
	c.t.Helper()
	return readRecords(c.t, filepath.Join("/proc", strconv.Itoa(c.pid()), "root/opt/threatstack/etc/fake/record.jsonl"))
}

func (c *dockerContainer) awaitReady() record {
	c.t.Helper()
	var ready *record
	came := wait.Until(aLongTime, func() bool {
		for _, r := range c.records() {
			if r.Event == "ready" {
				ready = &r
			}
		}
		return ready != nil || c.pid() == 0
	})
	if !came || ready == nil {
		c.t.Fatalf("the agent does not run\n%s", c.logs())
	}
	return *ready
}

func (c *dockerContainer) wantExit(code int) {
	c.t.Helper()
	got := strings.TrimSpace(docker(c.t, "wait", c.name))
	if got != strconv.Itoa(code) {
		c.t.Errorf("the engine says exit code %s, want %d\n%s", got, code, c.logs())
	}
}

// stop is docker stop, which must not come to its SIGKILL; it returns how long it took.
func (c *dockerContainer) stop() time.Duration {
	c.t.Helper()
	begin := time.Now()
	docker(c.t, "stop", "-t", "30", c.name)
	return time.Since(begin)
}

// TestDocker holds all that needs the image, so that just one test waits while it is built.
func TestDocker(t *testing.T) {
	t.Parallel()
	agentOnImage(t)
	for name, test := range map[string]func(*testing.T){
		"image": testImage, "dockerfile": testDockerfile, "boot": testDockerBoot, "exit codes": testDockerExitCodes,
		"stop while fetching": testDockerStopWhileFetching, "stop a deaf agent": testDockerStopDeaf,
		"out of memory": testDockerOutOfMemory, "health": testDockerHealth,
	} {
		t.Run(name, test)
	}
}

// prodStore holds what the agent needs below /threatstack/prod, with a key that occurs nowhere else.
func prodStore(s *store) *store {
	s.secret("/threatstack/prod/deploy-key", randomSecret())
	s.plain("/threatstack/prod/ruleset", "Base Rule Set, Docker Rule Set")
	return s
}

// testDockerBoot runs the image with an agent in it the ways operators do, and stops it as they do.
func testDockerBoot(t *testing.T) {
	t.Parallel()
	capabilities := []string{"--cap-drop", "ALL", "--cap-add", "AUDIT_CONTROL", "--cap-add", "AUDIT_READ"}
	readOnly := []string{"--read-only", "--tmpfs", "/run", "--tmpfs", "/tmp", "--tmpfs", "/etc/ts-agent", "--tmpfs", "/opt/threatstack/etc"}
	for name, options := range map[string][]string{
		"pid 1":                {},
		"host pid":             {"--pid", "host"},
		"with docker's init":   {"--init"},
		"read-only":            readOnly,
		"least capabilities":   capabilities,
		"no new privileges":    {"--security-opt", "no-new-privileges"},
		"read-only, host pid":  append([]string{"--pid", "host"}, readOnly...),
		"limited pids, memory": {"--pids-limit", "64", "--memory", "64m"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := prodStore(anyStore(t))
			witness := start(t, exec.Command("sleep", "1000"))
			c := dockerRun(t, s, options, "--ssm-path", s.path("/threatstack/prod"))
			agent := c.awaitReady()
			if pid1 := len(options) == 0 || options[0] != "--pid" && options[0] != "--init"; pid1 && agent.PPID != 1 {
				t.Errorf("the agent's parent is %d, want tsboot as 1", agent.PPID)
			}
			if took := c.stop(); took > 8*time.Second {
				t.Errorf("docker stop took %v", took)
			}
			c.wantExit(0)
			if !witness.running() {
				t.Error("a process outside the container got a signal")
			}
		})
	}
}

// testDockerExitCodes: what an engine, and so an orchestrator, is told.
func testDockerExitCodes(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		args []string
		code int
		log  string
	}{
		"command not found":      {[]string{"exec", "--", "/nope"}, 127, "/nope"},
		"command not executable": {[]string{"exec", "--", "/etc/ssl/certs/ca-certificates.crt"}, 126, "ca-certificates.crt"},
		"the agent's own":        {[]string{"exec", "--", "/opt/threatstack/sbin/tsagentd", "--nope"}, 2, "not defined"},
		"usage":                  {[]string{"--ssm-path", "no-slash"}, 64, "no-slash"},
		"empty path":             {[]string{"--ssm-path", "/nothing/here"}, 78, "/nothing/here"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			container := dockerRun(t, prodStore(memoryStore(t)), nil, c.args...)
			container.wantExit(c.code)
			if log := container.logs(); !strings.Contains(log, c.log) {
				t.Errorf("the log does not say %q:\n%s", c.log, log)
			}
		})
	}
}

// testDockerStopWhileFetching: the store never answers; docker stop does not have to wait for it.
func testDockerStopWhileFetching(t *testing.T) {
	t.Parallel()
	s := prodStore(hangingStore(t))
	c := dockerRun(t, s, nil, "--ssm-path", s.path("/threatstack/prod"))
	wait.For(t, aLongTime, "tsboot asks the store", func() bool { return len(s.memory.Calls()) > 0 })
	if took := c.stop(); took > 3*time.Second {
		t.Errorf("docker stop took %v", took)
	}
	c.wantExit(128 + int(syscall.SIGTERM))
}

// testDockerStopDeaf: an agent that does not hear SIGTERM is killed after the grace, long before the engine would.
func testDockerStopDeaf(t *testing.T) {
	t.Parallel()
	s := prodStore(memoryStore(t))
	knobs := writeFile(t, filepath.Join(t.TempDir(), "fake.json"), `{"run":{"ignore_term":true}}`, 0o600)
	c := dockerRun(t, s, []string{"-v", knobs + ":/opt/threatstack/fake.json:ro"}, "--ssm-path", s.path("/threatstack/prod"), "--grace", "1s")
	c.awaitReady()
	if took := c.stop(); took < time.Second || took > 6*time.Second {
		t.Errorf("docker stop took %v, want the grace of 1s and little more", took)
	}
	c.wantExit(128 + int(syscall.SIGKILL))
}

// testDockerOutOfMemory: the kernel kills the agent for want of memory; the log tells that from any other SIGKILL, and the
// container's end is the agent's.
func testDockerOutOfMemory(t *testing.T) {
	t.Parallel()
	s := prodStore(memoryStore(t))
	knobs := writeFile(t, filepath.Join(t.TempDir(), "fake.json"), `{"run":{"eat":true}}`, 0o600)
	c := dockerRun(t, s, []string{"-v", knobs + ":/opt/threatstack/fake.json:ro", "--memory", "64m"},
		"--ssm-path", s.path("/threatstack/prod"), "--restart", "no")
	c.wantExit(128 + int(syscall.SIGKILL))
	if log := c.logs(); !hasLine(log, "agent exited", "oom-killed") {
		t.Errorf("the log does not say why:\n%s", log)
	}
}
