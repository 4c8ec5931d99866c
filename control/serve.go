package control

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"time"

	"github.com/tsboot/tsboot/cli/rundir"
)

// Paths of the socket. Those of another version would begin with /v2.
const (
	pathStatus  = "/v1/status"
	pathHealth  = "/v1/health" // with ?live: healthy as soon as tsboot answers
	pathRefresh = "/v1/refresh"
)

// refusal is the body of every answer that is an error.
type refusal struct {
	Error string `json:"error"`
}

// serve reads one request, answers it, and closes the connection.
func (s *Server) serve(conn *net.UnixConn) {
	defer s.forget(conn)
	defer conn.Close()
	defer func() {
		if fault := recover(); fault != nil { // the agent must not die of it
			s.log.Error("answer a request on the control socket", "error", fault)
		}
	}()
	s.note(conn, true)
	_ = conn.SetDeadline(time.Now().Add(requestTimeout))
	if err := program.CheckPeer(conn); err != nil {
		s.answer(conn, http.StatusForbidden, refusal{err.Error()})
		linger(conn)
		return
	}
	request, code, err := readRequest(conn)
	if err != nil {
		if code != 0 {
			s.answer(conn, code, refusal{err.Error()})
			linger(conn)
		}
		return
	}
	s.note(conn, false)
	_ = conn.SetDeadline(time.Time{})
	ctx, cancel := context.WithCancel(s.ctx)
	defer cancel()
	go watch(conn, cancel)
	code, body := s.handle(ctx, request)
	s.answer(conn, code, body)
}

// limited reads at most so many bytes of a request, and keeps the error that ended it: the parser takes a line that was cut
// off for a whole one.
type limited struct {
	conn net.Conn
	left int
	err  error // that of the connection; nil: none, or its end
}

func (l *limited) Read(p []byte) (int, error) {
	if l.left <= 0 {
		return 0, io.EOF
	}
	n, err := l.conn.Read(p[:min(len(p), l.left)])
	l.left -= n
	if err != nil && !errors.Is(err, io.EOF) {
		l.err = err
	}
	return n, err
}

// readRequest reads a whole request. An error without a code is not answered: nothing came, or not all of it in time.
func readRequest(conn net.Conn) (request *http.Request, code int, err error) {
	from := &limited{conn: conn, left: maxHead}
	request, err = http.ReadRequest(bufio.NewReaderSize(from, readerSize))
	switch {
	case from.err != nil:
		return nil, 0, from.err
	case err != nil && from.left <= 0:
		return nil, http.StatusRequestHeaderFieldsTooLarge, fmt.Errorf("the head of the request is larger than %d bytes", maxHead)
	case errors.Is(err, io.EOF): // before the end of the first line
		return nil, 0, err
	case err != nil:
		return nil, http.StatusBadRequest, fmt.Errorf("read the request: %w", err)
	}
	from.left = maxBody // what was read beyond the head is part of the body
	n, err := io.Copy(io.Discard, io.LimitReader(request.Body, maxBody+1))
	switch {
	case from.err != nil:
		return nil, 0, from.err
	case n > maxBody, err != nil && from.left <= 0:
		return nil, http.StatusRequestEntityTooLarge, fmt.Errorf("the body of the request is larger than %d bytes", maxBody)
	case err != nil:
		return nil, http.StatusBadRequest, fmt.Errorf("read the request: %w", err)
	}
	return request, 0, nil
}

// watch ends the context when the other end closes the connection before it has its answer. One that has only closed its
// sending half still waits.
func watch(conn *net.UnixConn, left context.CancelFunc) {
	_, err := io.CopyN(io.Discard, conn, lingerBytes)
	if !errors.Is(err, io.EOF) || rundir.Gone(conn) {
		left()
	}
}

// methods are the paths there are, and the method that each takes.
var methods = map[string]string{pathStatus: http.MethodGet, pathHealth: http.MethodGet, pathRefresh: http.MethodPost}

// handle answers a request.
func (s *Server) handle(ctx context.Context, request *http.Request) (code int, body any) {
	switch path := request.URL.Path; {
	case methods[path] == "":
		return http.StatusNotFound, refusal{fmt.Sprintf("no path %q: there are %s, %s, %s", path, pathStatus, pathHealth, pathRefresh)}
	case methods[path] != request.Method:
		return http.StatusMethodNotAllowed, refusal{fmt.Sprintf("%s takes %s", path, methods[path])}
	case path == pathStatus:
		return http.StatusOK, s.service.Status().whole()
	case path == pathHealth:
		return s.health(ctx, request)
	}
	return s.refresh(ctx)
}

func (s *Server) health(ctx context.Context, request *http.Request) (code int, body any) {
	if request.URL.Query().Has("live") {
		return http.StatusOK, HealthAnswer{Healthy: true, Reason: "tsboot answers"}
	}
	health := s.service.Health(ctx)
	if !health.Healthy {
		return http.StatusServiceUnavailable, health
	}
	return http.StatusOK, health
}

func (s *Server) refresh(ctx context.Context) (code int, body any) {
	select {
	case s.refreshes <- struct{}{}:
		defer func() { <-s.refreshes }()
	default:
		return http.StatusServiceUnavailable, refusal{fmt.Sprintf("%d others wait for a refresh already", maxRefreshes)}
	}
	return http.StatusOK, s.service.Refresh(ctx)
}

// answer writes an answer, the last thing on its connection.
func (s *Server) answer(conn *net.UnixConn, code int, body any) {
	var text bytes.Buffer
	encoder := json.NewEncoder(&text)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(body); err != nil {
		s.log.Error("encode an answer of the control socket", "error", err)
		return
	}
	_ = conn.SetWriteDeadline(time.Now().Add(answerTimeout))
	_, _ = fmt.Fprintf(conn, "HTTP/1.1 %d %s\r\nContent-Type: application/json\r\nContent-Length: %d\r\nConnection: close\r\n\r\n%s",
		code, http.StatusText(code), text.Len(), text.Bytes()) // the one who asked may have left
}

// linger reads what else comes from one that was refused in the middle of its request: a connection that is closed with
// bytes unread is reset, and the answer may be lost.
func linger(conn *net.UnixConn) {
	_ = conn.CloseWrite()
	_ = conn.SetReadDeadline(time.Now().Add(lingerTimeout))
	_, _ = io.CopyN(io.Discard, conn, lingerBytes)
}
