//go:build linux

package integration

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/binary"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/tsboot/tsboot/integration/require"
	"github.com/tsboot/tsboot/integration/wait"
)

// zabbix is a running zabbix-agent2 that tsboot booted from a Parameter Store.
type zabbix struct {
	*process
	t        *testing.T
	address  string
	identity string
	psk      string
	dir      string
}

// bootZabbix boots it by the profile file.
func bootZabbix(t *testing.T, s *store, profile string, args ...string) *zabbix {
	t.Helper()
	require.Tools(t, "zabbix", "openssl")
	z := &zabbix{t: t, address: must(t)(freeAddress()), identity: "it-" + rand.Text(), psk: newPSK(), dir: t.TempDir()}
	s.secret("/zabbix/prod/psk", z.psk)
	s.secret("/zabbix/prod/PSK_Identity", z.identity)
	s.plain("/zabbix/prod/server", "127.0.0.1")
	s.plain("/zabbix/prod/hostname", "node-1.example")
	s.secrets = []string{z.psk} // the identity goes over the wire in clear
	leaks := newLeakCheck(t, s, z.dir)
	leaks.argvMay = []string{"openssl"} // it takes no key any other way
	host, port, _ := strings.Cut(z.address, ":")
	cmd := exec.Command(tsbootBinary(t), append([]string{"--ssm-path", s.path("/zabbix/prod"), "--profile", profile, "--log-level", "trace",
		"--set", "listen-ip=" + host, "--set", "listen-port=" + port, "--set", "run-dir=" + z.dir,
		"--set", "psk-file=" + filepath.Join(z.dir, "zabbix_agent2.psk"), "--set", "config-file=" + filepath.Join(z.dir, "zabbix_agent2.conf")}, args...)...)
	cmd.Env = append([]string{"PATH=/usr/sbin:/usr/bin"}, s.env...)
	z.process = start(t, cmd)
	leaks.watch(z.process)
	return z
}

// ask is zabbix_get by hand: one request over TLS-PSK, and the answer, "" where the agent refuses.
func (z *zabbix) ask(item, psk string) string {
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	cmd := exec.CommandContext(ctx, "openssl", "s_client", "-connect", z.address, "-tls1_2", "-psk", psk,
		"-psk_identity", z.identity, "-cipher", "PSK-AES128-GCM-SHA256", "-quiet")
	header := append([]byte("ZBXD\x01"), binary.LittleEndian.AppendUint64(nil, uint64(len(item)))...)
	var out bytes.Buffer
	cmd.Stdin, cmd.Stdout = bytes.NewReader(append(header, item...)), &out
	_ = cmd.Run() // the agent closes without TLS's goodbye, which openssl takes for a failure: the answer counts
	if out.Len() < 13 || !bytes.HasPrefix(out.Bytes(), []byte("ZBXD\x01")) {
		return ""
	}
	return out.String()[13:]
}

func (z *zabbix) wantAnswer(item, want string) {
	z.t.Helper()
	answer := ""
	if !wait.Until(aLongTime, func() bool { answer = z.ask(item, z.psk); return answer != "" || !z.running() }) || answer != want {
		z.t.Fatalf("%s: the agent answered %q, want %q\n%s\n%s", item, answer, want, z.stderr(), z.stdout())
	}
}

// agentPID is the agent's pid: the child of tsboot that runs it.
func (z *zabbix) agentPID() int {
	for _, pid := range childrenOf(z.cmd.Process.Pid) {
		if argv := cmdline(pid); len(argv) > 0 && strings.HasSuffix(argv[0], "zabbix_agent2") {
			return pid
		}
	}
	return 0
}

// TestZabbixAgent boots an agent that tsboot knows nothing of but a profile file, and asks it as its server would.
func TestZabbixAgent(t *testing.T) {
	t.Parallel()
	z := bootZabbix(t, anyStore(t), "../examples/zabbix.yaml")
	z.wantAnswer("agent.ping", "1")
	z.wantAnswer("agent.hostname", "node-1.example")
	if answer := z.ask("agent.ping", strings.Repeat("00", 32)); answer != "" {
		t.Errorf("with a wrong key the agent answered %q", answer)
	}

	first := z.agentPID()
	if first == 0 {
		t.Fatal("no zabbix_agent2 below tsboot")
	}
	if err := syscall.Kill(first, syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	z.wantLog("restarting agent")
	wait.For(t, aLongTime, "another agent runs", func() bool { pid := z.agentPID(); return pid != 0 && pid != first })
	z.wantAnswer("agent.ping", "1")

	z.signal(syscall.SIGTERM)
	z.wantExit(0)
	for _, name := range []string{"zabbix_agent2.psk", "zabbix_agent2.conf"} {
		if info, err := filepath.Glob(filepath.Join(z.dir, name)); err != nil || len(info) != 1 {
			t.Errorf("%s: %v %v", name, info, err)
		}
	}
}

// TestZabbixBadKey: a key that breaks the profile's rule is refused before anything is written, and not shown.
func TestZabbixBadKey(t *testing.T) {
	t.Parallel()
	s := memoryStore(t)
	dir := t.TempDir()
	newLeakCheck(t, s, dir)
	s.secret("/zabbix/prod/psk", "not-hexadecimal-at-all-but-secret")
	s.plain("/zabbix/prod/psk-identity", "id")
	s.plain("/zabbix/prod/server", "127.0.0.1")
	cmd := exec.Command(tsbootBinary(t), "--ssm-path", "/zabbix/prod", "--profile", "../examples/zabbix.yaml",
		"--set", "psk-file="+filepath.Join(dir, "psk"), "--set", "config-file="+filepath.Join(dir, "conf"))
	cmd.Env = s.env
	p := start(t, cmd)
	p.wantExit(78)
	for _, word := range []string{"psk", "hostname", "ZABBIX_HOSTNAME"} { // all problems at once
		if !strings.Contains(p.stderr(), word) {
			t.Errorf("the message does not name %s:\n%s", word, p.stderr())
		}
	}
	if files, err := filepath.Glob(filepath.Join(dir, "*")); err != nil || len(files) != 0 {
		t.Errorf("written all the same: %v %v", files, err)
	}
}
