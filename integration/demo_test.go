//go:build linux

package integration

import (
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/tsboot/tsboot/integration/require"
)

// TestDemo runs make demo's program: it ends by itself, in time, shows what it promises and leaves nothing.
func TestDemo(t *testing.T) {
	t.Parallel()
	top := must(t)(require.ModuleRoot())
	dir := t.TempDir()
	demo := dir + "/demo"
	if err := inModule("go", "build", "-o", demo, "./integration/demo"); err != nil {
		t.Fatal(err)
	}
	temporary := t.TempDir()
	cmd := exec.Command(demo, tsbootBinary(t))
	cmd.Dir = top
	cmd.Env = append(os.Environ(), "TMPDIR="+temporary)
	begin := time.Now()
	p := start(t, cmd)
	if code := p.exitCode(time.Minute); code != 0 {
		t.Fatalf("exit code %d\n%s%s", code, p.stdout(), p.stderr())
	}
	if took := time.Since(begin); took > 30*time.Second {
		t.Errorf("took %v", took)
	}
	for _, words := range []string{"a stand-in for Threat Stack's", "********", "restarting agent", `R&D \"Docker\" Rule Set`,
		`"deploy-key": "******** (key 2)"`, "Seen: all that a boot needs is there", "kept: the agent stayed up", "rolled-back: ", "refused: ",
		"    | cloudsight: CONNECTED\n", "ended with exit code 0"} {
		if !strings.Contains(p.stdout(), words) {
			t.Errorf("the demo does not show %q:\n%s", words, p.stdout())
		}
	}
	acts := strings.Split(p.stdout(), "\n==> ")
	for _, act := range acts[1 : len(acts)-1] {
		if !strings.Contains(act, "\nLook at: ") || !strings.Contains(act, "\nSeen: ") {
			t.Errorf("an act does not say what to look at and what was seen:\n%s", act)
		}
	}
	for line := range strings.Lines(p.stdout()) {
		if strings.HasPrefix(strings.TrimLeft(line, " "), "cloudsight:") {
			t.Errorf("a line of the agent without |: %s", line)
		}
	}
	for line := range strings.Lines(acts[len(acts)-1]) { // the demo is over, and these work
		if command, ok := strings.CutPrefix(line, "$ "); ok && !strings.HasPrefix(command, "make store") {
			after := exec.Command("sh", "-euc", command)
			after.Dir = top
			if out, err := after.CombinedOutput(); err != nil {
				t.Errorf("%s%v: %s", command, err, out)
			}
		}
	}
	nothingLeft(t, temporary)
}

// nothingLeft holds a demo to leaving nothing in its directory for temporary files.
func nothingLeft(t *testing.T, dir string) {
	t.Helper()
	left, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, entry := range left {
		if !strings.HasPrefix(entry.Name(), "go-build") {
			t.Errorf("left behind: %s", entry.Name())
		}
	}
}

// TestLocalStackPins holds the places that name LocalStack's version to one another.
func TestLocalStackPins(t *testing.T) {
	t.Parallel()
	for file, words := range map[string]string{
		"localstack.sh":                     "'localstack-core[base-runtime]==4.14.0'",
		"compose.yaml":                      "localstack/localstack:4.14.0",
		"localstack-4.14.0.constraints.txt": "moto-ext==5.1.24",
	} {
		if !strings.Contains(readFile(t, file), words) {
			t.Errorf("%s does not name %s", file, words)
		}
	}
}
