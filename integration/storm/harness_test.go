//go:build linux

package storm

import (
	"encoding/json"
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/tsboot/tsboot/control"
	"github.com/tsboot/tsboot/integration/binary"
	"github.com/tsboot/tsboot/integration/wait"
	"github.com/tsboot/tsboot/secrets/secretstest"
)

// patience bounds every wait; only a failure reaches it.
const patience = 30 * time.Second

// stormProfile is an agent with two files and what can go wrong with it.
const stormProfile = `name: storm
parameters:
  key: {required: true, secret: true}
  mode: {required: true}
files:
  - {path: DIR/etc/agent.json, format: json, content: {key: "${key}", mode: "${mode}"}}
  - {path: DIR/etc/agent.conf, mode: "0640", world-readable-secrets: true, format: text, text: "key=${key|line}\nmode=${mode|line}\nLONG\nend=${key|line}\n"}
setup: [{name: register, argv: [AGENT, setup, DIR]}]
BEFORE
run:
  RUN
  restart: always
  grace: 5s
  on-refresh: ON
  refresh-signal: SIGUSR2
health: {argv: [AGENT, check, DIR], timeout: 20s}
`

// agentKind is how the agent runs: in the foreground, or as a daemon that a command starts and another one stops.
type agentKind struct{ run, before string }

var (
	foreground = agentKind{run: "argv: [AGENT, run, DIR]"}
	daemon     = agentKind{
		run:    "argv: [AGENT, start, DIR]\n  follow: {pidfile: DIR/pid}\n  stop: {argv: [AGENT, stop, DIR]}",
		before: "before-start: [{name: stale pid file, argv: [/bin/rm, -f, DIR/pid]}]",
	}
)

// version is what a version of the one parameter holds.
type version struct {
	Key  string `json:"key"`
	Mode string `json:"mode"`
}

// lane is a tsboot with its agent, its store and its files.
type lane struct {
	t        *testing.T
	dir      string
	programs *programs
	server   *secretstest.Server
	versions []version // of the parameter; the first is version 1
	flags    []string

	tsboot *exec.Cmd
	ended  chan struct{}
	log    string
}

// programs are built once for all lanes.
type programs struct{ tsboot, agent string }

var build = sync.OnceValues(func() (*programs, error) {
	dir, err := os.MkdirTemp("", "tsboot-storm.")
	if err != nil {
		return nil, err
	}
	p := &programs{agent: filepath.Join(dir, "agent")}
	if p.tsboot, err = binary.Build(dir, "tsboot"); err != nil {
		return p, err
	}
	cmd := exec.Command("go", "build", "-o", p.agent, "github.com/tsboot/tsboot/integration/storm/agent")
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := cmd.CombinedOutput(); err != nil {
		return p, fmt.Errorf("build the agent: %w\n%s", err, out)
	}
	return p, nil
})

// chosenSeed is the seed, which a test that fails says.
func chosenSeed(t *testing.T) uint64 {
	t.Helper()
	t.Cleanup(func() {
		if t.Failed() {
			t.Logf("the seed is %d", *seed)
		}
	})
	return *seed
}

func TestMain(m *testing.M) {
	flag.Parse()
	_ = flag.Set("test.parallel", "6") // of all lanes at once: they mostly wait
	if *seed == 0 {
		*seed = rand.Uint64()
	}
	code := m.Run()
	if p, err := build(); err == nil {
		_ = os.RemoveAll(filepath.Dir(p.agent))
	}
	os.Exit(code)
}

// newLane writes the profile and puts the first version into the store.
func newLane(t *testing.T, kind agentKind, on string, flags ...string) *lane {
	t.Helper()
	p, err := build()
	if err != nil {
		t.Fatal(err)
	}
	server, err := secretstest.Start("")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(server.Close)
	l := &lane{t: t, dir: inMemoryDir(t), programs: p, server: server, flags: flags}
	text := strings.NewReplacer("RUN", kind.run, "BEFORE", kind.before).Replace(stormProfile)
	profile := strings.NewReplacer("DIR", l.dir, "AGENT", p.agent, "ON", on, "LONG", strings.Repeat("a line that makes the file long\\n", 200))
	l.must(os.WriteFile(l.dir+"/storm.yaml", []byte(profile.Replace(text)), 0o600))
	l.put("good")
	return l
}

// inMemoryDir is a directory whose fsync costs nothing, where the machine has one.
func inMemoryDir(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("/dev/shm", "tsboot-storm.")
	if err != nil {
		return t.TempDir()
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	return dir
}

func (l *lane) must(err error) {
	l.t.Helper()
	if err != nil {
		l.t.Fatal(err)
	}
}

// put makes the next version: both values change in one instant.
func (l *lane) put(mode string) {
	l.t.Helper()
	l.putAgain(version{fmt.Sprintf("key-%d-%s", len(l.versions)+1, strings.Repeat("k", 40)), mode})
}

func (l *lane) putAgain(v version) {
	l.t.Helper()
	value, err := json.Marshal(v)
	l.must(err)
	l.versions = append(l.versions, v)
	l.server.Put("/storm/all", string(value), secretstest.Type(secretstest.TypeString))
}

func (l *lane) newest() version { return l.versions[len(l.versions)-1] }

func (l *lane) runDir() string { return l.dir + "/run" }

// start boots tsboot on the store.
func (l *lane) start(flags ...string) {
	l.t.Helper()
	l.log = filepath.Join(l.dir, fmt.Sprint("log-", time.Now().UnixNano()))
	log, err := os.Create(l.log)
	l.must(err)
	defer log.Close()
	l.tsboot = exec.Command(l.programs.tsboot, append(append([]string{"--profile", l.dir + "/storm.yaml", "--run-dir", l.runDir(),
		"--ssm-parameter", "key=/storm/all#key", "--ssm-parameter", "mode=/storm/all#mode",
		"--backoff-initial", "5ms", "--backoff-max", "20ms", "--start-limit-burst", "0"}, l.flags...), flags...)...)
	l.tsboot.Env = append(l.server.Env(), "PATH=/usr/bin:/bin")
	l.tsboot.Stdout, l.tsboot.Stderr = log, log
	l.must(l.tsboot.Start())
	ended, tsboot := make(chan struct{}), l.tsboot
	l.ended = ended
	go func() { _ = tsboot.Wait(); close(ended) }()
	l.t.Cleanup(func() {
		_ = tsboot.Process.Kill()
		<-ended
		l.killStrays()
	})
}

func (l *lane) pid() int { return l.tsboot.Process.Pid }

func (l *lane) running() bool {
	select {
	case <-l.ended:
		return false
	default:
		return true
	}
}

// logged is the end of the log.
func (l *lane) logged() string {
	data, _ := os.ReadFile(l.log)
	return string(data[max(0, len(data)-12000):])
}

func (l *lane) fatalf(format string, args ...any) {
	l.t.Helper()
	l.t.Fatalf("%s\n%s", fmt.Sprintf(format, args...), l.logged())
}

// waitFor ends the test when tsboot ends or the time is over.
func (l *lane) waitFor(what string, condition func() bool) {
	l.t.Helper()
	if !wait.Until(patience, func() bool { return condition() || !l.running() }) || !l.running() {
		l.fatalf("not reached (tsboot runs: %v): %s", l.running(), what)
	}
}

func (l *lane) status() (control.Status, error) {
	status, _, err := control.Client{Dir: l.runDir()}.Status(l.t.Context())
	return status, err
}

// awaitAgreement waits until everybody says the same.
func (l *lane) awaitAgreement(want *version) {
	l.t.Helper()
	var err error
	if !wait.Until(patience, func() bool { err = l.disagreement(want); return err == nil || !l.running() }) || !l.running() {
		l.fatalf("no agreement on %+v: %v", want, err)
	}
}

// disagreement compares status, files and agent; nil: they agree. want is what they should agree on, if that is known.
func (l *lane) disagreement(want *version) error {
	status, err := l.status()
	if err != nil {
		return err
	}
	if status.Phase != "running" || status.Agent.PID == nil || len(status.Parameters) != 2 || status.Parameters[0].Version == nil {
		return fmt.Errorf("status: %+v", status)
	}
	on := l.versions[*status.Parameters[0].Version-1]
	if want != nil && on != *want {
		return fmt.Errorf("status has version %d: %+v", *status.Parameters[0].Version, on)
	}
	file, err := l.readJSON("etc/agent.json")
	if err != nil || file.version != on {
		return fmt.Errorf("status has %+v, agent.json %+v: %v", on, file, err)
	}
	if conf, err := l.readConf(); err != nil || conf != on {
		return fmt.Errorf("status has %+v, agent.conf %+v: %v", on, conf, err)
	}
	agent, err := l.readJSON("runs-on")
	if err != nil || agent.version != on || agent.PID != *status.Agent.PID {
		return fmt.Errorf("status has %+v in %d, the agent says %+v: %v", on, *status.Agent.PID, agent, err)
	}
	return nil
}

// onDisk is a file that says which version it is of.
type onDisk struct {
	version
	PID int `json:"pid"`
}

func (l *lane) readJSON(name string) (onDisk, error) {
	data, err := os.ReadFile(filepath.Join(l.dir, name))
	if err != nil {
		return onDisk{}, err
	}
	var file onDisk
	if err := json.Unmarshal(data, &file); err != nil {
		return file, fmt.Errorf("%s is torn: %w: %q", name, err, data)
	}
	return file, nil
}

func (l *lane) readConf() (v version, err error) {
	data, err := os.ReadFile(l.dir + "/etc/agent.conf")
	if err != nil {
		return v, err
	}
	lines := strings.Split(string(data), "\n")
	key, isKey := strings.CutPrefix(lines[0], "key=")
	mode, isMode := strings.CutPrefix(lines[min(1, len(lines)-1)], "mode=")
	if !isKey || !isMode || !strings.HasSuffix(string(data), "\nend="+key+"\n") {
		return v, fmt.Errorf("agent.conf is torn: %q ... %q", data[:min(80, len(data))], data[max(0, len(data)-80):])
	}
	return version{key, mode}, nil
}

// readOrEmpty reads a file of a process that may be gone.
func readOrEmpty(file string) string {
	data, _ := os.ReadFile(file)
	return string(data)
}

// left are files that tsboot should have removed.
func (l *lane) left() []string {
	l.t.Helper()
	list, err := filepath.Glob(l.dir + "/etc/.tsboot-[^r]*")
	l.must(err)
	return list
}

// cost is what a process takes at rest.
type cost struct{ anonymous, descriptors, threads int }

func (l *lane) cost() cost {
	l.t.Helper()
	dir := fmt.Sprintf("/proc/%d", l.pid())
	descriptors, err := os.ReadDir(dir + "/fd")
	l.must(err)
	threads, err := os.ReadDir(dir + "/task")
	l.must(err)
	rollup, err := os.ReadFile(dir + "/smaps_rollup")
	l.must(err)
	c := cost{descriptors: len(descriptors), threads: len(threads)}
	for line := range strings.Lines(string(rollup)) {
		if fields := strings.Fields(line); fields[0] == "Anonymous:" {
			c.anonymous, err = strconv.Atoi(fields[1])
			l.must(err)
		}
	}
	return c
}

// children are the processes below tsboot with their states.
func (l *lane) children() (pids []int, zombies int) {
	files, _ := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/children", l.pid()))
	for _, file := range files {
		data, _ := os.ReadFile(file)
		for _, field := range strings.Fields(string(data)) {
			pid, err := strconv.Atoi(field)
			l.must(err)
			stat, _ := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
			if _, state, found := strings.Cut(string(stat), ") "); found && strings.HasPrefix(state, "Z") {
				zombies++
			}
			pids = append(pids, pid)
		}
	}
	return pids, zombies
}

// strays are the processes of this lane, wherever they are: their arguments have its directory.
func (l *lane) strays() (pids []int) {
	files, _ := filepath.Glob("/proc/[0-9]*/cmdline")
	for _, file := range files {
		data, _ := os.ReadFile(file)
		if pid, err := strconv.Atoi(filepath.Base(filepath.Dir(file))); err == nil && strings.Contains(string(data), l.dir) {
			pids = append(pids, pid)
		}
	}
	return pids
}

// killStrays ends what a killed tsboot has left, as the end of its container would.
func (l *lane) killStrays() {
	wait.Until(patience, func() bool {
		pids := l.strays()
		for _, pid := range pids {
			_ = syscall.Kill(pid, syscall.SIGKILL)
		}
		return len(pids) == 0
	})
}
