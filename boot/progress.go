package boot

import (
	"context"
	"encoding/gob"
	"io"
	"time"

	"github.com/tsboot/tsboot/cli/terminal"
	"github.com/tsboot/tsboot/supervisor"
)

// What a boot waits for is one line on the terminal of a person. A worker makes the text and sends it; the process that
// stays shows it, and makes that of the setup by itself. Where the log is not for a terminal there is no Display: nothing of
// this runs.

// A Display is the terminal on which a person waits: see terminal.Display.
type Display interface {
	terminal.Display
	// Passage is the way to the terminal for the output of other programs.
	Passage() io.Writer
}

// startProgress shows what the boot waits for, until the progress is left.
func (b *Boot) startProgress(timeout time.Duration) *terminal.Progress {
	if b.display == nil {
		return nil
	}
	if limit := hangLimit(timeout); limit > 0 {
		b.givesUp = time.Now().Add(limit)
	}
	p := terminal.StartProgress(b.display, b.progressText)
	b.progress.Store(p)
	return p
}

// Display is for the supervisor: its options take it. It is nil where nothing is shown.
func (b *Boot) Display() supervisor.Display {
	if b.display == nil {
		return nil
	}
	return bootDisplay{b}
}

// bootDisplay is the boot as the supervisor's display.
type bootDisplay struct{ boot *Boot }

func (d bootDisplay) Leave()                   { d.boot.progress.Load().Leave() }
func (d bootDisplay) Suspend() (resume func()) { return d.boot.progress.Load().Suspend() }
func (d bootDisplay) Output() io.Writer        { return d.boot.display.Passage() }

// sender is the display of a worker: it sends what is to be shown to the process that stays.
type sender struct{ pipe *gob.Encoder }

func (s sender) Show(text string)   { _ = s.pipe.Encode(message{Line: text, Shows: true}) } // if nobody reads, the result cannot be sent either
func (s sender) Flush()             {}
func (s sender) Passage() io.Writer { return io.Discard } // a worker runs no setup

// lineOf is a message of the worker without its result, which is not for here.
type lineOf struct {
	Line  string
	Shows bool
}

// watchWorker gives a writer for what a worker sends, where somebody watches; nil: nobody does. end takes away what was
// shown of it.
func (b *Boot) watchWorker(a *against) (w io.Writer, end func()) {
	if b.display == nil || a != nil {
		return nil, func() {}
	}
	reader, writer := io.Pipe()
	done := make(chan struct{})
	go func() {
		defer close(done)
		decoder := gob.NewDecoder(reader)
		for {
			var m lineOf
			if err := decoder.Decode(&m); err != nil {
				_ = reader.CloseWithError(err) // a write does not wait for a reader any more
				return
			}
			if m.Shows {
				b.worker.Store(&m.Line)
			}
		}
	}()
	return writer, func() {
		_ = writer.Close()
		<-done
		b.worker.Store(nil)
	}
}

// interruptible is supervisor.Interruptible for a command that keeps no agent, and shows what it waits for.
func (b *Boot) interruptible(parent context.Context, timeout time.Duration) (ctx context.Context, stop func()) {
	ctx, giveBack := supervisor.Interruptible(parent)
	p := b.startProgress(timeout)
	if p == nil {
		return ctx, giveBack
	}
	giveBackSuspend := supervisor.Suspendable(p.Suspend)
	return ctx, func() {
		p.Leave()
		giveBackSuspend()
		giveBack()
	}
}
