package sink

import (
	"context"
	"io"
	"time"

	"github.com/hashicorp/go-hclog"
)

// Grace is how long an output that does not take its lines is waited for at the end.
const Grace = 5 * time.Second

// queueBytes is what all queues together may hold. They share the lines.
const (
	queueBytes    = 4 << 20
	minQueueBytes = 1 << 20 // of one output
)

// Item is one line.
type Item struct {
	Line  []byte // with its line end; it is the caller's again after Fan.Put
	Alert bool   // it goes last, where something has to go
	Loss  bool   // it says what was lost: it goes as late as an alert, and what it displaces makes no call of Options.Lost

	at time.Duration // since the sink began, where there is a spool
}

// keep says whether ordinary events go before it.
func (i Item) keep() bool { return i.Alert || i.Loss }

// Status is what a sink did so far.
type Status struct {
	Where     string `json:"where"` // as in --output, an address without its query
	Sent      uint64 `json:"sent"`
	Dropped   uint64 `json:"dropped"`
	Spooled   uint64 `json:"spooled"`    // lines that wait on disk
	LastError string `json:"last_error"` // empty: none so far

	// FailingSince is when the sink stopped taking lines. nil: it takes them.
	FailingSince *time.Time `json:"failing_since,omitempty"`
}

// Options are what the flags say of all sinks.
type Options struct {
	Stdout      io.Writer // nil: it is closed
	FileMaxSize int64     // of one file; 0: no limit
	FileKeep    int       // older files
	TokenFile   string    // of http(s) outputs; empty: no token
	SpoolDir    string    // of http(s) outputs; empty: no spool
	SpoolMax    int64     // bytes on disk, of all spools together
	UserAgent   string    // of http(s) outputs

	Replay bool // wait for a slow output instead of dropping lines
	// Stop ends when a stop was asked for: then a replay does not wait any more. nil: never.
	Stop context.Context

	// Last is asked once, at the end, when all sinks have written what they could: a line for those that took all, about what others
	// did not take. nil: nobody is asked, and nothing is said.
	Last func() []byte
	// Lost is called with the number of lines that were just dropped, from any goroutine. It must not wait. nil: nobody asks.
	Lost func(lines uint64)
	// Panicked is called with what a goroutine of a sink has panicked with, on its stack. That sink takes nothing any more.
	// nil: the panic ends the process.
	Panicked func(fault any)
	Log      hclog.Logger // nil: none

	times times // for tests; zero: as documented
}

// times are the waits of a sink.
type times struct {
	grace  time.Duration // at the end
	answer time.Duration // for the answer to a POST
	linger time.Duration // for more lines of a batch
	retry  time.Duration // the first wait after a failure; it grows
	spool  time.Duration // in memory before a line goes to disk
}

func (t times) withDefaults() times {
	set := func(d *time.Duration, to time.Duration) {
		if *d == 0 {
			*d = to
		}
	}
	set(&t.grace, Grace)
	set(&t.answer, 10*time.Second)
	set(&t.linger, 200*time.Millisecond)
	set(&t.retry, 250*time.Millisecond)
	set(&t.spool, 500*time.Millisecond)
	return t
}
