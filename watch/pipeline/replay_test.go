package pipeline

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"github.com/tsboot/tsboot/watch/container"
	"github.com/tsboot/tsboot/watch/event"
)

// TestReplayOfHostileText: nothing of it stops the rest.
func TestReplayOfHostileText(t *testing.T) {
	t.Parallel()
	good := exec(1_700_000_000_000, 1, 7)
	for name, c := range map[string]struct {
		text      string
		malformed uint64
	}{
		"empty lines":           {"\n\n  \n" + good + "\r\n", 0},
		"no line end":           {strings.TrimSuffix(good, "\n"), 0},
		"carriage returns":      {strings.ReplaceAll(good, "\n", "\r\n"), 0},
		"noise":                 {"x\n\x00\x01\xff\n" + good + "type=\n", 3},
		"a very long line":      {strings.Repeat("x", 3<<20) + "\n" + good, 1},
		"a long record":         {"type=PATH msg=audit(1700000000.000:1): name=" + strings.Repeat("41", 200<<10) + "\n" + good, 0},
		"a record without end":  {good + "type=SYSCALL msg=audit(1700000009.000:2): arch=c000003e syscall=59 pid=8", 0},
		"the end of time":       {"type=SYSCALL msg=audit(253402300799.999:2): arch=c000003e syscall=59 pid=8\n" + good, 0},
		"an interpreted part":   {strings.ReplaceAll(good, "\n", "\x1dSYSCALL=execve pid=9\n"), 0},
		"serials that are huge": {"type=EOE msg=audit(1700000000.000:4294967295): \n" + good, 0},
		"a serial that is none": {"type=EOE msg=audit(1700000000.000:4294967296): \n" + good, 1},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			out, report := mustReplay(t, c.text)
			if report.Malformed != c.malformed {
				t.Errorf("%d malformed lines, want %d: %s", report.Malformed, c.malformed, report.Text())
			}
			found := false
			for _, line := range out.all() {
				found = found || get(line, "process", "pid") == 7.0 && get(line, "tswatch", "attribution", "reason") == "replayed"
			}
			if !found {
				t.Errorf("the exec is not among %v", out.all())
			}
		})
	}
}

func packed(t *testing.T, text string) []byte {
	t.Helper()
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	_, err := io.WriteString(w, text)
	if err := errors.Join(err, w.Close()); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// TestReplayOfPackedText, also where it is cut: what is before the cut counts, and so does the next input.
func TestReplayOfPackedText(t *testing.T) {
	t.Parallel()
	text := exec(1_700_000_000_000, 1, 7)
	whole := packed(t, text)
	out := &output{}
	report, err := NewReplay(settingsFor(out), nil).Run(t.Context(), []Input{
		Stdin(bytes.NewReader(whole)), Stdin(bytes.NewReader(whole[:len(whole)-5])), Stdin(iotest.OneByteReader(strings.NewReader(exec(1_700_000_000_000, 2, 8)))),
		Stdin(io.MultiReader(strings.NewReader(text), iotest.ErrReader(errors.New("the disk is broken")))),
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(report.Broken) != 2 || report.Records != 12 || !strings.Contains(report.Text(), "the disk is broken") {
		t.Errorf("%d records; %s", report.Records, report.Text())
	}
}

// TestReplayStops at a stop, also where its input waits, and writes what is under way.
func TestReplayStops(t *testing.T) {
	t.Parallel()
	ctx, stop := context.WithCancel(t.Context())
	reader, writer := io.Pipe()
	out := &output{}
	ended := make(chan error, 1)
	go func() {
		report, err := NewReplay(settingsFor(out), nil).Run(ctx, []Input{Stdin(reader), Stdin(strings.NewReader("never read"))})
		if !report.Stopped {
			err = errors.Join(err, errors.New("the report does not say that it was stopped"))
		}
		ended <- err
	}()
	if _, err := io.WriteString(writer, "type=SYSCALL msg=audit(1700000000.000:2): arch=c000003e syscall=59 pid=8\n"); err != nil {
		t.Fatal(err)
	}
	stop()
	if err := <-ended; err != nil {
		t.Fatal(err)
	}
	writer.Close()
}

// TestReplayOfAPipe: an event whose last record has come is given out while the input waits for more.
func TestReplayOfAPipe(t *testing.T) {
	t.Parallel()
	shown := make(chan struct{})
	settings := settingsFor(&output{})
	settings.Show = func(*event.Event) { close(shown) }
	in := io.MultiReader(strings.NewReader(exec(1_700_000_000_000, 1, 7)), waiting{shown})
	report, err := NewReplay(settings, nil).Run(t.Context(), []Input{Stdin(in)})
	if err != nil || report.Broken != nil {
		t.Error(err, report.Broken)
	}
}

// waiting is a reader that ends when the channel is closed.
type waiting struct{ until <-chan struct{} }

func (w waiting) Read([]byte) (int, error) {
	select {
	case <-w.until:
		return 0, io.EOF
	case <-time.After(20 * time.Second):
		return 0, errors.New("nothing came")
	}
}

// TestReplayOutOfOrder: the records of an event in any order are the same event, also where it ends with no EOE.
func TestReplayOutOfOrder(t *testing.T) {
	t.Parallel()
	text := func(serial int) []string {
		head := fmt.Sprintf(" msg=audit(1700000000.%03d:%d): ", serial, serial)
		return []string{
			"type=SYSCALL" + head + `arch=c000003e syscall=82 success=yes exit=0 items=4 ppid=1 pid=7 uid=0 comm="mv" exe="/bin/mv"`,
			"type=CWD" + head + `cwd="/srv"`,
			"type=PATH" + head + `item=0 name="/srv" nametype=PARENT`,
			"type=PATH" + head + `item=1 name="/srv" nametype=PARENT`,
			"type=PATH" + head + `item=2 name="a" nametype=DELETE`,
			"type=PATH" + head + `item=3 name="b" nametype=CREATE`,
			"type=PROCTITLE" + head + `proctitle="mv"`,
		}
	}
	random := rand.New(rand.NewPCG(1, 2))
	var all []string
	for serial := range 100 {
		lines := text(serial + 1)
		random.Shuffle(len(lines), func(i, j int) { lines[i], lines[j] = lines[j], lines[i] })
		all = append(all, lines...)
		if serial%2 == 0 {
			all = append(all, fmt.Sprintf("type=EOE msg=audit(1700000000.%03d:%d): ", serial+1, serial+1))
		}
	}
	out, report := mustReplay(t, strings.Join(all, "\n")+"\n")
	if len(out.all()) != 100 || report.Malformed != 0 {
		t.Fatalf("%d events, %s", len(out.all()), report.Text())
	}
	for _, line := range out.all() {
		if get(line, "event", "action") != "rename" || get(line, "process", "pid") != 7.0 || get(line, "file", "path") != "/srv/b" {
			t.Errorf("%v", line)
		}
	}
}

// TestReplayEndsWithItsOutput: an output that is gone for good is an error.
func TestReplayEndsWithItsOutput(t *testing.T) {
	t.Parallel()
	out := &output{err: errors.New("gone")}
	_, err := NewReplay(settingsFor(out), nil).Run(t.Context(), []Input{Stdin(strings.NewReader(exec(1_700_000_000_000, 1, 7)))})
	if !errors.As(err, new(*OutputError)) {
		t.Errorf("%v", err)
	}
}

// TestEmit: what is lost is always said.
// lateJudge fails the test where windows end before an event that belongs in them was judged.
type lateJudge struct {
	noRules
	t     *testing.T
	ended time.Time
	seen  int
}

func (j *lateJudge) Expire(now time.Time) []*event.Event {
	j.ended = now
	return nil
}

func (j *lateJudge) Judge(e *event.Event) []*event.Event {
	j.seen++
	if e.Timestamp.Before(j.ended) {
		j.t.Errorf("the event of %v came after the windows of %v", e.Timestamp, j.ended)
	}
	return nil
}

// TestWindowsWaitForEvents: an event whose records do not say where they end is complete late. No window ends before it.
func TestWindowsWaitForEvents(t *testing.T) {
	t.Parallel()
	var text strings.Builder
	for i := range 8 {
		whole := exec(1_700_000_000_000+int64(i)*700, uint32(i), i)
		text.WriteString(whole[:strings.Index(whole, "type=PROCTITLE")])
	}
	judge := &lateJudge{t: t}
	settings := settingsFor(&output{})
	settings.Judge = judge
	if _, err := NewReplay(settings, nil).Run(t.Context(), []Input{Stdin(strings.NewReader(text.String()))}); err != nil || judge.seen != 8 || judge.ended.IsZero() {
		t.Errorf("%d events: %v", judge.seen, err)
	}
}

func TestEmit(t *testing.T) {
	t.Parallel()
	text := exec(1_700_000_000_000, 1, 7) + exec(1_700_000_000_000, 3, 8)
	for emit, want := range map[Emit]string{
		EmitAll: "executed executed audit-lost", EmitContainers: "executed audit-lost", EmitAlerts: "audit-lost",
	} {
		out := &output{}
		settings := settingsFor(out)
		settings.Emit = emit
		in := map[int]container.Attribution{7: {Method: container.MethodRuntime, Container: &container.Container{ID: "aa"}}}
		if _, err := NewReplay(settings, in).Run(t.Context(), []Input{Stdin(strings.NewReader(text))}); err != nil {
			t.Fatal(err)
		}
		if got := strings.Join(out.actions(), " "); got != want {
			t.Errorf("%s: %s, want %s", emit, got, want)
		}
	}
}
