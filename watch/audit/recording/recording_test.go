package recording

import (
	"bytes"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/tsboot/tsboot/watch/audit"
)

func datagrams() []audit.Datagram {
	at := time.Unix(1700000000, 5).UTC()
	var all []audit.Datagram
	for i, payload := range []string{
		"audit(1700000000.123:45): arch=c000003e syscall=59",
		"audit(1700000000.123:46): msg='caf\xc3\xa9 \xff\x00 \"x\" \\ \r\n\u2028'\x00\n",
		"", "\x00", strings.Repeat("\x80", 9000),
	} {
		all = append(all, audit.Datagram{Arrived: at.Add(time.Duration(i) * time.Second), Type: audit.Type(1300 + i), Port: uint32(i), Length: uint32(len(payload)), Payload: []byte(payload)})
	}
	return all
}

func same(a, b audit.Datagram) bool {
	return a.Arrived.Equal(b.Arrived) && a.Type == b.Type && a.Port == b.Port && a.Length == b.Length && bytes.Equal(a.Payload, b.Payload)
}

// TestLine: every byte comes back, and a line is plain ASCII.
func TestLine(t *testing.T) {
	t.Parallel()
	for _, d := range datagrams() {
		line, ended := strings.CutSuffix(string(appendLine(nil, d)), "\n")
		if !ended || strings.ContainsFunc(line, func(r rune) bool { return r < ' ' || r > '~' }) {
			t.Errorf("the line is %q", line)
		}
		if got, is, err := ParseLine(line); err != nil || !is || !same(got, d) {
			t.Errorf("%+v came back as %+v, %v, %v", d, got, is, err)
		}
	}
}

func TestLineIsWrong(t *testing.T) {
	t.Parallel()
	for line, want := range map[string]string{
		"":                                 "",
		Magic:                              "",
		"# linux 6.18":                     "",
		`1700000000.000000005 1300 0 1 ""`: "a datagram",
		"type=SYSCALL msg=audit(1.000:1)":  "five parts",
		`1700000000.5 1300 0 1 ""`:         "SECONDS.NANOSECONDS",
		`x.000000005 1300 0 1 ""`:          "SECONDS.NANOSECONDS",
		`1.000000005 70000 0 1 ""`:         "not the numbers",
		`1.000000005 1300 -1 1 ""`:         "not the numbers",
		`1.000000005 1300 0 x ""`:          "not the numbers",
		`1.000000005 1300 0 1 "torn`:       "not quoted",
		"1.000000005 1300 0 1 `raw`":       "not quoted",
		"1.000000005 1300 0 1 'c'":         "not quoted",
	} {
		got := ""
		if _, is, err := ParseLine(line); err != nil {
			got = err.Error()
		} else if is {
			got = "a datagram"
		}
		if (want == "") != (got == "") || !strings.Contains(got, want) {
			t.Errorf("%s: %q, want %q", line, got, want)
		}
	}
}

func FuzzParseLine(f *testing.F) {
	for _, d := range datagrams()[:4] {
		f.Add(strings.TrimSuffix(string(appendLine(nil, d)), "\n"))
	}
	f.Add("# for people")
	f.Fuzz(func(t *testing.T, line string) {
		d, is, err := ParseLine(line)
		if err != nil || !is {
			return
		}
		again, is, err := ParseLine(strings.TrimSuffix(string(appendLine(nil, d)), "\n"))
		if err != nil || !is || !same(again, d) {
			t.Errorf("%q became %+v, then %+v, %v", line, d, again, err)
		}
		_, _ = d.Record()
	})
}

// source gives datagrams, then waits until it is drained.
type source struct {
	rest    []audit.Datagram
	fault   error // at the end, in place of a wait
	drained chan struct{}
	closed  bool
}

func (s *source) Datagram() (audit.Datagram, error) {
	if len(s.rest) > 0 {
		d := s.rest[0]
		s.rest = s.rest[1:]
		return d, nil
	}
	if s.fault != nil {
		return audit.Datagram{}, s.fault
	}
	<-s.drained
	return audit.Datagram{}, fs.ErrClosed
}

func (s *source) Drain() { close(s.drained) }

func (s *source) Close() error {
	s.closed = true
	return nil
}

// recordInto records what the source has. The order of what it does at the end is in the answer.
func recordInto(t *testing.T, r *Recorder, s *source, o Options, stop bool) error {
	t.Helper()
	released := 0
	o.Source, o.Mode = s, "multicast"
	o.Release = func() error {
		released++
		return nil
	}
	if o.Overruns == nil {
		o.Overruns = func() uint64 { return 0 }
	}
	execute, interrupt := r.Actor(o)
	if stop {
		interrupt(nil)
	}
	err := execute()
	if released != 1 || !s.closed {
		t.Errorf("released %d times, closed: %v", released, s.closed)
	}
	return err
}

// TestRecorder: a stop, the end of the time and a source that breaks end a recording; what came before is in the file, which
// is its owner's.
func TestRecorder(t *testing.T) {
	t.Parallel()
	broken := errors.New("broken")
	for name, test := range map[string]struct {
		options Options
		stop    bool
		fault   error
	}{
		"stop":     {stop: true},
		"time":     {options: Options{For: time.Nanosecond}},
		"fault":    {fault: broken},
		"overruns": {options: Options{Overruns: func() uint64 { return 3 }}, stop: true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			path := filepath.Join(t.TempDir(), "recorded")
			r, err := Create(path)
			if err != nil {
				t.Fatal(err)
			}
			s := &source{rest: datagrams(), drained: make(chan struct{}), fault: test.fault}
			if err := recordInto(t, r, s, test.options, test.stop); !errors.Is(err, test.fault) {
				t.Errorf("ended with %v", err)
			}
			info, err := os.Stat(path)
			if err != nil || info.Mode() != 0o600 {
				t.Errorf("%v, %v", info, err)
			}
			text, err := os.ReadFile(path)
			if err != nil || !strings.HasPrefix(string(text), Magic+"\n# linux ") {
				t.Fatalf("%v: %s", err, text)
			}
			count, missing := 0, strings.Count(string(text), "records are missing")
			for line := range strings.Lines(string(text)) {
				if _, is, err := ParseLine(strings.TrimSuffix(line, "\n")); err != nil {
					t.Error(err)
				} else if is {
					count++
				}
			}
			if count != len(datagrams()) || r.Count() != uint64(count) || (missing == 1) != (test.options.Overruns != nil) {
				t.Errorf("%d datagrams, counted %d, %d times missing", count, r.Count(), missing)
			}
		})
	}
}

// TestFull: a file that takes no more ends the recording, and is the reason.
func TestFull(t *testing.T) {
	t.Parallel()
	file, err := os.OpenFile("/dev/full", os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	r := newRecorder(file)
	s := &source{rest: datagrams(), drained: make(chan struct{})}
	var full *FileError
	if err := recordInto(t, r, s, Options{}, true); !errors.As(err, &full) || !strings.Contains(err.Error(), "write the recording: write /dev/full: no space left") {
		t.Errorf("ended with %v", err)
	}
}

// TestCreate: a file that is there stays as it is, and one in which nothing came goes.
func TestCreate(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "recorded")
	r, err := Create(path)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := Create(path); !errors.Is(err, fs.ErrExist) {
		t.Errorf("written over: %v", err)
	}
	if err := r.Discard(); err != nil {
		t.Error(err)
	}
	if _, err := os.Stat(path); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("it is there: %v", err)
	}
}
