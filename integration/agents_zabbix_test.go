//go:build linux

package integration

import (
	"crypto/rand"
	"encoding/hex"
	"net"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/tsboot/tsboot/integration/require"
)

func newPSK() string {
	key := make([]byte, 32)
	_, _ = rand.Read(key) // never fails
	return hex.EncodeToString(key)
}

// TestZabbixAgents boots both agents of Zabbix and asks them as their server would.
func TestZabbixAgents(t *testing.T) {
	t.Parallel()
	for _, agent := range []struct{ profile, program string }{{"zabbix-agent2", "zabbix_agent2"}, {"zabbix-agent", "zabbix_agentd"}} {
		t.Run(agent.profile, func(t *testing.T) {
			t.Parallel()
			require.Tools(t, "root", agent.program, "openssl")
			s := anyStore(t)
			c := newAgent(t, s, "/etc/zabbix")
			host, port, _ := net.SplitHostPort(must(t)(freeAddress()))
			z := &zabbix{t: t, address: net.JoinHostPort(host, port), identity: `it's "quoted" #;%$x ü ` + rand.Text()}
			k := keyHolder{profile: agent.profile, program: agent.program, first: newPSK(), next: newPSK(), grace: 10 * time.Second}
			k.works = func(psk string) bool { return z.ask("agent.ping", psk) == "1" }
			k.store = func(psk string) { s.secret(agentPath+"/psk", psk) }
			s.plain(agentPath+"/PSK_Identity", z.identity)
			s.plain(agentPath+"/server", "127.0.0.1")
			s.plain(agentPath+"/listen-ip", host)
			s.plain(agentPath+"/listen-port", port)
			k.live(c)
		})
	}
}

// TestZabbixDaemon has the C agent fork itself into the background, as its init script does: the profile's own words with
// run.follow. The main process is a daemon with children of its own.
func TestZabbixDaemon(t *testing.T) {
	t.Parallel()
	require.Tools(t, "root", "zabbix_agentd", "openssl")
	s := anyStore(t)
	c := newAgent(t, s, "/etc/zabbix")
	shown, err := exec.Command(tsbootBinary(t), "profiles", "show", "zabbix-agent").Output()
	if err != nil {
		t.Fatal(err)
	}
	daemon := strings.NewReplacer(" -f, ", " ", "LogType=console", "LogType=file\n        LogFile=/tmp/zabbix_agentd.log", "grace: 5s", "grace: 5s\n  follow: {pidfile: /tmp/zabbix_agentd.pid}").Replace(string(shown))
	writeFile(t, c.path("/etc/daemon.yaml"), daemon, 0o644)
	host, port, _ := net.SplitHostPort(must(t)(freeAddress()))
	z := &zabbix{t: t, address: net.JoinHostPort(host, port), identity: "id"}
	k := keyHolder{profile: "/etc/daemon.yaml", program: "zabbix_agentd", first: newPSK(), next: newPSK(), grace: 10 * time.Second}
	k.works = func(psk string) bool { return z.ask("agent.ping", psk) == "1" }
	k.store = func(psk string) { s.secret(agentPath+"/psk", psk) }
	s.plain(agentPath+"/psk-identity", z.identity)
	s.plain(agentPath+"/server", "127.0.0.1")
	s.plain(agentPath+"/listen-ip", host)
	s.plain(agentPath+"/listen-port", port)
	k.live(c)
}

// TestZabbixPort: the agents know no port above 32767, and tsboot says so before they do.
func TestZabbixPort(t *testing.T) {
	t.Parallel()
	require.Tools(t, "root", "zabbix_agent2")
	s := memoryStore(t)
	c := newAgent(t, s, "/etc/zabbix")
	s.secret(agentPath+"/psk", strings.Repeat("ab", 32))
	s.plain(agentPath+"/psk-identity", "id")
	s.plain(agentPath+"/server", "127.0.0.1")
	wantRefused(c.bootAgent("zabbix-agent2", "--set", "listen-port=32768"), 78, "listen-port")
}
