package pipeline

import (
	"bytes"
	"encoding/json"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/tsboot/tsboot/watch/event"
	"github.com/tsboot/tsboot/watch/sink"
)

// output keeps the lines.
type output struct {
	mu    sync.Mutex
	lines []map[string]any
	err   error // of every Put
}

func (o *output) Put(item sink.Item) error {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.err != nil {
		return o.err
	}
	var line map[string]any
	if err := json.Unmarshal(item.Line, &line); err != nil || !bytes.HasSuffix(item.Line, []byte("\n")) {
		return fmt.Errorf("%q is no line of JSON: %v", item.Line, err)
	}
	o.lines = append(o.lines, line)
	return nil
}

func (o *output) Flush() error { return nil }

// all are the lines so far.
func (o *output) all() []map[string]any {
	o.mu.Lock()
	defer o.mu.Unlock()
	return append([]map[string]any(nil), o.lines...)
}

// get is the value at the path.
func get(line map[string]any, path ...string) any {
	var at any = line
	for _, name := range path {
		object, _ := at.(map[string]any)
		at = object[name]
	}
	return at
}

// actions are the actions of the lines, in their order.
func (o *output) actions() []string {
	var all []string
	for _, line := range o.all() {
		all = append(all, fmt.Sprint(get(line, "event", "action")))
	}
	return all
}

// noRules finds nothing.
type noRules struct{}

func (noRules) Judge(*event.Event) []*event.Event    { return nil }
func (noRules) Expire(time.Time) []*event.Event      { return nil }
func (noRules) Next() (at time.Time, something bool) { return at, false }
func (noRules) Flush() []*event.Event                { return nil }

// settingsFor are those of a line without rules.
func settingsFor(o *output) Settings {
	return Settings{
		Host: "host", Format: event.FormatECS, Emit: EmitAll, Judge: noRules{}, Out: o,
		Dropped: func() uint64 { return 0 }, Counters: NewCounters(),
	}
}

// exec is the text of an exec, with its end.
func exec(millis int64, serial uint32, pid int) string {
	head := fmt.Sprintf("msg=audit(%d.%03d:%d): ", millis/1000, millis%1000, serial)
	return "type=SYSCALL " + head + fmt.Sprintf(`arch=c000003e syscall=59 success=yes exit=0 a0=0 a1=0 a2=0 a3=0 items=1 ppid=1 pid=%d auid=4294967295 uid=0 euid=0 tty=(none) ses=1 comm="true" exe="/bin/true" key=(null)`, pid) + "\n" +
		"type=EXECVE " + head + `argc=1 a0="true"` + "\n" +
		"type=PROCTITLE " + head + "proctitle=\"true\"\n"
}

func mustReplay(t *testing.T, text string) (*output, Report) {
	t.Helper()
	out := &output{}
	report, err := NewReplay(settingsFor(out), nil).Run(t.Context(), []Input{Stdin(bytes.NewReader([]byte(text)))})
	if err != nil {
		t.Fatal(err)
	}
	return out, report
}
