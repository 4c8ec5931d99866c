package pipeline

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/tsboot/tsboot/watch/audit"
	"github.com/tsboot/tsboot/watch/audit/recording"
	"github.com/tsboot/tsboot/watch/container"
)

const maxMalformedSaid = 3 // malformed lines that the report quotes

// Replay is the line over recorded audit text. Time is that of the records, so that the same input gives the same output.
type Replay struct {
	line       *line
	gaps       *audit.Gaps
	containers map[int]container.Attribution
	now        time.Time // the latest of all records
	report     Report
}

// Report is what a replay found in its input.
type Report struct {
	Records   uint64
	Malformed uint64
	Examples  []string // of malformed lines: where, and what is wrong
	Broken    []error  // inputs that could not be read to their end
	Stopped   bool     // before the end of the input
}

// NewReplay makes a replay. Processes that containers has are in those; all others are not known.
func NewReplay(s Settings, containers map[int]container.Attribution) *Replay {
	s.Unattributed = container.Attribution{Method: container.MethodNone, Reason: container.ReasonReplayed}
	r := &Replay{line: newLine(s), gaps: audit.NewGaps(patience), containers: containers}
	r.gaps.Missed = r.lose
	return r
}

// Run reads the inputs, one after the other, until ctx ends. An error is that of an output.
func (r *Replay) Run(ctx context.Context, inputs []Input) (Report, error) {
	var stopped error
	for _, in := range inputs {
		if stopped == nil {
			stopped = r.read(ctx, in)
		}
		in.Close()
	}
	if r.report.Stopped = errors.Is(stopped, context.Canceled); stopped != nil && !r.report.Stopped {
		return r.report, stopped
	}
	r.gaps.Flush()
	return r.report, r.line.end(r.now)
}

// Last is the line about what the outputs did not take at the end, after Run; nil: they took all.
func (r *Replay) Last() []byte { return r.line.last(r.now) }

func (r *Replay) read(ctx context.Context, in Input) error {
	number := uint64(0)
	parse := parseText
	err := in.lines(ctx, func(text []byte, whole bool) error {
		number++
		if number == 1 && string(text) == recording.Magic {
			parse = parseRecording
		}
		record, is, err := parse(string(text))
		if !whole {
			err = fmt.Errorf("longer than %d bytes", maxLine)
		}
		switch {
		case err != nil:
			r.malformed(in.Name, number, err)
			return nil
		case !is:
			return nil
		}
		return r.add(record)
	}, r.idle)
	var broken *InputError
	if errors.As(err, &broken) {
		r.report.Broken = append(r.report.Broken, broken)
		return nil
	}
	return err
}

// idle writes what need not wait, where nothing is there to be read for now. Nothing else, so that the same input gives the same
// lines, however it comes.
func (r *Replay) idle() error {
	if err := r.line.emitEvents(r.line.assembler.Expire(r.now)); err != nil {
		return err
	}
	return r.line.flush()
}

// parseText reads a line of auditd's log; false: there is no record in it, and nothing wrong.
func parseText(line string) (audit.Record, bool, error) {
	if strings.TrimSpace(line) == "" {
		return audit.Record{}, false, nil
	}
	record, err := audit.ParseLine(line)
	return record, true, err
}

// parseRecording reads a line of tswatch record as the agent reads the datagram: what is no record is passed over.
func parseRecording(line string) (audit.Record, bool, error) {
	d, is, err := recording.ParseLine(line)
	if err != nil || !is {
		return audit.Record{}, false, err
	}
	record, err := d.Record()
	if errors.Is(err, audit.ErrForeign) || errors.Is(err, audit.ErrNoRecord) {
		return audit.Record{}, false, nil
	}
	return record, true, err
}

func (r *Replay) malformed(name string, line uint64, err error) {
	r.report.Malformed++
	if len(r.report.Examples) < maxMalformedSaid {
		r.report.Examples = append(r.report.Examples, fmt.Sprintf("%s:%d: %v", name, line, err))
	}
}

func (r *Replay) add(record audit.Record) error {
	r.report.Records++
	if record.Time.After(r.now) {
		r.now = record.Time
		r.gaps.Lost(r.now) // which calls lose
		if err := r.line.expire(r.now); err != nil {
			return err
		}
	}
	r.gaps.See(record, r.now)
	if err := r.line.sayLosses(r.now); err != nil {
		return err
	}
	return r.line.add(record, r.origin(record), r.now)
}

// origin is what --containers says of the process that the record names.
func (r *Replay) origin(record audit.Record) *origin {
	if len(r.containers) == 0 || record.Type.IsDetail() {
		return nil
	}
	pid, _ := record.Int("pid")
	if a, known := r.containers[int(pid)]; known {
		return &origin{int(pid), a}
	}
	return nil
}

// lose notes serials of a node that are lost.
func (r *Replay) lose(node string, serials uint64) {
	r.line.Counters.lose(lostInKernel, serials)
	r.line.loss.add(lostInKernel, node, 0, serials)
}

// Text says what was wrong with the input, in lines for a person; empty: nothing.
func (r Report) Text() string {
	var b strings.Builder
	for _, err := range r.Broken {
		fmt.Fprintf(&b, "%v\n", err)
	}
	if r.Malformed > 0 {
		lines := "lines"
		if r.Malformed == 1 {
			lines = "line"
		}
		fmt.Fprintf(&b, "%d malformed %s, %d records read\n", r.Malformed, lines, r.Records)
		for _, example := range r.Examples {
			fmt.Fprintf(&b, "  %s\n", example)
		}
	}
	return b.String()
}
