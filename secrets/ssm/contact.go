package ssm

import (
	"context"
	"net"
	"net/url"
	"strings"
	"sync"
)

// A contact has the host of the last request of a fetch, for messages, and counts
// the requests. The SDK makes some of them in goroutines of its own.
type contact struct {
	mu             sync.Mutex
	service        string // of the last request: "Parameter Store"
	operation      string // "GetParametersByPath"
	host, proxy    string // host:port
	requests       int    // of the call that is being made
	parameterStore int    // of the whole fetch, to Parameter Store
}

// Services as messages name them.
const (
	serviceParameterStore = "Parameter Store"
	serviceInstance       = "instance metadata"
	serviceTask           = "task metadata"
	serviceCredentials    = "credentials endpoint"
)

type contactKey struct{}

// with is a context whose requests are noted in the contact.
func (c *contact) with(ctx context.Context) context.Context {
	return context.WithValue(ctx, contactKey{}, c)
}

// contactOf is the contact of a context; never nil.
func contactOf(ctx context.Context) *contact {
	if c, ok := ctx.Value(contactKey{}).(*contact); ok {
		return c
	}
	return &contact{}
}

// call starts another call: it forgets the requests of the one before.
func (c *contact) call() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.service, c.operation, c.host, c.proxy, c.requests = "", "", "", "", 0
}

// request notes a request before it is sent.
func (c *contact) request(service, operation string, to *url.URL) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.service, c.operation, c.host, c.proxy = service, operation, hostPort(to), ""
	c.requests++
	if service == serviceParameterStore {
		c.parameterStore++
	}
}

// by notes the proxy of the last request.
func (c *contact) by(proxy *url.URL) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.proxy = hostPort(proxy)
}

// made is how many requests the call has made so far.
func (c *contact) made() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.requests
}

// asked is how many requests went to Parameter Store in all.
func (c *contact) asked() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.parameterStore
}

// where is the host and port of the last request, and its proxy; empty before the
// first request.
func (c *contact) where() string {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.proxy != "" {
		return c.host + " by way of the proxy " + c.proxy
	}
	return c.host
}

// name adds host, port and proxy to the detail of a network fault, if it lacks
// them.
func (c *contact) name(detail string) string {
	where := c.where()
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.host == "" || c.proxy == "" && strings.Contains(detail, c.host) {
		return detail
	}
	return detail + " (asked " + where + ")"
}

// details are the keys of a log line about the wait for an answer.
func (c *contact) details() []any {
	c.mu.Lock()
	defer c.mu.Unlock()
	list := []any{"service", c.service, "operation", c.operation, "host", c.host}
	if c.proxy != "" {
		list = append(list, "proxy", c.proxy)
	}
	return list
}

// hostPort is the host and port of a URL.
func hostPort(u *url.URL) string {
	port := u.Port()
	if port == "" {
		port = map[string]string{"http": "80", "https": "443", "socks5": "1080", "socks5h": "1080"}[strings.ToLower(u.Scheme)]
	}
	return net.JoinHostPort(u.Hostname(), port)
}
