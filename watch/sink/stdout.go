package sink

import (
	"context"
	"fmt"
	"io"
)

// bufferSize is how much a sink keeps back to write it at once.
const bufferSize = 64 << 10

// stdout is the standard output. What it cannot take is lost for good: nobody will open it again.
type stdout struct {
	counts
	out    io.Writer
	buffer []byte
	lines  uint64 // in buffer
	gone   error
}

func newStdout(out io.Writer) *stdout {
	return &stdout{out: out, buffer: make([]byte, 0, bufferSize)}
}

func (s *stdout) Put(item Item) error {
	if len(s.buffer)+len(item.Line) > bufferSize {
		if err := s.Flush(); err != nil {
			s.dropped(1, nil)
			return err
		}
	}
	s.buffer = append(s.buffer, item.Line...)
	s.lines++
	return s.gone
}

func (s *stdout) Flush() error {
	if s.gone == nil && s.lines > 0 {
		if _, err := s.out.Write(s.buffer); err != nil {
			s.gone = fmt.Errorf("write to the standard output: %w", err)
		}
	}
	if s.gone != nil {
		s.dropped(s.lines, s.gone)
	} else {
		s.sent(s.lines)
	}
	s.buffer, s.lines = s.buffer[:0], 0
	if cap(s.buffer) > bufferSize { // one line was longer
		s.buffer = make([]byte, 0, bufferSize)
	}
	return s.gone
}

func (s *stdout) Reopen() {}

func (s *stdout) Status() Status { return s.of("stdout") }

func (s *stdout) Close(context.Context) error { return s.Flush() }
