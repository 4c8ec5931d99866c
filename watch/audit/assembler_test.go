package audit

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"
)

var start = time.Date(2026, 1, 2, 3, 4, 5, 678e6, time.UTC)

func record(t Type, serial uint32) Record {
	return Record{Type: t, Time: start, Serial: serial}
}

func labels(t Type, serial uint32, data string) Record {
	r := record(t, serial)
	r.Data = data
	return r
}

// summary is an event in short: its serial, its types, its tag.
func summary(e Event) string {
	var types []string
	for _, r := range e.Records {
		types = append(types, r.Type.String())
	}
	s := fmt.Sprintf("%d %s", e.Serial, strings.Join(types, ","))
	if e.Tag != nil {
		s += fmt.Sprint(" ", e.Tag)
	}
	return s
}

// TestAssembler looks at which events come with which record.
func TestAssembler(t *testing.T) {
	t.Parallel()
	type step struct {
		at     float64 // seconds
		record Record
		tag    any
		want   string // the events, with "; " between them
	}
	for _, test := range []struct {
		name  string
		steps []step
		flush string
	}{
		{"an exec", []step{
			{0, record(TypeSyscall, 1), "here", ""},
			{0, record(TypeExecve, 1), nil, ""},
			{1, record(TypeProctitle, 1), nil, ""},
			{1, record(TypeEOE, 1), nil, "1 SYSCALL,EXECVE,PROCTITLE here"},
		}, ""},
		{"no EOE", []step{
			{0, record(TypeSyscall, 1), nil, ""},
			{0, record(TypeProctitle, 1), nil, ""},
			{0, record(TypeSyscall, 2), nil, "1 SYSCALL,PROCTITLE"},
			{0, record(TypeProctitle, 2), nil, ""},
			{0, record(TypeUserCmd, 3), nil, "2 SYSCALL,PROCTITLE; 3 USER_CMD"},
			{0, record(TypeEOE, 2), nil, ""},
			{0, record(TypeSyscall, 4), nil, ""},
			{0, record(TypeProctitle, 4), nil, ""},
		}, "4 SYSCALL,PROCTITLE"},
		{"out of order", []step{
			{0, record(TypePath, 1), nil, ""},
			{0, record(TypeProctitle, 1), nil, ""},
			{0, record(TypeSyscall, 1), nil, ""},
			{0, record(TypeCwd, 1), nil, ""},
			{0, record(TypeEOE, 1), nil, "1 PATH,PROCTITLE,SYSCALL,CWD"},
		}, ""},
		{"no PROCTITLE", []step{
			{0, record(TypeSyscall, 1), nil, ""},
			{0, record(TypeEOE, 1), nil, "1 SYSCALL"},
		}, ""},
		{"alone", []step{
			{0, record(TypeUserCmd, 1), "here", "1 USER_CMD here"},
			{0, record(TypeDaemonStart, 9000), nil, "9000 DAEMON_START"},
			{0, record(2500, 2), nil, "2 VIRT_CONTROL"},
			{0, record(TypeKernel, 3), nil, "3 KERNEL"},
		}, ""},
		{"in the event of an audited call", []step{
			{0, record(TypeConfigChange, 1), nil, ""},
			{0, record(TypeSyscall, 1), "here", ""},
			{0, record(TypeProctitle, 1), nil, ""},
			{0, record(TypeEOE, 1), nil, "1 CONFIG_CHANGE,SYSCALL,PROCTITLE here"},
			{0, record(TypeEventListener, 2), nil, ""},
			{0, record(TypeSyscall, 2), nil, ""},
			{0, record(TypeSockaddr, 2), nil, ""},
			{0, record(TypeEOE, 2), nil, "2 EVENT_LISTENER,SYSCALL,SOCKADDR"},
			{0, record(TypeLogin, 3), nil, ""},
			{0, record(TypeSyscall, 3), nil, ""},
			{0, record(TypeProctitle, 3), nil, ""},
		}, "3 LOGIN,SYSCALL,PROCTITLE"},
		{"its time is over", []step{
			{0, record(TypeConfigChange, 1), nil, ""},
			{1, record(TypeSyscall, 2), nil, ""},
			{1.9, record(TypeCwd, 2), nil, ""},
			{2, record(TypeUserCmd, 3), nil, "1 CONFIG_CHANGE; 3 USER_CMD"},
			{3, record(TypeUserCmd, 4), nil, "2 SYSCALL,CWD; 4 USER_CMD"},
			{3, record(TypeEOE, 2), nil, ""},
		}, ""},
		{"the end of the input", []step{
			{0, record(TypeSyscall, 2), nil, ""},
			{0, record(TypeSyscall, 1), nil, ""},
		}, "2 SYSCALL; 1 SYSCALL"},
		{"the first tag stays", []step{
			{0, record(TypeAVC, 1), nil, ""},
			{0, record(TypeSyscall, 1), "first", ""},
			{0, record(TypeSyscall, 1), "second", ""},
			{0, record(TypeEOE, 1), nil, "1 AVC,SYSCALL,SYSCALL first"},
		}, ""},
		{"turned around", []step{
			{0, record(TypeProctitle, 1), nil, ""},
			{0, record(TypePath, 1), nil, ""},
			{0, record(TypeExecve, 1), nil, ""},
			{0, record(TypeSyscall, 1), "here", ""},
			{0, record(TypeProctitle, 2), nil, ""},
			{2, record(TypeUserCmd, 3), nil, "1 SYSCALL,EXECVE,PATH,PROCTITLE here; 2 PROCTITLE; 3 USER_CMD"},
		}, ""},
		{"turned around, with an end", []step{
			{0, record(TypeProctitle, 1), nil, ""},
			{0, record(TypeSyscall, 1), nil, ""},
			{0, record(TypeEOE, 1), nil, "1 SYSCALL,PROCTITLE"},
		}, ""},
		{"labels of several security modules", []step{
			{0, record(TypeSyscall, 1), nil, ""},
			{0, labels(1425, 1, "subj_smack=_ subj_apparmor=unconfined"), nil, ""},
			{0, record(TypeProctitle, 1), nil, ""},
			{0, labels(1420, 1, "subj_apparmor=unconfined"), nil, ""},
			{0, record(TypeEOE, 1), nil, "1 SYSCALL,MAC_TASK_CONTEXTS,PROCTITLE,IPE_ACCESS"},
			{0, labels(1426, 7, "obj_smack=_"), nil, ""},
		}, ""},
		{"labels of a program's record", []step{
			{0, labels(TypeUserCmd, 1, "pid=1 subj=? msg='x'"), "here", ""},
			{0, labels(1425, 1, "subj_smack=_"), nil, "1 USER_CMD,MAC_TASK_CONTEXTS here"},
			{0, labels(TypeUserCmd, 2, "pid=1 subj=? msg='x'"), nil, ""},
			{0, record(TypeSyscall, 2), nil, ""},
			{0, labels(1420, 2, "subj_apparmor=unconfined"), nil, ""},
			{0, record(TypeEOE, 2), nil, "2 USER_CMD,SYSCALL,IPE_ACCESS"},
			{0, labels(TypeUserCmd, 3, "pid=1 subj=? msg='x'"), nil, ""},
			{0, labels(TypeUserCmd, 4, "pid=1 subj=_ msg='subj=?'"), nil, "4 USER_CMD"},
		}, "3 USER_CMD"},
		{"another record of a security module", []step{
			{0, labels(1420, 1, "ipe_op=EXECUTE"), nil, ""},
			{0, record(TypeSyscall, 1), nil, ""},
			{0, record(TypeEOE, 1), nil, "1 IPE_ACCESS,SYSCALL"},
		}, ""},
		{"only an end", []step{{0, record(TypeEOE, 1), nil, ""}}, ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			a := NewAssembler(1024, 2*time.Second)
			for i, step := range test.steps {
				now := start.Add(time.Duration(step.at * float64(time.Second)))
				if got := summaries(a.Add(step.record, step.tag, now)); got != step.want {
					t.Errorf("record %d: got %q, want %q", i+1, got, step.want)
				}
			}
			if got := summaries(a.Flush()); got != test.flush {
				t.Errorf("at the end: got %q, want %q", got, test.flush)
			}
		})
	}
}

func summaries(events []Event) string {
	var all []string
	for _, e := range events {
		all = append(all, summary(e))
	}
	return strings.Join(all, "; ")
}

func TestExpire(t *testing.T) {
	t.Parallel()
	a := NewAssembler(1024, 2*time.Second)
	a.Add(record(TypeSyscall, 1), nil, start)
	a.Add(record(TypeSyscall, 2), nil, start.Add(time.Second))
	a.Add(record(TypeSyscall, 3), nil, start.Add(time.Second))
	a.Add(record(TypeProctitle, 3), nil, start.Add(time.Second))
	for _, step := range []struct {
		after time.Duration
		want  string
	}{
		{1 * time.Second, "3 SYSCALL,PROCTITLE"}, // nothing more comes for now
		{1999 * time.Millisecond, ""},
		{2 * time.Second, "1 SYSCALL"},
		{time.Hour, "2 SYSCALL"},
		{2 * time.Hour, ""},
	} {
		if got := summaries(a.Expire(start.Add(step.after))); got != step.want {
			t.Errorf("after %v: got %q, want %q", step.after, got, step.want)
		}
	}
}

// TestAssemblerIsBounded: the oldest go when there are too many, or too much in them.
func TestAssemblerIsBounded(t *testing.T) {
	t.Parallel()
	a := NewAssembler(2, time.Hour)
	for serial, want := range []string{"", "", "0 SYSCALL", "1 SYSCALL"} {
		if got := summaries(a.Add(record(TypeSyscall, uint32(serial)), nil, start)); got != want {
			t.Errorf("%d: got %q, want %q", serial, got, want)
		}
	}

	a = NewAssembler(1<<20, time.Hour)
	long := strings.Repeat("x", maxBytes/10-recordBytes)
	for range 2 { // after all were given there is room as before
		given := 0
		for serial := range uint32(100) {
			r := record(TypeExecve, serial)
			r.Data = long
			given += len(a.Add(r, nil, start))
		}
		if held := len(a.Flush()); given != 90 || held != 10 {
			t.Errorf("%d were given, %d were held, want 90 and 10", given, held)
		}
	}
}

// TestMixedEvents mixes the records of events of several processors and machines, which may have the same serials or times.
func TestMixedEvents(t *testing.T) {
	t.Parallel()
	types := []Type{TypeSyscall, TypeExecve, TypeExecve, TypeCwd, TypePath, TypePath, TypeProctitle, TypeEOE}
	for seed := range uint64(12) {
		random := rand.New(rand.NewPCG(seed, 2))
		var open [][]Record // the records to come, of the events under way
		a := NewAssembler(1024, time.Minute)
		seen := map[string]int{}
		next, total := 0, 300
		for next < total || len(open) > 0 {
			if next < total && (len(open) == 0 || random.IntN(8) == 0) {
				var records []Record
				for i, typ := range types {
					r := Record{
						Type: typ, Node: fmt.Sprint("n", next%3), Serial: uint32(next / 3),
						Time: start.Add(time.Duration(next/100) * time.Millisecond), Data: fmt.Sprint(next, " ", i),
					}
					records = append(records, r)
				}
				open = append(open, records)
				next++
			}
			i := random.IntN(len(open))
			for _, e := range a.Add(open[i][0], open[i][0].Data, start) {
				if len(e.Records) != 7 || e.Tag != e.Records[0].Data {
					t.Fatalf("seed %d: got %s", seed, summary(e))
				}
				of, _, _ := strings.Cut(e.Records[0].Data, " ")
				for i, r := range e.Records {
					if r.Data != fmt.Sprint(of, " ", i) || r.Node != e.Node || r.Serial != e.Serial || !r.Time.Equal(e.Time) {
						t.Fatalf("seed %d: record %d of %s is %+v", seed, i, of, r)
					}
				}
				seen[of]++
			}
			if open[i] = open[i][1:]; len(open[i]) == 0 {
				open = append(open[:i], open[i+1:]...)
			}
		}
		for of, n := range seen {
			if n != 1 {
				t.Fatalf("seed %d: event %s came %d times", seed, of, n)
			}
		}
		if len(seen) != total || len(a.Flush()) != 0 {
			t.Fatalf("seed %d: %d events of %d came", seed, len(seen), total)
		}
	}
}
