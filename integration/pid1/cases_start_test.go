//go:build linux

package pid1

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"

	"github.com/tsboot/tsboot/integration/executable"
	"github.com/tsboot/tsboot/integration/pid1/adapter"
	"github.com/tsboot/tsboot/integration/pid1/testenv"
)

func startCases() []testCase {
	return []testCase{
		{id: "exec-missing", title: "A command that is not there: 127", run: execFails(127, "/nonexistent/program", "no-such-program-anywhere")},
		{id: "exec-denied", title: "A directory, or a file without the x bit, as command: 126", run: execDenied},
		{id: "exec-format", title: "A file that no kernel can run as command: 126", run: execFormat},
		{id: "exec-path", title: "Finds the command in PATH", run: findsInPath},
		{id: "argv-env", title: "Command line and environment reach the child untouched", run: argvAndEnv},
		{id: "stdio", title: "The child has the same standard files, no pipes between", run: sameStdio},
		{id: "stdio-closed", title: "Started without descriptors 0, 1, 2", run: closedStdio},
		{id: "fds-reach", title: "Descriptors from 3 up reach the child", run: fdsReach},
		{id: "fds-leak", title: "No descriptor of its own reaches the child", run: fdsLeak},
		{id: "fds-kept", title: "Lets go of inherited descriptors itself", run: fdsLetGo},
		{id: "listen-pid", title: "Socket activation: LISTEN_PID becomes the child's number", from: "catatonit #13", run: listenPID,
			limit: "Go fixes a child's environment before the fork, when its number is not known."},
		{id: "cwd", title: "Its own working directory is /, the child's the original", run: workingDirectories},
		{id: "group-own", title: "The child leads a process group of its own", run: ownGroup},
		{id: "mask-clean", title: "The child's mask is empty though all signals were inherited blocked", run: cleanMask},
		{id: "dispositions-clean", title: "The child's dispositions are default though signals were inherited ignored", run: cleanDispositions},
		{id: "mask-added", title: "Adds nothing to the child's mask or ignored signals", run: maskAdded},
		{id: "user", title: "Runs the child as another user", needs: []adapter.Option{adapter.User}, run: otherUser},
		{id: "working-dir", title: "Runs the child in another directory", needs: []adapter.Option{adapter.WorkingDir}, run: otherDirectory},
		{id: "options-env", title: "Takes options from the environment", needs: []adapter.Option{adapter.ByEnv}, run: optionsByEnvironment},
	}
}

func execFails(code int, commands ...string) func(*run) {
	return func(r *run) {
		r.each(len(commands), func(k int) {
			r.exits(r.start(spec{child: []string{commands[k]}}), code)
		})
	}
}

func execDenied(r *run) {
	file := filepath.Join(r.dir, "plain")
	r.must(os.WriteFile(file, []byte("#!/bin/sh\nexit 0\n"), 0o644))
	execFails(126, "/etc", file)(r)
}

func execFormat(r *run) {
	file := filepath.Join(r.dir, "garbage")
	r.must(executable.WriteFile(file, []byte("\x00\x01\x02 neither ELF nor script"), 0o755))
	execFails(126, file)(r)
}

func findsInPath(r *run) {
	bin := filepath.Join(r.dir, "bin")
	r.must(os.Mkdir(bin, 0o755))
	r.must(executable.WriteFile(filepath.Join(bin, "a-program"), []byte("#!/bin/sh\nexit 7\n"), 0o755))
	r.exits(r.start(spec{child: []string{"a-program"}, env: []string{"PATH=" + bin}}), 7)
}

func argvAndEnv(r *run) {
	odd := []string{"", "--", "-x", "--version", "a  b", "ü", "$HOME", "%1"}
	out := filepath.Join(r.dir, "out")
	script := `printf '%s\0' "$@" >"` + out + `"; printf '%s\0' "$ODD" >>"` + out + `"`
	i := r.start(spec{child: append([]string{"/bin/sh", "-c", script, "sh"}, odd...), env: []string{"ODD= a=b\n "}})
	r.exits(i, 0)
	got, err := os.ReadFile(out)
	r.must(err)
	if want := strings.Join(append(slices.Clone(odd), " a=b\n "), "\x00") + "\x00"; string(got) != want {
		r.no("the child got %q", got)
	}
}

func sameStdio(r *run) {
	_, child := r.startHelper(spec{}, "")
	fds := r.state(child).FDs
	want := map[int]string{0: os.DevNull, 1: filepath.Join(r.dir, "stdout"), 2: filepath.Join(r.dir, "stderr")}
	for fd, file := range want {
		if fds[fd] != file {
			r.no("descriptor %d is %q, not the one the init was given", fd, fds[fd])
		}
	}
}

func closedStdio(r *run) {
	i := r.start(spec{child: []string{"/bin/sh", "-c", "exit 5"}, launch: testenv.Launch{CloseStdio: true}})
	r.exits(i, 5)
}

// twoFiles are opened by name, so that they can be told by it.
func (r *run) twoFiles() []*os.File {
	return []*os.File{
		r.open(filepath.Join(r.dir, "three"), os.O_CREATE|os.O_RDWR),
		r.open(filepath.Join(r.dir, "four"), os.O_CREATE|os.O_RDWR),
	}
}

func fdsReach(r *run) {
	_, child := r.startHelper(spec{launch: testenv.Launch{Extra: r.twoFiles()}}, "")
	r.hasTwoFiles(child)
}

func (r *run) hasTwoFiles(child *testenv.Helper) {
	fds := r.state(child).FDs
	for fd, base := range map[int]string{3: "three", 4: "four"} {
		if fds[fd] != filepath.Join(r.dir, base) {
			r.no("descriptor %d is %q in the child", fd, fds[fd])
		}
	}
}

func fdsLeak(r *run) {
	_, child := r.startHelper(spec{}, "")
	for fd, file := range r.state(child).FDs {
		if fd > 2 {
			r.no("the child has descriptor %d: %s", fd, file)
		}
	}
}

func fdsLetGo(r *run) {
	i, _ := r.startHelper(spec{launch: testenv.Launch{Extra: r.twoFiles()}}, "")
	r.eventually("the init still holds a descriptor it was given", func() bool {
		for fd := 3; fd < 40; fd++ {
			if file, err := r.Link(i.Inner, fmt.Sprintf("fd/%d", fd)); err == nil && strings.HasPrefix(file, r.dir) && !strings.Contains(file, "/run") {
				return false
			}
		}
		return true
	})
}

// listenPID hands the init two descriptors as systemd does, under the number of the init.
func listenPID(r *run) {
	_, child := r.startHelper(spec{env: []string{"LISTEN_FDS=2"}, launch: testenv.Launch{Extra: r.twoFiles(), ListenPID: true}}, "")
	if s := r.state(child); !slices.Contains(s.Env, fmt.Sprintf("LISTEN_PID=%d", s.PID)) {
		r.no("the child's is another's")
	}
}

func workingDirectories(r *run) {
	i, child := r.startHelper(spec{}, "")
	if cwd := r.state(child).Cwd; cwd != r.dir {
		r.no("the child's is %q", cwd)
	}
	r.eventually("the init's own is not /", func() bool {
		cwd, _ := r.Link(i.Inner, "cwd")
		return cwd == "/"
	})
}

func ownGroup(r *run) {
	_, child := r.startHelper(spec{}, "")
	if s := r.state(child); s.PGID != s.PID {
		r.no("it is in group %d", s.PGID)
	}
}

// signalState reads a line such as SigBlk of a program that changes nothing itself.
func (r *run) signalState(l testenv.Launch, lines ...string) {
	i := r.start(spec{child: []string{"/bin/sleep", "1000"}, launch: l})
	pid := r.program(i, "sleep")
	status, err := r.File(pid, "status")
	r.must(err)
	for line := range strings.Lines(status) {
		key, value, _ := strings.Cut(strings.TrimSpace(line), ":\t")
		if slices.Contains(lines, key) && strings.Trim(value, "0") != "" {
			r.no("the child's %s is %s", key, value)
		}
	}
}

func cleanMask(r *run) { r.signalState(testenv.Launch{BlockAll: true}, "SigBlk") }

func cleanDispositions(r *run) {
	r.signalState(testenv.Launch{Ignore: []syscall.Signal{
		syscall.SIGHUP, syscall.SIGINT, syscall.SIGQUIT, syscall.SIGPIPE, syscall.SIGUSR1, syscall.SIGTSTP, syscall.SIGTTOU, 40,
	}}, "SigIgn")
}

func maskAdded(r *run) { r.signalState(testenv.Launch{}, "SigBlk", "SigIgn") }

func otherUser(r *run) {
	r.asRoot()
	i := r.start(spec{
		child: []string{"/bin/sh", "-c", "id -u; id -g; id -G"},
		set:   []adapter.Setting{adapter.Set(adapter.User, "65534:65533")},
		// The suite's own directories are not for others to enter.
		launch: testenv.Launch{Dir: "/"},
	})
	r.exits(i, 0)
	got, err := os.ReadFile(filepath.Join(r.dir, "stdout"))
	r.must(err)
	if string(got) != "65534\n65533\n65533\n" {
		r.no("user, group and groups are %q", got)
	}
}

func otherDirectory(r *run) {
	dir := filepath.Join(r.dir, "elsewhere")
	r.must(os.Mkdir(dir, 0o755))
	_, child := r.startHelper(spec{set: []adapter.Setting{adapter.Set(adapter.WorkingDir, dir)}}, "")
	if s := r.state(child); s.Cwd != dir {
		r.no("it runs in %s", s.Cwd)
	}
}

// optionsByEnvironment turns the default of group or child alone round.
func optionsByEnvironment(r *run) {
	i, child := r.startHelper(spec{set: []adapter.Setting{adapter.Set(adapter.ByEnv)}}, "")
	other := r.spawn(child, testenv.Spawn{Name: "other"})
	r.signal(i, syscall.SIGUSR1)
	r.hears(child, syscall.SIGUSR1, 1)
	if slices.Contains(r.init.Default, adapter.Process) {
		r.hears(other, syscall.SIGUSR1, 1)
		return
	}
	r.order(other, testenv.Op{Do: "ping"})
	if got := other.Signals(); len(got) > 0 {
		r.no("the rest of the group still got %v", got)
	}
}

func (r *run) state(p *testenv.Helper) *testenv.State {
	return r.order(p, testenv.Op{Do: "state"}).State
}
