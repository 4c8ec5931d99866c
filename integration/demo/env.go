package main

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"github.com/tsboot/tsboot/integration/stage"
)

// The tree below which a fleet would keep its agents' parameters.
const prod = "/threatstack/prod"

// env is what the demo runs on. Of its three keys the vendor refuses the last.
type env struct{ *stage.Boot }

// newEnv lays everything out. The profile is the one that tsboot ships for the 1.x agent, with the vendor's fixed places moved
// below the directory of the demo.
func newEnv(tsboot string) (*env, error) {
	b, err := stage.NewBoot(tsboot, prod, 3)
	if err != nil {
		return nil, err
	}
	e := &env{b}
	e.Put("ruleset", "Base Rule Set, R&D \"Docker\" Rule Set")
	e.Put("Log/LEVEL", "debug")
	e.Server.Put("/threatstack/production/deploy-key", "of a sibling, never read")
	moved := strings.NewReplacer("/opt/threatstack", e.agentDir(), "/etc/ts-agent", filepath.Dir(e.configFile()))
	if err := errors.Join(e.installAgent(), e.refuseKey(), e.MoveProfile("threatstack-1", moved.Replace)); err != nil {
		return nil, errors.Join(err, e.Clear())
	}
	return e, nil
}

func (e *env) agentDir(elements ...string) string {
	return e.Path(append([]string{"threatstack"}, elements...)...)
}

func (e *env) configFile() string { return e.Path("ts-agent", "ts_config.json") }

func (e *env) installAgent() error {
	agent := e.Path("fakeagent")
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
	return os.WriteFile(e.agentDir("fake.json"), fmt.Appendf(nil, `{"refuse_key": %q}`, e.Keys[2]), 0o600)
}

// mask shows which key it is in what the demo itself reads from disk, and hides the secret.
func (e *env) mask(text string) string {
	for n, key := range e.Keys {
		text = strings.ReplaceAll(text, key, fmt.Sprintf("******** (key %d)", n+1))
	}
	return text
}
