package pipeline

import (
	"cmp"
	"fmt"
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
}

// An OutputError says that all outputs are gone for good.
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
	// Echo says the same of an event that follows from a question of tswatch's; nil: none does.
	Echo func(e *event.Event) bool
	// Complete adds what takes longer than the reader may wait: name and image of the container. nil: nothing is added.
	Complete func(pid int, a *container.Attribution)
	// Show is given every event, alert and loss, also those that are not written; it never waits. nil: nobody looks.
	Show func(e *event.Event)
	// Unattributed stands for the attribution of an event that has none.
	Unattributed container.Attribution
	// Dropped is how many lines the outputs have dropped so far.
	Dropped  func() uint64
	Counters *Counters
}

// origin is where the process of a record was.
type origin struct {
	pid int
	container.Attribution
}

// line is all that comes behind the reader. It is for one goroutine.
type line struct {
	Settings
	assembler *audit.Assembler
	loss      loss
	dropped   uint64 // lines, counted so far
	text      []byte // of one event, used again
}

func newLine(s Settings) *line {
	return &line{Settings: s, assembler: audit.NewAssembler(maxPending, patience)}
}

// add takes a record with where its process was; nil: it names none. now is the time that runs for this input.
func (l *line) add(r audit.Record, from *origin, now time.Time) error {
	var tag any
	if from != nil {
		tag = from
	}
	return l.emitEvents(l.assembler.Add(r, tag, now))
}

// expire gives out what has waited for long enough at now. An event may be judged so late after it happened; until then a
// window in which it belongs is not closed.
func (l *line) expire(now time.Time) error {
	if err := l.emitEvents(l.assembler.Expire(now)); err != nil {
		return err
	}
	if err := l.alerts(l.Judge.Expire(now.Add(-patience))); err != nil {
		return err
	}
	l.countDropped()
	return l.sayLosses(now)
}

// sayLosses says of what was lost what is to be said at now.
func (l *line) sayLosses(now time.Time) error {
	for {
		lost, node, at, due := l.loss.due(now)
		if !due {
			return nil
		}
		if err := l.writeLoss(lost, node, at); err != nil {
			return err
		}
	}
}

// end gives out all that is left at the end of the input.
func (l *line) end(now time.Time) error {
	if err := l.emitEvents(l.assembler.Flush()); err != nil {
		return err
	}
	if err := l.alerts(l.Judge.Flush()); err != nil {
		return err
	}
	l.countDropped()
	for {
		lost, node, at, any := l.loss.rest(now)
		if !any {
			return l.flush()
		}
		if err := l.writeLoss(lost, node, at); err != nil {
			return err
		}
	}
}

// last is the line that says what the outputs did not take at the end, for those that took all; nil: nothing is to be said.
func (l *line) last(now time.Time) []byte {
	l.countDropped()
	lost, node, at, any := l.loss.rest(now)
	if !any {
		return nil
	}
	e := event.NewLoss(lost, at, cmp.Or(node, l.Host))
	l.show(e)
	text, err := e.Append(nil, l.Format)
	if err != nil {
		return nil
	}
	return append(text, '\n')
}

// writeLoss writes the event that says what a node lost; no node: this machine.
func (l *line) writeLoss(lost event.Lost, node string, at time.Time) error {
	e := event.NewLoss(lost, at, cmp.Or(node, l.Host))
	l.show(e)
	return l.write(e, sink.Item{Loss: true})
}

// show gives the event to Show, where there is one.
func (l *line) show(e *event.Event) {
	if l.Show != nil {
		l.Show(e)
	}
}

// countDropped notes what the outputs have dropped.
func (l *line) countDropped() {
	if all := l.Dropped(); all > l.dropped {
		l.Counters.lose(lostInSpool, all-l.dropped)
		l.loss.add(lostInSpool, "", all-l.dropped, 0)
		l.dropped = all
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
	if from, ok := records.Tag.(*origin); ok {
		attribution = from.Attribution
		if l.Complete != nil {
			l.Complete(from.pid, &attribution)
		}
	}
	e := event.New(records, attribution, l.Host)
	if l.Echo != nil && l.Echo(e) {
		return nil
	}
	l.Counters.event(e)
	l.show(e)
	if l.Emit == EmitAll || l.Emit == EmitContainers && e.Container != nil {
		if err := l.write(e, sink.Item{}); err != nil {
			return err
		}
	}
	return l.alerts(l.Judge.Judge(e))
}

func (l *line) alerts(alerts []*event.Event) error {
	for _, alert := range alerts {
		l.Counters.alert()
		l.show(alert)
		if err := l.write(alert, sink.Item{Alert: true}); err != nil {
			return err
		}
	}
	return nil
}

// write writes a line. item says of what kind it is.
func (l *line) write(e *event.Event, item sink.Item) error {
	text, err := e.Append(l.text[:0], l.Format)
	if err != nil {
		return fmt.Errorf("write an event as %s: %w", l.Format, err)
	}
	l.text = append(text, '\n')
	item.Line = l.text
	err = l.Out.Put(item)
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
