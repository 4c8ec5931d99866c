package sink

import (
	"context"
	"fmt"
	"io"
	"strings"

	"github.com/hashicorp/go-hclog"
)

// Item is one line.
type Item struct {
	Line  []byte // with its line end; it is the caller's again after Put
	Alert bool   // it is kept for longer than lines that are no alert
}

// A Sink takes lines. One goroutine calls Put, Flush, Reopen and Close; Status may be called from any at any time.
type Sink interface {
	// Put takes a line. A line that cannot be written is counted in the status. An error says that the sink is gone for good,
	// so that nothing of what follows can be written either.
	Put(item Item) error
	// Flush writes what Put has kept back. It is called when no more lines come for now.
	Flush() error
	// Reopen opens what is behind the sink again: a file that was moved away, a token that was changed (SIGHUP).
	Reopen()
	Status() Status
	// Close writes what is left, until ctx ends.
	Close(ctx context.Context) error
}

// Status is what a sink did so far.
type Status struct {
	Where     string `json:"where"` // as in --output
	Sent      uint64 `json:"sent"`
	Dropped   uint64 `json:"dropped"`
	Spooled   uint64 `json:"spooled"`    // lines that wait
	LastError string `json:"last_error"` // empty: none so far
}

// Options are what the flags say of all sinks.
type Options struct {
	Stdout      io.Writer
	FileMaxSize int64 // of one file; 0: no limit
	FileKeep    int   // older files
	Log         hclog.Logger
}

// A WhereError says that a text names no sink.
type WhereError struct {
	Where string
	Want  string
}

func (e *WhereError) Error() string { return fmt.Sprintf("%q: %s", e.Where, e.Want) }

// Open opens the sink that --output names. A *WhereError: the text is wrong; every other error: the sink cannot be had.
func Open(where string, options Options) (Sink, error) {
	kind, rest, _ := strings.Cut(where, ":")
	switch {
	case where == "stdout":
		return newStdout(options.Stdout), nil
	case kind == "file" && rest != "":
		return openFile(rest, options)
	}
	return nil, &WhereError{where, "want stdout or file:PATH"}
}
