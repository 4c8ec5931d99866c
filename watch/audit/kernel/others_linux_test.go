package kernel

import (
	"strings"
	"testing"

	state "github.com/tsboot/tsboot/integration/audit"
)

// TestRulesOfOthers: rules of others stay, also those for the same calls and with a key that begins with tswatch's; one that
// is the same as tswatch's is no error.
func TestRulesOfOthers(t *testing.T) {
	state.Borrow(t)
	others := [][]string{
		{"-a", "always,exit", "-F", "arch=b64", "-S", "execve,execveat", "-F", "uid=54331", "-k", "tswatch2"},
		{"-a", "always,exit", "-F", "arch=b64", "-S", "execve,execveat", "-F", "uid=54331", "-k", "tswatch.d"},
		{"-a", "always,exit", "-F", "arch=b64", "-S", "execve,execveat", "-F", "uid=54331", "-k", "tswatch", "-k", "of-others"},
		{"-a", "always,exit", "-F", "arch=b64", "-S", "execve,execveat", "-F", "uid=54331"},
		{"-a", "always,exit", "-F", "arch=b64", "-S", "setns", "-F", "uid=54331", "-k", "TSWATCH"},
	}
	for _, rule := range others {
		state.Ctl(t, rule...)
	}
	before := unchanged(t)
	held := take(t, planFor(t, testUID))
	if rules := state.Ctl(t, "-l"); strings.Count(rules, "key=tswatch\n") < 10 {
		t.Errorf("the rules are %s", rules)
	}
	if err := held.Release(); err != nil {
		t.Error(err)
	}
	if after := unchanged(t); after != before {
		t.Errorf("was %s\nis %s", before, after)
	}
	state.Ctl(t, "-a", "always,exit", "-F", "arch=b64", "-S", "execve,execveat", "-F", "uid=54331", "-k", "tswatch")
	again := take(t, planFor(t, testUID))
	for _, note := range again.Notes() {
		if strings.HasPrefix(note, "not recorded") {
			t.Error(note)
		}
	}
	if err := again.Release(); err != nil {
		t.Error(err)
	}
	if after := unchanged(t); after != before {
		t.Errorf("was %s\nis %s", before, after)
	}
}

// TestTaskNever: a rule that keeps all processes back is named, with the command that takes it away, and tswatch starts.
func TestTaskNever(t *testing.T) {
	state.Borrow(t)
	state.Ctl(t, "-a", "task,never")
	held := take(t, planFor(t, testUID))
	notes := strings.Join(held.Notes(), "\n")
	if !strings.Contains(notes, "auditctl -d never,task") {
		t.Errorf("the notes are %q", notes)
	}
	open(t, Options{Mode: Multicast, Buffer: 1 << 16, Held: held})
	state.Ctl(t, "-d", "never,task")
	if err := held.Release(); err != nil {
		t.Error(err)
	}
}
