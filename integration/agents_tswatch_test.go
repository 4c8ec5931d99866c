//go:build linux

package integration

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"

	"github.com/tsboot/tsboot/integration/audit"
	"github.com/tsboot/tsboot/integration/binary"
	"github.com/tsboot/tsboot/integration/require"
	"github.com/tsboot/tsboot/integration/wait"
)

// buildTswatch builds the second program, once.
var buildTswatch = sync.OnceValues(func() (string, error) { return binary.Build(filepath.Join(shared, "tswatch"), "tswatch") })

// watchedUID is a user that the machine does not have: the kernel's rules of the test are about nobody else.
const watchedUID = 54398

// alertServer is where tswatch sends its alerts. It keeps the token that came with each.
type alertServer struct {
	mu     sync.Mutex
	tokens map[string]string // by the line
}

func (a *alertServer) ServeHTTP(_ http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	for line := range strings.Lines(string(body)) {
		a.tokens[line] = strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer ")
	}
}

// tokenOf is the token with which the alert about a program came; empty: there is none.
func (a *alertServer) tokenOf(program string) string {
	a.mu.Lock()
	defer a.mu.Unlock()
	for line, token := range a.tokens {
		if strings.Contains(line, program) && strings.Contains(line, `"base-remote-copy-out"`) {
			return token
		}
	}
	return ""
}

// TestTswatchPage follows docs/agents/tswatch.md: the task's container, with the task's capabilities alone, attributes and
// alerts, and a new key leaves no gap. It is not parallel: the audit state is the machine's.
func TestTswatchPage(t *testing.T) {
	require.Tools(t, "root", "docker", "auditctl", "openssl")
	audit.Borrow(t)
	alerts := &alertServer{tokens: map[string]string{}}
	server := httptest.NewServer(alerts)
	defer server.Close()
	p := readAgentPage(t, memoryStore(t), "tswatch")
	p.path = "/:" // as the image has it
	p.storeParameters()
	c := newAgent(t, p.store)
	c.copyIn(must(t)(buildTswatch()), "/tswatch")
	d := p.start(c, "--set", "output="+server.URL, "--set", "emit=alerts", "--set", fmt.Sprintf("args=--audit-uid %d --docker off --containerd off", watchedUID))
	wait.For(t, aLongTime, "tswatch is healthy", func() bool {
		return exec.Command("docker", "exec", d.name, "/tsboot", "health").Run() == nil || d.pid() == 0
	})
	p.wantHealthy(d)
	if status := docker(t, "exec", d.name, "/tswatch", "status", "--json"); !strings.Contains(status, `"lost": 0,`) {
		t.Errorf("status is %s", status)
	}
	copies := watchedCopies(t)
	// comesWith says whether the alert about a copy to another machine, by a program of its own, comes with the token.
	comesWith := func(token string) bool {
		program, got := copies(), ""
		return wait.Until(aLongTime, func() bool { got = alerts.tokenOf(program); return got != "" || d.pid() == 0 }) && got == token
	}
	first := p.secret("deploy-key")
	if !comesWith(first) {
		t.Fatalf("no alert with the key\n%s", d.logs())
	}
	agent := strings.TrimSpace(docker(t, "exec", d.name, "/tsboot", "status", "--json"))
	p.rotate(d, func() bool { return comesWith(p.secret("deploy-key")) }, func() bool { return comesWith(first) })
	if pid := agentPIDOf(agent); pid == "" || pid != agentPIDOf(docker(t, "exec", d.name, "/tsboot", "status", "--json")) {
		t.Errorf("tswatch was started again for a new key\n%s", d.logs())
	}
	docker(t, "stop", d.name)
	if rules := audit.Ctl(t, "-l"); !strings.Contains(rules, "No rules") {
		t.Errorf("it leaves the rules %s", rules)
	}
}

// agentPIDOf is the agent's process in what tsboot status --json says.
func agentPIDOf(status string) string {
	_, rest, _ := strings.Cut(status, `"agent"`)
	_, rest, _ = strings.Cut(rest, `"pid":`)
	end := strings.IndexAny(rest, ",}")
	return strings.TrimSpace(rest[:max(end, 0)])
}

// watchedCopies gives a function that runs a stand-in for scp as the watched user, each time from another place, and gives
// that: alerts about one program are held back for a time.
func watchedCopies(t *testing.T) func() string {
	t.Helper()
	top := must(t)(os.MkdirTemp("/", "tsboot-it-copies."))
	t.Cleanup(func() { os.RemoveAll(top) })
	if err := os.Chmod(top, 0o755); err != nil {
		t.Fatal(err)
	}
	return func() string {
		t.Helper()
		dir := must(t)(os.MkdirTemp(top, "scp."))
		if err := os.Chmod(dir, 0o755); err != nil {
			t.Fatal(err)
		}
		program := filepath.Join(dir, "scp")
		if out, err := exec.Command("cp", "/bin/true", program).CombinedOutput(); err != nil {
			t.Fatalf("%v: %s", err, out)
		}
		cmd := exec.Command(program, "a", "host.example:b")
		cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: watchedUID, Gid: watchedUID}}
		if err := cmd.Run(); err != nil {
			t.Fatal(err)
		}
		return program
	}
}
