//go:build linux

package integration

import (
	"io"
	"net/http"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/tsboot/tsboot/integration/require"
)

// newNodeExporter is a container with the exporter where the vendor's image has it.
func newNodeExporter(t *testing.T, s *store) *container {
	t.Helper()
	require.Tools(t, "root", "prometheus-node-exporter")
	c := newAgent(t, s)
	if err := os.Remove(c.path("bin")); err != nil { // a link to the machine's
		t.Fatal(err)
	}
	c.copyIn("/usr/bin/prometheus-node-exporter", "/bin/node_exporter")
	writeFile(t, c.path("/license/LICENSE"), "", 0o644)
	return c
}

// passwords are bcrypt's hashes of passwords, at its least cost.
var passwords = map[string]string{
	"correct horse battery staple": "$2a$04$bR2A073GvbrleWGg4PU4D.jNTvCuXA1tl1UF2KpFKu5V5t46PXYW6",
	"a second password":            "$2a$04$p3PagOgVgDRliSXbcbJLjO5lFi17tkJ3BuW36VQw3IiBgYE38s21C",
}

// TestNodeExporter boots Prometheus's exporter and scrapes it as Prometheus would.
func TestNodeExporter(t *testing.T) {
	t.Parallel()
	s := anyStore(t)
	c := newNodeExporter(t, s)
	address, user := must(t)(freeAddress()), `mon "itor" #;%$x 'ü'`
	k := keyHolder{profile: "auto", program: "node_exporter", right: "correct horse battery staple", wrong: "a second password", code: 143, grace: 5 * time.Second}
	k.works = func(password string) bool { return scrape("http://"+address, user, password) }
	s.plain(agentPath+"/basic-auth-user", user)
	s.secret(agentPath+"/Basic_Auth_Password_Hash", passwords[k.right])
	s.plain(agentPath+"/listen-address", address)
	k.live(c)
	if scrape("http://"+address, "", "") {
		t.Error("the metrics are there without a password")
	}
}

// scrape reports whether the exporter gives its metrics.
func scrape(url, user, password string) bool {
	request, err := http.NewRequest(http.MethodGet, url+"/metrics", nil)
	if err != nil {
		return false
	}
	if user != "" {
		request.SetBasicAuth(user, password)
	}
	client := http.Client{Timeout: 5 * time.Second}
	response, err := client.Do(request)
	if err != nil {
		return false
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	return err == nil && strings.Contains(string(body), "node_exporter_build_info")
}
