package sink

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"

	"golang.org/x/sys/unix"
)

// stdout is the standard output. When its reader is gone it is gone for good: nobody can open it again.
type stdout struct {
	out  io.Writer
	text joined
}

func openStdout(out io.Writer) (*stdout, error) {
	if out == nil {
		return nil, errors.New("the standard output is closed: open it, send it to /dev/null, or give another --output")
	}
	return &stdout{out: out}, nil
}

func (s *stdout) deliver(_ context.Context, batch []Item) (int, error) {
	written, err := s.out.Write(s.text.of(batch))
	if err == nil {
		return len(batch), nil
	}
	err = fmt.Errorf("write to the standard output: %w", err)
	if errors.Is(err, unix.ENOSPC) || errors.Is(err, unix.EAGAIN) || errors.Is(err, os.ErrDeadlineExceeded) {
		return wholeLines(batch, written), err
	}
	return wholeLines(batch, written), &goneError{err}
}

func (s *stdout) reopen() error { return nil }

func (s *stdout) close() error { return nil }

// join makes one text of lines.
func join(batch []Item) []byte {
	var text joined
	return text.of(batch)
}

// joined is memory for the text of a batch, to be used again.
type joined []byte

// of makes one text of lines. It is good until the next call.
func (j *joined) of(batch []Item) []byte {
	size := 0
	for _, item := range batch {
		size += len(item.Line)
	}
	text := slices.Grow((*j)[:0], size)
	for _, item := range batch {
		text = append(text, item.Line...)
	}
	if *j = text; cap(text) > maxJoined {
		*j = nil // one exec may have megabytes of arguments
	}
	return text
}

// maxJoined is the largest text whose memory is used again.
const maxJoined = 128 << 10

// wholeLines is how many lines there are in so many bytes.
func wholeLines(batch []Item, bytes int) int {
	for i, item := range batch {
		if bytes -= len(item.Line); bytes < 0 {
			return i
		}
	}
	return len(batch)
}
