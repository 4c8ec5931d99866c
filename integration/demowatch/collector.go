package main

import (
	"bufio"
	"encoding/json"
	"errors"
	"net"
	"net/http"
	"slices"
	"sync"
	"time"
)

// alert is what the demo shows of one, and with which token it came.
type alert struct {
	Message string
	Event   struct{ Severity int }
	Rule    struct{ ID string }
	Process struct {
		PID, VPID int
		Name      string
	}

	token string
}

// collector is where the alerts go: a server on loopback that keeps them.
type collector struct {
	url    string
	server *http.Server

	mu     sync.Mutex
	alerts []alert
	faults []error
}

func newCollector() (*collector, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	c := &collector{url: "http://" + listener.Addr().String() + "/ingest"}
	c.server = &http.Server{Handler: c, ReadHeaderTimeout: 10 * time.Second}
	go func() {
		if err := c.server.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
			c.fail(err)
		}
	}()
	return c, nil
}

func (c *collector) close() { _ = c.server.Close() }

// ServeHTTP takes a batch: JSON, one alert a line.
func (c *collector) ServeHTTP(_ http.ResponseWriter, r *http.Request) {
	lines := bufio.NewScanner(r.Body)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		a := alert{token: r.Header.Get("Authorization")}
		if err := json.Unmarshal(lines.Bytes(), &a); err != nil {
			c.fail(err)
			continue
		}
		c.mu.Lock()
		c.alerts = append(c.alerts, a)
		c.mu.Unlock()
	}
	if err := lines.Err(); err != nil {
		c.fail(err)
	}
}

func (c *collector) fail(err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.faults = append(c.faults, err)
}

// has says whether an alert of the process has come.
func (c *collector) has(pid int) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return slices.ContainsFunc(c.alerts, func(a alert) bool { return a.Process.PID == pid })
}

// got gives the alerts after the first n, and what went wrong.
func (c *collector) got(n int) ([]alert, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.alerts[n:], errors.Join(c.faults...)
}
