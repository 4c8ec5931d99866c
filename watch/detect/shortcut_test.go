package detect

import (
	"slices"
	"strconv"
	"strings"
	"testing"

	"cel.dev/cel-go/common/types"

	"github.com/tsboot/tsboot/watch/event"
)

// conditions are expressions with what their shortcut says of scp, run in a container.
var conditions = map[string]answer{
	`event.action == "executed"`:                                                    yes,
	`"executed" == event.action`:                                                    yes,
	`event.action == "traced"`:                                                      no,
	`event.action != "traced"`:                                                      yes,
	`event.action != "executed"`:                                                    no,
	`event.outcome != "failure"`:                                                    yes,
	`event.action in ["traced", "executed"]`:                                        yes,
	`event.action in []`:                                                            no,
	`event.action in ["traced", process.name]`:                                      maybe,
	`event.action in tags`:                                                          maybe,
	`event.action == process.name`:                                                  maybe,
	`process.name in lists["words"]`:                                                yes,
	`!(process.name in lists["words"])`:                                             no,
	`process.name == "rsync" && process.args[9] == ""`:                              no,
	`process.args[9] == "" && process.name == "rsync"`:                              no,
	`process.args[9] == "" || process.name == "scp"`:                                yes,
	`process.args[9] == "" || process.name == "rsync"`:                              maybe,
	`!(process.args[9] == "" && process.name == "rsync")`:                           yes,
	`!(process.args[9] == "")`:                                                      maybe,
	`process.name == "scp" && process.pid > 1`:                                      maybe,
	`process.name == "scp" && process.pid > 1 && has(container.id)`:                 maybe,
	`process.name == "scp" && has(container.id)`:                                    yes,
	`process.name == "rsync" || event.action == "traced"`:                           no,
	`!has(container.id)`:                                                            no,
	`!!has(container.id)`:                                                           yes,
	`has(container.name)`:                                                           maybe,
	`has(process.name)`:                                                             maybe,
	`process.executable.matches("^/usr/bin/s")`:                                     yes,
	`process.executable.matches("^/(tmp|dev/shm)/")`:                                no,
	`process.name.matches("(?i)SCP")`:                                               yes,
	`matches(process.name, "x")`:                                                    maybe,
	`file.path.matches("^/etc/")`:                                                   no,
	`destination.ip in ["192.0.2.1"] || destination.path == "/run/x"`:               no,
	`process.executable.startsWith("/usr")`:                                         maybe,
	`process.args.exists(a, a == "x") && process.name == "rsync"`:                   no,
	`process.args.exists(event, event == "a") && event.action == "executed"`:        maybe,
	`["rsync"].exists(process, process == "rsync") || process.name == "rsync"`:      maybe,
	`event.action == "traced" ? process.pid > 1 : process.name == "scp"`:            maybe,
	`event.action == "traced" && (process.name == "scp" || process.args[9] == "x")`: no,
}

// TestShortcut: what a shortcut says is what CEL says, of an event that has everything, of one that has nothing, and of others.
func TestShortcut(t *testing.T) {
	t.Parallel()
	host, other, dark := scp(nil), scp(nginx()), scp(nginx())
	other.File, other.Destination = &event.File{Path: "/etc/passwd"}, &event.Destination{IP: "192.0.2.1"}
	other.Process.Name, other.Process.Executable, other.Event.Outcome = "rsync", "/dev/shm/rsync", "failure"
	dark.Process, dark.Container.ID, dark.Event.Action = nil, "", "traced"
	events := []*event.Event{scp(nginx()), host, other, dark, {}}
	for when, want := range conditions {
		rules := condition(t, when)
		for i, e := range events {
			got := sameAsCEL(t, rules, rules.rules[0], e)
			if i == 0 && got != want {
				t.Errorf("%s: %d, want %d", when, got, want)
			}
		}
	}
}

// TestShortcutOfBuiltins is the same for the built-in rules and the events of all their tests.
func TestShortcutOfBuiltins(t *testing.T) {
	t.Parallel()
	rules, err := Load(Options{Sets: []string{BaseRuleSet, DockerRuleSet}})
	if err != nil {
		t.Fatal(err)
	}
	answers := map[answer]int{}
	for _, of := range rules.rules {
		for _, fixture := range of.tests {
			for _, r := range rules.rules {
				answers[sameAsCEL(t, rules, r, fixture.event)]++
			}
		}
	}
	if share := float64(answers[maybe]) / float64(answers[maybe]+answers[no]+answers[yes]); share > 0.2 {
		t.Errorf("of %.0f %% the shortcuts know no answer", 100*share)
	}
}

// sameAsCEL gives the answer of a rule's shortcut.
func sameAsCEL(t *testing.T, rules *Rules, r *rule, e *event.Event) answer {
	t.Helper()
	rules.event.reset(e)
	got := r.when.shortcut(&rules.event.sight)
	if candidate := slices.Contains(rules.candidates(&rules.event.sight), r); candidate != (got != no) {
		t.Errorf("%s is a candidate: %v", r.id, candidate)
	}
	v, _, err := r.when.plain.Eval(rules.event)
	if got != maybe && (err != nil || (got == yes) != (v == types.True)) {
		t.Errorf("%s: %s is %d, and CEL says %v, %v", r.id, r.when.text, got, v, err)
	}
	return got
}

// TestSightsAreBounded: what is kept of them is little, whatever is run.
func TestSightsAreBounded(t *testing.T) {
	t.Parallel()
	rules := condition(t, `process.name == "scp"`)
	e := scp(nginx())
	for i := range 3 * maxSeen {
		e.Process.Executable = "/usr/bin/" + strconv.Itoa(i)
		if len(rules.Judge(e)) != 1 {
			t.Fatal("no alert")
		}
	}
	if len(rules.seen) > maxSeen {
		t.Errorf("%d are kept", len(rules.seen))
	}
	clear(rules.seen)
	e.Process.Executable = "/" + strings.Repeat("x", maxSeenBytes)
	if rules.Judge(e); len(rules.seen) != 0 {
		t.Error("a long one is kept")
	}
}
