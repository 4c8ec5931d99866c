//go:build linux

package integration

import (
	"encoding/json"
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
)

// where each generation's profile writes, and which of the fake's programs is the agent.
var generations = []struct {
	number             int
	config, agent, run string
}{
	{1, "/etc/ts-agent/ts_config.json", "cloudsight", "--main"},
	{2, "/opt/threatstack/etc/tsboot.json", "tsagentd", "-logstdout=1"},
}

// fillProd puts a realistic tree into the store: more than two pages of parameters, names as people write them, a
// sibling whose name begins the same, and an older version that must not win.
func fillProd(s *store) (key string) {
	key = randomSecret()
	s.secret("/threatstack/prod/Deploy_Key", randomSecret())
	s.secret("/threatstack/prod/Deploy_Key", key)
	s.plain("/threatstack/prod/threatstack-ruleset", "Base Rule Set, R&D Rule Set")
	s.plain("/threatstack/prod/Log/LEVEL", "debug")
	s.secret("/threatstack/production/deploy-key", randomSecret())
	for i := range 20 {
		s.secret(fmt.Sprintf("/threatstack/prod/other/thing-%02d", i), randomSecret())
	}
	return key
}

// TestThreatStackBoot is the main job on a real Parameter Store: fetch, write, set up, run, stop, for both generations
// of the agent, found by detection, as PID 1 and as any other pid.
func TestThreatStackBoot(t *testing.T) {
	t.Parallel()
	for _, g := range generations {
		for _, pid1 := range []bool{true, false} {
			t.Run(fmt.Sprintf("agent %d, pid 1 %v", g.number, pid1), func(t *testing.T) {
				t.Parallel()
				s := localstackStore(t)
				key := fillProd(s)
				c := newThreatStack(t, g.number, s)
				c.spec.PID1 = pid1
				c.leaks.argvMay = []string{"tsagent"} // the vendor's only way
				p := c.boot(nil, "--ssm-path", s.path("/threatstack/prod"))
				agent := c.awaitReady(p, 1)

				if agent.Name != g.agent || agent.Argv[1] != g.run {
					t.Errorf("runs %q", agent.Argv)
				}
				if agent.PGID != agent.PID {
					t.Errorf("the agent is %d in the process group %d, want one of its own", agent.PID, agent.PGID)
				}
				c.wantConfig(g.config, "deploy-key", key)
				c.wantConfig(g.config, "ruleset", "Base Rule Set, R&D Rule Set")
				c.wantSetUp(g.number, key)
				if code := c.stop(p); code != 0 {
					t.Errorf("exit code %d after SIGTERM, want the agent's 0\n%s", code, p.stderr())
				}
				c.wantNoStrays()
				c.wantHeard(g.agent, syscall.SIGTERM)
			})
		}
	}
}

// wantConfig checks one top-level key of a JSON file, and that the file is its owner's alone.
func (c *container) wantConfig(file, key, want string) {
	c.t.Helper()
	config := c.config(file)
	if got := config[key]; got != want {
		c.t.Errorf("%s has %q: %.40q, want %.40q", file, key, got, want)
	}
}

func (c *container) config(file string) map[string]any {
	c.t.Helper()
	info, err := os.Lstat(c.path(file))
	if err != nil {
		c.t.Fatal(err)
	}
	if info.Mode() != 0o600 {
		c.t.Errorf("%s has mode %v", file, info.Mode())
	}
	var config map[string]any
	if err := json.Unmarshal([]byte(readFile(c.t, c.path(file))), &config); err != nil {
		c.t.Fatalf("%s: %v", file, err)
	}
	return config
}

// wantSetUp checks how the agent's own tool was called.
func (c *container) wantSetUp(generation int, key string) {
	c.t.Helper()
	name, want := "cloudsight", []string{"--config=/etc/ts-agent/ts_config.json", "--in_container=1"}
	if generation == 2 {
		name, want = "tsagent", []string{"--deploy-key", key, "--ruleset"}
	}
	calls := c.calls(name, "setup")
	if len(calls) != 1 {
		c.t.Fatalf("setup was called %d times", len(calls))
	}
	for _, word := range want {
		if !slices.Contains(calls[0].Argv, word) {
			c.t.Errorf("setup was called without one of its arguments: %q", strings.ReplaceAll(fmt.Sprint(calls[0].Argv), key, "KEY"))
		}
	}
}

// wantHeard checks that the agent got the signal, just once.
func (c *container) wantHeard(agent string, s syscall.Signal) {
	c.t.Helper()
	heard := 0
	for _, r := range c.records() {
		if r.Event == "signal" && r.Name == agent && r.Signal == s.String() {
			heard++
		}
	}
	if heard != 1 {
		c.t.Errorf("the agent heard %v %d times", s, heard)
	}
}

// TestThreatStackRestart: the agent dies of a signal; it is started again, without a second setup.
func TestThreatStackRestart(t *testing.T) {
	t.Parallel()
	for _, g := range generations {
		t.Run(fmt.Sprint("agent ", g.number), func(t *testing.T) {
			t.Parallel()
			s := prodStore(memoryStore(t))
			c := newThreatStack(t, g.number, s)
			c.leaks.argvMay = []string{"tsagent"}
			p := c.boot(nil, "--ssm-path", s.path("/threatstack/prod"), "--backoff-initial", "10ms")
			first := c.awaitReady(p, 1)
			c.killInside(p, first.PID)
			second := c.awaitReady(p, 2)
			if first.PID == second.PID {
				t.Error("the same process was ready twice")
			}
			c.wantSetUpTimes(g.number, 1)
			if code := c.stop(p); code != 0 {
				t.Errorf("exit code %d\n%s", code, p.stderr())
			}

			again := c.boot(nil, "--ssm-path", s.path("/threatstack/prod"))
			c.awaitReady(again, 3)
			again.wantLog("file unchanged")
			c.wantSetUpTimes(g.number, 1) // the markers are there and nothing changed
			c.stop(again)

			s.secret("/threatstack/prod/deploy-key", randomSecret())
			rotated := c.boot(nil, "--ssm-path", s.path("/threatstack/prod"))
			c.awaitReady(rotated, 4)
			c.wantSetUpTimes(g.number, 2)
			c.stop(rotated)
		})
	}
}

func (c *container) wantSetUpTimes(generation, want int) {
	c.t.Helper()
	name := map[int]string{1: "cloudsight", 2: "tsagent"}[generation]
	if got := len(c.calls(name, "setup")); got != want {
		c.t.Errorf("setup ran %d times, want %d", got, want)
	}
}

// killInside sends SIGKILL to a process that is known by its pid inside the container.
func (c *container) killInside(p *process, inside int) {
	c.t.Helper()
	pid := outsidePID(p, inside)
	if pid == 0 {
		c.t.Fatalf("no process %d in the container", inside)
	}
	if err := syscall.Kill(pid, syscall.SIGKILL); err != nil {
		c.t.Fatal(err)
	}
}

// outsidePID is the test's pid of a process that is known by its pid inside the container; 0: there is none.
func outsidePID(p *process, inside int) int {
	for _, pid := range treeOf(p.cmd.Process.Pid) {
		status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
		if err != nil {
			continue
		}
		for line := range strings.Lines(string(status)) {
			fields := strings.Fields(line)
			if len(fields) > 1 && fields[0] == "NSpid:" && fields[len(fields)-1] == fmt.Sprint(inside) {
				return pid
			}
		}
	}
	return 0
}

// TestExecFromLocalStack: chamber's exec on a real store, with every type, and exact bytes.
func TestExecFromLocalStack(t *testing.T) {
	t.Parallel()
	s := localstackStore(t)
	want := map[string]string{}
	for i := range 12 {
		want[fmt.Sprintf("KEY_%02d", i)] = randomSecret()
		s.secret(fmt.Sprintf("/app/prod/key-%02d", i), want[fmt.Sprintf("KEY_%02d", i)])
	}
	want["MULTI_LINE"] = "-----BEGIN-----\n" + randomSecret() + "\n\t\"quoted\" $HOME `id` \\ é ☃\n"
	want["LONG"] = strings.Repeat(randomSecret(), 4096/33)
	s.secret("/app/prod/multi/line", want["MULTI_LINE"])
	s.secret("/app/prod/long", want["LONG"])
	c := newThreatStack(t, 2, s)
	c.leaks.envMay = true
	c.boot(nil, "exec", "--ssm-path", s.path("/app/prod"), "--", "/opt/threatstack/bin/tsagent", "version").wantExit(0)
	calls := c.calls("tsagent", "version")
	if len(calls) != 1 {
		t.Fatalf("the command ran %d times", len(calls))
	}
	for name, value := range want {
		if got, _ := variable(calls[0].Env, name); got != value {
			t.Errorf("%s has %d bytes, want %d, or other ones", name, len(got), len(value))
		}
	}
	if level, ok := variable(calls[0].Env, "TSBOOT_LOG_LEVEL"); ok {
		t.Errorf("the command got TSBOOT_LOG_LEVEL=%s", level)
	}
}

// TestThreatStackHealth: the health commands of the profiles, inside of the agent's container, as a check in exec form
// runs them.
func TestThreatStackHealth(t *testing.T) {
	t.Parallel()
	for _, g := range generations {
		t.Run(strconv.Itoa(g.number), func(t *testing.T) {
			t.Parallel()
			s := prodStore(memoryStore(t))
			c := newThreatStack(t, g.number, s)
			c.leaks.argvMay = []string{"tsagent"} // the vendor's only way
			p := c.boot(nil, "--ssm-path", s.path("/threatstack/prod"), "--run-dir", "/run/tsboot")
			c.awaitReady(p, 1)
			check := func(code int, text string, flags ...string) {
				t.Helper()
				health := c.run(append([]string{"/tsboot", "health", "--run-dir", "/run/tsboot"}, flags...)...)
				if health.wantExit(code); !strings.Contains(health.stdout(), text) {
					t.Errorf("%q, want %q", health.stdout(), text)
				}
			}
			check(0, "healthy: ")
			c.misbehave(`{"status":{"exit":4}}`)
			check(1, "exit code 4")
			check(0, "healthy: ", "--live")
			c.misbehave(`{}`)
			check(0, "healthy: ")
			if code := c.stop(p); code != 0 {
				t.Errorf("exit code %d\n%s", code, p.stderr())
			}
			check(1, "no tsboot runs there")
		})
	}
}
