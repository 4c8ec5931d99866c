//go:build linux

package integration

import (
	"encoding/json"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/tsboot/tsboot/integration/wait"
)

// record is one line of what the fake agent wrote down (integration/fakeagent/agent/record.go).
type record struct {
	Event  string
	Name   string
	Argv   []string
	Env    []string
	Dir    string
	PID    int
	PPID   int
	PGID   int
	UID    int
	GID    int
	Signal string
}

// records reads all that the fake agent's programs wrote down so far.
func (c *container) records() []record {
	c.t.Helper()
	return readRecords(c.t, c.path("/opt/threatstack/etc/fake/record.jsonl"))
}

func readRecords(t testing.TB, file string) []record {
	t.Helper()
	data, err := os.ReadFile(file)
	if os.IsNotExist(err) {
		return nil
	}
	if err != nil {
		t.Fatal(err)
	}
	var list []record
	for line := range strings.Lines(string(data)) {
		if !strings.HasSuffix(line, "\n") {
			break // being written
		}
		var r record
		if err := json.Unmarshal([]byte(line), &r); err != nil {
			t.Fatalf("record %q: %v", line, err)
		}
		list = append(list, r)
	}
	return list
}

// calls are the starts of one program, with the given first argument unless that is empty.
func (c *container) calls(name, command string) []record {
	c.t.Helper()
	return slices.DeleteFunc(c.records(), func(r record) bool {
		return r.Event != "start" || r.Name != name || command != "" && (len(r.Argv) < 2 || r.Argv[1] != command)
	})
}

// awaitReady waits until the agent has said so often that it works, and returns the last time it did.
func (c *container) awaitReady(p *process, times int) record {
	c.t.Helper()
	var ready []record
	came := wait.Until(aLongTime, func() bool {
		ready = slices.DeleteFunc(c.records(), func(r record) bool { return r.Event != "ready" })
		return len(ready) >= times || !p.running()
	})
	if !came || len(ready) < times {
		c.t.Fatalf("the agent was ready %d times, want %d\n%s", len(ready), times, p.stderr())
	}
	return ready[len(ready)-1]
}

// variable finds a variable in an environment.
func variable(env []string, name string) (string, bool) {
	for _, entry := range env {
		if value, ok := strings.CutPrefix(entry, name+"="); ok {
			return value, true
		}
	}
	return "", false
}
