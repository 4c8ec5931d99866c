package console

import (
	"bufio"
	"context"
	"fmt"
	"net"
	"net/http"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/tsboot/tsboot/integration/wait"
	"github.com/tsboot/tsboot/watch/event"
)

const patience = 30 * time.Second

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// serve runs a console on the address until the test ends, or until stop is called.
func serve(t *testing.T, address string, options Options) (c *Console, stop func()) {
	t.Helper()
	var err error
	if options.Address, err = ParseAddress(address); err != nil {
		t.Fatal(err)
	}
	if options.Status == nil {
		options.Status = func() any { return map[string]int{"events": 1} }
	}
	if c, err = Listen(context.Background(), options); err != nil {
		t.Fatal(err)
	}
	execute, interrupt := c.Actor()
	ended := make(chan error, 1)
	go func() { ended <- execute() }()
	stopped := false
	stop = func() {
		t.Helper()
		if stopped {
			return
		}
		stopped = true
		interrupt(nil)
		if err := <-ended; err != nil {
			t.Errorf("serve: %v", err)
		}
	}
	t.Cleanup(stop)
	return c, stop
}

// execOf is an event of a program with arguments.
func execOf(pid int, args ...string) *event.Event {
	e := &event.Event{Timestamp: time.Unix(1700000000, 0), Process: &event.Process{PID: pid, Args: args, CommandLine: strings.Join(args, " ")}}
	e.Event.Kind, e.Event.Action = event.KindEvent, event.ActionExecuted
	return e
}

func alertOf(pid int) *event.Event { return execOf(pid).Alert(event.Rule{ID: "r"}, 1, nil, "an alert") }

// message is one message of the stream.
type message struct{ id, kind, data string }

// client is one browser.
type client struct {
	t        *testing.T
	messages chan message
	leave    context.CancelFunc
}

// look opens the stream, from after a message on that the browser had.
func look(t *testing.T, c *Console, last string) *client {
	t.Helper()
	ctx, leave := context.WithCancel(context.Background())
	transport := &http.Transport{DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
		return (&net.Dialer{}).DialContext(ctx, c.listener.Addr().Network(), c.listener.Addr().String())
	}}
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://localhost"+pathEvents, nil)
	if err != nil {
		t.Fatal(err)
	}
	if last != "" {
		request.Header.Set("Last-Event-ID", last)
	}
	response, err := transport.RoundTrip(request)
	if err != nil {
		t.Fatal(err)
	}
	if response.StatusCode != http.StatusOK || response.Header.Get("Content-Type") != "text/event-stream" {
		t.Fatalf("the stream is %s, %s", response.Status, response.Header.Get("Content-Type"))
	}
	b := &client{t: t, messages: make(chan message, 10*maxEvents), leave: leave}
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		defer close(b.messages)
		readMessages(bufio.NewReaderSize(response.Body, 1<<20), b.messages)
	}()
	t.Cleanup(func() {
		leave()
		<-ended
		_ = response.Body.Close()
		transport.CloseIdleConnections()
	})
	return b
}

// readMessages reads the stream as a browser does: a line at a time, an empty one ends a message.
func readMessages(from *bufio.Reader, into chan<- message) {
	var m message
	for {
		line, err := from.ReadString('\n')
		if err != nil {
			return
		}
		name, value, _ := strings.Cut(strings.TrimSuffix(line, "\n"), ": ")
		switch name {
		case "id":
			m.id = value
		case "event":
			m.kind = value
		case "data":
			m.data += value
		case "":
			into <- m
			m = message{}
		}
	}
}

// next is the next message of a kind; others before it are read over.
func (b *client) next(kind string) message {
	b.t.Helper()
	limit := time.NewTimer(patience)
	defer limit.Stop()
	for {
		select {
		case m, ok := <-b.messages:
			if !ok {
				b.t.Fatalf("the stream has ended before a message %q", kind)
			}
			if m.kind == kind {
				return m
			}
		case <-limit.C:
			b.t.Fatalf("no message %q", kind)
		}
	}
}

// want reads the next event, which must have the text.
func (b *client) want(text string) message {
	b.t.Helper()
	m := b.next(kindEvent)
	if !strings.Contains(m.data, text) {
		b.t.Fatalf("the next event is %s, want one with %s", m.data, text)
	}
	return m
}

func pidText(pid int) string { return fmt.Sprintf(`"pid":%d`, pid) }

func socketPath(t *testing.T) string { return filepath.Join(t.TempDir(), "console.sock") }

// noClients waits until all browsers have left.
func noClients(t *testing.T, c *Console) {
	t.Helper()
	wait.For(t, patience, "no client", func() bool { return c.Stats().Clients == 0 })
}
