//go:build linux

package integration

import (
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/tsboot/tsboot/integration/require"
	"github.com/tsboot/tsboot/integration/wait"
)

// crowdsecLog is where the agent logs.
const crowdsecLog = "/var/log/crowdsec.log"

// lapi is a Local API of CrowdSec beside the agent's container, to which machines log in.
type lapi struct {
	t      *testing.T
	url    string
	config string
	p      *process
}

func startLAPI(t *testing.T) *lapi {
	t.Helper()
	dir := t.TempDir()
	address := must(t)(freeAddress())
	l := &lapi{t: t, url: "http://" + address + "/", config: filepath.Join(dir, "config.yaml")}
	writeFile(t, filepath.Join(dir, "credentials.yaml"), "", 0o600)
	writeFile(t, filepath.Join(dir, "simulation.yaml"), "", 0o600)
	writeFile(t, l.config, strings.NewReplacer("DIR", dir, "ADDRESS", address).Replace(`
common: {daemonize: true, log_media: stdout, log_level: info, working_dir: .}
config_paths: {config_dir: DIR, data_dir: DIR, hub_dir: DIR/hub, index_path: DIR/hub/.index.json, simulation_path: DIR/simulation.yaml}
db_config: {type: sqlite, db_path: DIR/crowdsec.db, log_level: info}
api:
  client: {credentials_path: DIR/credentials.yaml}
  server: {listen_uri: "ADDRESS", profiles_path: /etc/crowdsec/profiles.yaml, log_level: info}
prometheus: {enabled: false}
`), 0o600)
	l.p = start(t, exec.Command("crowdsec", "-no-cs", "-c", l.config))
	wait.For(t, aLongTime, "the Local API answers", func() bool {
		response, err := http.Get(l.url + "health")
		if err != nil {
			return false
		}
		response.Body.Close()
		return response.StatusCode == http.StatusOK
	})
	if !l.p.running() {
		t.Fatalf("the Local API ended: %s", l.p.stderr())
	}
	return l
}

// register makes the machine known with this password, in the place of an earlier one.
func (l *lapi) register(machine, password string) {
	l.t.Helper()
	cmd := exec.Command("cscli", "-c", l.config, "machines", "add", machine, "--password", password, "-f", "/dev/null", "--force")
	if out, err := cmd.CombinedOutput(); err != nil {
		l.t.Fatalf("register %s: %v: %s", machine, err, out)
	}
}

// logins counts those that the Local API let in.
func (l *lapi) logins() int {
	return strings.Count(l.p.stdout()+l.p.stderr(), `POST /v1/watchers/login HTTP/1.1 200`)
}

// wantAgent waits until the log processor of the container works for the nth time, and wants one login of its own
// beside those that were there and that of setup.
func (l *lapi) wantAgent(c *container, p *process, starts, before int) {
	l.t.Helper()
	log := c.path(crowdsecLog)
	works := func() bool {
		data, _ := os.ReadFile(log)
		return strings.Count(string(data), "Starting processing data") >= starts && l.logins() > before
	}
	if !wait.Until(time.Minute, func() bool { return works() || !p.running() }) || !p.running() {
		l.t.Fatalf("the agent did not log in: %d logins\n%s\n%s", l.logins(), p.stderr(), readFile(l.t, log))
	}
}

// newCrowdSec is a container with Debian's crowdsec, which reads one log file.
func newCrowdSec(t *testing.T, s *store, l *lapi, machine string) *container {
	t.Helper()
	c := newAgent(t, s, "/etc/crowdsec", "/var/lib/crowdsec")
	if err := os.RemoveAll(c.path("/etc/crowdsec/scenarios")); err != nil { // which take most of a start
		t.Fatal(err)
	}
	writeFile(t, c.path("/var/log/app.log"), "", 0o644)
	writeFile(t, c.path("/etc/crowdsec/acquis.yaml"), "filenames: [/var/log/app.log]\nlabels: {type: syslog}\n", 0o644)
	s.plain(agentPath+"/lapi-url", l.url)
	s.plain(agentPath+"/machine-id", machine)
	return c
}

// TestCrowdSec boots CrowdSec's log processor, which logs in to a Local API with its machine's password.
func TestCrowdSec(t *testing.T) {
	t.Parallel()
	require.Tools(t, "root", "crowdsec", "cscli")
	l := startLAPI(t)
	s := anyStore(t)
	machine, password := "node-1", randomSecret()+`"'#;%$\`
	l.register(machine, password)
	c := newCrowdSec(t, s, l, machine)
	s.secret(agentPath+"/password", password)
	p := c.bootAgent("crowdsec")
	l.wantAgent(c, p, 1, 1)
	logins := l.logins()
	c.killAgent(p, "crowdsec")
	l.wantAgent(c, p, 2, logins)

	password, logins = randomSecret(), l.logins()
	s.secret(agentPath+"/password", password)
	running := c.agentPID(p, "crowdsec")
	c.refresh(p, 1) // the Local API does not have it yet
	if pid := c.agentPID(p, "crowdsec"); pid != running {
		t.Errorf("the new password does not work, and the agent is %d in place of %d", pid, running)
	}
	l.register(machine, password)
	s.secret(agentPath+"/password", password) // a new version
	c.refresh(p, 0)
	l.wantAgent(c, p, 3, logins+2) // setup with the old password again, setup with the new one
	// It works a moment before it listens for SIGTERM, which ends it as any program until then.
	got, want := c.stopWithin(p, 10*time.Second), 128+int(syscall.SIGTERM)
	if strings.Contains(readFile(t, c.path(crowdsecLog)), "SIGTERM received") {
		want = 0
	}
	if got != want {
		t.Errorf("stopped with code %d, want %d\n%s", got, want, p.stderr())
	}
}

// TestCrowdSecWrongPassword: setup finds out that the Local API does not take the password; the agent never runs.
func TestCrowdSecWrongPassword(t *testing.T) {
	t.Parallel()
	require.Tools(t, "root", "crowdsec", "cscli")
	l := startLAPI(t)
	s := memoryStore(t)
	l.register("node-1", randomSecret())
	c := newCrowdSec(t, s, l, "node-1")
	s.secret(agentPath+"/password", randomSecret())
	wantRefused(c.bootAgent("crowdsec"), 76, "incorrect Username or Password")
	if l.logins() != 0 {
		t.Error("the agent logged in")
	}
}
