//go:build linux

package control

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/hashicorp/go-hclog"

	"github.com/tsboot/tsboot/integration/wait"
)

const aLongTime = 20 * time.Second

// fake is a service that says what the test wants.
type fake struct {
	health  HealthAnswer
	refresh func(context.Context) RefreshAnswer
}

func (f *fake) Status() Status {
	return Status{Phase: "running", Since: At(time.Unix(1, 0)), Version: "1"}
}

func (f *fake) Health(context.Context) HealthAnswer { return f.health }

func (f *fake) Refresh(ctx context.Context) RefreshAnswer {
	if f.refresh == nil {
		panic("a bug of the service")
	}
	return f.refresh(ctx)
}

// serving is a server that runs.
type serving struct {
	t    *testing.T
	dir  string
	stop func() // and waits for its end
}

func serve(t *testing.T, service Service) *serving {
	t.Helper()
	s := &serving{t: t, dir: filepath.Join(t.TempDir(), "run")}
	listener, err := Listen(t.Context(), s.dir)
	if err != nil {
		t.Fatal(err)
	}
	execute, interrupt := NewServer(listener, service, hclog.NewNullLogger()).Actor()
	ended := make(chan error, 1)
	go func() { ended <- execute() }()
	s.stop = sync.OnceFunc(func() {
		interrupt(nil)
		if err := <-ended; err != nil {
			t.Error(err)
		}
	})
	t.Cleanup(s.stop)
	return s
}

func (s *serving) dial() *net.UnixConn {
	s.t.Helper()
	conn, err := net.Dial("unix", filepath.Join(s.dir, socketName))
	if err != nil {
		s.t.Fatal(err)
	}
	s.t.Cleanup(func() { conn.Close() })
	_ = conn.SetDeadline(time.Now().Add(aLongTime))
	return conn.(*net.UnixConn)
}

// send sends a request as it is and gives the code and the body of the answer.
func (s *serving) send(request string) (code int, body string) {
	s.t.Helper()
	conn := s.dial()
	go func() { _, _ = io.WriteString(conn, request) }() // the server may not take all of it
	response, err := http.ReadResponse(bufio.NewReader(conn), nil)
	if err != nil {
		s.t.Fatalf("%.60q: %v", request, err)
	}
	text, err := io.ReadAll(response.Body)
	if err != nil {
		s.t.Fatalf("%.60q: %v", request, err)
	}
	return response.StatusCode, string(text)
}

func get(path string) string { return "GET " + path + " HTTP/1.1\r\nHost: x\r\n\r\n" }

// padded is a request whose head has so many bytes.
func padded(size int) string {
	const begin, end = "GET /v1/health?live HTTP/1.1\r\nHost: x\r\nA: ", "\r\n\r\n"
	return begin + strings.Repeat("a", size-len(begin)-len(end)) + end
}

func TestAnswers(t *testing.T) {
	t.Parallel()
	s := serve(t, &fake{
		health:  HealthAnswer{Reason: "it <sleeps> & \"hangs\""},
		refresh: func(context.Context) RefreshAnswer { return RefreshAnswer{Outcome: Kept, Changed: []string{"key"}} },
	})
	for name, c := range map[string]struct {
		request string
		code    int
		has     string
	}{
		"status":              {get("/v1/status"), 200, `"phase":"running"`},
		"lists are not null":  {get("/v1/status"), 200, `"parameters":[],"files":[]`},
		"unknown is null":     {get("/v1/status"), 200, `"region":null`},
		"times":               {get("/v1/status"), 200, `"since":"1970-01-01T00:00:01Z"`},
		"HTTP 1.0":            {"GET /v1/status HTTP/1.0\r\n\r\n", 200, `"phase"`},
		"sick":                {get("/v1/health"), 503, `it <sleeps> & \"hangs\"`},
		"live":                {get("/v1/health?live"), 200, `"healthy":true`},
		"live, with a value":  {get("/v1/health?live=1"), 200, `"healthy":true`},
		"refresh":             {"POST /v1/refresh HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\n{}", 200, `"kept"`},
		"refresh, no body":    {"POST /v1/refresh HTTP/1.1\r\nHost: x\r\n\r\n", 200, `"changed":["key"]`},
		"refresh, chunked":    {"POST /v1/refresh HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n", 200, `"kept"`},
		"another path":        {get("/v1/nothing"), 404, "/v1/nothing"},
		"another version":     {get("/v2/status"), 404, "/v2/status"},
		"the root":            {get("/"), 404, "/v1/status"},
		"a slash more":        {get("/v1/status/"), 404, ""},
		"POST status":         {"POST /v1/status HTTP/1.1\r\nHost: x\r\n\r\n", 405, "GET"},
		"HEAD health":         {"HEAD /v1/health HTTP/1.1\r\nHost: x\r\n\r\n", 405, ""},
		"GET refresh":         {get("/v1/refresh"), 405, "POST"},
		"an invented method":  {"BREW /v1/status HTTP/1.1\r\nHost: x\r\n\r\n", 405, "GET"},
		"no HTTP":             {"hello\r\n\r\n", 400, ""},
		"bytes":               {"\x00\xff\x16\x03\x01\r\n\r\n", 400, ""},
		"a broken header":     {"GET /v1/status HTTP/1.1\r\n: x\r\n\r\n", 400, ""},
		"the largest head":    {padded(maxHead), 200, "healthy"},
		"a head too large":    {padded(maxHead + 1), 431, "head"},
		"a head far too":      {padded(1 << 20), 431, "head"},
		"a head without end":  {"GET /" + strings.Repeat("a", 1<<20), 431, "head"},
		"the largest body":    {fmt.Sprintf("POST /v1/refresh HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n%s", 15<<10, strings.Repeat("a", 15<<10)), 200, "kept"},
		"a body too large":    {fmt.Sprintf("POST /v1/refresh HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n%s", 1<<20, strings.Repeat("a", 1<<20)), 413, "body"},
		"chunks without end":  {"POST /v1/refresh HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n" + strings.Repeat("1\r\na\r\n", 1<<16), 413, "body"},
		"a number for a size": {"POST /v1/refresh HTTP/1.1\r\nHost: x\r\nContent-Length: x\r\n\r\n", 400, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			code, body := s.send(c.request)
			if code != c.code || !strings.Contains(body, c.has) {
				t.Errorf("%d %s, want %d with %q", code, body, c.code, c.has)
			}
			if code != 405 && body != "" && !json.Valid([]byte(body)) {
				t.Errorf("not JSON: %s", body)
			}
		})
	}
}

// TestABugOfTheServiceIsNoEnd: the next request is answered.
func TestABugOfTheServiceIsNoEnd(t *testing.T) {
	t.Parallel()
	s := serve(t, &fake{})
	conn := s.dial()
	if _, err := io.WriteString(conn, "POST /v1/refresh HTTP/1.1\r\nHost: x\r\n\r\n"); err != nil {
		t.Fatal(err)
	}
	if answer, err := io.ReadAll(conn); len(answer) > 0 || err != nil {
		t.Errorf("%q, %v", answer, err)
	}
	if code, _ := s.send(get("/v1/status")); code != 200 {
		t.Errorf("then %d", code)
	}
}

// TestSlowRequestsAreDropped: whatever bytes come, and however many ask so, a request has five seconds, and others are
// answered meanwhile.
func TestSlowRequestsAreDropped(t *testing.T) {
	t.Parallel()
	s := serve(t, &fake{})
	begun := time.Now()
	var dripping sync.WaitGroup
	for _, request := range []string{"", "G", get("/v1/status")[:20], "POST /v1/refresh HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\n"} {
		conn := s.dial()
		dripping.Go(func() {
			for part := request; ; part = "x" {
				if _, err := io.WriteString(conn, part); err != nil {
					return // dropped
				}
				_ = conn.SetReadDeadline(time.Now().Add(300 * time.Millisecond))
				if n, err := conn.Read(make([]byte, 1)); n > 0 || err != nil && !os.IsTimeout(err) {
					if n > 0 {
						t.Errorf("%.9q was answered", request)
					}
					return
				}
			}
		})
	}
	if code, _ := s.send(get("/v1/status")); code != 200 {
		t.Errorf("beside them %d", code)
	}
	dripping.Wait()
	if took := time.Since(begun); took < requestTimeout || took > 2*requestTimeout {
		t.Errorf("dropped after %v", took)
	}
}

// TestSilentClientsKeepNobodyOut, however many there are.
func TestSilentClientsKeepNobodyOut(t *testing.T) {
	t.Parallel()
	s := serve(t, &fake{})
	for range 3 * maxConnections {
		s.dial()
	}
	begun := time.Now()
	if code, _ := s.send(get("/v1/status")); code != 200 {
		t.Errorf("%d", code)
	}
	if took := time.Since(begun); took > requestTimeout {
		t.Errorf("the answer took %v", took)
	}
}

// TestTheOneWhoAskedLeaves: the wait for a refresh ends with its connection, and does not where only one half is closed.
func TestTheOneWhoAskedLeaves(t *testing.T) {
	t.Parallel()
	asked, left, answer := make(chan bool), make(chan bool), make(chan bool)
	s := serve(t, &fake{refresh: func(ctx context.Context) RefreshAnswer {
		asked <- true
		select {
		case <-ctx.Done():
			left <- true
		case <-answer:
		}
		return RefreshAnswer{Outcome: Unchanged}
	}})
	const request = "POST /v1/refresh HTTP/1.1\r\nHost: x\r\n\r\n"
	conn := s.dial()
	if _, err := io.WriteString(conn, request); err != nil {
		t.Fatal(err)
	}
	<-asked
	conn.Close()
	<-left

	conn = s.dial()
	if _, err := io.WriteString(conn, request); err != nil {
		t.Fatal(err)
	}
	if err := conn.CloseWrite(); err != nil {
		t.Fatal(err)
	}
	<-asked
	select {
	case <-left:
		t.Error("half a connection was taken for none")
	case answer <- true:
	}
	if text, err := io.ReadAll(conn); !strings.Contains(string(text), "unchanged") {
		t.Errorf("%q, %v", text, err)
	}
}

// TestOthersAreAnsweredBesideRefreshes: those who wait for a refresh are limited in number, and take no place of others. One
// more asks again until there is a place.
func TestOthersAreAnsweredBesideRefreshes(t *testing.T) {
	t.Parallel()
	const all = 3 * maxRefreshes
	asked, answer := make(chan bool, all), make(chan bool)
	s := serve(t, &fake{refresh: func(context.Context) RefreshAnswer {
		asked <- true
		<-answer
		return RefreshAnswer{Outcome: Unchanged}
	}})
	outcomes := make(chan error, all)
	for i := range all {
		go func() {
			_, err := Client{s.dir}.Refresh(t.Context())
			outcomes <- err
		}()
		if i < maxRefreshes {
			<-asked
		}
	}
	ctx, cancel := context.WithTimeout(t.Context(), 3*busyPause)
	defer cancel()
	if more, err := (Client{s.dir}).Refresh(ctx); err != nil || more.Outcome != TimedOut {
		t.Errorf("one more: %+v, %v", more, err)
	}
	if len(asked) > 0 {
		t.Errorf("%d more wait", len(asked))
	}
	if health := (Client{s.dir}).Health(t.Context(), true); !health.Healthy {
		t.Errorf("health beside them: %s", health.Reason)
	}
	close(answer)
	for range all {
		if err := <-outcomes; err != nil {
			t.Error(err)
		}
	}
}

// TestThousandClients come at once, with as many that only connect; all who ask are answered.
func TestThousandClients(t *testing.T) {
	t.Parallel()
	s := serve(t, &fake{})
	var all sync.WaitGroup
	for i := range 1000 {
		all.Go(func() {
			if _, _, err := (Client{s.dir}).Status(t.Context()); err != nil {
				t.Errorf("client %d: %v", i, err)
			}
		})
	}
	all.Wait()
}

// TestEnd: what is under way is answered, who is slow is not waited for, and nothing stays in the directory.
func TestEnd(t *testing.T) {
	t.Parallel()
	asked := make(chan bool)
	s := serve(t, &fake{refresh: func(ctx context.Context) RefreshAnswer {
		asked <- true
		<-ctx.Done()
		return RefreshAnswer{Outcome: Refused, Text: "tsboot stops"}
	}})
	outcome := make(chan RefreshAnswer, 1)
	go func() {
		refresh, err := Client{s.dir}.Refresh(t.Context())
		if err != nil {
			t.Error(err)
		}
		outcome <- refresh
	}()
	<-asked
	slow := s.dial()
	if _, err := io.WriteString(slow, "GET /v1/st"); err != nil {
		t.Fatal(err)
	}
	begun := time.Now()
	s.stop()
	if took := time.Since(begun); took > 2*time.Second {
		t.Errorf("the end took %v", took)
	}
	if refresh := <-outcome; refresh.Text != "tsboot stops" {
		t.Errorf("the one who waited got %+v", refresh)
	}
	if left, err := os.ReadDir(s.dir); err != nil || len(left) > 0 {
		t.Errorf("left: %v, %v", left, err)
	}
	if !wait.Until(aLongTime, func() bool { _, err := slow.Read(make([]byte, 1)); return err != nil }) {
		t.Error("the slow one is still connected")
	}
}
