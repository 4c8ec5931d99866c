//go:build linux

package integration

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/tsboot/tsboot/integration/wait"
)

// seedFault is one of the eighteen faults of the image that tsboot replaces (a shell script around sed), as an input.
type seedFault struct {
	env      []string        // what the operator sets
	secrets  []string        // the values among it
	knobs    string          // how the agent misbehaves
	readOnly bool            // the root file system
	code     int             // with which the boot ends; 0 with check or config: it runs
	log      []string        // words of one line of the log
	config   map[string]any  // keys of the config written
	check    func(*seedBoot) // whatever else
}

// seedBoot is what a check may look at while the agent runs.
type seedBoot struct {
	*container
	p *process
}

const (
	keyVariable     = "THREATSTACK_DEPLOY_KEY="
	rulesetVariable = "THREATSTACK_RULESET="
	configFile      = "/etc/ts-agent/ts_config.json"
)

func keyed(value string) seedFault {
	return seedFault{env: []string{keyVariable + value}, secrets: []string{value}, config: map[string]any{"deploy-key": value}}
}

func ruled(value string) seedFault {
	f := keyed("key-0123456789")
	f.env = append(f.env, rulesetVariable+value)
	f.config["ruleset"] = value
	return f
}

// seedFaults by number and name; 15, 16 and 18 are of its documents and tested below.
var seedFaults = map[string]seedFault{
	"01 exec a && b never reached b": {
		env: []string{keyVariable + "key-0123456789"}, check: func(b *seedBoot) {
			var order []string
			for _, r := range b.calls("cloudsight", "") {
				order = append(order, r.Argv[1])
			}
			if strings.Join(order, " ") != "setup stop --main" {
				b.t.Errorf("the agent's commands were %q", order)
			}
		}},
	"01 setup's failure passed for the container's end": {
		env: []string{keyVariable + "key-0123456789"}, knobs: `{"setup":{"exit":7,"print":"no route to the vendor"}}`, code: 76,
		log: []string{"setup", "7", "no route to the vendor"}},
	"02 slash in a value":     keyed("ab/c/0123456789"),
	"03 ampersand in a value": ruled("R&D"),
	"04 backslash in a value": ruled(`a\b\\c`),
	"05 quote in a value":     ruled(`the "Base" Rule Set`),
	"06 JSON injection": {
		env: []string{keyVariable + `x", "evil": "1`}, secrets: []string{`x", "evil": "1`},
		config: map[string]any{"deploy-key": `x", "evil": "1`, "evil": nil}},
	"07 newline at the end of a value": {
		env: []string{keyVariable + "key-0123456789\n"}, secrets: []string{"key-0123456789"},
		config: map[string]any{"deploy-key": "key-0123456789"}, log: []string{"WARN", "white"}},
	"07 newline inside a value":             ruled("Base Rule Set,\nDocker Rule Set"),
	"08 a value that looks like a variable": keyed("THREATSTACK_LOGLEVEL"),
	"08 a value that looks like a reference": {
		env: []string{keyVariable + "${ruleset}$(id)`id`"}, secrets: []string{"${ruleset}$(id)`id`"},
		config: map[string]any{"deploy-key": "${ruleset}$(id)`id`"}},
	"09 the default with spaces and a comma": {
		env: []string{keyVariable + "key-0123456789"}, config: map[string]any{"ruleset": "Base Rule Set, Docker Rule Set"}},
	"09 a value that the test command takes for an operator": keyed("abc -o x"),
	"10 read-only root file system": {
		env: []string{keyVariable + "key-0123456789"}, readOnly: true, config: map[string]any{"deploy-key": "key-0123456789"}},
	"11 secrets at rest and in the agent's environment": {
		env: []string{keyVariable + "key-0123456789"}, secrets: []string{"key-0123456789"}, check: func(b *seedBoot) {
			for _, r := range b.calls("cloudsight", "") {
				if _, ok := variable(r.Env, "THREATSTACK_DEPLOY_KEY"); ok {
					b.t.Errorf("%q got the deploy key", r.Argv)
				}
			}
		}},
	"12 words in THREATSTACK_SETUP_ARGS": {
		env: []string{keyVariable + "key-0123456789", `THREATSTACK_SETUP_ARGS=--hostname="my host" --url=/o*`}, check: func(b *seedBoot) {
			argv := b.calls("cloudsight", "setup")[0].Argv
			if !slices.Contains(argv, "--hostname=my host") || !slices.Contains(argv, "--url=/o*") {
				b.t.Errorf("setup got %q", argv)
			}
		}},
	"13 the documented name of the key": {
		env: []string{"THREATSTACK_DEPLOYMENT_KEY=key-0123456789"}, secrets: []string{"key-0123456789"},
		config: map[string]any{"deploy-key": "key-0123456789"}},
	"13 no key under any name": {
		env: nil, code: 78, log: []string{"deploy-key", "THREATSTACK_DEPLOY_KEY", "THREATSTACK_DEPLOYMENT_KEY"}},
	"14 THREATSTACK_CONFIG_PATH": {
		env: []string{keyVariable + "key-0123456789", "THREATSTACK_CONFIG_PATH=/run/mine/agent.json"}, check: func(b *seedBoot) {
			b.wantConfig("/run/mine/agent.json", "deploy-key", "key-0123456789")
			if argv := b.calls("cloudsight", "setup")[0].Argv; !slices.Contains(argv, "--config=/run/mine/agent.json") {
				b.t.Errorf("setup got %q", argv)
			}
		}},
	"17 signals, zombies, restarts": {
		env: []string{keyVariable + "key-0123456789"}, knobs: `{"run":{"exit":3,"after":1000000,"first_times":2}}`, check: func(b *seedBoot) {
			b.awaitReady(b.p, 3)
			b.wantNoZombies(b.p)
		}},
}

func TestSeedFaults(t *testing.T) {
	t.Parallel()
	for name, fault := range seedFaults {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := memoryStore(t)
			s.secrets = fault.secrets
			c := newThreatStack(t, 1, s)
			c.leaks.given = true // by the environment, as the operators of that image do
			if fault.knobs != "" {
				c.misbehave(fault.knobs)
			}
			if fault.readOnly {
				c.spec.ReadOnly = true
				for _, dir := range []string{"/etc/ts-agent", "/opt/threatstack/etc", "/run"} {
					c.spec.Mounts = append(c.spec.Mounts, containerMount{Source: t.TempDir(), Target: dir})
				}
				c.spec.Mounts = append(c.spec.Mounts, containerMount{Source: c.path("/opt/threatstack/cloudsight"), Target: "/opt/threatstack/cloudsight"})
			}
			p := c.boot(fault.env, "--backoff-initial", "10ms")
			if fault.code != 0 {
				p.wantExit(fault.code)
				wantLogged(t, p, fault.log)
				return
			}
			fault.judge(&seedBoot{c, p})
			if code := c.stop(p); code != 0 {
				t.Errorf("exit code %d after SIGTERM\n%s", code, p.stderr())
			}
		})
	}
}

// judge looks at a boot that must have come to its agent.
func (f *seedFault) judge(b *seedBoot) {
	b.t.Helper()
	if f.readOnly { // the directories are mounted from elsewhere: look from inside
		b.p.wantLog("agent started")
		b.root = fmt.Sprintf("/proc/%d/root", b.p.cmd.Process.Pid)
	}
	b.awaitReady(b.p, 1)
	wantLogged(b.t, b.p, f.log)
	if f.config != nil {
		written := b.config(configFile)
		for key, want := range f.config {
			if written[key] != want {
				b.t.Errorf("the config has %q: %.60q, want %.60q", key, written[key], want)
			}
		}
	}
	if f.check != nil {
		f.check(b)
	}
}

func wantLogged(t *testing.T, p *process, words []string) {
	t.Helper()
	if len(words) > 0 && !hasLine(p.stderr(), words...) {
		t.Errorf("no log line with %q in\n%s", words, p.stderr())
	}
}

// wantNoZombies looks for processes of the container that ended and were not waited for.
func (c *container) wantNoZombies(p *process) {
	c.t.Helper()
	zombies := func() (list []int) {
		for _, pid := range treeOf(p.cmd.Process.Pid) {
			stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
			if err == nil && strings.HasPrefix(string(stat[strings.LastIndexByte(string(stat), ')')+1:]), " Z") {
				list = append(list, pid)
			}
		}
		return list
	}
	if !wait.Until(aLongTime, func() bool { return len(zombies()) == 0 }) {
		c.t.Errorf("zombies stay: %v", zombies())
	}
}

// TestSeedFault10Templates: the second start of that image kept the first key, since its placeholders were gone.
func TestSeedFault10Templates(t *testing.T) {
	t.Parallel()
	s := memoryStore(t)
	c := newThreatStack(t, 1, s)
	c.leaks.given = true
	for i, key := range []string{"first-0123456789", "second-0123456789"} {
		s.secrets = append(s.secrets, key)
		p := c.boot([]string{keyVariable + key})
		c.awaitReady(p, i+1)
		c.wantConfig(configFile, "deploy-key", key)
		c.stop(p)
	}
}

// TestSeedFaultsOfDocuments are 15, 16 and 18: a docker run that loses its image's name, a task definition that ECS
// refuses (integration/taskdef), names of images that drift apart. They are looked for in what we tell operators.
func TestSeedFaultsOfDocuments(t *testing.T) {
	t.Parallel()
	pages, err := filepath.Glob("../docs/*.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, page := range append(pages, "../README.md") {
		text := readFile(t, page)
		for _, line := range brokenContinuations(text) {
			t.Errorf("%s: the command ends before its last line, after %q", page, line)
		}
		if regexp.MustCompile(`lever/threatstack`).MatchString(text) && strings.Contains(text, "docker run") {
			t.Errorf("%s names the old image", page)
		}
	}
}

// brokenContinuations finds lines of a command that begin with an option although the line before did not go on.
func brokenContinuations(text string) []string {
	var broken []string
	previous := ""
	for line := range strings.Lines(text) {
		line = strings.TrimRight(line, "\n")
		indented := strings.HasPrefix(line, "  -") || strings.HasPrefix(line, "    -")
		if indented && regexp.MustCompile(`^\s+--?[a-z]`).MatchString(line) && strings.Contains(previous, "docker") && !strings.HasSuffix(previous, `\`) {
			broken = append(broken, previous)
		}
		previous = line
	}
	return broken
}
