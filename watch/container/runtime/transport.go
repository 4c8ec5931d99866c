package runtime

import (
	"bytes"
	"errors"
	"io"
	"net/http"
	"strings"

	"github.com/docker/go-connections/sockets"
	"github.com/moby/moby/client"
)

const answerLimit = 8 << 20 // bytes, of one answer or one event

var errTooLarge = errors.New("the answer is too large")

// transport is HTTP to the engine, with answers that cannot fill the memory.
type transport struct{ base *http.Transport }

func newTransport(address string) (*transport, error) {
	url, err := client.ParseHostURL(address)
	if err != nil {
		return nil, err
	}
	base := &http.Transport{MaxResponseHeaderBytes: 64 << 10}
	if err := sockets.ConfigureTransport(base, url.Scheme, url.Host); err != nil {
		return nil, err
	}
	base.Proxy = nil
	return &transport{base: base}, nil
}

func (t *transport) RoundTrip(request *http.Request) (*http.Response, error) {
	response, err := t.base.RoundTrip(request)
	if err == nil {
		response.Body = &limited{ReadCloser: response.Body, lines: strings.HasSuffix(request.URL.Path, "/events"), rest: answerLimit}
	}
	return response, err
}

func (t *transport) close() { t.base.CloseIdleConnections() }

// limited is an answer that ends with an error where it, or a line of it, is too large.
type limited struct {
	io.ReadCloser
	lines bool // the limit is for each line
	rest  int
}

func (l *limited) Read(b []byte) (int, error) {
	if l.rest <= 0 {
		return 0, errTooLarge
	}
	n, err := l.ReadCloser.Read(b)
	l.rest -= n
	if end := bytes.LastIndexByte(b[:n], '\n'); l.lines && end >= 0 {
		l.rest = answerLimit - (n - end - 1)
	}
	return n, err
}
