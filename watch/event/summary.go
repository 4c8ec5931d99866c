package event

import (
	"strconv"
	"strings"
)

// summary is the event in one line for people: the message of an alert, or what was done by which process of which
// container.
func (e *Event) summary() string {
	if e.Message != "" {
		return e.Message
	}
	var b strings.Builder
	if l := e.Tswatch.Lost; l != nil {
		b.WriteString("lost ")
		b.WriteString(strconv.FormatUint(l.Records, 10))
		b.WriteString(" records and ")
		b.WriteString(strconv.FormatUint(l.Serials, 10))
		b.WriteString(" events in the ")
		b.WriteString(l.Where)
		return b.String()
	}
	b.WriteString(e.Event.Action)
	if object := e.object(); object != "" {
		b.WriteString(": ")
		b.WriteString(clip(object))
	}
	if p := e.Process; p != nil {
		b.WriteString(" (")
		if p.Name != "" {
			b.WriteString(p.Name)
			b.WriteString(", ")
		}
		b.WriteString("pid ")
		b.WriteString(strconv.Itoa(p.PID))
		if c := e.Container; c != nil {
			b.WriteString(", container ")
			if b.WriteString(c.Name); c.Name == "" {
				b.WriteString(c.ID[:min(len(c.ID), 12)])
			}
		}
		b.WriteByte(')')
	}
	return b.String()
}

// object is what the action was done to.
func (e *Event) object() string {
	switch d := e.Destination; {
	case d != nil && d.IP != "":
		return d.IP + " port " + strconv.Itoa(d.Port)
	case d != nil:
		return d.Path
	case e.File != nil:
		return e.File.Path
	case e.Tswatch.Module != "":
		return e.Tswatch.Module
	case e.Process != nil && e.Event.Action == ActionExecuted:
		if e.Process.CommandLine != "" {
			return e.Process.CommandLine
		}
		return e.Process.Executable
	}
	return ""
}

// maxObject is how much of a name or a command line a sentence has: the event has the whole.
const maxObject = 512

func clip(text string) string {
	if len(text) <= maxObject {
		return text
	}
	return strings.ToValidUTF8(text[:maxObject], "") + "..."
}
