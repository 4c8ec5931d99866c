package console

import (
	"strings"

	"github.com/tsboot/tsboot/watch/event"
)

const (
	maxLine   = 16 << 10 // of one event on the page
	usualLine = 640      // beside the command line
	maxText   = 2 << 10  // of each text of an event that is larger
	maxArgs   = 64
)

// encode writes an event for the page. One that is too large is shortened: the outputs have the whole.
func encode(e *event.Event) (kind string, text []byte, err error) {
	if p := e.Process; p == nil || len(p.CommandLine) < maxLine && len(p.Args) < maxLine {
		size := usualLine
		if p != nil {
			size += 2 * len(p.CommandLine) // and its arguments
		}
		if text, err = e.Append(make([]byte, 0, size), event.FormatECS); err != nil || len(text) <= maxLine {
			return kindEvent, text, err
		}
	}
	if text, err = shorten(e).Append(nil, event.FormatECS); err != nil || len(text) <= maxLine {
		return kindShort, text, err
	}
	text, err = bare(e).Append(nil, event.FormatECS)
	return kindShort, text, err
}

// shorten is e with the beginnings of its long texts.
func shorten(e *event.Event) *event.Event {
	short := *e
	short.Message = clip(e.Message)
	if e.Process != nil {
		p := *e.Process
		p.Executable, p.Name, p.CommandLine, p.WorkingDirectory = clip(p.Executable), clip(p.Name), clip(p.CommandLine), clip(p.WorkingDirectory)
		p.Args = nil // the command line has them
		short.Process = &p
	}
	if e.File != nil {
		short.File = &event.File{Path: clip(e.File.Path)}
	}
	short.Tags = e.Tags[:min(len(e.Tags), maxArgs)]
	return &short
}

// bare is e with what is small in every event.
func bare(e *event.Event) *event.Event {
	least := &event.Event{Timestamp: e.Timestamp, ECS: e.ECS, Event: e.Event, Message: clip(e.Message), Rule: e.Rule}
	least.Tswatch.Attribution = e.Tswatch.Attribution
	if e.Process != nil {
		least.Process = &event.Process{PID: e.Process.PID, VPID: e.Process.VPID, Parent: e.Process.Parent, Name: clip(e.Process.Name)}
	}
	if e.Container != nil {
		least.Container = &event.Container{ID: clip(e.Container.ID), Name: clip(e.Container.Name)}
	}
	return least
}

func clip(text string) string {
	if len(text) <= maxText {
		return text
	}
	return strings.ToValidUTF8(text[:maxText], "") + "…"
}
