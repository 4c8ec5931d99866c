//go:build linux

package integration

import (
	"os"
	"testing"
	"time"

	"github.com/tsboot/tsboot/integration/wait"
	"github.com/tsboot/tsboot/secrets/secretstest"
)

// TestConfigDirectoryMade: the directory of the config need not be there.
func TestConfigDirectoryMade(t *testing.T) {
	t.Parallel()
	s := prodStore(memoryStore(t))
	c := newThreatStack(t, 1, s)
	removeAll(t, c.path("/etc/ts-agent"))
	p := c.boot(nil, "--ssm-path", s.path("/threatstack/prod"))
	c.awaitReady(p, 1)
	c.wantConfig(configFile, "ruleset", "Base Rule Set, Docker Rule Set")
	if info, err := os.Stat(c.path("/etc/ts-agent")); err != nil || info.Mode().Perm()&0o022 != 0 {
		t.Errorf("the directory that was made: %v, %v", info.Mode(), err)
	}
	c.stop(p)
}

// TestOutage: Parameter Store is away when the host restarts its task. With the files of the boot before, the agent
// runs all the same when that was asked for, and takes the new key once the store is back.
func TestOutage(t *testing.T) {
	t.Parallel()
	s := prodStore(memoryStore(t))
	c := newThreatStack(t, 1, s)
	boot := func(policy string) *process {
		return c.boot(nil, "--ssm-path", s.path("/threatstack/prod"), "--fetch-timeout", "1s", "--on-fetch-failure", policy)
	}
	first := boot("use-existing")
	c.awaitReady(first, 1)
	c.stop(first)

	s.memory.Script(secretstest.Fault{Kind: secretstest.ServerError, Times: secretstest.Forever})
	boot("fail").wantExit(69)
	key := randomSecret()
	s.secret("/threatstack/prod/deploy-key", key)
	second := boot("use-existing")
	c.awaitReady(second, 2)
	second.wantLog("WARN")

	s.memory.ClearFaults()
	if !wait.Until(3*time.Minute, func() bool { return c.config(configFile)["deploy-key"] == key || !second.running() }) {
		t.Errorf("the new key was not taken\n%s", second.stderr())
	}
	c.awaitReady(second, 3)
	if code := c.stop(second); code != 0 {
		t.Errorf("exit code %d\n%s", code, second.stderr())
	}
}

// TestRefusalIsNotAnOutage: a refusal by AWS does not start the agent on old files.
func TestRefusalIsNotAnOutage(t *testing.T) {
	t.Parallel()
	s := prodStore(memoryStore(t))
	c := newThreatStack(t, 1, s)
	first := c.boot(nil, "--ssm-path", s.path("/threatstack/prod"))
	c.awaitReady(first, 1)
	c.stop(first)
	s.memory.Script(secretstest.Fault{Kind: secretstest.AccessDenied, Times: secretstest.Forever})
	p := c.boot(nil, "--ssm-path", s.path("/threatstack/prod"), "--on-fetch-failure", "use-existing")
	p.wantExit(77)
	wantLogged(t, p, []string{"ssm:GetParametersByPath", s.path("/threatstack/prod"), "us-east-1"})
}
