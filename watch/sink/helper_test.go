package sink

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"os"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) {
	if os.Getenv("SINK_TEST_HELPER") != "" {
		putUntilKilled(os.Getenv("SINK_TEST_URL"), os.Getenv("SINK_TEST_SPOOL"))
	}
	goleak.VerifyTestMain(m)
}

// quick are waits for tests.
var quick = times{grace: 100 * time.Millisecond, answer: 10 * time.Second, linger: 5 * time.Millisecond, retry: 5 * time.Millisecond, spool: 10 * time.Millisecond}

// patient are those of outputs that take all in the end, however busy the machine is.
var patient = times{grace: 20 * time.Second, answer: 10 * time.Second, linger: 5 * time.Millisecond, retry: 5 * time.Millisecond, spool: 10 * time.Millisecond}

func openFan(t *testing.T, o Options, where ...string) *Fan {
	t.Helper()
	if o.times == (times{}) {
		o.times = quick
	}
	if o.Stdout == nil {
		o.Stdout = io.Discard
	}
	fan, err := OpenFan(where, o)
	if err != nil {
		t.Fatalf("open %q: %v", where, err)
	}
	t.Cleanup(func() { _ = fan.Close(context.Background()) })
	return fan
}

func line(n int) string { return fmt.Sprintf("{\"n\":%d}\n", n) }

// put puts the lines from one number to another.
func put(t *testing.T, fan *Fan, from, to int) {
	t.Helper()
	for n := from; n < to; n++ {
		if err := fan.Put(Item{Line: []byte(line(n))}); err != nil {
			t.Fatalf("put %d: %v", n, err)
		}
	}
	if err := fan.Flush(); err != nil {
		t.Fatal(err)
	}
}

func closeFan(t *testing.T, fan *Fan) {
	t.Helper()
	if err := fan.Close(context.Background()); err != nil {
		t.Fatalf("close: %v", err)
	}
}

// eventually waits for a condition.
func eventually(t *testing.T, what string, holds func() bool) {
	t.Helper()
	deadline := time.NewTimer(20 * time.Second)
	defer deadline.Stop()
	tick := time.NewTicker(2 * time.Millisecond)
	defer tick.Stop()
	for !holds() {
		select {
		case <-tick.C:
		case <-deadline.C:
			t.Fatalf("not in time: %s", what)
		}
	}
}

func numbers(t *testing.T, text string) []int {
	t.Helper()
	var all []int
	for _, l := range strings.Split(strings.TrimSuffix(text, "\n"), "\n") {
		l = strings.TrimRight(l, " ")
		if l == "" {
			continue
		}
		n, err := strconv.Atoi(strings.TrimSuffix(strings.TrimPrefix(l, `{"n":`), "}"))
		if err != nil {
			t.Fatalf("no line of this test: %q", l)
		}
		all = append(all, n)
	}
	return all
}

func wantNumbers(t *testing.T, got []int, from, to int) {
	t.Helper()
	for i, n := range got {
		if n != from+i {
			t.Errorf("line %d of %d is %d, want %d to %d in order", i, len(got), n, from, to-1)
			return
		}
	}
	if len(got) != max(0, to-from) {
		t.Errorf("got %d lines, want %d to %d", len(got), from, to-1)
	}
}

// wantStatus compares the counts.
func wantStatus(t *testing.T, fan *Fan, sent, dropped, spooled uint64) {
	t.Helper()
	s := fan.Status()[0]
	if s.Sent != sent || s.Dropped != dropped || s.Spooled != spooled {
		t.Errorf("sent %d, dropped %d, spooled %d (%s), want %d, %d, %d", s.Sent, s.Dropped, s.Spooled, s.LastError, sent, dropped, spooled)
	}
}

// server is one whose answers a test chooses.
type server struct {
	*httptest.Server
	mu       sync.Mutex
	answer   func(w http.ResponseWriter, r *http.Request) bool // whether the lines count as taken
	taken    strings.Builder
	requests []*http.Request
	bodies   []string
}

func newServer(t *testing.T, answer func(http.ResponseWriter, *http.Request) bool) *server {
	t.Helper()
	s := unstarted(answer)
	s.Start()
	t.Cleanup(s.Close)
	return s
}

func unstarted(answer func(http.ResponseWriter, *http.Request) bool) *server {
	s := &server{answer: answer}
	s.Server = httptest.NewUnstartedServer(s)
	s.Config.ErrorLog = log.New(io.Discard, "", 0)
	return s
}

func (s *server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	answer := s.answer
	s.mu.Unlock()
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return
	}
	s.mu.Lock()
	s.requests = append(s.requests, r)
	s.bodies = append(s.bodies, string(body))
	s.mu.Unlock()
	took := answer(w, r)
	if took {
		s.mu.Lock()
		s.taken.Write(body)
		s.mu.Unlock()
	}
}

func (s *server) set(answer func(http.ResponseWriter, *http.Request) bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.answer = answer
}

// setForNext is set for a fan that comes after one that has ended: a request that the end cut off may still be on its way.
func (s *server) setForNext(answer func(http.ResponseWriter, *http.Request) bool) {
	s.CloseClientConnections() // returns when all are done with
	s.set(answer)
}

func (s *server) text() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.taken.String()
}

func (s *server) count() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.requests)
}

func take(http.ResponseWriter, *http.Request) bool { return true }

func code(status int) func(http.ResponseWriter, *http.Request) bool {
	return func(w http.ResponseWriter, _ *http.Request) bool {
		w.WriteHeader(status)
		return false
	}
}

// putUntilKilled is the helper process: it puts lines and says so, until it is killed. Each tenth is an alert.
func putUntilKilled(url, spool string) {
	fan, err := OpenFan([]string{url}, Options{SpoolDir: spool, SpoolMax: 64 << 20})
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	out := bufio.NewWriter(os.Stdout)
	tick := time.NewTicker(time.Millisecond)
	for n := 0; ; n++ {
		<-tick.C
		_ = fan.Put(Item{Line: []byte(line(n)), Alert: n%10 == 0})
		_ = fan.Flush()
		_, _ = fmt.Fprintln(out, n)
		_ = out.Flush()
	}
}

// counter adds up what Options.Lost gets.
type counter struct {
	mu  sync.Mutex
	sum uint64
}

func (c *counter) add(n uint64) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.sum += n
}

func (c *counter) get() uint64 {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.sum
}

// logText is what was logged. An output that is stuck logs after its Close, too.
type logText struct {
	mu   sync.Mutex
	text strings.Builder
}

func (l *logText) Write(text []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(text)
}

func (l *logText) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}
