//go:build linux

package integration

import (
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// zabbixHealth asks the agent as its server would, with the key in its file: the agent itself starts with any.
const zabbixHealth = `
health:
  argv:
    - sh
    - -c
    - |
      of() { sed -n "s/^$1=//p" "$0"; }
      openssl s_client -connect "$(of ListenIP):$(of ListenPort)" -tls1_2 -cipher PSK-AES128-GCM-SHA256 \
        -psk "$(cat "$(of TLSPSKFile)")" -psk_identity "$(of TLSPSKIdentity)" </dev/null
    - "${config-file}"
`

// TestZabbixRotation rotates the key of an agent that runs, as its operator would: a new one, one that breaks the profile's
// rule, and one of odd length, which only a client finds to be wrong.
func TestZabbixRotation(t *testing.T) {
	t.Parallel()
	s := anyStore(t)
	const rule = `, pattern: '^([0-9a-fA-F]{2}){16,256}$'`
	strict := readFile(t, "../examples/zabbix.yaml")
	if !strings.Contains(strict, rule) {
		t.Fatal("the profile has another rule for the key")
	}
	lax := strings.Replace(strict, rule, ", pattern: '^[0-9a-fA-F]+$'", 1) + zabbixHealth
	run := filepath.Join(t.TempDir(), "run")
	z := bootZabbix(t, s, writeFile(t, filepath.Join(t.TempDir(), "zabbix.yaml"), lax, 0o600), "--run-dir", run, "--refresh-probation", "1s")
	r := &rotated{observed: &observed{process: z.process, dir: run}, store: s}
	wantVersion := func(version int64) {
		t.Helper()
		for _, p := range r.status().Parameters {
			if p.Name == "psk" && *p.Version != version {
				t.Errorf("status has version %d, want %d", *p.Version, version)
			}
		}
	}
	z.wantAnswer("agent.ping", "1")
	first, old := z.agentPID(), z.psk
	wantVersion(1)

	z.psk = newPSK()
	s.secret("/zabbix/prod/psk", z.psk)
	r.refresh(0, "kept", "parameter psk (version 2 instead of 1)", "zabbix_agent2.psk")
	z.wantAnswer("agent.ping", "1")
	if z.ask("agent.ping", old) != "" {
		t.Error("the old key still works")
	}
	if z.agentPID() == first {
		t.Error("the agent was not started again")
	}
	wantVersion(2)

	for _, bad := range []struct {
		key   string
		code  int
		words []string
	}{
		{"not hexadecimal at all", 78, []string{"failed", "psk"}},
		{z.psk[1:], 1, []string{"rolled-back", "unhealthy", "not tried again", "version 4 instead of 2"}},
		{z.psk[1:], 1, []string{"rolled-back", "unhealthy", "version 5 instead of 2"}},
	} {
		s.secret("/zabbix/prod/psk", bad.key)
		r.refresh(bad.code, bad.words...)
		z.wantAnswer("agent.ping", "1")
		wantVersion(2)
	}
	r.refresh(1, "refused")
	r.wantLastError("rolled back (unhealthy)")

	z.psk = newPSK()
	s.secret("/zabbix/prod/psk", z.psk)
	r.refresh(0, "kept", "version 6 instead of 2")
	z.wantAnswer("agent.ping", "1")
	r.wantLastError()
	z.signal(syscall.SIGTERM)
	z.wantExit(0)
}
