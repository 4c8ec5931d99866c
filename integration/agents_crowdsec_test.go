//go:build linux

package integration

import (
	"encoding/json"
	"net/http"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/tsboot/tsboot/integration/require"
	"github.com/tsboot/tsboot/integration/wait"
)

// lapi is a Local API of CrowdSec beside the agent's container, to which machines log in.
type lapi struct {
	t      *testing.T
	url    string
	config string
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
	p := start(t, exec.Command("crowdsec", "-no-cs", "-c", l.config))
	wait.For(t, aLongTime, "the Local API answers", func() bool {
		response, err := http.Get(l.url + "health")
		if err != nil {
			return false
		}
		response.Body.Close()
		return response.StatusCode == http.StatusOK || !p.running()
	})
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

// lastLogin is when a log processor with scenarios last logged in as the machine: cscli, which has none, does not count.
func (l *lapi) lastLogin(machine string) time.Time {
	l.t.Helper()
	out, err := exec.Command("cscli", "-c", l.config, "machines", "list", "-o", "json").Output()
	if err != nil {
		l.t.Fatal(err)
	}
	var machines []struct {
		MachineID, Scenarios string
		UpdatedAt            time.Time `json:"updated_at"`
	}
	if err := json.Unmarshal(out, &machines); err != nil {
		l.t.Fatalf("%v: %s", err, out)
	}
	for _, m := range machines {
		if m.MachineID == machine && m.Scenarios != "" {
			return m.UpdatedAt
		}
	}
	return time.Time{}
}

func (l *lapi) wantLogin(p *process, machine string, after time.Time) {
	l.t.Helper()
	if !wait.Until(aLongTime, func() bool { return l.lastLogin(machine).After(after) || !p.running() }) || !p.running() {
		l.t.Fatalf("the agent did not log in\n%s\n%s", p.stderr(), p.stdout())
	}
}

// newCrowdSec is a container with Debian's crowdsec, which reads one log file.
func newCrowdSec(t *testing.T, s *store, l *lapi, machine string) *container {
	t.Helper()
	c := newAgent(t, s, "/etc/crowdsec", "/var/lib/crowdsec")
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
	l.wantLogin(p, machine, time.Time{})
	first := l.lastLogin(machine)
	c.killAgent(p, "crowdsec")
	l.wantLogin(p, machine, first)
	c.stopAgent(p, 0, 10*time.Second)
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
	if !l.lastLogin("node-1").IsZero() {
		t.Error("the agent logged in")
	}
}
