package ssm

import (
	"context"
	"net"
	"net/url"
	"strings"
	"sync"
)

// A contact is whom the requests of one fetch go to, for its messages, and how
// many requests there were. The SDK makes some of them in goroutines of its own.
type contact struct {
	mu             sync.Mutex
	service        string // of the last request: "Parameter Store"
	operation      string // "GetParametersByPath"
	host, proxy    string // host:port
	requests       int    // of the call that is being made
	parameterStore int    // of the whole fetch, to Parameter Store
}

// The services that answer a boot, as messages name them.
const (
	serviceParameterStore = "Parameter Store"
	serviceInstance       = "instance metadata"
	serviceTask           = "task metadata"
	serviceCredentials    = "credentials endpoint"
)

type contactKey struct{}

// with gives the contact to the requests that are made with the context.
func (c *contact) with(ctx context.Context) context.Context {
	return context.WithValue(ctx, contactKey{}, c)
}

// contactOf is the contact that a request reports to; never nil.
func contactOf(ctx context.Context) *contact {
	if c, ok := ctx.Value(contactKey{}).(*contact); ok {
		return c
	}
	return &contact{}
}

// call begins another call: what is known of the one before no longer holds.
func (c *contact) call() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.service, c.operation, c.host, c.proxy, c.requests = "", "", "", "", 0
}

// request notes a request that is about to be made.
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

// where is the host and port of the last request, and its proxy; empty where
// nothing was asked yet.
func (c *contact) where() string {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.proxy != "" {
		return c.host + " by way of the proxy " + c.proxy
	}
	return c.host
}

// name adds host, port and proxy to what a network fault says, where it does
// not say them itself.
func (c *contact) name(detail string) string {
	where := c.where()
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.host == "" || c.proxy == "" && strings.Contains(detail, c.host) {
		return detail
	}
	return detail + " (asked " + where + ")"
}

// details are those of a log line about the wait for an answer.
func (c *contact) details() []any {
	c.mu.Lock()
	defer c.mu.Unlock()
	list := []any{"service", c.service, "operation", c.operation, "host", c.host}
	if c.proxy != "" {
		list = append(list, "proxy", c.proxy)
	}
	return list
}

// hostPort is the host and port that a URL means.
func hostPort(u *url.URL) string {
	port := u.Port()
	if port == "" {
		port = map[string]string{"http": "80", "https": "443", "socks5": "1080", "socks5h": "1080"}[strings.ToLower(u.Scheme)]
	}
	return net.JoinHostPort(u.Hostname(), port)
}
