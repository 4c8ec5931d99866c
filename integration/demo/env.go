package main

import (
	"crypto/rand"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"github.com/tsboot/tsboot/secrets/secretstest"
)

// The tree below which a fleet would keep its agents' parameters.
const prod = "/threatstack/prod"

// stage is what the demo runs on: a directory, a store, and the boot once it is started.
type stage struct {
	dir     string
	tsboot  string
	profile string
	key     string // the one secret: what is printed is masked by it
	server  *secretstest.Server
	running *boot
}

// newStage lays everything out below a temporary directory. The profile is the one that tsboot ships for the 1.x agent,
// with the vendor's fixed places moved there.
func newStage(tsboot string) (*stage, error) {
	program, err := filepath.Abs(tsboot)
	if err != nil {
		return nil, err
	}
	dir, err := os.MkdirTemp("", "tsboot-demo.")
	if err != nil {
		return nil, err
	}
	s := &stage{dir: dir, tsboot: program, profile: filepath.Join(dir, "threatstack.yaml"), key: "demo-" + rand.Text()}
	err = errors.Join(s.installAgent(), s.moveProfile(), s.openStore())
	if err != nil {
		s.clear()
		return nil, err
	}
	return s, nil
}

func (s *stage) clear() {
	if s.running != nil {
		s.running.kill()
	}
	if s.server != nil {
		s.server.Close()
	}
	_ = os.RemoveAll(s.dir)
}

func (s *stage) agentDir(elements ...string) string {
	return filepath.Join(append([]string{s.dir, "threatstack"}, elements...)...)
}

func (s *stage) configFile() string { return filepath.Join(s.dir, "ts-agent", "ts_config.json") }

func (s *stage) installAgent() error {
	agent := filepath.Join(s.dir, "fakeagent")
	for _, command := range [][]string{
		{"go", "build", "-o", agent, "./integration/fakeagent"},
		{agent, "install", "1", s.agentDir()},
	} {
		if out, err := exec.Command(command[0], command[1:]...).CombinedOutput(); err != nil {
			return fmt.Errorf("%s: %w: %s", strings.Join(command, " "), err, out)
		}
	}
	return nil
}

func (s *stage) moveProfile() error {
	shipped, err := exec.Command(s.tsboot, "profiles", "show", "threatstack-1").Output()
	if err != nil {
		return fmt.Errorf("tsboot profiles show: %w", err)
	}
	moved := strings.NewReplacer("/opt/threatstack", s.agentDir(), "/etc/ts-agent", filepath.Dir(s.configFile())).Replace(string(shipped))
	return os.WriteFile(s.profile, []byte(moved), 0o600)
}

func (s *stage) openStore() error {
	server, err := secretstest.Start("")
	if err != nil {
		return err
	}
	s.server = server
	server.Put(prod+"/deploy-key", s.key)
	server.Put(prod+"/ruleset", "Base Rule Set, R&D \"Docker\" Rule Set", secretstest.Type(secretstest.TypeString))
	server.Put(prod+"/Log/LEVEL", "debug", secretstest.Type(secretstest.TypeString))
	server.Put("/threatstack/production/deploy-key", "of a sibling, never read")
	return nil
}

// command is tsboot with arguments, in an environment that leads it to the store and nowhere else.
func (s *stage) command(args ...string) *exec.Cmd {
	cmd := exec.Command(s.tsboot, args...)
	cmd.Env = append(s.server.Env(), "PATH="+os.Getenv("PATH"))
	return cmd
}

// mask hides the secret in what the demo itself reads from disk.
func (s *stage) mask(text string) string { return strings.ReplaceAll(text, s.key, "********") }
