package kernel

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	state "github.com/tsboot/tsboot/integration/audit"
	"github.com/tsboot/tsboot/integration/wait"
	"github.com/tsboot/tsboot/watch/audit"
)

// The tests' rules are only about these users, who are nobody's.
const (
	testUID  = 54331
	otherUID = 54332
)

// aLongTime bounds a wait that ends at once where all is right.
const aLongTime = 30 * time.Second

// planFor is about the users, without the host's files.
func planFor(t *testing.T, uids ...uint32) Plan {
	return Plan{Rules: true, UIDs: uids, HostRoot: filepath.Join(t.TempDir(), "none"), RunDir: t.TempDir()}
}

// take takes the plan until the test ends.
func take(t *testing.T, p Plan) *Held {
	t.Helper()
	held, err := Take(p)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = held.Release() })
	return held
}

// open opens a socket until the test ends.
func open(t *testing.T, o Options) *Socket {
	t.Helper()
	s, err := Open(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	return s
}

// reader collects what a socket receives.
type reader struct {
	records chan audit.Record
	ended   chan error
}

func read(s *Socket) *reader {
	r := &reader{records: make(chan audit.Record, 100_000), ended: make(chan error, 1)}
	go func() {
		for {
			record, err := s.Receive()
			if err != nil {
				close(r.records)
				r.ended <- err
				return
			}
			r.records <- record
		}
	}()
	return r
}

// until gives the records up to the one that is wanted.
func (r *reader) until(t *testing.T, wanted func(audit.Record) bool) []audit.Record {
	t.Helper()
	deadline := time.After(aLongTime)
	var got []audit.Record
	for {
		select {
		case record, ok := <-r.records:
			if !ok {
				t.Fatalf("the socket was closed; before that came %v", got)
			}
			got = append(got, record)
			if wanted(record) {
				return got
			}
		case <-deadline:
			t.Fatalf("the record did not come; %d others did: %v", len(got), got)
		}
	}
}

// rest gives the records until the socket ends.
func (r *reader) rest(t *testing.T) []audit.Record {
	t.Helper()
	var got []audit.Record
	for record := range r.records {
		got = append(got, record)
	}
	if err := <-r.ended; !errors.Is(err, fs.ErrClosed) {
		t.Errorf("Receive ended with %v", err)
	}
	return got
}

// run runs a program as the user.
func run(t *testing.T, uid uint32, argv ...string) {
	t.Helper()
	cmd := exec.Command(argv[0], argv[1:]...)
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: uid, Gid: uid}}
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%q: %v: %s", argv, err, out)
	}
}

func execOf(argument string) func(audit.Record) bool {
	return func(r audit.Record) bool {
		return r.Type == audit.TypeExecve && strings.Contains(r.Data, fmt.Sprintf("%q", argument))
	}
}

func endOf(serial uint32) func(audit.Record) bool {
	return func(r audit.Record) bool { return r.Type == audit.TypeEOE && r.Serial == serial }
}

// unchanged is what the state of audit has in common before and after.
func unchanged(t *testing.T) string {
	s := state.State(t)
	return fmt.Sprint(s["enabled"], s["pid"], s["backlog_limit"], s["backlog_wait_time"], state.Ctl(t, "-l"))
}

// TestLive: the execs of two users come with all of their records, what tswatch itself does is known as its own, and at the
// end nothing is left of what was changed; the rules of others are.
func TestLive(t *testing.T) {
	state.Borrow(t)
	state.Ctl(t, "-a", "always,exit", "-F", "arch=b64", "-S", "execve", "-F", "uid=54333", "-k", "of-others")
	before := unchanged(t)
	held := take(t, planFor(t, testUID, otherUID))
	s := open(t, Options{Mode: Multicast, Buffer: 1 << 20, Held: held})
	if err := s.Alive(); err != nil {
		t.Error(err)
	}
	r := read(s)
	run(t, testUID, "/bin/echo", "of-the-one")
	got := r.until(t, execOf("of-the-one"))
	run(t, otherUID, "/bin/echo", "of-the-other")
	got = append(got, r.until(t, execOf("of-the-other"))...)
	if err := held.Release(); err != nil {
		t.Error(err)
	}
	s.Drain()
	got = append(got, r.rest(t)...)

	var events []audit.Event
	assembler := audit.NewAssembler(1000, time.Minute)
	for _, record := range got {
		events = append(events, assembler.Add(record, nil, time.Now())...)
	}
	execs := 0
	for _, e := range append(events, assembler.Flush()...) {
		args, isExec := audit.ExecArgs(&e)
		switch {
		case isExec && held.Own(&e):
			t.Errorf("taken for its own: %v", e)
		case isExec:
			execs++
			if !slices.Contains([]string{"of-the-one", "of-the-other"}, args[len(args)-1]) {
				t.Errorf("%v", e)
			}
		case !held.Own(&e):
			t.Errorf("not taken for its own: %v", e)
		}
	}
	if execs != 2 {
		t.Errorf("%d execs", execs)
	}
	if after := unchanged(t); after != before {
		t.Errorf("was %s\nis %s", before, after)
	}
}

// TestOverrun: where the buffer is too small for what comes while nobody reads, the kernel says so, reading goes on, and
// each serial that is missing is counted once.
func TestOverrun(t *testing.T) {
	state.Borrow(t)
	held := take(t, planFor(t, testUID))
	s := open(t, Options{Mode: Multicast, Buffer: 16 << 10, Held: held})
	const execs = 150
	for range execs {
		run(t, testUID, "/bin/true")
	}
	r := read(s)
	var got []audit.Record
	wait.For(t, aLongTime, "an exec after the overrun comes", func() bool { // the first ones may be lost, too
		run(t, testUID, "/bin/echo", "after-the-overrun")
		for {
			select {
			case record := <-r.records:
				if got = append(got, record); execOf("after-the-overrun")(record) {
					return true
				}
			case <-time.After(time.Second):
				return false
			}
		}
	})
	gaps, seen := audit.NewGaps(time.Second), map[uint32]bool{}
	for _, record := range got {
		gaps.See(record, time.Now())
		if record.Type != audit.TypeEOE { // an event of which only that found room is lost
			seen[record.Serial] = true
		}
	}
	lost := gaps.Flush()
	span := uint64(got[len(got)-1].Serial-got[0].Serial) + 1
	if lost+uint64(len(seen)) != span || lost < execs/2 {
		t.Errorf("%d serials were given out, %d came, %d are counted as lost", span, len(seen), lost)
	}
	if s.Overruns() == 0 {
		t.Error("no overrun was counted")
	}
	if kernel, err := held.Lost(); kernel != 0 || err != nil {
		t.Errorf("the kernel says it lost %d, %v", kernel, err)
	}
}

// TestUnicast: the place of the audit daemon is taken beside those who listen, refused to a second, and given back.
func TestUnicast(t *testing.T) {
	state.Borrow(t)
	held := take(t, planFor(t, testUID))
	beside := read(open(t, Options{Mode: Multicast, Buffer: 1 << 20}))
	s := open(t, Options{Mode: Unicast, Buffer: 1 << 20, Held: held})
	r := read(s)
	if pid := state.State(t)["pid"]; pid != fmt.Sprint(os.Getpid()) {
		t.Errorf("registered is pid %s", pid)
	}
	_, answer := start(t, "open unicast", nil)
	for _, part := range []string{"take the place of the audit daemon", fmt.Sprintf("(pid %d)", os.Getpid()), "--audit-mode multicast"} {
		if !strings.Contains(answer, part) {
			t.Errorf("a second daemon was answered %q", answer)
		}
	}
	run(t, testUID, "/bin/echo", "to-both")
	got := r.until(t, execOf("to-both"))
	last := got[len(got)-1]
	got = append(got, r.until(t, endOf(last.Serial))...)
	other := beside.until(t, execOf("to-both"))
	other = append(other, beside.until(t, endOf(last.Serial))...)
	if a, b := ofSerial(got, last.Serial), ofSerial(other, last.Serial); !slices.Equal(a, b) {
		t.Errorf("the daemon gets %v\nthe others %v", a, b)
	}
	if err := s.Alive(); err != nil {
		t.Error(err)
	}
	if err := s.Close(); err != nil {
		t.Error(err)
	}
	r.rest(t)
	if pid := state.State(t)["pid"]; pid != "0" {
		t.Errorf("registered is pid %s", pid)
	}
}

func ofSerial(records []audit.Record, serial uint32) []audit.Record {
	return slices.DeleteFunc(slices.Clone(records), func(r audit.Record) bool { return r.Serial != serial })
}

// TestNothingIsAddedWhereRulesAreOff: tswatch only listens, and says that audit is off.
func TestNothingIsAddedWhereRulesAreOff(t *testing.T) {
	state.Borrow(t)
	before := unchanged(t)
	held := take(t, Plan{})
	if after := unchanged(t); after != before {
		t.Errorf("was %s\nis %s", before, after)
	}
	if notes := strings.Join(held.Notes(), "\n"); !strings.Contains(notes, "audit is off") {
		t.Errorf("the notes are %q", notes)
	}
	s := open(t, Options{Mode: Multicast, Buffer: 1 << 16, Held: held})
	if err := s.Alive(); !errors.Is(err, ErrSwitchedOff) {
		t.Errorf("alive: %v", err)
	}
	r := read(s)
	if err := s.Close(); err != nil {
		t.Error(err)
	}
	r.rest(t)
}
