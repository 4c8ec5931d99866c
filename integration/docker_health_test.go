//go:build linux

package integration

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/tsboot/tsboot/integration/wait"
	"github.com/tsboot/tsboot/secrets/secretstest"
)

// inside is `docker exec`: the exit code and all that was said.
func (c *dockerContainer) inside(options []string, argv ...string) (int, string) {
	c.t.Helper()
	cmd := exec.Command("docker", append(append(append([]string{"exec"}, options...), c.name), argv...)...)
	out, err := cmd.CombinedOutput()
	if exit := (*exec.ExitError)(nil); err != nil && !errors.As(err, &exit) {
		c.t.Fatal(err)
	}
	return cmd.ProcessState.ExitCode(), string(out)
}

// awaitHealth waits until the engine says that of the container.
func (c *dockerContainer) awaitHealth(want string) {
	c.t.Helper()
	got := ""
	if !wait.Until(aLongTime, func() bool {
		got = strings.TrimSpace(docker(c.t, "inspect", "-f", "{{.State.Health.Status}}", c.name))
		return got == want
	}) {
		c.t.Fatalf("the engine says %q, want %q\n%s\n%s", got, want, docker(c.t, "inspect", "-f", "{{json .State.Health}}", c.name), c.logs())
	}
}

// checkedImage is the agent's image with a health check in exec form, as an operator's Dockerfile would have it.
func checkedImage(t *testing.T, kind string, check ...string) string {
	t.Helper()
	words, err := json.Marshal(check)
	if err != nil {
		t.Fatal(err)
	}
	dir, name := t.TempDir(), tag("checked-"+kind)
	writeFile(t, filepath.Join(dir, "Dockerfile"),
		fmt.Sprintf("FROM %s\nHEALTHCHECK --interval=1s --start-period=60s --retries=2 --timeout=20s CMD %s\n", agentOnImage(t), words), 0o644)
	if err := dockerBuild(dir, name); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { removeImages(name) })
	return name
}

// testDockerHealth: the engine's own health check in exec form, in an image without a shell, as root and as another user,
// with a read-only root; and what an operator asks by docker exec.
func testDockerHealth(t *testing.T) {
	t.Parallel()
	const uid = 10001
	own := t.TempDir() // the agent's directory, of that uid
	if err := os.Chown(own, uid, uid); err != nil {
		t.Fatal(err)
	}
	inMemory := []string{"--read-only", "--tmpfs", "/tmp", "--tmpfs", "/run", "--tmpfs", "/opt/threatstack/etc"}
	for name, test := range map[string]struct {
		check   []string
		options []string
		live    bool
	}{
		"health":       {check: []string{"/tsboot", "health"}},
		"live":         {check: []string{"/tsboot", "health", "--live"}, live: true},
		"read-only":    {check: []string{"/tsboot", "health"}, options: inMemory},
		"another-user": {check: []string{"/tsboot", "health"}, options: []string{"--user", fmt.Sprint(uid), "--tmpfs", "/run:mode=1777", "-v", own + ":/opt/threatstack/etc"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := prodStore(memoryStore(t))
			s.memory.Script(secretstest.Fault{Kind: secretstest.ServerError, Times: secretstest.Forever})
			knobs := writeFile(t, filepath.Join(t.TempDir(), "fake.json"), "{}", 0o644)
			options := append([]string{"-e", "TSBOOT_RUN_DIR=/run/tsboot", "-v", knobs + ":/opt/threatstack/fake.json:ro"}, test.options...)
			c := dockerRunImage(t, s, checkedImage(t, name, test.check...), options, "--ssm-path", s.path("/threatstack/prod"), "--refresh-probation", "100ms")
			c.wantHealthWhileFetching(test.live)
			s.memory.ClearFaults()
			c.awaitReady()
			c.awaitHealth("healthy")
			c.wantAnswers(s)

			writeFile(t, knobs, `{"status":{"exit":1}}`, 0o644)
			if !test.live {
				c.awaitHealth("unhealthy")
			}
			c.wantInside(1, "health command", "/tsboot", "health")
			c.wantInside(0, "", "/tsboot", "health", "--live")
			writeFile(t, knobs, "{}", 0o644)
			c.awaitHealth("healthy")
			if c.stop(); test.options == nil {
				c.wantExit(0)
			}
		})
	}
}

// wantHealthWhileFetching: a boot that waits for Parameter Store is not healthy, and alive.
func (c *dockerContainer) wantHealthWhileFetching(live bool) {
	c.t.Helper()
	wait.For(c.t, aLongTime, "tsboot answers", func() bool { code, _ := c.inside(nil, "/tsboot", "health", "--live"); return code == 0 })
	c.wantInside(1, "fetching", "/tsboot", "health")
	if live {
		c.awaitHealth("healthy")
		return
	}
	wait.For(c.t, aLongTime, "a check of the engine", func() bool {
		return strings.Contains(docker(c.t, "inspect", "-f", "{{json .State.Health.Log}}", c.name), "fetching")
	})
	c.awaitHealth("starting")
}

// wantAnswers asks by docker exec what an operator does, as the container's user and as another.
func (c *dockerContainer) wantAnswers(s *store) {
	c.t.Helper()
	c.wantInside(0, `"phase": "running"`, "/tsboot", "status", "--json")
	c.wantInside(0, "unchanged", "/tsboot", "refresh")
	s.secret("/threatstack/prod/deploy-key", randomSecret())
	c.wantInside(0, "parameter deploy-key (version 2 instead of 1)", "/tsboot", "refresh")
	user := strings.TrimSpace(docker(c.t, "inspect", "-f", "{{.Config.User}}", c.name))
	other, says := "10002", "permission denied"
	if user != "" { // root gets past the file's mode, and no further
		other, says = "0", "answers only uid 10001"
	}
	for _, command := range []string{"status", "refresh"} {
		if code, said := c.inside([]string{"--user", other}, "/tsboot", command); code != 69 || !strings.Contains(said, says) {
			c.t.Errorf("%s of uid %s: %d: %s", command, other, code, said)
		}
	}
	if code, said := c.inside([]string{"--user", other}, "/tsboot", "health"); code != 1 || !strings.Contains(said, says) {
		c.t.Errorf("health of uid %s: %d: %s", other, code, said)
	}
}

// wantInside runs a program in the container and wants its code and words in what it says.
func (c *dockerContainer) wantInside(code int, words string, argv ...string) {
	c.t.Helper()
	if got, said := c.inside(nil, argv...); got != code || !strings.Contains(said, words) {
		c.t.Errorf("%q: exit code %d, want %d and %q: %s\n%s", argv, got, code, words, said, c.logs())
	}
}
