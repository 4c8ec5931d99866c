//go:build linux

package integration

import (
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/tsboot/tsboot/integration/audit"
	"github.com/tsboot/tsboot/integration/require"
	"github.com/tsboot/tsboot/integration/screen"
	"github.com/tsboot/tsboot/integration/terminal"
	"github.com/tsboot/tsboot/integration/wait"
)

// buildDemoWatch builds make demo-watch's program.
var buildDemoWatch = sync.OnceValues(func() (string, error) {
	program := filepath.Join(shared, "demowatch")
	return program, inModule("go", "build", "-o", program, "./integration/demowatch")
})

// demoWatch runs it on a terminal, as a person does, with a directory for what is temporary.
func demoWatch(t *testing.T, temporary string, environ ...string) (*process, *shownOn) {
	t.Helper()
	cmd := exec.Command(must(t)(buildDemoWatch()), tsbootBinary(t), must(t)(buildTswatch()))
	cmd.Dir = must(t)(require.ModuleRoot())
	cmd.Env = append(os.Environ(), append(environ, "TMPDIR="+temporary, "TERM=xterm-256color", "NO_COLOR=")...)
	master, slave, err := terminal.Open()
	if err != nil {
		t.Fatal(err)
	}
	shown := &shownOn{}
	go func() { _, _ = io.Copy(shown, master) }() // ends when the master is closed
	t.Cleanup(func() { slave.Close(); master.Close() })
	cmd.Stdout, cmd.Stderr = slave, slave
	return start(t, cmd), shown
}

// toItsEnd waits until the demo is over, and gives what it showed.
func toItsEnd(t *testing.T, p *process, shown *shownOn) string {
	t.Helper()
	if code := p.exitCode(time.Minute); code != 0 {
		t.Fatalf("exit code %d\n%s", code, shown.String())
	}
	shown.awaitLast(t, "docs/agents/tswatch.md")
	return shown.String()
}

// TestDemoWatch: every story of the recorded attack sets off its alert, with the key of the moment. The README's picture is
// of these alerts.
func TestDemoWatch(t *testing.T) {
	t.Parallel()
	temporary := t.TempDir()
	p, on := demoWatch(t, temporary, "RECORDED=1")
	shown := toItsEnd(t, p, on)
	wantStories(t, shown, "It is not live here: RECORDED is set.", "some-nginx (image nginx:1.27)")
	nothingLeft(t, temporary)
	wantPicture(t, "watch", "Alerts of an attack on a container, and of the same copy on the host", "$ make demo-watch\n...\n"+storiesIn(shown))
}

// wantStories: the demo shows what it promises.
func wantStories(t *testing.T, shown string, more ...string) {
	t.Helper()
	printed := strings.ReplaceAll(screen.Plain(shown), "\r", "")
	for _, words := range append(more, "-rw------- ", "severity 2  docker-package-manager", "severity 2  docker-download", "severity 1  docker-remote-copy-out",
		"severity 3  base-remote-copy-out", "kept: the agent stayed up", "with key 2 as the token", "Seen: tswatch is still pid ",
		"lost         0", "ended with exit code 0") {
		if !strings.Contains(printed, words) {
			t.Errorf("the demo does not show %q:\n%s", words, printed)
		}
	}
}

// storiesIn are the acts of the attack: what ran, and its alerts.
func storiesIn(shown string) string {
	var b strings.Builder
	for _, act := range strings.Split(steadied(shown), "\n==> ")[1:] {
		if !strings.Contains(act, "\n> ") {
			continue
		}
		_, title, _ := strings.Cut(act, ": ") // the number before it is that of the whole demo
		b.WriteString("\n==> ")
		for line := range strings.Lines(title) {
			if !strings.HasPrefix(line, "Look at: ") && !strings.HasPrefix(line, "Seen: ") && line != "\n" {
				b.WriteString(line)
			}
		}
	}
	return b.String()
}

// TestDemoWatchLive: the same happens in a container of this machine. At the end, and when a person ends it before that, audit
// is as it was, and nothing is left. It is not parallel: the audit state is the machine's.
func TestDemoWatchLive(t *testing.T) {
	require.Tools(t, "root", "docker", "auditctl")
	audit.Borrow(t)
	for name, run := range map[string]func(*testing.T, *process, *shownOn){
		"to its end": func(t *testing.T, p *process, shown *shownOn) {
			wantStories(t, toItsEnd(t, p, shown), "/nginx:1.27), pid ", "Audit is as it was before.", "docker exec tsboot-demo-")
		},
		"Ctrl-C": func(t *testing.T, p *process, shown *shownOn) {
			wait.For(t, aLongTime, "the first alert", func() bool { return strings.Contains(shown.String(), "docker-network-tool") || !p.running() })
			p.signal(syscall.SIGINT)
			if code := p.exitCode(aLongTime); code != 1 {
				t.Errorf("exit code %d\n%s", code, shown.String())
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			temporary, before := t.TempDir(), audit.State(t)
			p, shown := demoWatch(t, temporary, "RECORDED=")
			run(t, p, shown)
			nothingLeft(t, temporary)
			after, rules := audit.State(t), audit.Ctl(t, "-l")
			if after["enabled"] != before["enabled"] || after["backlog_limit"] != before["backlog_limit"] || after["backlog_wait_time"] != before["backlog_wait_time"] || !strings.Contains(rules, "No rules") {
				t.Errorf("audit was %v and is %v, with %s", before, after, rules)
			}
			if left := docker(t, "ps", "-a", "--filter", "name=tsboot-demo-", "--format", "{{.Names}}") + docker(t, "images", "tsboot-demo-*/nginx", "-q"); strings.TrimSpace(left) != "" {
				t.Errorf("the engine still has %s", left)
			}
			if left, err := filepath.Glob("/tsboot-demo.*"); err != nil || len(left) > 0 {
				t.Errorf("%q is left, %v", left, err)
			}
		})
	}
}
