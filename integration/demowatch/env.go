package main

import (
	"crypto/rand"
	"embed"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"golang.org/x/sys/unix"

	"github.com/tsboot/tsboot/integration/stage"
	"github.com/tsboot/tsboot/secrets/secretstest"
)

// prod is the tree below which a fleet would keep the parameters of its tswatch.
const prod = "/tswatch/prod"

// records are what a real tswatch recorded on Linux 6.18, beside a container of Docker in which stand-ins for apt-get, scp
// and nginx, and a real curl, were run; containers.json is what it found out of their processes.
//
//go:embed records
var records embed.FS

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
	kernel    *os.File // the end of the pipe into which the records are written
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
	if err := errors.Join(e.openPipe(), e.moveProfile(), e.openCollector(), e.openStore()); err != nil {
		e.clear()
		return nil, err
	}
	return e, nil
}

func (e *env) clear() {
	if e.running != nil {
		e.running.Kill()
	}
	if e.kernel != nil {
		_ = e.kernel.Close()
	}
	if e.collector != nil {
		e.collector.close()
	}
	if e.server != nil {
		e.server.Close()
	}
	_ = os.RemoveAll(e.dir)
}

func (e *env) path(elements ...string) string {
	return filepath.Join(append([]string{e.dir}, elements...)...)
}

// openPipe makes what stands in for the kernel, and puts beside it what is known of the containers.
func (e *env) openPipe() error {
	if err := unix.Mkfifo(e.path("audit"), 0o600); err != nil {
		return fmt.Errorf("make a pipe: %w", err)
	}
	var err error
	if e.kernel, err = os.OpenFile(e.path("audit"), os.O_RDWR, 0); err != nil { // both ends: to open one waits for the other
		return err
	}
	known, err := records.ReadFile("records/containers.json")
	if err != nil {
		return err
	}
	return os.WriteFile(e.path("containers.json"), known, 0o600)
}

// moveProfile takes the profile that tsboot ships, moves its fixed places below the directory, and has tswatch replay.
func (e *env) moveProfile() error {
	shipped, err := exec.Command(e.tsboot, "profiles", "show", "tswatch").Output()
	if err != nil {
		return fmt.Errorf("tsboot profiles show: %w", err)
	}
	profile, _, _ := strings.Cut(string(shipped), "\ntests:\n")
	moved := strings.NewReplacer(
		"/etc/tswatch/tsboot", e.path("etc"),
		"/run/tswatch", e.path("run-tswatch"),
		"    - tswatch\n", "    - "+e.tswatch+"\n    - replay\n",
		"argv: [tswatch, ", "argv: ["+e.tswatch+", ",
		"    - --audit-mode=${audit-mode}\n", "    - --containers="+e.path("containers.json")+"\n", // the kernel's; a replay has none
		"    - ${args}\n", "    - "+e.path("audit")+"\n",
		"restart: always", `restart: "no"`,
	).Replace(profile)
	var lines []string
	for line := range strings.Lines(moved) {
		if !strings.HasPrefix(line, "capabilities: ") { // a replay needs none
			lines = append(lines, line)
		}
	}
	return os.WriteFile(e.profile, []byte(strings.Join(lines, "")+"\n"), 0o600)
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
