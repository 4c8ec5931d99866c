package pipeline

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"
)

// TestReplayCountsWhatIsMissing, says it at most once a second of the records' time, and every serial once.
func TestReplayCountsWhatIsMissing(t *testing.T) {
	t.Parallel()
	var text strings.Builder
	serial, lost := uint32(10), uint64(0)
	for i := range int64(200) { // twenty seconds
		text.WriteString(exec(1_700_000_000_000+i*100, serial, 100))
		serial += uint32(1 + i%3)
		if i < 199 {
			lost += uint64(i % 3)
		}
	}
	out, _ := mustReplay(t, text.String())
	var said uint64
	var last time.Time
	for _, line := range out.all() {
		if get(line, "event", "action") != "audit-lost" {
			continue
		}
		said += uint64(get(line, "tswatch", "lost", "serials").(float64))
		at, err := time.Parse(time.RFC3339, get(line, "@timestamp").(string))
		if err != nil || at.Sub(last) < time.Second {
			t.Errorf("a loss at %s, the one before at %s (%v)", at, last, err)
		}
		last = at
	}
	if said != lost {
		t.Errorf("%d serials were said to be lost, %d are", said, lost)
	}
}

// TestReplaySaysWhoLost: each loss is that of the node whose serials are missing, and the same input says it in the same order.
func TestReplaySaysWhoLost(t *testing.T) {
	t.Parallel()
	var text strings.Builder
	last := map[string]uint32{"b": 4, "a": 3, "": 9, "c": 2, "\xff": 5}
	for millis, serials := range []map[string]uint32{{"b": 1, "a": 1, "": 1, "c": 1, "\xff": 1}, last} {
		for node, serial := range serials {
			if node != "" {
				text.WriteString("node=" + node + " ")
			}
			fmt.Fprintf(&text, "type=SYSCALL msg=audit(1700000000.%03d:%d): arch=c000003e syscall=59 pid=7\n", millis, serial)
		}
	}
	out, _ := mustReplay(t, text.String())
	var said []string
	for _, line := range out.all() {
		if get(line, "event", "action") == "audit-lost" {
			said = append(said, fmt.Sprint(get(line, "host", "hostname"), " ", get(line, "tswatch", "lost", "serials")))
		}
	}
	if want := []string{"host 7", "a 1", "b 2", "\ufffd 3"}; !slices.Equal(said, want) {
		t.Errorf("said is %q, want %q", said, want)
	}
}

// TestManyNodes: any number of nodes may lose something. Each loss is said of the node that had it, one a second; what waits is
// bounded, and so is what is known of nodes.
func TestManyNodes(t *testing.T) {
	t.Parallel()
	const nodes = 3 * maxLosses
	var text strings.Builder
	for serial := uint32(5); serial < 9; serial += 3 { // two are missing
		for n := range nodes {
			fmt.Fprintf(&text, "node=n%d type=USER_TTY msg=audit(1700000000.%03d:%d): pid=7 msg='x'\n", n, serial, serial)
		}
	}
	text.WriteString("type=USER_TTY msg=audit(1700000010.000:5): pid=7 msg='x'\n") // all count from here on
	out, _ := mustReplay(t, text.String())
	said, last := map[string]float64{}, ""
	for _, line := range out.all() {
		if get(line, "event", "action") == "audit-lost" {
			said[get(line, "host", "hostname").(string)] += get(line, "tswatch", "lost", "serials").(float64)
			if at := get(line, "@timestamp").(string); at <= last {
				t.Errorf("a loss at %s, the one before at %s", at, last)
			} else {
				last = at
			}
		}
	}
	for n := range nodes {
		if node := fmt.Sprint("n", n); said[node] != 2 {
			t.Errorf("%s lost %v", node, said[node])
		}
	}
	if len(said) != nodes {
		t.Errorf("%d nodes lost something", len(said))
	}
}

// TestLossesAreBounded: what waits is said before more is noted.
func TestLossesAreBounded(t *testing.T) {
	t.Parallel()
	out := &output{}
	l := newLine(settingsFor(out))
	for i := range 2 * maxLosses {
		l.loss.add(lostInKernel, fmt.Sprint(i), 0, 1)
		if err := l.sayLosses(time.Unix(1, 0)); err != nil {
			t.Fatal(err)
		}
	}
	if waiting := len(l.loss.waiting); waiting != maxLosses || len(out.all()) != maxLosses {
		t.Errorf("%d wait, %d were said", waiting, len(out.all()))
	}
}
