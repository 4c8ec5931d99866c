package console

import (
	"context"
	"fmt"
	"io"
	"net"
	"sync"
	"testing"
	"time"

	"github.com/tsboot/tsboot/integration/require"
	"github.com/tsboot/tsboot/watch/console"
	"github.com/tsboot/tsboot/watch/event"
)

// front is an address that stays while consoles come and go behind it, as that of a tunnel.
type front struct {
	net.Listener
	mu     sync.Mutex
	target string // empty: nobody is there
}

func newFront(t *testing.T) *front {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	f := &front{Listener: listener}
	t.Cleanup(func() { listener.Close() })
	go func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			go f.pass(conn)
		}
	}()
	return f
}

func (f *front) lead(target string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.target = target
}

func (f *front) pass(conn net.Conn) {
	defer conn.Close()
	f.mu.Lock()
	target := f.target
	f.mu.Unlock()
	behind, err := net.Dial("tcp", target)
	if err != nil {
		return
	}
	go func() {
		defer behind.Close()
		_, _ = io.Copy(behind, conn)
	}()
	_, _ = io.Copy(conn, behind)
}

// agent serves a console as the agent does, until stop is called.
func agent(t *testing.T, f *front) (c *console.Console, stop func()) {
	t.Helper()
	address, err := console.ParseAddress("127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	status := func() any { return map[string]any{"doing": "watch", "since": time.Now(), "events": 1} }
	if c, err = console.Listen(context.Background(), console.Options{Address: address, Status: status}); err != nil {
		t.Fatal(err)
	}
	execute, interrupt := c.Actor()
	ended := make(chan error, 1)
	go func() { ended <- execute() }()
	stop = sync.OnceFunc(func() {
		f.lead("")
		interrupt(nil)
		if err := <-ended; err != nil {
			t.Error(err)
		}
	})
	t.Cleanup(stop)
	f.lead(c.Stats().Address)
	return c, stop
}

// inContainer is an exec in a container of its own.
func inContainer(n int) *event.Event {
	e := &event.Event{Timestamp: time.Now(), Container: &event.Container{ID: fmt.Sprintf("%064d", n), Name: fmt.Sprintf("c%03d", n)},
		Process: &event.Process{PID: 1000 + n, Name: "id", CommandLine: "id"}}
	e.Event.Kind, e.Event.Action = event.KindEvent, event.ActionExecuted
	return e
}

// TestRestart: the page goes on by itself with the tswatch that comes after the one that it looked at. The filters offer the containers
// that came last, and an alert says how many like it were held back.
func TestRestart(t *testing.T) {
	t.Parallel()
	require.Tools(t, "chromium")
	f := newFront(t)
	first, stop := agent(t, f)
	for n := range 600 {
		first.Publish(inContainer(n))
	}
	alert := inContainer(600).Alert(event.Rule{ID: "r", Name: "A rule"}, 1, nil, "it happened")
	alert.Tswatch.Repeated = 1234
	first.Publish(alert)
	b := open(t, "http://"+f.Addr().String()+"/")
	b.wait("the newest containers", `(() => {
		const names = [...document.getElementById('container').options].map((option) => option.value);
		return names.length === 501 && names.includes('c600') && names.includes('c101') && !names.includes('c100');
	})()`)
	b.wait("how many were held back", `document.querySelector('#list .alert .what').textContent === '+1,234 moreit happened'`)
	b.colours("light", true)
	b.contrast("light")
	b.choose("container", "c500", 1)

	b.do("a filter that has the focus", evaluate(`document.getElementById('container').focus()`))
	first.Publish(inContainer(700))
	b.wait("the event", `document.querySelector('#list .where').textContent === 'c700'`)
	if ask[bool](b, `[...document.getElementById('container').options].some((option) => option.value === 'c700')`) {
		t.Error("the options change while their list may be open")
	}
	b.do("leave it", evaluate(`document.activeElement.blur()`))
	b.wait("the container in the filter", `[...document.getElementById('container').options].some((option) => option.value === 'c700')`)

	stop()
	b.wait("it says that tswatch was stopped", `['stopped, waiting for its next start', 'no connection, trying again'].includes(document.getElementById('state').textContent)`)
	second, _ := agent(t, f)
	second.Publish(inContainer(7))
	b.wait("what the next one shows", `document.getElementById('state').textContent === 'live' && document.querySelectorAll('#list li').length === 1 &&
		document.querySelector('#list .where')?.textContent === 'c007'`)
}
