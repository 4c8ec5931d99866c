package main

import (
	"context"
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

// prod is the tree below which a fleet would keep the parameters of its tswatch.
const prod = "/tswatch/prod"

// env is what the demo runs on: a directory, a store, a collector, and the boot once it is started.
type env struct {
	dir       string
	tsboot    string
	given     string // the same, as the command line has it
	tswatch   string
	profile   string
	keys      [2]string // the secrets, one after the other: what is printed is masked by them
	server    *secretstest.Server
	collector *collector
	attack    attack
	running   *stage.Program
}

// newEnv lays everything out below a temporary directory.
func newEnv(tsboot, tswatch string) (*env, error) {
	program, err := filepath.Abs(tsboot)
	if err != nil {
		return nil, err
	}
	agent, err := filepath.Abs(tswatch)
	if err != nil {
		return nil, err
	}
	dir, err := os.MkdirTemp("", "tsboot-demo.")
	if err != nil {
		return nil, err
	}
	e := &env{dir: dir, tsboot: program, given: tsboot, tswatch: agent, profile: filepath.Join(dir, "tswatch.yaml")}
	for i := range e.keys {
		e.keys[i] = "demo-" + rand.Text()
	}
	for _, open := range []func() error{e.openCollector, e.openStore, e.openAttack, e.moveProfile} {
		if err := open(); err != nil {
			return nil, errors.Join(err, e.clear())
		}
	}
	return e, nil
}

// clear ends tsboot as a stop does, so that tswatch puts back what it has changed, and takes everything away.
func (e *env) clear() error {
	var faults []error
	if e.running != nil && !e.ended() {
		ctx, cancel := context.WithTimeout(context.Background(), takeAway)
		_, err := e.running.Stop(ctx)
		cancel()
		faults = append(faults, err)
		e.running.Kill()
	}
	if e.attack != nil {
		faults = append(faults, e.attack.close())
	}
	if e.collector != nil {
		e.collector.close()
	}
	if e.server != nil {
		e.server.Close()
	}
	return errors.Join(append(faults, os.RemoveAll(e.dir))...)
}

func (e *env) path(elements ...string) string {
	return filepath.Join(append([]string{e.dir}, elements...)...)
}

// openAttack makes it a live one where that can be.
func (e *env) openAttack() error {
	before, why := missing()
	if why != nil {
		r, err := openRecording(e.dir, why.Error())
		e.attack = r
		return err
	}
	l, err := openLive(e.dir, before, e.collector.has)
	e.attack = l
	return err
}

// moveProfile takes the profile that tsboot ships, moves its fixed places below the directory, and has a tswatch that ends
// end the boot.
func (e *env) moveProfile() error {
	shipped, err := exec.Command(e.tsboot, "profiles", "show", "tswatch").Output()
	if err != nil {
		return fmt.Errorf("tsboot profiles show: %w", err)
	}
	profile, _, _ := strings.Cut(string(shipped), "\ntests:\n")
	moved := strings.NewReplacer(
		"/etc/tswatch/tsboot", e.path("etc"),
		"/run/tswatch", e.path("run-tswatch"),
		"    - tswatch\n", "    - "+e.tswatch+"\n",
		"argv: [tswatch, ", "argv: ["+e.tswatch+", ",
		"restart: always", `restart: "no"`,
	).Replace(profile)
	return os.WriteFile(e.profile, []byte(e.attack.change(moved)+"\n"), 0o600)
}

func (e *env) openCollector() error {
	var err error
	e.collector, err = newCollector()
	return err
}

func (e *env) openStore() error {
	server, err := secretstest.Start("")
	if err != nil {
		return err
	}
	e.server = server
	e.rotate(0)
	for name, value := range map[string]string{"output": e.collector.url, "emit": "alerts", "Log_Level": "warn"} {
		server.Put(prod+"/"+name, value, secretstest.Type(secretstest.TypeString))
	}
	return nil
}

// variables lead a tsboot to the store, and to the one that runs.
func (e *env) variables() []string {
	return append(e.server.Env(), "TSBOOT_RUN_DIR="+e.path("run"))
}

// command is tsboot with arguments, in an environment that leads it to the store and nowhere else.
func (e *env) command(args ...string) *exec.Cmd {
	cmd := exec.Command(e.tsboot, args...)
	cmd.Env = append(e.variables(), "PATH="+os.Getenv("PATH"))
	return cmd
}

// rotate puts the n-th key into the store.
func (e *env) rotate(n int) { e.server.Put(prod+"/deploy-key", e.keys[n]) }

// keyOf says which key a text has, from 1; 0: none.
func (e *env) keyOf(text string) int {
	for n, key := range e.keys {
		if strings.Contains(text, key) {
			return n + 1
		}
	}
	return 0
}
