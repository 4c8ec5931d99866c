package secretstest

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"errors"
	"io"
	"net"
	"net/http"
	"strconv"
	"strings"
	"time"
)

const contentType = "application/x-amz-json-1.1"

// An answer is a whole response, kept in memory so that a fault can break it.
type answer struct {
	status      int
	contentType string
	header      map[string]string
	body        []byte
}

// An apiError is an error as AWS JSON has it. A nil message is JSON's null.
type apiError struct {
	status  int
	code    string
	message *string
}

func (e *apiError) Error() string { return e.code }

var (
	errNotFound        = &apiError{status: 400, code: "ParameterNotFound"} // AWS gives no text either
	errVersionNotFound = &apiError{status: 400, code: "ParameterVersionNotFound"}
)

func failure(status int, code, message string) *apiError {
	return &apiError{status: status, code: code, message: &message}
}

func invalid(message string) *apiError { return failure(400, "ValidationException", message) }

// jsonAnswer encodes a result or an error.
func jsonAnswer(result any, err error) answer {
	a := answer{status: 200, contentType: contentType}
	if err != nil {
		var e *apiError
		if !errors.As(err, &e) {
			e = failure(500, "InternalServerError", err.Error())
		}
		a.status = e.status
		result = map[string]any{"__type": e.code, "message": e.message}
	}
	a.body = encode(result)
	return a
}

// encode writes JSON as AWS does: no escaping of <, > and &.
func encode(v any) []byte {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		panic("secretstest: encode an answer: " + err.Error())
	}
	return bytes.TrimRight(b.Bytes(), "\n")
}

func (a answer) headers(h http.Header) {
	h.Set("Content-Type", a.contentType)
	h.Set("X-Amzn-Requestid", "b25f48e8-84fd-11e6-80d9-574e0c4664cb")
	h.Set("Content-Length", strconv.Itoa(len(a.body)))
	for k, v := range a.header {
		h.Set(k, v)
	}
}

// send writes the whole answer.
func (a answer) send(w http.ResponseWriter) {
	a.headers(w.Header())
	w.WriteHeader(a.status)
	_, _ = w.Write(a.body)
}

// sendSlowly spreads the body over d.
func (s *Server) sendSlowly(w http.ResponseWriter, r *http.Request, a answer, d time.Duration) {
	const pieces = 20
	a.headers(w.Header())
	w.WriteHeader(a.status)
	size := len(a.body)/pieces + 1
	for rest := a.body; len(rest) > 0; {
		n := min(size, len(rest))
		_, _ = w.Write(rest[:n])
		_ = http.NewResponseController(w).Flush()
		rest = rest[n:]
		if !s.wait(r, d/pieces) {
			return
		}
	}
}

// sendEndlessly writes one value until the client has enough of it, compressed
// where the fault says so.
func (s *Server) sendEndlessly(w http.ResponseWriter, r *http.Request, f *Fault) {
	pack := func(b []byte) []byte { return b }
	if f.Kind == GzipBomb {
		w.Header().Set("Content-Encoding", "gzip")
		pack = gzipped
	}
	w.Header().Set("Content-Type", contentType)
	w.WriteHeader(or(f.Status, 200))
	piece := pack(bytes.Repeat([]byte("x"), 1<<18))
	_, err := w.Write(pack([]byte(`{"Parameters":[{"Name":"/a","Value":"`)))
	for err == nil && s.wait(r, 0) {
		_, err = w.Write(piece)
	}
	cut(w, false)
}

// sendEndlessHeader writes header fields until the client has enough of them.
func (s *Server) sendEndlessHeader(w http.ResponseWriter, r *http.Request) {
	conn, _, err := http.NewResponseController(w).Hijack()
	if err != nil {
		panic(http.ErrAbortHandler)
	}
	defer conn.Close()
	_, err = io.WriteString(conn, "HTTP/1.1 200 OK\r\n")
	for field := "X-Endless: " + strings.Repeat("x", 1<<14) + "\r\n"; err == nil && s.wait(r, 0); {
		_, err = io.WriteString(conn, field)
	}
}

// gzipped is one member of a gzip stream, which may have any number.
func gzipped(data []byte) []byte {
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	_, _ = z.Write(data) // a buffer takes it all
	_ = z.Close()
	return b.Bytes()
}

// sendHalf writes the headers and half the body and keeps the connection.
func (a answer) sendHalf(w http.ResponseWriter) {
	a.headers(w.Header())
	w.WriteHeader(a.status)
	_, _ = w.Write(a.body[:len(a.body)/2])
	_ = http.NewResponseController(w).Flush()
}

// cut ends the connection under a response, with a reset if asked.
func cut(w http.ResponseWriter, reset bool) {
	conn, _, err := http.NewResponseController(w).Hijack()
	if err != nil {
		panic(http.ErrAbortHandler) // this connection cannot be taken over: net/http ends it
	}
	if tcp, ok := conn.(*net.TCPConn); ok && reset {
		_ = tcp.SetLinger(0)
	}
	_ = conn.Close()
}

// wait waits for d, or for ever when d is negative, and says whether it ended
// by itself and not by the client going or the server closing.
func (s *Server) wait(r *http.Request, d time.Duration) bool {
	var timer <-chan time.Time
	if d >= 0 {
		t := time.NewTimer(d)
		defer t.Stop()
		timer = t.C
	}
	select {
	case <-timer:
		return true
	case <-r.Context().Done():
	case <-s.done:
	}
	return false
}

// limit is how much of a request is read.
const limit = 1 << 20

func readBody(r *http.Request) []byte {
	body, err := io.ReadAll(io.LimitReader(r.Body, limit))
	if err != nil {
		return nil
	}
	return body
}
