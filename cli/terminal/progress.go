package terminal

import (
	"sync"
	"time"
)

// What is over sooner is not worth a look, and would flicker.
const progressDelay = 300 * time.Millisecond

// progressPeriod is how often the text is looked at. It has whole seconds, so most looks change nothing.
const progressPeriod = 200 * time.Millisecond

// A Display shows a line: a terminal, or what hands it to one. An empty text takes the line away. Show never waits; Flush
// returns when what was shown is there, or soon after where the terminal is blocked.
type Display interface {
	Show(text string)
	Flush()
}

// Progress shows what a program waits for, from 300 ms after its start until Leave is called. All methods may be called
// from any goroutine, and on a nil Progress, which shows nothing.
type Progress struct {
	display Display
	text    func(now time.Time) string
	stop    chan struct{} // closed by Leave

	mu    sync.Mutex
	held  int // Suspend was called so often, without its resume
	left  bool
	shown bool // a line may be on the display
}

// StartProgress shows what text says of the moment; an empty text is no line. A nil display: nothing is shown, and no
// goroutine runs.
func StartProgress(display Display, text func(now time.Time) string) *Progress {
	if display == nil {
		return nil
	}
	p := &Progress{display: display, text: text, stop: make(chan struct{})}
	go p.run()
	return p
}

func (p *Progress) run() {
	timer := time.NewTimer(progressDelay)
	defer timer.Stop()
	for {
		select {
		case <-p.stop:
			return
		case now := <-timer.C:
			p.look(now)
			timer.Reset(progressPeriod)
		}
	}
}

func (p *Progress) look(now time.Time) {
	text := p.text(now)
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.left || p.held > 0 || text == "" && !p.shown {
		return
	}
	p.shown = text != ""
	p.display.Show(text)
}

// Leave takes the line away for good. It may be called several times.
func (p *Progress) Leave() {
	if p == nil {
		return
	}
	p.mu.Lock()
	if !p.left {
		p.left = true
		close(p.stop)
	}
	shown := p.clear()
	p.mu.Unlock()
	if shown {
		p.display.Flush()
	}
}

// Suspend takes the line away until resume is called.
func (p *Progress) Suspend() (resume func()) {
	if p == nil {
		return func() {}
	}
	p.mu.Lock()
	p.held++
	shown := p.clear()
	p.mu.Unlock()
	if shown {
		p.display.Flush()
	}
	return func() {
		p.mu.Lock()
		defer p.mu.Unlock()
		p.held--
	}
}

// clear is called with the lock held. It says whether there was a line.
func (p *Progress) clear() bool {
	shown := p.shown
	if shown {
		p.shown = false
		p.display.Show("")
	}
	return shown
}
