package kernel

import (
	"encoding/binary"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/tsboot/tsboot/watch/audit"
)

func words(values ...uint32) []byte {
	b := make([]byte, 4*len(values))
	for i, v := range values {
		binary.NativeEndian.PutUint32(b[4*i:], v)
	}
	return b
}

// TestState: kernels of all ages answer with a structure of their own length.
func TestState(t *testing.T) {
	t.Parallel()
	wanted := State{Enabled: 1, Failure: 2, PID: 3, RateLimit: 4, BacklogLimit: 5, Lost: 6, Backlog: 7}
	if got, err := parseState(words(0, 1, 2, 3, 4, 5, 6, 7)); err != nil || got != wanted {
		t.Errorf("an old kernel: %v, %v", got, err)
	}
	wanted.BacklogWaitTime = 9
	for _, b := range [][]byte{words(0, 1, 2, 3, 4, 5, 6, 7, 8, 9), words(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12)} {
		if got, err := parseState(b); err != nil || got != wanted {
			t.Errorf("%d bytes: %v, %v", len(b), got, err)
		}
	}
	if _, err := parseState(words(0, 1, 2, 3, 4, 5, 6)); err == nil {
		t.Error("a cut answer is taken")
	}
	sent, err := parseState(State{Enabled: 1, PID: 3, BacklogLimit: 5, BacklogWaitTime: 9}.change(maskPID))
	if err != nil || sent != (State{Enabled: 1, PID: 3, BacklogLimit: 5, BacklogWaitTime: 9}) {
		t.Errorf("sent is %v, %v", sent, err)
	}
}

// TestNoteOfSettings: what was before is known to the next start of the same boot only, and what others changed is theirs.
func TestNoteOfSettings(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	c := change{Boot: "b", Before: settings{0, 64, 15000}, After: settings{1, 8192, 0}}
	if _, found, err := readChange(dir, "b"); found || err != nil {
		t.Errorf("found in an empty directory: %v", err)
	}
	if err := writeChange(dir, c); err != nil {
		t.Fatal(err)
	}
	if got, found, err := readChange(dir, "b"); got != c || !found || err != nil {
		t.Errorf("%v %v %v", got, found, err)
	}
	if _, found, _ := readChange(dir, "another boot"); found {
		t.Error("found after another boot")
	}
	if got := c.back(settings{1, 8192, 0}); got != c.Before {
		t.Errorf("back are %v", got)
	}
	if got := c.back(settings{1, 320, 0}); got != (settings{0, 320, 15000}) {
		t.Errorf("with another's limit back are %v", got)
	}
	if err := os.WriteFile(filepath.Join(dir, beforeName), []byte("{\"boot\": \"b\""), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, found, err := readChange(dir, "b"); found || err != nil {
		t.Errorf("half a file: %v %v", found, err)
	}
	if err := removeChange(dir); err != nil {
		t.Error(err)
	}
	if err := removeChange(dir); err != nil {
		t.Error(err)
	}
}

func event(at time.Time, records ...audit.Record) *audit.Event {
	for i := range records {
		records[i].Time = at
	}
	return &audit.Event{Time: at, Records: records}
}

// TestOwn: an event is tswatch's own by its process, or where no process is named by what was changed then, once.
func TestOwn(t *testing.T) {
	t.Parallel()
	own := ownChanges{pid: 10}
	const text = `auid=4294967295 ses=4294967295 op=add_rule key="tswatch" list=4 res=1`
	added := func() *audit.Event { return event(time.Now(), audit.Record{Type: audit.TypeConfigChange, Data: text}) }
	if own.has(added()) {
		t.Error("a change before any is its own")
	}
	if err := own.during(ruleText("add_rule"), func() error { return nil }); err != nil {
		t.Fatal(err)
	}
	if own.has(event(time.Now(), audit.Record{Type: audit.TypeConfigChange, Data: `op=remove_rule key="tswatch" list=4 res=1`})) {
		t.Error("another change is its own")
	}
	if own.has(event(time.Now().Add(time.Minute), audit.Record{Type: audit.TypeConfigChange, Data: text})) {
		t.Error("a later change is its own")
	}
	if !own.has(added()) {
		t.Error("its own change is not")
	}
	if own.has(added()) {
		t.Error("a second one is its own")
	}
	by := func(pid string) *audit.Event {
		return event(time.Now(), audit.Record{Type: audit.TypeConfigChange, Data: text}, audit.Record{Type: audit.TypeSyscall, Data: "ppid=10 pid=" + pid + " auid=1"})
	}
	if !own.has(by("10")) || own.has(by("11")) {
		t.Error("the process of the call does not decide")
	}
	joined := event(time.Now(), audit.Record{Type: audit.TypeEventListener, Data: "pid=10 uid=0 nl-mcgrp=1 op=connect res=1"})
	if !own.has(joined) || (&ownChanges{}).has(joined) {
		t.Error("the process that joins does not decide")
	}
}

// TestNotes: what keeps records back is said, with what it means.
func TestNotes(t *testing.T) {
	t.Parallel()
	var h Held
	h.noteOthers(State{Failure: panics, RateLimit: 100}, []rule{
		{list: listTask, action: actionNever},
		{list: listExclude, action: actionNever, fields: []field{{id: 12, op: equal, value: 1327}}},
		own(arches("amd64"), 5),
	})
	notes := strings.Join(h.Notes(), "\n")
	for _, wanted := range []string{`"-a never,task"`, "auditctl -d never,task", "never,exclude", "panic", "100 records"} {
		if !strings.Contains(notes, wanted) {
			t.Errorf("%q is not in\n%s", wanted, notes)
		}
	}
	if strings.Contains(notes, Key) {
		t.Errorf("its own rule is noted:\n%s", notes)
	}
	root := t.TempDir()
	h = Held{plan: Plan{HostRoot: root}}
	h.noteHost()
	if notes := strings.Join(h.Notes(), "\n"); !strings.Contains(notes, "there is no "+root+"/etc: mount") {
		t.Errorf("a host whose files are elsewhere: %q", notes)
	}
	if err := os.Mkdir(filepath.Join(root, "etc"), 0o755); err != nil {
		t.Fatal(err)
	}
	h = Held{plan: Plan{HostRoot: root}}
	h.noteOthers(State{Failure: 1}, nil)
	h.noteHost()
	if len(h.Notes()) != 0 {
		t.Errorf("noted without a reason: %v", h.Notes())
	}
}

// TestLocked: after the lock it is enough that the rules are there.
func TestLocked(t *testing.T) {
	t.Parallel()
	wanted := Plan{HostRoot: "/none"}.wanted(5)
	var h Held
	if err := h.acceptLocked(wanted, wanted[1:]); err != nil {
		t.Error(err)
	}
	err := h.acceptLocked(wanted, wanted[2:])
	if err == nil || !strings.Contains(err.Error(), "auditctl -e 2") {
		t.Errorf("%v", err)
	}
}
