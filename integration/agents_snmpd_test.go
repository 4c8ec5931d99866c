//go:build linux

package integration

import (
	"os/exec"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/tsboot/tsboot/integration/require"
)

// TestSNMPD boots Net-SNMP's agent and reads from it as an SNMPv3 user, authenticated and encrypted.
func TestSNMPD(t *testing.T) {
	t.Parallel()
	for name, protocols := range map[string][2]string{"as by default": {"SHA-256", "AES"}, "chosen": {"SHA-512", "AES-256"}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			require.Tools(t, "root", "snmpd", "snmpget")
			s := anyStore(t)
			c := newAgent(t, s, "/var/lib/snmp", "/usr/share/snmp")
			address := must(t)(freeAddress())
			privacy := `pr'iv "ü\ #;%$` + randomSecret()
			k := keyHolder{profile: "snmpd", program: "snmpd", first: `a"\uth #;%$ü` + randomSecret(), next: randomSecret(), grace: 5 * time.Second}
			var once sync.Once // a wrong privacy password is never answered: that takes a second
			k.works = func(password string) bool {
				works := snmpName(address, protocols, password, privacy)
				if works {
					once.Do(func() {
						if snmpName(address, protocols, password, randomSecret()) {
							t.Error("a wrong privacy password works")
						}
					})
				}
				return works
			}
			s.plain(agentPath+"/user", "monitor")
			k.store = func(password string) { s.secret(agentPath+"/auth-password", password) }
			s.secret(agentPath+"/priv-password", privacy)
			s.plain(agentPath+"/listen", "udp:"+address)
			if name == "chosen" {
				s.plain(agentPath+"/auth-protocol", protocols[0])
				s.plain(agentPath+"/priv-protocol", protocols[1])
			}
			k.live(c)
		})
	}
}

// snmpName reports whether the agent tells its name to the user with these passwords.
func snmpName(address string, protocols [2]string, authentication, privacy string) bool {
	cmd := exec.Command("snmpget", "-v3", "-u", "monitor", "-l", "authPriv", "-a", protocols[0], "-A", authentication,
		"-x", protocols[1], "-X", privacy, "-t", "1", "-r", "0", "-On", address, ".1.3.6.1.2.1.1.5.0")
	cmd.Env = []string{"MIBS=", "PATH=/usr/bin:/bin", "SNMP_PERSISTENT_DIR=/nonexistent"}
	out, err := cmd.CombinedOutput()
	return err == nil && strings.Contains(string(out), "STRING: ")
}
