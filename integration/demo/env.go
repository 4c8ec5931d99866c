package main

import (
	"crypto/rand"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"github.com/tsboot/tsboot/integration/stage"
	"github.com/tsboot/tsboot/secrets/secretstest"
)

// The tree below which a fleet would keep its agents' parameters.
const prod = "/threatstack/prod"

// env is what the demo runs on: a directory, a store, and the boot once it is started.
type env struct {
	dir     string
	tsboot  string
	given   string // the same, as the command line has it
	profile string
	keys    [3]string // the secrets, one after the other: what is printed is masked by them. The vendor refuses the last
	server  *secretstest.Server
	running *stage.Program
}

// newEnv lays everything out below a temporary directory. The profile is the one that tsboot ships for the 1.x agent,
// with the vendor's fixed places moved there.
func newEnv(tsboot string) (*env, error) {
	program, err := filepath.Abs(tsboot)
	if err != nil {
		return nil, err
	}
	dir, err := os.MkdirTemp("", "tsboot-demo.")
	if err != nil {
		return nil, err
	}
	e := &env{dir: dir, tsboot: program, given: tsboot, profile: filepath.Join(dir, "threatstack.yaml")}
	for i := range e.keys {
		e.keys[i] = "demo-" + rand.Text()
	}
	err = errors.Join(e.installAgent(), e.refuseKey(), e.moveProfile(), e.openStore())
	if err != nil {
		e.clear()
		return nil, err
	}
	return e, nil
}

func (e *env) clear() {
	if e.running != nil {
		e.running.Kill()
	}
	if e.server != nil {
		e.server.Close()
	}
	_ = os.RemoveAll(e.dir)
}

func (e *env) agentDir(elements ...string) string {
	return filepath.Join(append([]string{e.dir, "threatstack"}, elements...)...)
}

func (e *env) configFile() string { return filepath.Join(e.dir, "ts-agent", "ts_config.json") }

func (e *env) installAgent() error {
	agent := filepath.Join(e.dir, "fakeagent")
	for _, command := range [][]string{
		{"go", "build", "-o", agent, "./integration/fakeagent"},
		{agent, "install", "1", e.agentDir()},
	} {
		if out, err := exec.Command(command[0], command[1:]...).CombinedOutput(); err != nil {
			return fmt.Errorf("%s: %w: %s", strings.Join(command, " "), err, out)
		}
	}
	return nil
}

// refuseKey makes the last key one that the agent ends on.
func (e *env) refuseKey() error {
	return os.WriteFile(e.agentDir("fake.json"), fmt.Appendf(nil, `{"refuse_key": %q}`, e.keys[2]), 0o600)
}

func (e *env) moveProfile() error {
	shipped, err := exec.Command(e.tsboot, "profiles", "show", "threatstack-1").Output()
	if err != nil {
		return fmt.Errorf("tsboot profiles show: %w", err)
	}
	moved := strings.NewReplacer("/opt/threatstack", e.agentDir(), "/etc/ts-agent", filepath.Dir(e.configFile())).Replace(string(shipped))
	return os.WriteFile(e.profile, []byte(moved), 0o600)
}

func (e *env) openStore() error {
	server, err := secretstest.Start("")
	if err != nil {
		return err
	}
	e.server = server
	e.rotate(0)
	server.Put(prod+"/ruleset", "Base Rule Set, R&D \"Docker\" Rule Set", secretstest.Type(secretstest.TypeString))
	server.Put(prod+"/Log/LEVEL", "debug", secretstest.Type(secretstest.TypeString))
	server.Put("/threatstack/production/deploy-key", "of a sibling, never read")
	return nil
}

// variables lead a tsboot to the store, and to the one that runs.
func (e *env) variables() []string {
	return append(e.server.Env(), "TSBOOT_RUN_DIR="+filepath.Join(e.dir, "run"))
}

// command is tsboot with arguments, in an environment that leads it to the store and nowhere else.
func (e *env) command(args ...string) *exec.Cmd {
	cmd := exec.Command(e.tsboot, args...)
	cmd.Env = append(e.variables(), "PATH="+os.Getenv("PATH"))
	return cmd
}

// rotate puts the n-th key into the store.
func (e *env) rotate(n int) { e.server.Put(prod+"/deploy-key", e.keys[n]) }

// mask shows which key it is in what the demo itself reads from disk, and hides the secret.
func (e *env) mask(text string) string {
	for n, key := range e.keys {
		text = strings.ReplaceAll(text, key, fmt.Sprintf("******** (key %d)", n+1))
	}
	return text
}

// shows says whether a text has a secret.
func (e *env) shows(text string) bool { return e.mask(text) != text }
