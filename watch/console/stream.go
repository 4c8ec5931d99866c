package console

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"os"
	"strconv"
	"strings"
	"time"
)

const (
	maxClients   = 16
	writeTimeout = 5 * time.Second
	statusPause  = time.Second            // between two statuses
	batchPause   = 100 * time.Millisecond // between two batches: a screen needs no more
	retryAfter   = 2 * time.Second        // a browser comes back then
)

// serveEvents is the stream of one browser, until it leaves, takes nothing for too long, or the console ends.
func (c *Console) serveEvents(w http.ResponseWriter, r *http.Request) {
	select {
	case c.slots <- struct{}{}:
		defer func() { <-c.slots }()
	default:
		c.refused.Add(1)
		w.Header().Set("Retry-After", "5")
		http.Error(w, fmt.Sprintf("%d browsers look at the console already: close one", maxClients), http.StatusServiceUnavailable)
		return
	}
	w.Header().Set("Content-Type", "text/event-stream")
	w.Header().Set("X-Accel-Buffering", "no") // a proxy must not keep events back
	s := &stream{console: c, out: w, control: http.NewResponseController(w), from: c.resume(r.Header.Get("Last-Event-ID"))}
	if r.Method == http.MethodHead {
		return
	}
	if err := s.run(r.Context().Done()); errors.Is(err, os.ErrDeadlineExceeded) {
		c.dropped.Add(1)
	}
}

// resume is the number of the line after the last one that a browser had; of another run: the first.
func (c *Console) resume(last string) uint64 {
	instance, number, _ := strings.Cut(last, "-")
	if n, err := strconv.ParseUint(number, 10, 62); err == nil && instance == c.instance {
		return n + 1
	}
	return firstSequence
}

// stream writes lines for one browser.
type stream struct {
	console  *Console
	out      http.ResponseWriter
	control  *http.ResponseController
	from     uint64    // the number of the next line
	text     []byte    // what is written next
	reported time.Time // when the status was
}

func (s *stream) run(left <-chan struct{}) error {
	wake := make(chan struct{}, 1)
	s.console.history.join(wake)
	defer s.console.history.leave(wake)
	timer := time.NewTimer(0)
	defer timer.Stop()
	fresh := s.from == firstSequence
	s.text = fmt.Appendf(s.text, "retry: %d\nevent: %s\ndata: %q\n\n", retryAfter.Milliseconds(), kindHello, s.console.instance)
	for stale := true; ; { // stale: the status is older than the last line
		b := s.console.history.read(s.from)
		for _, line := range b.lines {
			s.line(line)
		}
		if b.missed > 0 && !fresh { // who begins has missed nothing
			s.console.missed.Add(b.missed)
			s.message(kindMissed, strconv.AppendUint(nil, b.missed, 10))
		}
		s.from, fresh = b.next, false
		stale = stale || len(b.lines) > 0
		now := time.Now()
		if stale && (b.end || now.Sub(s.reported) >= statusPause) {
			if err := s.status(now); err != nil {
				return err
			}
			stale = false
		}
		if b.end {
			s.message(kindEnd, []byte("true"))
		}
		if err := s.flush(); err != nil || b.end {
			return err
		}
		if !s.rest(left, wake, timer, b.more, stale, now) {
			return nil
		}
	}
}

// rest waits for lines, or for the time of the status where that is due. At rest there is no timer. false: the browser has left.
func (s *stream) rest(left, wake <-chan struct{}, timer *time.Timer, more, stale bool, now time.Time) bool {
	if more {
		select {
		case <-left:
			return false
		default:
			return true
		}
	}
	var due <-chan time.Time
	if stale {
		timer.Reset(s.reported.Add(statusPause).Sub(now))
		due = timer.C
	}
	select {
	case <-left:
		return false
	case <-due:
		return true
	case <-wake:
	}
	timer.Reset(batchPause) // what comes together is written together
	select {
	case <-left:
		return false
	case <-timer.C:
		return true
	}
}

func (s *stream) line(e entry) {
	s.text = append(s.text, "id: "...)
	s.text = append(s.text, s.console.instance...)
	s.text = append(s.text, '-')
	s.text = strconv.AppendUint(s.text, e.sequence, 10)
	s.text = append(s.text, '\n')
	s.message(e.kind, e.text)
}

// message writes one message. data is JSON on one line.
func (s *stream) message(kind string, data []byte) {
	s.text = append(append(s.text, "event: "...), kind...)
	s.text = append(append(s.text, "\ndata: "...), data...)
	s.text = append(s.text, "\n\n"...)
}

func (s *stream) status(now time.Time) error {
	text, err := json.Marshal(s.console.options.Status())
	if err != nil {
		return fmt.Errorf("write the status: %w", err)
	}
	s.message(kindStatus, text)
	s.reported = now
	return nil
}

// flush writes what there is.
func (s *stream) flush() error {
	if len(s.text) == 0 {
		return nil
	}
	if err := s.control.SetWriteDeadline(time.Now().Add(s.console.options.WriteTimeout)); err != nil {
		return err
	}
	if _, err := s.out.Write(s.text); err != nil {
		return err
	}
	s.text = s.text[:0]
	return s.control.Flush()
}
