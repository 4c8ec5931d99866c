package kernel

import (
	"errors"
	"io/fs"
	"os/exec"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	state "github.com/tsboot/tsboot/integration/audit"
	"github.com/tsboot/tsboot/watch/audit"
)

// testUID is nobody's: rules of the tests are only about it.
const testUID = 54321

// aLongTime bounds a wait that ends at once where all is right.
const aLongTime = 30 * time.Second

// reader collects what a socket receives.
type reader struct {
	records chan audit.Record
	ended   chan error
}

func read(t *testing.T, s *Socket) *reader {
	t.Helper()
	r := &reader{records: make(chan audit.Record, 100_000), ended: make(chan error, 1)}
	go func() {
		for {
			record, err := s.Receive()
			if err != nil {
				r.ended <- err
				return
			}
			r.records <- record
		}
	}()
	return r
}

// until waits for a record and gives those before it, too.
func (r *reader) until(t *testing.T, wanted func(audit.Record) bool) []audit.Record {
	t.Helper()
	deadline := time.After(aLongTime)
	var got []audit.Record
	for {
		select {
		case record := <-r.records:
			got = append(got, record)
			if wanted(record) {
				return got
			}
		case err := <-r.ended:
			t.Fatal(err)
		case <-deadline:
			t.Fatalf("the record did not come; %d others did: %v", len(got), got)
		}
	}
}

// run runs a program as the user of the tests.
func run(t *testing.T, argv ...string) {
	t.Helper()
	cmd := exec.Command(argv[0], argv[1:]...)
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: testUID, Gid: testUID}}
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%q: %v: %s", argv, err, out)
	}
}

func execOf(name string) func(audit.Record) bool {
	return func(r audit.Record) bool { return r.Type == audit.TypeExecve && strings.Contains(r.Data, name) }
}

// TestLive: an exec of the user comes with all of its records, and at the end nothing is left of what was changed.
func TestLive(t *testing.T) {
	state.Borrow(t)
	before := state.State(t)
	held, err := Take(Plan{Rules: true, UIDs: []uint32{testUID}, HostRoot: "/", RunDir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { held.Release() })
	s, err := Open(Options{Mode: Multicast, Buffer: 8 << 20})
	if err != nil {
		t.Fatal(err)
	}
	r := read(t, s)
	run(t, "/bin/echo", "tswatch-live")
	got := r.until(t, execOf("tswatch-live"))
	got = append(got, r.until(t, func(r audit.Record) bool { return r.Type == audit.TypeEOE })...)
	if !slices.ContainsFunc(got, func(r audit.Record) bool { return r.Type == audit.TypeSyscall }) {
		t.Errorf("no SYSCALL in %v", got)
	}
	if err := held.Release(); err != nil {
		t.Error(err)
	}
	r.until(t, func(r audit.Record) bool { return strings.Contains(r.Data, "audit_enabled=0") })
	if err := s.Close(); err != nil {
		t.Error(err)
	}
	if err := <-r.ended; !errors.Is(err, fs.ErrClosed) {
		t.Errorf("Receive ended with %v", err)
	}
	if rules := state.Ctl(t, "-l"); !strings.Contains(rules, "No rules") {
		t.Errorf("left in the kernel: %s", rules)
	}
	after := state.State(t)
	for _, name := range []string{"enabled", "pid", "backlog_limit", "backlog_wait_time"} {
		if before[name] != after[name] {
			t.Errorf("%s was %s and is %s", name, before[name], after[name])
		}
	}
}
