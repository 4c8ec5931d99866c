//go:build linux

package integration

import (
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/tsboot/tsboot/integration/require"
	"github.com/tsboot/tsboot/integration/wait"
)

// wazuhControl stands in for the vendor's: daemons that leave its group, each with its pid in the name of its pid file, and a
// lock. Like the vendor's it starts none that a pid file says is there.
const wazuhControl = `#!/bin/sh
cd /var/ossec || exit 1
daemons="execd agentd syscheckd logcollector modulesd"
alive() {
	for file in var/run/wazuh-$1-*.pid; do
		[ -e "$file" ] && kill -0 "$(cat "$file")" 2>/dev/null && return 0
	done
	return 1
}
case $1 in
start)
	mkdir var/start-script-lock || exit 1
	for d in $daemons; do
		alive $d && continue
		(D=$d setsid sh -c 'echo $$ >var/run/wazuh-$D-$$.pid; exec sleep 1000' >/dev/null 2>&1 &)
		until alive $d; do sleep 0.02; done
	done
	rmdir var/start-script-lock ;;
stop)
	echo stop >>stops
	for d in $daemons; do
		for file in var/run/wazuh-$d-*.pid; do kill "$(cat "$file")"; rm "$file"; done
	done ;;
status)
	for d in $daemons; do alive $d || code=1; done
	exit ${code:-0} ;;
esac
`

// TestWazuhAgent boots the profile on a stand-in: no package of the agent can be had here. What an earlier container left
// behind does not keep a daemon from its start.
func TestWazuhAgent(t *testing.T) {
	t.Parallel()
	require.Tools(t, "root", "setsid")
	s := memoryStore(t)
	c := newAgent(t, s)
	writeFile(t, c.path("/etc/passwd"), readFile(t, c.path("/etc/passwd"))+"wazuh:x:1999:1999::/var/ossec:/sbin/nologin\n", 0o644)
	writeFile(t, c.path("/etc/group"), readFile(t, c.path("/etc/group"))+"wazuh:x:1999:\n", 0o644)
	for _, dir := range []string{"etc", "bin", "var/run", "var/start-script-lock"} {
		if err := os.MkdirAll(c.path("/var/ossec/"+dir), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	writeFile(t, c.path("/var/ossec/bin/wazuh-control"), wazuhControl, 0o755)
	writeFile(t, c.path("/var/ossec/var/run/wazuh-agentd-1.pid"), "1\n", 0o640) // another process has it now
	s.plain(agentPath+"/manager", "10.0.0.1, wazuh.example")
	password := `it's "quoted" <&> #;%$x ` + newPSK()
	s.secret(agentPath+"/enrollment-password", password)
	p := c.bootAgent("wazuh-agent")

	first := c.wazuhDaemons(p, nil)
	wantOwned(t, c.path("/var/ossec/etc/authd.pass"), 1999, 0o600)
	wantOwned(t, c.path("/var/ossec/etc/ossec.conf"), 0, 0o640)
	if got := readFile(t, c.path("/var/ossec/etc/authd.pass")); got != password+"\n" {
		t.Errorf("the password is %q", got)
	}
	c.killInside(p, first["modulesd"])
	p.wantLog("restarting agent")
	second := c.wazuhDaemons(p, first)
	s.secret(agentPath+"/enrollment-password", newPSK())
	c.refresh(p, 0)
	c.wazuhDaemons(p, second)
	c.stopAgent(p, 10*time.Second, 128+int(syscall.SIGTERM))
	if got := readFile(t, c.path("/var/ossec/stops")); got != "stop\nstop\n" {
		t.Errorf("stops: %q", got)
	}
}

// wazuhDaemons waits until all five run that are not those of before, and none of those does. The pids are the container's.
func (c *container) wazuhDaemons(p *process, before map[string]int) map[string]int {
	c.t.Helper()
	var pids map[string]int
	wait.For(c.t, aLongTime, "the five daemons run, and those of before do not", func() bool {
		pids = map[string]int{}
		files, _ := filepath.Glob(c.path("/var/ossec/var/run/*.pid"))
		for _, file := range files {
			name := strings.Split(filepath.Base(file), "-")[1]
			data, _ := os.ReadFile(file)
			pid, _ := strconv.Atoi(strings.TrimSpace(string(data)))
			if pid > 1 && pid != before[name] && outsidePID(p, pid) != 0 {
				pids[name] = pid
			}
		}
		for _, pid := range before {
			if outsidePID(p, pid) != 0 {
				return false
			}
		}
		return len(pids) == 5 || !p.running()
	})
	if !p.running() {
		c.t.Fatalf("tsboot ended\n%s", p.stderr())
	}
	p.wantLog("agent started", "pid="+strconv.Itoa(pids["modulesd"]))
	return pids
}

func wantOwned(t *testing.T, file string, uid uint32, mode os.FileMode) {
	t.Helper()
	info, err := os.Stat(file)
	if err != nil {
		t.Fatal(err)
	}
	if got := info.Sys().(*syscall.Stat_t).Uid; got != uid || info.Mode().Perm() != mode {
		t.Errorf("%s: mode %v of %d, want %v of %d", file, info.Mode(), got, mode, uid)
	}
}
