package console

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strconv"
	"sync/atomic"
	"time"

	"github.com/hashicorp/go-hclog"

	"github.com/tsboot/tsboot/watch/event"
)

const (
	pathPage   = "/"
	pathEvents = "/events"

	maxConnections = 64
	maxHead        = 16 << 10
	headTimeout    = 5 * time.Second
	idleTimeout    = 30 * time.Second // of a connection on which nothing is asked
	endPatience    = 500 * time.Millisecond
)

// Options are those of a console.
type Options struct {
	Address Address
	// Status is what the page shows beside the events, as JSON. It is asked while a browser looks, at most once a second for each.
	Status func() any
	Log    hclog.Logger // nil: nothing is logged
	// WriteTimeout is how long a browser may take nothing; 0: five seconds.
	WriteTimeout time.Duration
}

// Stats are what the status of tswatch says of the console.
type Stats struct {
	Address string `json:"address"`
	Clients int    `json:"clients"` // browsers that look
	Refused uint64 `json:"refused"` // because there were too many
	Dropped uint64 `json:"dropped"` // because they took nothing for too long
	Missed  uint64 `json:"missed"`  // lines that came and went before a browser took them
}

// Console serves the page. Its methods are safe for several goroutines.
type Console struct {
	options  Options
	listener net.Listener
	server   http.Server
	history  *history
	instance string // of this run: the numbers of lines begin again with each
	slots    chan struct{}
	refused  atomic.Uint64
	dropped  atomic.Uint64
	missed   atomic.Uint64
}

// Listen takes the address. An error: it cannot be had.
func Listen(ctx context.Context, options Options) (*Console, error) {
	if options.Log == nil {
		options.Log = hclog.NewNullLogger()
	}
	if options.WriteTimeout == 0 {
		options.WriteTimeout = writeTimeout
	}
	listener, err := options.Address.listen(ctx)
	if err != nil {
		return nil, err
	}
	c := &Console{
		options: options, listener: listener, history: newHistory(), instance: strconv.FormatInt(time.Now().UnixNano(), 36),
		slots: make(chan struct{}, maxClients),
	}
	document, policy := page()
	mux := http.NewServeMux()
	mux.HandleFunc(pathPage+"{$}", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		_ = http.NewResponseController(w).SetWriteDeadline(time.Now().Add(c.options.WriteTimeout))
		_, _ = io.WriteString(w, document) // the one who asked may have left
	})
	mux.HandleFunc(pathEvents, c.serveEvents)
	c.server = http.Server{
		Handler: guard(policy, mux), ReadHeaderTimeout: headTimeout, IdleTimeout: idleTimeout, MaxHeaderBytes: maxHead,
		ErrorLog: options.Log.StandardLogger(&hclog.StandardLoggerOptions{ForceLevel: hclog.Debug}),
	}
	return c, nil
}

// URL is what to open, or the address of the socket.
func (c *Console) URL() string {
	if c.options.Address.network == "unix" {
		return c.address()
	}
	return "http://" + c.address() + pathPage
}

// address is the one that was taken: with port 0 the kernel has chosen one.
func (c *Console) address() string {
	if c.options.Address.network == "unix" {
		return c.options.Address.String()
	}
	return c.listener.Addr().String()
}

// Publish shows an event. It never waits for a browser.
func (c *Console) Publish(e *event.Event) {
	kind, text, err := encode(e)
	if err != nil {
		c.options.Log.Debug("show an event", "error", err)
		return
	}
	c.history.add(kind, text, e.Event.Kind == event.KindAlert)
}

// Stats gives the numbers so far.
func (c *Console) Stats() Stats {
	return Stats{
		Address: c.address(), Clients: len(c.slots),
		Refused: c.refused.Load(), Dropped: c.dropped.Load(), Missed: c.missed.Load(),
	}
}

// Close gives the address back where the console never ran.
func (c *Console) Close() { _ = c.listener.Close() }

// Actor is the console for a run group. execute ends after interrupt, when the browsers have what was published, or half a second
// later; interrupt does not block.
func (c *Console) Actor() (execute func() error, interrupt func(error)) {
	ended := make(chan struct{})
	execute = func() error {
		err := c.server.Serve(limited(c.listener, maxConnections))
		if !errors.Is(err, http.ErrServerClosed) {
			return errors.Join(fmt.Errorf("serve the console: %w", err), c.listener.Close())
		}
		<-ended
		_ = c.listener.Close() // once more where the console was interrupted before it began
		return nil
	}
	return execute, func(error) {
		go func() {
			defer close(ended)
			c.history.close()
			ctx, cancel := context.WithTimeout(context.Background(), endPatience)
			defer cancel()
			if c.server.Shutdown(ctx) != nil {
				_ = c.server.Close()
			}
		}()
	}
}
