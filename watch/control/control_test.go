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
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/tsboot/tsboot/watch/sink"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// service is what a tswatch answers in a test.
type service struct {
	status Status
	health func(maxLoss float64) Health
}

func (s service) Status() Status                { return s.status }
func (s service) Health(maxLoss float64) Health { return s.health(maxLoss) }

// serve answers in a directory of its own until the test ends.
func serve(t *testing.T, s service) (dir string) {
	t.Helper()
	dir = t.TempDir()
	listener, err := Listen(t.Context(), dir)
	if err != nil {
		t.Fatal(err)
	}
	execute, interrupt := NewServer(listener, s).Actor()
	ended := make(chan error, 1)
	go func() { ended <- execute() }()
	t.Cleanup(func() {
		interrupt(nil)
		if err := <-ended; err != nil {
			t.Error(err)
		}
		if left, err := os.ReadDir(dir); err != nil || len(left) > 0 {
			t.Errorf("left: %v, %v", left, err)
		}
	})
	return dir
}

// connect opens a connection to the socket.
func connect(t *testing.T, dir string) net.Conn {
	t.Helper()
	conn, err := net.Dial("unix", filepath.Join(dir, "tswatch.sock"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	if err := conn.SetDeadline(time.Now().Add(20 * time.Second)); err != nil {
		t.Fatal(err)
	}
	return conn
}

// send sends a request as it stands, and gives code and body of the answer.
func send(t *testing.T, dir, request string) (code int, body string) {
	t.Helper()
	conn := connect(t, dir)
	go func() { _, _ = io.WriteString(conn, request) }() // one that is refused is not read to its end
	response, err := http.ReadResponse(bufio.NewReader(conn), nil)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	raw, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	return response.StatusCode, string(raw)
}

var quiet = service{status: Status{Version: "1"}, health: func(float64) Health { return Health{Healthy: true, Reason: "well"} }}

// TestRequests: each request has its code, a wrong one too.
func TestRequests(t *testing.T) {
	t.Parallel()
	dir := serve(t, service{status: Status{Version: "1"}, health: func(maxLoss float64) Health {
		return Health{Healthy: maxLoss < 0, Reason: fmt.Sprint(maxLoss)}
	}})
	for _, test := range []struct {
		request string
		code    int
		body    string
	}{
		{"GET /v1/status HTTP/1.1", 200, `"version":"1"`},
		{"GET /v1/health HTTP/1.1", 200, `{"healthy":true,"reason":"-1"}`},
		{"GET /v1/health?live HTTP/1.1", 200, "tswatch answers"},
		{"GET /v1/health?max-loss=0.5 HTTP/1.1", 503, `{"healthy":false,"reason":"0.5"}`},
		{"GET /v1/health?max-loss=0.5&live HTTP/1.1", 200, "tswatch answers"},
		{"GET /v1/health?max-loss=1.5 HTTP/1.1", 400, "want a ratio from 0 to 1"},
		{"GET /v1/health?max-loss=NaN HTTP/1.1", 400, "want a ratio"},
		{"GET /v1/health?max-loss= HTTP/1.1", 400, "want a ratio"},
		{"POST /v1/status HTTP/1.1", 405, ""},
		{"DELETE /v1/health HTTP/1.1", 405, ""},
		{"GET /v1/refresh HTTP/1.1", 404, ""},
		{"GET / HTTP/1.1", 404, ""},
		{"GET /v1/status HTTP/9.9", 505, ""},
		{"nonsense", 400, ""},
		{"GET /v1/status?" + strings.Repeat("x", 32<<10) + " HTTP/1.1", 431, ""},
	} {
		code, body := send(t, dir, test.request+"\r\nHost: tswatch\r\nConnection: close\r\n\r\n")
		if code != test.code || !strings.Contains(body, test.body) {
			t.Errorf("%.60s: %d %s, want %d and %s", test.request, code, body, test.code, test.body)
		}
	}
}

// TestSocket: only its owner may ask, and a request that does not end is dropped.
func TestSocket(t *testing.T) {
	t.Parallel()
	dir := serve(t, quiet)
	info, err := os.Lstat(filepath.Join(dir, "tswatch.sock"))
	if err != nil || info.Mode() != os.ModeSocket|0o600 {
		t.Errorf("the socket is %v, %v", info.Mode(), err)
	}
	for _, begin := range []string{"", "GET /v1/status HT", "GET /v1/status HTTP/1.1\r\nHost: x\r\n"} {
		conn := connect(t, dir)
		if _, err := io.WriteString(conn, begin); err != nil {
			t.Fatal(err)
		}
		go func() { _, _ = io.Copy(io.Discard, conn) }()
	}
	conn := connect(t, dir)
	if _, err := io.WriteString(conn, "GET /v1/st"); err != nil {
		t.Fatal(err)
	}
	began := time.Now()
	if _, err := io.Copy(io.Discard, conn); err != nil {
		t.Errorf("it was not dropped: %v", err)
	}
	if took := time.Since(began); took > 15*time.Second {
		t.Errorf("it was dropped after %v", took)
	}
	if health := (Client{dir}).Health(t.Context(), true, -1); !health.Healthy {
		t.Error("nobody else is answered:", health.Reason)
	}
}

// TestNames: the JSON has the names and types of the contract, and neither null nor a name that is missing.
func TestNames(t *testing.T) {
	t.Parallel()
	since := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	for name, status := range map[string]Status{
		"nothing": {Version: "1", Since: since},
		"all": {
			Version: "1", Since: since, Events: 7, Alerts: 2, Lost: 3, Attribution: map[string]uint64{"cgroup": 4},
			Sinks: []sink.Status{{Where: "stdout", Sent: 5, Dropped: 1, Spooled: 2, LastError: "x"}}, Rules: Rules{Failed: map[string]uint64{"r": 1}},
		},
	} {
		dir := serve(t, service{status: status})
		_, raw, err := (Client{dir}).Status(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		var got struct {
			Events, Alerts, Lost *uint64
			Attribution          map[string]uint64
			Sinks                []map[string]any
			Rules                struct{ Failed map[string]uint64 }
			Since                *time.Time
			Version              *string
		}
		if err := json.Unmarshal(raw, &got); err != nil {
			t.Fatalf("%s: %v\n%s", name, err, raw)
		}
		if got.Events == nil || got.Alerts == nil || got.Lost == nil || got.Attribution == nil || got.Sinks == nil || got.Rules.Failed == nil || got.Version == nil ||
			got.Since == nil || !got.Since.Equal(since) || *got.Events != status.Events || *got.Lost != status.Lost || strings.Contains(string(raw), "null") {
			t.Errorf("%s: %s", name, raw)
		}
		for _, one := range got.Sinks {
			if one["where"] != "stdout" || one["sent"] != 5.0 || one["dropped"] != 1.0 || one["spooled"] != 2.0 || one["last_error"] != "x" {
				t.Errorf("%s: %v", name, one)
			}
		}
	}
}

// TestHealth: the limit of the one who asks counts, else that of the tswatch.
func TestHealth(t *testing.T) {
	t.Parallel()
	dir := serve(t, service{health: func(maxLoss float64) Health {
		return Health{Healthy: maxLoss == 0.25, Reason: fmt.Sprintf("asked for %g", maxLoss)}
	}})
	client := Client{dir}
	for _, test := range []struct {
		live    bool
		maxLoss float64
		want    Health
	}{
		{false, 0.25, Health{true, "asked for 0.25"}},
		{false, 0, Health{false, "asked for 0"}},
		{false, -1, Health{false, "asked for -1"}},
		{true, 0, Health{true, "tswatch answers"}},
	} {
		if got := client.Health(t.Context(), test.live, test.maxLoss); got != test.want {
			t.Errorf("%v, %g: %+v, want %+v", test.live, test.maxLoss, got, test.want)
		}
	}
}

// TestOneHolder: a second tswatch does not get the directory, and is not asked.
func TestOneHolder(t *testing.T) {
	t.Parallel()
	dir := serve(t, quiet)
	_, err := Listen(context.Background(), dir)
	if err == nil || !strings.Contains(err.Error(), fmt.Sprintf("another tswatch holds it (pid %d)", os.Getpid())) {
		t.Errorf("a second one: %v", err)
	}
}
