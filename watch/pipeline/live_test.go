package pipeline

import (
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/tsboot/tsboot/integration/wait"
	"github.com/tsboot/tsboot/watch/audit"
	"github.com/tsboot/tsboot/watch/container"
	"github.com/tsboot/tsboot/watch/event"
	"github.com/tsboot/tsboot/watch/sink"
)

// source gives the records of a text, then waits.
type source struct {
	records chan audit.Record
	drained chan struct{}
	once    sync.Once
	fault   error // at the end, in place of a wait
	closed  atomic.Bool
}

func newSource(t *testing.T, text string) *source {
	t.Helper()
	lines := strings.Split(strings.TrimSpace(text), "\n")
	s := &source{records: make(chan audit.Record, len(lines)), drained: make(chan struct{})}
	for _, line := range lines {
		r, err := audit.ParseLine(line)
		if err != nil {
			t.Fatal(err)
		}
		s.records <- r
	}
	return s
}

func (s *source) Receive() (audit.Record, error) {
	select {
	case r := <-s.records:
		return r, nil
	default:
	}
	if s.fault != nil {
		return audit.Record{}, s.fault
	}
	<-s.drained
	return audit.Record{}, fs.ErrClosed
}

func (s *source) Drain() { s.once.Do(func() { close(s.drained) }) }

func (s *source) Alive() error { return nil }

func (s *source) Close() error {
	s.closed.Store(true)
	s.Drain()
	return nil
}

// live is the agent's line over a source.
func live(s *source, settings Settings, released *atomic.Bool) *Live {
	return NewLive(LiveSettings{
		Settings: settings, Source: s, Queue: 1 << 16,
		Attribute: func(pid, _ int, _, _ time.Time) container.Attribution {
			return container.Attribution{Method: container.MethodCgroup, Container: &container.Container{ID: "aa"}, VPID: pid}
		},
		Overruns: func() uint64 { return 0 },
		Lost:     func() (uint64, error) { return 0, nil },
		Release:  func() error { released.Store(true); return nil },
	})
}

func TestLiveStopsWithAllThatWasRead(t *testing.T) {
	t.Parallel()
	var text strings.Builder
	const events = 500
	for i := range uint32(events) {
		text.WriteString(exec(1_700_000_000_000, 10+i, 100))
	}
	text.WriteString(exec(1_700_000_000_000, 10+events+4, 100)) // four are missing
	out, released := &output{}, atomic.Bool{}
	s := newSource(t, text.String())
	l := live(s, settingsFor(out), &released)
	execute, interrupt := l.Actor()
	ended := make(chan error, 1)
	go func() { ended <- execute() }()
	interrupt(nil)
	if err := <-ended; err != nil {
		t.Fatal(err)
	}
	actions := strings.Join(out.actions(), " ")
	if strings.Count(actions, "executed") != events+1 || strings.Count(actions, "audit-lost") != 1 {
		t.Errorf("%d events, %d losses", strings.Count(actions, "executed"), strings.Count(actions, "audit-lost"))
	}
	if !released.Load() || !s.closed.Load() {
		t.Error("the kernel still records")
	}
	if counts := l.line.Counters.Counts(); counts.Lost != 4 || counts.Attribution["cgroup"] != events+1 || counts.LossRatio == 0 {
		t.Errorf("%+v", counts)
	}
}

// TestLiveCountsOnce: an event that has no room is one, however many records of it come later.
func TestLiveCountsOnce(t *testing.T) {
	t.Parallel()
	out, released := &output{}, atomic.Bool{}
	s := newSource(t, exec(1_700_000_000_000, 10, 100))
	l := live(s, settingsFor(out), &released)
	l.queue = newQueue(0)
	for len(s.records) > 0 {
		l.queue.put(entry{record: <-s.records})
		l.account(time.Now(), false)
	}
	if counts := l.line.Counters.Counts(); counts.Lost != 1 || counts.LostWhere[lostInQueue] != 1 {
		t.Errorf("%+v", counts)
	}
	if lost, _, _, _ := l.line.loss.due(time.Now()); lost.Serials != 1 || lost.Records < 2 {
		t.Errorf("said is %+v", lost)
	}
}

// TestLiveSaysWhereItWasLost: what is missing behind an overrun is the socket's, also where it is quiet for long after it.
func TestLiveSaysWhereItWasLost(t *testing.T) {
	t.Parallel()
	now, overruns := time.Now(), uint64(0)
	l := live(newSource(t, exec(1_700_000_000_000, 10, 100)), settingsFor(&output{}), &atomic.Bool{})
	l.settings.Overruns = func() uint64 { return overruns }
	see := func(serial uint32) {
		l.gaps.See(audit.Record{Type: audit.TypeSyscall, Time: now, Serial: serial}, now)
		now = now.Add(patience)
		l.account(now, false)
	}
	see(10)
	overruns = 1
	l.account(now, false)
	now = now.Add(time.Hour)
	see(15)
	now = now.Add(time.Hour)
	see(18)
	if lost := l.line.Counters.Counts().LostWhere; lost[lostAtSocket] != 4 || lost[lostInKernel] != 2 {
		t.Errorf("%v", lost)
	}
}

// TestLiveEnds with its source and its outputs, and takes away what it changed.
func TestLiveEnds(t *testing.T) {
	t.Parallel()
	broken := errors.New("the socket is gone")
	for name, c := range map[string]struct {
		fault  error // of the source
		output error
		is     func(error) bool
	}{
		"source": {fault: broken, is: func(err error) bool { return errors.Is(err, broken) }},
		"output": {output: errors.New("gone"), is: func(err error) bool { return errors.As(err, new(*OutputError)) }},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			released := atomic.Bool{}
			s := newSource(t, exec(1_700_000_000_000, 1, 7))
			s.fault = c.fault
			execute, _ := live(s, settingsFor(&output{err: c.output}), &released).Actor()
			if err := execute(); !c.is(err) || !released.Load() {
				t.Errorf("%v, released %v", err, released.Load())
			}
		})
	}
}

// TestLiveHasABug: a panic of the reader or of the line is the error of the run, and what was changed is taken away.
func TestLiveHasABug(t *testing.T) {
	t.Parallel()
	for name, breaks := range map[string]func(*Live){
		"reader": func(l *Live) {
			l.settings.Attribute = func(int, int, time.Time, time.Time) container.Attribution { panic("x") }
		},
		"line": func(l *Live) { l.line.Own = func(*audit.Event) bool { panic("x") } },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			released := atomic.Bool{}
			l := live(newSource(t, exec(1_700_000_000_000, 1, 7)), settingsFor(&output{}), &released)
			breaks(l)
			execute, _ := l.Actor()
			if err := execute(); err == nil || !strings.Contains(err.Error(), "this is a bug: x") || !released.Load() {
				t.Errorf("%v, released %v", err, released.Load())
			}
		})
	}
}

// TestOwnEventsAreNotWritten, whether by the kernel's records or by what they say.
func TestOwnEventsAreNotWritten(t *testing.T) {
	t.Parallel()
	out, released := &output{}, atomic.Bool{}
	settings := settingsFor(out)
	settings.Own = func(e *audit.Event) bool { return e.Serial == 1 }
	settings.Echo = func(e *event.Event) bool { return e.Process.PID == 8 }
	s := newSource(t, exec(1_700_000_000_000, 1, 7)+exec(1_700_000_000_000, 2, 8)+exec(1_700_000_000_000, 3, 9))
	execute, interrupt := live(s, settings, &released).Actor()
	interrupt(nil)
	if err := execute(); err != nil {
		t.Fatal(err)
	}
	if lines := out.all(); len(lines) != 1 || get(lines[0], "process", "pid") != 9.0 {
		t.Errorf("%v", lines)
	}
}

// TestWhatHadBegunBeforeIsLeftOut: of the first event only the end comes, as of a rule on a path that tswatch itself has added before
// it listened. Later a beginning that is missing was lost, and what is left is an event.
func TestWhatHadBegunBeforeIsLeftOut(t *testing.T) {
	t.Parallel()
	out, released := &output{}, atomic.Bool{}
	head := "msg=audit(1700000000.000:%d): "
	half := func(serial int) string {
		return fmt.Sprintf("type=CWD "+head+"cwd=\"/\"\ntype=PATH "+head+"item=0 name=\"/etc/passwd\" nametype=NORMAL\ntype=EOE "+head+"\n", serial, serial, serial)
	}
	s := newSource(t, half(1)+exec(1_700_000_000_000, 2, 7)+half(3)+exec(1_700_000_000_000, 4, 9))
	execute, interrupt := live(s, settingsFor(out), &released).Actor()
	interrupt(nil)
	if err := execute(); err != nil {
		t.Fatal(err)
	}
	var serials []any
	for _, line := range out.all() {
		serials = append(serials, get(line, "event", "sequence"))
	}
	if !slices.Equal(serials, []any{2.0, 3.0, 4.0}) {
		t.Errorf("the events are %v", serials)
	}
}

// blocked is an output that takes nothing until it is let go.
type blocked struct {
	output
	letGo chan struct{}
}

func (b *blocked) Put(item sink.Item) error {
	<-b.letGo
	return b.output.Put(item)
}

// TestReaderNeverWaitsForAnOutput: the queue takes what it may hold, the rest is counted, and said.
func TestReaderNeverWaitsForAnOutput(t *testing.T) {
	t.Parallel()
	const events, room = 2000, 300
	var text strings.Builder
	for i := range uint32(events) {
		text.WriteString(exec(1_700_000_000_000, 1+i, 100))
	}
	out := &blocked{letGo: make(chan struct{})}
	settings := settingsFor(&out.output)
	settings.Out = out
	released := atomic.Bool{}
	s := newSource(t, text.String())
	l := live(s, settings, &released)
	l.queue = newQueue(room)
	execute, interrupt := l.Actor()
	ended := make(chan error, 1)
	go func() { ended <- execute() }()
	wait.For(t, 30*time.Second, "all is read, though an output waits", func() bool { return len(s.records) == 0 })
	close(out.letGo)
	interrupt(nil)
	if err := <-ended; err != nil {
		t.Fatal(err)
	}
	var said, came float64
	for _, line := range out.all() {
		if get(line, "event", "action") == "audit-lost" {
			said += get(line, "tswatch", "lost", "serials").(float64)
			if where := get(line, "tswatch", "lost", "where"); where != "queue" {
				t.Errorf("lost at %v", where)
			}
		} else {
			came++
		}
	}
	if said == 0 || came+said != events {
		t.Errorf("%v events came, %v were said to be lost, of %d", came, said, events)
	}
}

// TestHealth: a line that makes no step with records before it is stuck.
func TestHealth(t *testing.T) {
	t.Parallel()
	released := atomic.Bool{}
	l := live(newSource(t, exec(1_700_000_000_000, 1, 7)), settingsFor(&output{}), &released)
	if err := l.Health(); err == nil {
		t.Error("healthy before it reads")
	}
	l.reading.Store(true)
	l.stepped.Store(time.Now().Add(-time.Minute).UnixNano())
	if err := l.Health(); err != nil {
		t.Errorf("%v, with nothing to do", err)
	}
	l.queue.put(entry{record: audit.Record{Serial: 1}})
	if err := l.Health(); err == nil || !strings.Contains(err.Error(), "stuck") {
		t.Errorf("%v", err)
	}
}

func TestPids(t *testing.T) {
	t.Parallel()
	for data, want := range map[string][2]int{
		"arch=c000003e items=2 ppid=10 pid=20 uid=0": {20, 10},
		"pid=20 uid=0 old-auid=1":                    {20, 0},
		"ppid=10 opid=5 uid=0":                       {0, 10},
		"pid=99999999999999999999":                   {0, 0},
		"":                                           {0, 0},
	} {
		pid, ppid, ok := pidsOf(audit.Record{Type: audit.TypeSyscall, Data: data})
		if pid != want[0] || ppid != want[1] || ok != (pid > 0) {
			t.Errorf("%q: %d, %d, %v", data, pid, ppid, ok)
		}
	}
	for kind, want := range map[audit.Type]bool{
		audit.TypePath: false, audit.TypeExecve: false, audit.TypeObjPID: false,
		audit.TypeTTY: true, audit.TypeAnomAbend: true, audit.TypeSeccomp: true, audit.TypeUserCmd: true, audit.TypeDaemonStart: true,
	} {
		if _, _, ok := pidsOf(audit.Record{Type: kind, Data: "uid=0 pid=1"}); ok != want {
			t.Errorf("%v has a process: %v", kind, ok)
		}
	}
}
