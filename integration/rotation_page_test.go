//go:build linux

package integration

import (
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/tsboot/tsboot/integration/docpage"
	"github.com/tsboot/tsboot/integration/wait"
)

// rotationPage is docs/rotation.md, followed with a Threat Stack agent. What is to run in the container runs beside it, on
// the same socket.
type rotationPage struct {
	*agentPage
	run string // the socket's directory
}

// inContainer is tsboot as `docker exec agent` or ECS Exec would run it.
func (p *rotationPage) inContainer(args ...string) docpage.Result {
	cmd := exec.Command(tsbootBinary(p.t), args...)
	cmd.Env = []string{"TSBOOT_RUN_DIR=" + p.run}
	out, err := cmd.CombinedOutput()
	if err != nil && cmd.ProcessState == nil {
		p.t.Error(err)
		return docpage.Result{Code: 99}
	}
	return docpage.Result{Printed: string(out), Code: cmd.ProcessState.ExitCode()}
}

func (p *rotationPage) docker(_ string, args []string) docpage.Result {
	if len(args) < 3 || args[0] != "exec" || args[1] != "agent" || args[2] != "/tsboot" {
		p.t.Errorf("this test does not know docker %q", args)
		return docpage.Result{Code: 99}
	}
	return p.inContainer(args[3:]...)
}

func (p *rotationPage) ecsExec(_ string, args []string) docpage.Result {
	command, ok := strings.CutPrefix(args[len(args)-1], "/tsboot ")
	if !ok || args[0] != "ecs" || args[1] != "execute-command" {
		p.t.Errorf("this test does not know aws %q", args)
		return docpage.Result{Code: 99}
	}
	return p.inContainer(strings.Fields(command)...)
}

// follow runs a block of commands that ends with a code, and compares what it prints with a block of the page. Keys are in
// files that only their owner reads, and gone in the end.
func (p *rotationPage) follow(block, printed *docpage.Block, code int, env ...string) string {
	p.t.Helper()
	one := *block
	one.Output = printed
	said := p.Want(&one, code, append(env, "TASK=1")...)
	if fileExists(filepath.Join(p.Dir, "deploy-key")) {
		p.t.Error("the commands leave the key in a file")
	}
	return said
}

// TestRotationPage runs the commands of docs/rotation.md, one after the other, and compares what they print.
func TestRotationPage(t *testing.T) {
	t.Parallel()
	s := memoryStore(t)
	first, second, bad := randomSecret(), randomSecret(), randomSecret()
	s.secret("/threatstack/prod/deploy-key", first)
	c := newThreatStack(t, 1, s)
	c.misbehave(`{"refuse_key": "` + bad + `"}`)
	boot := c.boot(nil, "--ssm-path", s.path("/threatstack/prod"), "--run-dir", "/run/tsboot", "--refresh-probation", "2s", "--log-format", "json")
	page := &agentPage{Page: docpage.Read(t, "docs/rotation.md"), t: t, store: s}
	p := &rotationPage{page, c.path("/run/tsboot")}
	p.AWS(p.put, p.ecsExec)
	p.Func("docker", p.docker)
	wait.For(t, aLongTime, "the agent is healthy", func() bool {
		return exec.Command(tsbootBinary(t), "health", "--run-dir", p.run).Run() == nil || !boot.running()
	})
	commands, texts := p.Commands(), p.Of("text")
	if len(commands) != 4 || len(texts) != 2 {
		t.Fatalf("%d blocks of commands, %d of text", len(commands), len(texts))
	}

	p.follow(commands[0], nil, 0, "NEW_KEY="+second)
	p.follow(commands[1], texts[0], 0)
	p.follow(commands[0], nil, 0, "NEW_KEY="+bad)
	p.follow(commands[2], texts[1], 1)
	if said := p.follow(commands[1], nil, 1); !strings.HasPrefix(said, "refused: ") {
		t.Errorf("a second time: %s", said)
	}
	if config := readFile(t, c.path("/etc/ts-agent/ts_config.json")); !strings.Contains(config, second) {
		t.Error("the file does not have the last good key")
	}
	if said := p.follow(commands[3], nil, 0, "OLD_KEY="+second); !strings.Contains(said, "deploy-key") || strings.Contains(said, "last error") {
		t.Errorf("after the old key: %s", said)
	}

	query := regexp.MustCompile(`filter @message like /(.*)/`).FindStringSubmatch(p.Text)
	if found := regexp.MustCompile(query[1]).FindAllString(boot.stderr(), -1); len(found) != 2 {
		t.Errorf("the query finds %q\n%s", found, boot.stderr())
	}
	if code := c.stop(boot); code != 0 {
		t.Errorf("exit code %d", code)
	}
}
