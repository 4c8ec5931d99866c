package pipeline

import (
	"fmt"
	"sync/atomic"
	"time"

	"github.com/tsboot/tsboot/watch/audit"
	"github.com/tsboot/tsboot/watch/container"
	"github.com/tsboot/tsboot/watch/event"
	"github.com/tsboot/tsboot/watch/sink"
)

const (
	maxPending = 1024            // events of which the end was not seen
	patience   = 2 * time.Second // for the end of an event, and for a serial that is missing
)

// Emit says which events are written. What was lost always is.
type Emit string

// The words of --emit.
const (
	EmitAll        Emit = "all"        // all events, and alerts
	EmitContainers Emit = "containers" // those with a container, and alerts
	EmitAlerts     Emit = "alerts"     // alerts
)

// Judge finds the alerts of an event, as detect.Rules does.
type Judge interface {
	Judge(e *event.Event) []*event.Event
	// Expire gives the alerts that say how many were held back, of the windows that are over at now.
	Expire(now time.Time) []*event.Event
	// Next is when Expire has something to give, if nothing comes until then; false: nothing.
	Next() (time.Time, bool)
	// Flush gives those of all windows, at the end.
	Flush() []*event.Event
}

// Output takes the lines, as sink.Fan does.
type Output interface {
	Put(item sink.Item) error
	Flush() error
	Reopen() // what is behind the outputs: files that were moved away
}

// An OutputError says that an output is gone for good.
type OutputError struct{ Err error }

func (e *OutputError) Error() string { return e.Err.Error() }
func (e *OutputError) Unwrap() error { return e.Err }

// Settings are those of the line.
type Settings struct {
	Host   string // the name of this machine
	Format event.Format
	Emit   Emit
	Judge  Judge
	Out    Output
	// Own says whether an event is of tswatch's own doing; nil: none is. It is asked once about each event.
	Own func(e *audit.Event) bool
	// Complete adds what takes longer than the reader may wait: name and image of the container. nil: nothing is added.
	Complete func(a *container.Attribution)
	// Unattributed stands for the attribution of an event that has none.
	Unattributed container.Attribution
	Counters     *Counters
}

// line is all that comes behind the reader. It is for one goroutine.
type line struct {
	Settings
	assembler *audit.Assembler
	loss      loss
	text      []byte      // of one event, used again
	reopen    atomic.Bool // outputs are to be opened again
}

func newLine(s Settings) *line {
	return &line{Settings: s, assembler: audit.NewAssembler(maxPending, patience)}
}

// add takes a record with the attribution of its process; nil: it names none. now is the time that runs for this input.
func (l *line) add(r audit.Record, a *container.Attribution, now time.Time) error {
	var tag any
	if a != nil {
		tag = a
	}
	return l.emitEvents(l.assembler.Add(r, tag, now))
}

// reopened opens the outputs again, if that was asked for.
func (l *line) reopened() {
	if l.reopen.CompareAndSwap(true, false) {
		l.Out.Reopen()
	}
}

// expire gives out what has waited for long enough at now.
func (l *line) expire(now time.Time) error {
	if err := l.emitEvents(l.assembler.Expire(now)); err != nil {
		return err
	}
	if err := l.alerts(l.Judge.Expire(now)); err != nil {
		return err
	}
	if lost, at, due := l.loss.due(now); due {
		return l.write(event.NewLoss(lost, at, l.Host), false)
	}
	return nil
}

// end gives out all that is left at the end of the input.
func (l *line) end(now time.Time) error {
	if err := l.emitEvents(l.assembler.Flush()); err != nil {
		return err
	}
	if err := l.alerts(l.Judge.Flush()); err != nil {
		return err
	}
	for {
		lost, at, any := l.loss.rest(now)
		if !any {
			return l.flush()
		}
		if err := l.write(event.NewLoss(lost, at, l.Host), false); err != nil {
			return err
		}
	}
}

func (l *line) emitEvents(events []audit.Event) error {
	for _, e := range events {
		if err := l.emit(e); err != nil {
			return err
		}
	}
	return nil
}

// emit writes one event and its alerts.
func (l *line) emit(records audit.Event) error {
	if l.Own != nil && l.Own(&records) {
		return nil
	}
	attribution := l.Unattributed
	if tag, ok := records.Tag.(*container.Attribution); ok {
		attribution = *tag
	}
	if l.Complete != nil && attribution.Container != nil {
		l.Complete(&attribution)
	}
	e := event.New(records, attribution, l.Host)
	l.Counters.event(e)
	if l.Emit == EmitAll || l.Emit == EmitContainers && e.Container != nil {
		if err := l.write(e, false); err != nil {
			return err
		}
	}
	return l.alerts(l.Judge.Judge(e))
}

func (l *line) alerts(alerts []*event.Event) error {
	for _, alert := range alerts {
		l.Counters.alert()
		if err := l.write(alert, true); err != nil {
			return err
		}
	}
	return nil
}

func (l *line) write(e *event.Event, alert bool) error {
	text, err := e.Append(l.text[:0], l.Format)
	if err != nil {
		return fmt.Errorf("write an event as %s: %w", l.Format, err)
	}
	l.text = append(text, '\n')
	err = l.Out.Put(sink.Item{Line: l.text, Alert: alert})
	if cap(l.text) > maxKept {
		l.text = nil
	}
	return outputError(err)
}

// flush writes what outputs keep back, when there is nothing more for now.
func (l *line) flush() error { return outputError(l.Out.Flush()) }

func outputError(err error) error {
	if err == nil {
		return nil
	}
	return &OutputError{err}
}

// maxKept is the largest text whose memory is used again: an exec may have megabytes of arguments.
const maxKept = 64 << 10
