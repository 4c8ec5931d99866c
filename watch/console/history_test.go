package console

import (
	"bytes"
	"strconv"
	"strings"
	"testing"

	"github.com/tsboot/tsboot/watch/event"
)

// drain reads all from a number on.
func drain(h *history, from uint64) (lines []entry, missed uint64) {
	for {
		b := h.read(from)
		lines, missed, from = append(lines, b.lines...), missed+b.missed, b.next
		if !b.more {
			return lines, missed
		}
	}
}

func TestHistoryIsBounded(t *testing.T) {
	t.Parallel()
	for _, size := range []int{10, 5000, maxLine} {
		h := newHistory()
		text := bytes.Repeat([]byte("x"), size)
		h.add(kindEvent, text, true)
		for range 3 * maxEvents {
			h.add(kindEvent, text, false)
		}
		if h.events.size > maxEventBytes || len(h.events.entries) > maxEvents {
			t.Errorf("%d events of %d bytes: %d bytes are kept", len(h.events.entries), size, h.events.size)
		}
		lines, missed := drain(h, firstSequence)
		if lines[0].sequence != 1 {
			t.Errorf("the alert was pushed out by events")
		}
		if got := uint64(len(lines)) + missed; got != 3*maxEvents+1 {
			t.Errorf("%d of %d lines are accounted for", got, 3*maxEvents+1)
		}
		for _, from := range []uint64{firstSequence, 2 * maxEvents} {
			batch, bytes := h.read(from), 0
			for _, line := range batch.lines {
				bytes += len(line.text)
			}
			if bytes > maxBatchBytes+maxLine {
				t.Errorf("%d bytes are given at once", bytes)
			}
		}
		for range 3 * maxAlerts {
			h.add(kindEvent, text, true)
		}
		if h.alerts.size > maxAlertBytes || len(h.alerts.entries) > maxAlerts {
			t.Errorf("%d alerts of %d bytes: %d bytes are kept", len(h.alerts.entries), size, h.alerts.size)
		}
	}
}

// TestHistoryInOrder: whatever a reader has had, it gets each line that is still there once, in order.
func TestHistoryInOrder(t *testing.T) {
	t.Parallel()
	h := newHistory()
	for i := range maxEvents + 500 {
		h.add(kindEvent, []byte(strconv.Itoa(i)), i%7 == 0)
	}
	for _, from := range []uint64{firstSequence, 2, 499, 500, 501, maxEvents, maxEvents + 500, maxEvents + 501} {
		lines, missed := drain(h, from)
		last := from - 1
		for _, line := range lines {
			if line.sequence <= last {
				t.Fatalf("from %d: %d comes after %d", from, line.sequence, last)
			}
			last = line.sequence
		}
		if got := uint64(len(lines)) + missed; got != maxEvents+501-from {
			t.Errorf("from %d: %d lines are accounted for, want %d", from, got, maxEvents+501-from)
		}
	}
}

func TestLargeEventsAreShortened(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("é\x00", 1<<20)
	events := map[string]*event.Event{
		"one argument":   execOf(7, long),
		"many arguments": execOf(7, make([]string, 1<<18)...),
		"message":        execOf(7).Alert(event.Rule{ID: "r"}, 1, nil, long),
		"labels":         execOf(7),
		"tags":           execOf(7),
		"path":           execOf(7),
	}
	events["labels"].Orchestrator = &event.Orchestrator{Namespace: long}
	events["tags"].Tags = []string{long}
	events["path"].File = &event.File{Path: long}
	for name, e := range events {
		kind, text, err := encode(e)
		if err != nil || kind != kindShort || len(text) > maxLine || !bytes.Contains(text, []byte(pidText(7))) {
			t.Errorf("%s: kind %s, %d bytes, %v", name, kind, len(text), err)
		}
	}
	if kind, _, err := encode(execOf(7, "a")); kind != kindEvent || err != nil {
		t.Errorf("a small event is %s, %v", kind, err)
	}
}
