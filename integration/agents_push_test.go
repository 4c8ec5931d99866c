//go:build linux

package integration

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"testing"
	"time"

	"github.com/tsboot/tsboot/integration/require"
)

// Agents that push are built from their Go modules (integration/goagents.sh), one program without libraries each. What
// they push to is a service of the test, which knows a push by the header that has the secret.

// pushService takes everything, and hands the value of a header to the one who waits for the next push.
type pushService struct {
	url    string
	pushes chan string
}

func startPushService(t *testing.T, header string) *pushService {
	t.Helper()
	s := &pushService{pushes: make(chan string)}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		select {
		case s.pushes <- r.Header.Get(header):
		default: // nobody waits
		}
	}))
	t.Cleanup(server.Close)
	s.url = server.URL
	return s
}

// next reports whether the next push has the header.
func (s *pushService) next(want string) bool {
	select {
	case got := <-s.pushes:
		return got == want
	case <-time.After(aLongTime):
		return false
	}
}

// newGoAgent is a container with tsboot and one program that needs nothing else, and the files that are in the vendor's
// image.
func newGoAgent(t *testing.T, s *store, program, inside string, files ...string) *container {
	t.Helper()
	require.Tools(t, "root", program)
	file, err := exec.LookPath(program)
	if err != nil {
		t.Fatal(err)
	}
	c := newContainer(t, s)
	c.spec.PID1 = false // so that the harness sees what outlives tsboot
	c.copyIn(file, inside)
	for _, f := range files {
		writeFile(t, c.path(f), "", 0o644)
	}
	return c
}

// TestTelegraf boots InfluxData's agent, found in its vendor's image, and takes its metrics as InfluxDB would.
func TestTelegraf(t *testing.T) {
	t.Parallel()
	s := anyStore(t)
	c := newGoAgent(t, s, "telegraf", "/usr/bin/telegraf", "/etc/telegraf/telegraf.conf", "/entrypoint.sh")
	if err := os.Mkdir(c.path("/etc/telegraf/telegraf.d"), 0o755); err != nil {
		t.Fatal(err)
	}
	influx := startPushService(t, "Authorization")
	k := keyHolder{profile: "auto", program: "telegraf", first: `a$b"'\#;%{${HOME}$$@x` + randomSecret(), next: "$" + randomSecret(), grace: 10 * time.Second}
	k.works = func(token string) bool { return influx.next("Token " + token) }
	k.store = func(token string) { s.secret(agentPath+"/token", token) }
	for name, value := range map[string]string{"urls": influx.url, "organization": `an "org" $HOME`, "bucket": "b", "interval": "1s", "tags": "a=$b"} {
		s.plain(agentPath+"/"+name, value)
	}
	k.live(c)
}

// TestOTelCollector boots the OpenTelemetry Collector, found in its vendor's image, and takes the host's metrics over OTLP.
func TestOTelCollector(t *testing.T) {
	t.Parallel()
	s := anyStore(t)
	c := newGoAgent(t, s, "otelcol-contrib", "/otelcol-contrib", "/etc/otelcol-contrib/config.yaml")
	endpoint := startPushService(t, "Api-Key")
	k := keyHolder{profile: "auto", program: "otelcol-contrib", first: `a$b"'\#;%{${env:HOME}$$` + randomSecret(), next: "$" + randomSecret(), grace: 10 * time.Second}
	k.works = endpoint.next
	k.store = func(key string) {
		s.secrets = append(s.secrets, key) // what is not to be seen anywhere, also without the header's name
		s.secret(agentPath+"/headers", "api-key="+key)
	}
	ownIP := fmt.Sprintf("127.%d.%d.1", os.Getpid()>>8&0xff, os.Getpid()&0xff) // its ports are those of every collector
	for name, value := range map[string]string{"endpoint": endpoint.url, "interval": "1s", "listen-ip": ownIP} {
		s.plain(agentPath+"/"+name, value)
	}
	k.live(c)
}
