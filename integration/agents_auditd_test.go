//go:build linux

package integration

import (
	"os"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/tsboot/tsboot/integration/audit"
	"github.com/tsboot/tsboot/integration/require"
	"github.com/tsboot/tsboot/integration/wait"
)

// TestAuditd boots the audit daemon in the machine's own pid namespace, where the kernel takes it, for some seconds and
// with a rule about a user that does not exist.
func TestAuditd(t *testing.T) { // not parallel: the audit state is the machine's
	require.Tools(t, "auditd")
	audit.Borrow(t)
	s := anyStore(t)
	c := newAgent(t, s, "/etc/audit")
	c.spec.HostPIDs, c.spec.PID1 = true, true
	if err := os.MkdirAll(c.path("/var/log/audit"), 0o750); err != nil { // the package makes it
		t.Fatal(err)
	}
	s.plain(agentPath+"/rules", "-a always,exit -F arch=b64 -S execve -F uid=54321 -k tsboot\n")
	s.plain(agentPath+"/log-format", "RAW")
	isAuditd := func(p *process) bool {
		pid := c.agentPID(p, "auditd")
		return pid != 0 && audit.State(t)["pid"] == strconv.Itoa(pid)
	}

	p := c.bootAgent("auditd")
	if !wait.Until(aLongTime, func() bool { return isAuditd(p) || !p.running() }) || !p.running() {
		t.Fatalf("the kernel does not have the daemon\n%s\n%s", p.stderr(), p.stdout())
	}
	if rules := audit.Ctl(t, "-l"); !strings.Contains(rules, "uid=54321") {
		t.Errorf("the rules are %s\n%s", rules, p.stderr())
	}
	c.killAgent(p, "auditd")
	wait.For(t, aLongTime, "the kernel has the next daemon", func() bool { return isAuditd(p) || !p.running() })
	s.plain(agentPath+"/rules", "-a always,exit -F arch=b64 -S execve -F uid=54322 -k tsboot")
	c.refresh(p, 0)
	if rules := audit.Ctl(t, "-l"); !strings.Contains(rules, "uid=54322") || strings.Contains(rules, "uid=54321") || !isAuditd(p) {
		t.Errorf("after the refresh the rules are %s\n%s", rules, p.stderr())
	}
	c.stopAgent(p, 10*time.Second, 0)
	if log := readFile(t, c.path("/var/log/audit/audit.log")); !strings.Contains(log, "op=terminate") || strings.Contains(log, `UID="`) {
		t.Errorf("the log, which should be raw, is\n%s", log)
	}
	if pid := audit.State(t)["pid"]; pid != "0" {
		t.Errorf("the kernel still sends to %s", pid)
	}
}
