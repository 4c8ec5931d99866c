//go:build linux

package integration

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/tsboot/tsboot/integration/docpage"
	"github.com/tsboot/tsboot/integration/wait"
)

// The AWS CLI and the Docker client of the page. Values go into files, as the AWS CLI reads them; what is to run in the
// container runs beside it, on the same socket.
const (
	rotationAWS = `#!/bin/sh
case "$1 $2" in
"ssm put-parameter")
	[ "$3 $4 $5 $6 $8" = "--overwrite --type SecureString --name --value" ] || exit 97
	cp "${9#file://}" "stored-$(basename "$7")" ;;
"ecs execute-command")
	for last; do :; done
	exec docker exec agent $last ;;
*) exit 98 ;;
esac
`
	rotationDocker = `#!/bin/sh
[ "$1 $2 $3" = "exec agent /tsboot" ] || exit 99
shift 3
exec "$TSBOOT" "$@"
`
)

// rotationPage is docs/rotation.md, followed with a Threat Stack agent.
type rotationPage struct {
	*agentPage
	run string // the socket's directory
}

// follow runs a block of commands, puts into the store what it stores, and gives what it printed.
func (p *rotationPage) follow(block *docpage.Block, code int, env ...string) string {
	p.t.Helper()
	var said strings.Builder
	for command := range strings.Lines(block.Text) { // the store has the value before the next command asks for it
		one := *block
		one.Text = "umask 077\n" + command
		want := 0
		if strings.Contains(command, "refresh") {
			want = code
		}
		got := p.Run(&one, append(env, "TSBOOT="+tsbootBinary(p.t), "TSBOOT_RUN_DIR="+p.run, "TASK=1")...)
		if got.Code != want {
			p.t.Fatalf("%sexit code %d, want %d: %s", command, got.Code, want, got.Printed)
		}
		said.WriteString(got.Printed)
		if stored := filepath.Join(p.Dir, "stored-deploy-key"); fileExists(stored) {
			p.store.secret("/threatstack/prod/deploy-key", p.secret("stored-deploy-key"))
			if err := os.Remove(stored); err != nil {
				p.t.Fatal(err)
			}
		}
	}
	if fileExists(filepath.Join(p.Dir, "deploy-key")) {
		p.t.Error("the commands leave the key in a file")
	}
	return said.String()
}

// wantText compares what was printed with a block of the page.
func (p *rotationPage) wantText(got string, want *docpage.Block) {
	p.t.Helper()
	if err := docpage.Compare(got, want.Text); err != nil {
		p.t.Error(err)
	}
}

// TestRotationPage runs the commands of docs/rotation.md, one after the other, and compares what they print.
func TestRotationPage(t *testing.T) {
	t.Parallel()
	s := memoryStore(t)
	first, second, bad := randomSecret(), randomSecret(), randomSecret()
	s.secret("/threatstack/prod/deploy-key", first)
	c := newThreatStack(t, 1, s)
	c.misbehave(`{"refuse_key": "` + bad + `"}`)
	boot := c.boot(nil, "--ssm-path", s.path("/threatstack/prod"), "--run-dir", "/run/tsboot", "--refresh-probation", "300ms", "--log-format", "json")
	page := &agentPage{Page: docpage.Read(t, "docs/rotation.md"), t: t, store: s}
	page.Stub("aws", rotationAWS)
	page.Stub("docker", rotationDocker)
	p := &rotationPage{page, c.path("/run/tsboot")}
	wait.For(t, aLongTime, "the agent is healthy", func() bool {
		return exec.Command(tsbootBinary(t), "health", "--run-dir", p.run).Run() == nil || !boot.running()
	})
	commands, texts := p.Commands(), p.Of("text")
	if len(commands) != 4 || len(texts) != 2 {
		t.Fatalf("%d blocks of commands, %d of text", len(commands), len(texts))
	}

	p.follow(commands[0], 0, "NEW_KEY="+second)
	p.wantText(p.follow(commands[1], 0), texts[0])
	p.follow(commands[0], 0, "NEW_KEY="+bad)
	p.wantText(p.follow(commands[2], 1), texts[1])
	if said := p.follow(commands[1], 1); !strings.HasPrefix(said, "refused: ") {
		t.Errorf("a second time: %s", said)
	}
	if config := readFile(t, c.path("/etc/ts-agent/ts_config.json")); !strings.Contains(config, second) {
		t.Error("the file does not have the last good key")
	}
	if said := p.follow(commands[3], 0, "OLD_KEY="+second); !strings.Contains(said, "deploy-key") || strings.Contains(said, "last error") {
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
