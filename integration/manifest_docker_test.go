//go:build linux

package integration

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/tsboot/tsboot/capability"
	"github.com/tsboot/tsboot/integration/audit"
	"github.com/tsboot/tsboot/integration/binary"
	"github.com/tsboot/tsboot/integration/require"
)

// manifestRun is a deployment of a profile that an engine runs, by what a kind of manifest says.
type manifestRun struct {
	profile, kind, image string
	store                *store
	argvMay              []string
}

// TestManifestsInDocker runs what manifests say, with agents that share the machine: Debian's zabbix-agent2, and a stand-in for
// Threat Stack's. The one of auditd is TestManifestOfAuditd.
func TestManifestsInDocker(t *testing.T) {
	t.Parallel()
	require.Tools(t, "docker", "root", "zabbix_agent2", "openssl")
	installed := t.TempDir()
	if out, err := exec.Command(fakeAgentBinary(t), "install", "2", filepath.Join(installed, "opt/threatstack")).CombinedOutput(); err != nil {
		t.Fatalf("install the fake agent: %v\n%s", err, out)
	}
	threatStackImage := (&agentImage{kind: "threatstack", root: installed, directories: map[string]int{"/run": 0, "/tmp": 0}}).make(t)
	zabbixImage := (&agentImage{
		kind: "zabbix", programs: []string{"/usr/sbin/zabbix_agent2"}, uid: vendorUser,
		directories: map[string]int{"/etc/zabbix/tsboot": vendorUser, "/run/tsboot": vendorUser, "/tmp": 0, "/etc/zabbix/zabbix_agent2.d/plugins.d": 0},
	}).make(t)
	for _, kind := range []string{"ecs", "ecs-daemon", "fargate", "kubernetes", "compose"} {
		t.Run("threatstack-2/"+kind, func(t *testing.T) {
			t.Parallel()
			m := manifestRun{profile: "threatstack-2", kind: kind, image: threatStackImage, store: memoryStore(t), argvMay: []string{"tsagent"}}
			m.store.secret("/agent/deploy-key", randomSecret())
			m.run(t, func(c *dockerContainer) { c.awaitReady() })
		})
		t.Run("zabbix-agent2/"+kind, func(t *testing.T) {
			t.Parallel()
			m := manifestRun{profile: "zabbix-agent2", kind: kind, image: zabbixImage, store: memoryStore(t), argvMay: []string{"openssl"}}
			z := &zabbix{t: t, address: must(t)(freeAddress()), identity: "it", psk: newPSK()}
			m.store.secret("/agent/psk", z.psk)
			m.store.plain("/agent/psk-identity", z.identity)
			m.store.plain("/agent/server", "127.0.0.1")
			m.store.plain("/agent/listen-ip", "127.0.0.1")
			_, port, _ := strings.Cut(z.address, ":")
			m.store.plain("/agent/listen-port", port)
			m.run(t, func(*dockerContainer) { z.wantAnswer("agent.ping", "1") })
		})
	}
}

// TestManifestOfAuditd is not parallel: the audit state is the machine's. Fargate has neither the host's pids nor the capability.
func TestManifestOfAuditd(t *testing.T) {
	require.Tools(t, "docker", "root", "auditd")
	audit.Borrow(t)
	image := (&agentImage{
		kind: "auditd", programs: []string{"/sbin/auditd", "/sbin/auditctl"},
		directories: map[string]int{"/etc/audit/plugins.d": 0, "/var/log/audit": 0, "/run": 0},
	}).make(t)
	for _, kind := range []string{"ecs", "kubernetes", "compose"} {
		t.Run(kind, func(t *testing.T) {
			m := manifestRun{profile: "auditd", kind: kind, image: image, store: memoryStore(t)}
			m.store.plain("/agent/rules", "-a always,exit -F arch=b64 -S execve -F uid=54321 -k tsboot\n")
			m.run(t, func(*dockerContainer) {
				if audit.State(t)["pid"] == "0" {
					t.Error("the kernel has no daemon")
				}
				if rules := audit.Ctl(t, "-l"); !strings.Contains(rules, "uid=54321") {
					t.Errorf("the rules are %s", rules)
				}
			})
			if pid := audit.State(t)["pid"]; pid != "0" {
				t.Errorf("the kernel still sends to %s", pid)
			}
		})
	}
}

// run starts the container with the settings of the manifest, as they are: only what the manifest has of the host is in a
// directory of the test, and the health check is asked more often. It must be healthy within its start period, and end by
// docker stop within its grace, with 0.
func (m *manifestRun) run(t *testing.T, look func(*dockerContainer)) {
	t.Helper()
	cmd := exec.Command(tsbootBinary(t), "manifest", m.kind, "--profile", m.profile, "--ssm-path", m.store.path("/agent"), "--image", m.image, "--log-level", "trace")
	cmd.Env = []string{}
	text, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	e := settings[m.kind](t, text)
	e.Env = slices.DeleteFunc(slices.Clone(m.store.env), func(variable string) bool { return variable == binary.NoSocket })
	e.HostConfig.NetworkMode, e.Healthcheck.Interval = "host", time.Second // the engine has no other network
	e.onHost(t)
	c := &dockerContainer{t: t, name: "tsboot-it-" + strings.ToLower(rand.Text()), ended: make(chan struct{})}
	e.create(t, c.name)
	begin := time.Now()
	docker(t, "start", c.name)
	c.watch(m.store, m.argvMay...)
	c.awaitHealth("healthy")
	if took := time.Since(begin); took > e.Healthcheck.StartPeriod {
		t.Errorf("healthy after %v, which is over the start period %v", took, e.Healthcheck.StartPeriod)
	}
	look(c)
	e.wantCapabilities(t, c.pid())
	begin = time.Now()
	docker(t, "stop", c.name) // after StopTimeout it would kill
	if took := time.Since(begin); took > time.Duration(e.StopTimeout-5)*time.Second {
		t.Errorf("docker stop took %v of %d s", took, e.StopTimeout)
	}
	c.wantExit(0)
}

// onHost has a directory of the test in place of each path of the host, except / and the engine's own socket.
func (e *engineContainer) onHost(t *testing.T) {
	t.Helper()
	host := t.TempDir()
	for i := range e.HostConfig.Mounts {
		m := &e.HostConfig.Mounts[i]
		switch {
		case m.Type != "bind" || m.Source == "/":
		case strings.HasSuffix(m.Source, "/docker.sock"):
			m.Source = engineSocket()
		default:
			m.Source = filepath.Join(host, m.Source)
			if err := os.MkdirAll(m.Source, 0o755); err != nil {
				t.Fatal(err)
			}
		}
	}
}

// engineSocket is where the engine listens.
func engineSocket() string {
	if socket, ok := strings.CutPrefix(os.Getenv("DOCKER_HOST"), "unix://"); ok {
		return socket
	}
	return "/var/run/docker.sock"
}

// create asks the engine for the container.
func (e *engineContainer) create(t *testing.T, name string) {
	t.Helper()
	body, err := json.Marshal(e)
	if err != nil {
		t.Fatal(err)
	}
	client := http.Client{Transport: &http.Transport{DisableKeepAlives: true, DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, "unix", engineSocket())
	}}}
	request, err := http.NewRequestWithContext(t.Context(), http.MethodPost, "http://engine/containers/create?name="+name, bytes.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Content-Type", "application/json")
	answer, err := client.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	if said, _ := io.ReadAll(answer.Body); answer.StatusCode != http.StatusCreated {
		t.Fatalf("%s %s\n%s", answer.Status, said, body)
	}
}

// wantCapabilities: the container's bounding set is what the manifest adds, and nothing else.
func (e *engineContainer) wantCapabilities(t *testing.T, pid int) {
	t.Helper()
	var want []string
	for _, name := range e.HostConfig.CapAdd {
		want = append(want, strings.TrimPrefix(name, "CAP_"))
	}
	slices.Sort(want)
	if got := boundingSet(t, pid); !slices.Equal(got, want) {
		t.Errorf("the bounding set is %q, want %q", got, want)
	}
}

func boundingSet(t *testing.T, pid int) []string {
	t.Helper()
	for line := range strings.Lines(readFile(t, fmt.Sprintf("/proc/%d/status", pid))) {
		if mask, ok := strings.CutPrefix(line, "CapBnd:"); ok {
			bits, err := strconv.ParseUint(strings.TrimSpace(mask), 16, 64)
			if err != nil {
				t.Fatal(err)
			}
			var names []string
			for i, name := range capability.Names() {
				if bits&(1<<i) != 0 {
					names = append(names, name)
				}
			}
			slices.Sort(names)
			return names
		}
	}
	t.Fatalf("no CapBnd of %d", pid)
	return nil
}
