package runtime

import (
	"bufio"
	"errors"
	"io"
	"net/http"
	"strings"

	"github.com/docker/go-connections/sockets"
	"github.com/moby/moby/client"
)

// Limits of what is read from the engine, in bytes. What is larger has a hostile author: the labels of one container, which
// an image may bring with it, are part of all three.
const (
	listLimit   = 8 << 20
	answerLimit = 1 << 20
	eventLimit  = 256 << 10
)

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
	if err != nil {
		return nil, err
	}
	switch path := request.URL.Path; {
	case strings.HasSuffix(path, "/events"):
		response.Body = &lines{Closer: response.Body, from: bufio.NewReader(response.Body)}
	case strings.HasSuffix(path, "/containers/json"):
		response.Body = &limited{ReadCloser: response.Body, rest: listLimit}
	default:
		response.Body = &limited{ReadCloser: response.Body, rest: answerLimit}
	}
	return response, nil
}

func (t *transport) close() { t.base.CloseIdleConnections() }

// limited is an answer that ends with an error where it is too large.
type limited struct {
	io.ReadCloser
	rest int
}

func (l *limited) Read(b []byte) (int, error) {
	if l.rest <= 0 {
		return 0, errTooLarge
	}
	n, err := l.ReadCloser.Read(b)
	l.rest -= n
	return n, err
}

// lines is a stream of one event a line, without those that are too large.
type lines struct {
	io.Closer
	from *bufio.Reader
	line []byte // the rest of the one that is being read
	kept []byte
}

func (l *lines) Read(b []byte) (int, error) {
	for len(l.line) == 0 {
		if err := l.next(); err != nil {
			return 0, err
		}
	}
	n := copy(b, l.line)
	l.line = l.line[n:]
	return n, nil
}

// next reads one line; it is empty where it was too large.
func (l *lines) next() error {
	l.kept = l.kept[:0]
	large := false
	for {
		part, err := l.from.ReadSlice('\n')
		if large = large || len(l.kept)+len(part) > eventLimit; !large {
			l.kept = append(l.kept, part...)
		}
		if errors.Is(err, bufio.ErrBufferFull) {
			continue
		}
		if err != nil {
			return err
		}
		if !large {
			l.line = l.kept
		}
		return nil
	}
}
