//go:build linux

// Package exhaust has an agent use up the limit of processes that it shares with tsboot, of its uid or of its pids
// cgroup, while signals come, health checks are due and the agent is restarted. tsboot must outlive all of it: it makes
// no thread once the agent runs, and a fork that fails is tried again.
//
//	go test ./integration/exhaust                       a few rounds of each kind
//	TSBOOT_STRESS=full go test ./integration/exhaust    a hundred
package exhaust

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/tsboot/tsboot/integration/binary"
	"github.com/tsboot/tsboot/integration/require"
	"github.com/tsboot/tsboot/integration/wait"
)

// patience bounds every wait; only a failure reaches it.
const patience = 30 * time.Second

func rounds() int {
	if os.Getenv("TSBOOT_STRESS") == "full" {
		return 100
	}
	return 2
}

// users are uids that nobody else has: the limit of processes counts all of a uid.
var users atomic.Int64

// programs builds tsboot and the agent where every user may execute them.
func programs(t *testing.T) (tsboot, hog string) {
	t.Helper()
	dir := openDir(t)
	tsboot, err := binary.Build(dir, "tsboot")
	if err != nil {
		t.Fatal(err)
	}
	hog = filepath.Join(dir, "hog")
	build := exec.Command("go", "build", "-o", hog, "github.com/tsboot/tsboot/integration/exhaust/hog")
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("build the agent: %v\n%s", err, out)
	}
	return tsboot, hog
}

// openDir is a directory that every user may enter and write to.
func openDir(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "exhaust-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	if err := os.Chmod(dir, 0o777); err != nil {
		t.Fatal(err)
	}
	return dir
}

// TestForkThatFailsIsTriedAgain has tsboot's limit reached when the agent is to be restarted. That ends nothing and does not count in the start limit.
func TestForkThatFailsIsTriedAgain(t *testing.T) {
	require.Tools(t, "root", "sh", "prlimit", "setpriv")
	t.Parallel()
	tsboot, _ := programs(t)
	r := &round{t: t, dir: openDir(t)}
	limit := byUser(t)
	agent := `: > running; while [ ! -e go ]; do sleep 0.02; done; [ -e again ] && exec sleep 1000; : > again; exit 1`
	cmd := exec.Command(limit[0], append(limit[1:], tsboot, "--run-dir=", "--restart", "always", "--start-limit-burst", "3", "--start-limit-interval", "1h",
		"--backoff-initial", "5ms", "--backoff-max", "20ms", "--working-dir", r.dir, "--", "sh", "-c", agent)...)
	ended := r.start(cmd)
	r.await("the agent runs", ended, func() bool { return r.has("running") })
	r.allow(cmd.Process.Pid, limit, 1)
	if err := os.WriteFile(filepath.Join(r.dir, "go"), nil, 0o644); err != nil {
		t.Fatal(err)
	}
	r.await("ten forks have failed", ended, func() bool { return strings.Count(r.log(), "start agent: ") >= 10 })
	r.allow(cmd.Process.Pid, limit, most)
	r.await("the agent runs again", ended, func() bool { return strings.Count(r.log(), "agent started: ") == 2 })
	r.stop(cmd, ended)
}

// TestNoProcessLeftToStart has tsboot's limit reached when a command is to be started for the first time: that is worth a
// restart of the container, and no fault of the command.
func TestNoProcessLeftToStart(t *testing.T) {
	require.Tools(t, "root", "sh", "prlimit", "setpriv")
	tsboot, _ := programs(t)
	const step = `{name: %s, argv: [/bin/sh, -c, ': > running; while [ ! -e go ]; do sleep 0.02; done']}`
	for name, steps := range map[string]string{
		"the agent":    fmt.Sprintf(step, "first"),
		"a setup step": fmt.Sprintf(step, "first") + ", " + fmt.Sprintf(step, "second"),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := &round{t: t, dir: openDir(t)}
			file := filepath.Join(r.dir, "profile.yaml")
			if err := os.WriteFile(file, []byte("name: late\nrun: {argv: [/bin/true]}\nsetup: ["+steps+"]\n"), 0o644); err != nil {
				t.Fatal(err)
			}
			limit := byUser(t)
			cmd := exec.Command(limit[0], append(limit[1:], tsboot, "--run-dir=", "--profile", file, "--working-dir", r.dir)...)
			ended := r.start(cmd)
			r.await("the first step runs", ended, func() bool { return r.has("running") })
			r.allow(cmd.Process.Pid, limit, 1)
			if err := os.WriteFile(filepath.Join(r.dir, "go"), nil, 0o644); err != nil {
				t.Fatal(err)
			}
			<-ended
			if code := cmd.ProcessState.ExitCode(); code != 69 || !strings.Contains(r.log(), "the limit of processes is reached") {
				t.Errorf("tsboot ended with %d\n%s", code, r.log())
			}
		})
	}
}

// TestTooFewProcessesToStart: a limit at which tsboot cannot run is said in its own words, with a code, however low it is.
// The Go runtime takes five threads before any code of the program; below that it ends the program itself.
func TestTooFewProcessesToStart(t *testing.T) {
	require.Tools(t, "root", "sh", "prlimit", "setpriv")
	tsboot, _ := programs(t)
	for kind, limited := range map[string]func(*testing.T, int) []string{"rlimit": asUserWith, "cgroup": inCgroupWith} {
		t.Run(kind, func(t *testing.T) {
			t.Parallel()
			codes := map[int]int{}
			for n := 8; n <= 40; n++ {
				argv := append(limited(t, n), tsboot, "exec", "--run-dir=", "--", "/bin/true")
				cmd := exec.Command(argv[0], argv[1:]...)
				cmd.Dir = "/"
				out, _ := cmd.CombinedOutput()
				code := cmd.ProcessState.ExitCode()
				codes[code]++
				if code != 0 && (code != 69 || !strings.Contains(string(out), "the limit of processes is reached")) {
					t.Errorf("with %d: code %d\n%s", n, code, out)
				}
			}
			if codes[0] == 0 || codes[69] == 0 {
				t.Errorf("codes %v", codes)
			}
		})
	}
}

func TestAgentThatUsesUpProcesses(t *testing.T) {
	require.Tools(t, "root", "sh", "prlimit", "setpriv")
	tsboot, hog := programs(t)
	for name, limit := range map[string]func(*testing.T) []string{"rlimit": byUser, "cgroup": byCgroup} {
		for _, pid1 := range []bool{false, true} {
			for _, processors := range []int{2, 16} {
				t.Run(fmt.Sprintf("%s/pid1=%v/processors=%d", name, pid1, processors), func(t *testing.T) {
					t.Parallel()
					for range rounds() {
						r := &round{t: t, tsboot: tsboot, hog: hog, pid1: pid1, processors: processors, limit: limit(t), dir: openDir(t)}
						r.run()
					}
				})
			}
		}
	}
}

// most is how many processes and threads tsboot and all below it may have.
const most = 60

// byUser runs a command as a user of its own with a limit.
func byUser(t *testing.T) []string { return asUserWith(t, most) }

// byCgroup runs a command in a pids cgroup of its own.
func byCgroup(t *testing.T) []string { return inCgroupWith(t, most) }

func asUserWith(_ *testing.T, n int) []string {
	uid := strconv.FormatInt(70000+int64(os.Getpid()%10000)*1000+users.Add(1), 10)
	limit := strconv.Itoa(n)
	return []string{"prlimit", "--nproc=" + limit + ":" + limit, "setpriv", "--reuid", uid, "--regid", uid, "--clear-groups", "--"}
}

func inCgroupWith(t *testing.T, n int) []string {
	t.Helper()
	for _, root := range []string{"/sys/fs/cgroup/pids", "/sys/fs/cgroup"} {
		dir := filepath.Join(root, fmt.Sprintf("tsboot-exhaust-%d-%d", os.Getpid(), users.Add(1)))
		if os.Mkdir(dir, 0o755) != nil {
			continue
		}
		t.Cleanup(func() { wait.Until(patience, func() bool { return os.Remove(dir) == nil }) })
		if os.WriteFile(filepath.Join(dir, "pids.max"), []byte(strconv.Itoa(n)), 0) == nil {
			return []string{"sh", "-c", `echo 0 > ` + dir + `/cgroup.procs && exec "$@"`, "sh"}
		}
	}
	require.Missing(t, "cgroup", fmt.Errorf("no pids cgroup can be made here"))
	return nil
}

// round is one life of tsboot over a greedy agent.
type round struct {
	t           *testing.T
	tsboot, hog string
	pid1        bool
	processors  int
	limit       []string
	dir         string
}

const profile = `name: greedy
run:
  argv: [%s, %s]
  restart: always
health: {argv: [/bin/true], interval: 20ms, timeout: 5s, failures: 3}
`

func (r *round) run() {
	r.t.Helper()
	file := filepath.Join(r.dir, "profile.yaml")
	if err := os.WriteFile(file, fmt.Appendf(nil, profile, r.hog, filepath.Join(r.dir, "full")), 0o644); err != nil {
		r.t.Fatal(err)
	}
	argv := append(r.limit, r.tsboot, "--profile", file, "--backoff-initial", "5ms", "--backoff-max", "20ms",
		"--start-limit-burst", "0", "--grace", "5s")
	if r.pid1 {
		argv = append([]string{"sh", "-c", `mount -t proc proc /proc && exec "$@"`, "sh"}, argv...)
	}
	cmd := exec.Command(argv[0], argv[1:]...)
	cmd.Env = []string{"PATH=" + os.Getenv("PATH"), "GOMAXPROCS=" + strconv.Itoa(r.processors), "TSBOOT_RUN_DIR=" + filepath.Join(r.dir, "run")}
	if r.pid1 {
		cmd.SysProcAttr = &syscall.SysProcAttr{Cloneflags: syscall.CLONE_NEWPID, Unshareflags: syscall.CLONE_NEWNS}
	}
	ended := r.start(cmd)
	r.burden(cmd.Process.Pid, ended)
	r.stop(cmd, ended)
}

// allow sets the limit of processes of a running tsboot, as its own user: root may lack the capability.
func (r *round) allow(pid int, limit []string, n int) {
	r.t.Helper()
	change := exec.Command(limit[0], append(limit[1:], "prlimit", "--pid", strconv.Itoa(pid), fmt.Sprintf("--nproc=%d:%d", n, most))...)
	if out, err := change.CombinedOutput(); err != nil {
		r.t.Fatalf("set a limit: %v: %s", err, out)
	}
}

// start starts tsboot; the channel is closed when it has ended.
func (r *round) start(cmd *exec.Cmd) <-chan struct{} {
	r.t.Helper()
	log, err := os.Create(filepath.Join(r.dir, "log"))
	if err != nil {
		r.t.Fatal(err)
	}
	defer log.Close()
	cmd.Stderr = log
	if err := cmd.Start(); err != nil {
		r.t.Fatal(err)
	}
	ended := make(chan struct{})
	go func() { defer close(ended); _ = cmd.Wait() }()
	return ended
}

// stop ends tsboot, which must end as its agent does.
func (r *round) stop(cmd *exec.Cmd, ended <-chan struct{}) {
	r.t.Helper()
	_ = cmd.Process.Signal(syscall.SIGTERM)
	select {
	case <-ended:
	case <-time.After(patience):
		_ = cmd.Process.Kill()
		<-ended
		r.t.Fatalf("tsboot does not end\n%s", r.log())
	}
	if code := cmd.ProcessState.ExitCode(); code != 128+int(syscall.SIGTERM) {
		r.t.Fatalf("tsboot ended with %d (%s)\n%s", code, cmd.ProcessState, r.log())
	}
}

func (r *round) has(name string) bool {
	_, err := os.Stat(filepath.Join(r.dir, name))
	return err == nil
}

// await waits for something while tsboot runs.
func (r *round) await(what string, ended <-chan struct{}, ok func() bool) {
	r.t.Helper()
	over := false
	if !wait.Until(patience, func() bool {
		select {
		case <-ended:
			over = true
		default:
		}
		return over || ok()
	}) {
		r.t.Fatalf("waited in vain: %s\n%s", what, r.log())
	}
	if over {
		r.t.Fatalf("tsboot ended before: %s\n%s", what, r.log())
	}
}

// burden waits until no process can be made, and sends signals until the agent was restarted twice under that load.
func (r *round) burden(pid int, ended <-chan struct{}) {
	r.t.Helper()
	r.await("the agent reaches the limit", ended, func() bool { return r.has("full") })
	before := threads(pid)
	for range 2 {
		_ = os.Remove(filepath.Join(r.dir, "full"))
		r.await("the agent was restarted and reaches the limit", ended, func() bool {
			for _, s := range []syscall.Signal{syscall.SIGWINCH, syscall.SIGURG, syscall.SIGCONT, syscall.SIGCHLD} {
				_ = syscall.Kill(pid, s)
			}
			return r.has("full")
		})
	}
	if after := threads(pid); after > before {
		r.t.Errorf("tsboot had %d threads when the agent ran, and has %d", before, after)
	}
}

func (r *round) log() string {
	data, _ := os.ReadFile(filepath.Join(r.dir, "log"))
	if len(data) > 6000 {
		data = append(append(data[:3000:3000], "\n...\n"...), data[len(data)-3000:]...)
	}
	return strings.TrimSpace(string(data))
}

func threads(pid int) int {
	entries, _ := os.ReadDir(fmt.Sprintf("/proc/%d/task", pid))
	return len(entries)
}
