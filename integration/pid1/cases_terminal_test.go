//go:build linux

package pid1

import (
	"fmt"
	"os/exec"
	"strings"
	"syscall"

	"github.com/tsboot/tsboot/integration/pid1/testenv"
)

func terminalCases() []testCase {
	return []testCase{
		{id: "tty-foreground", title: "The child is the terminal's foreground group and reads from it", run: ttyForeground},
		{id: "tty-quiet-start", title: "No signal reaches the child from its start on a terminal", run: ttyQuietStart},
		{id: "tty-hup", title: "The first HUP and CONT that a user sends reach a child on a terminal", from: "dumb-init #136", run: ttyFirstHangUp},
		{id: "tty-ctrl-c", title: "^C reaches the child once", run: ttyKey("\x03", syscall.SIGINT)},
		{id: "tty-ctrl-z", title: "^Z reaches the child once", run: ttyKey("\x1a", syscall.SIGTSTP)},
		{id: "tty-winch", title: "A new window size reaches the child once", run: ttyWindow},
		{id: "tty-suspend", title: "^Z stops the child, and then the init unless it is process 1; CONT resumes both in the foreground", run: ttySuspend},
		{id: "tty-job", title: "As a job of a shell: ^Z gives the prompt, fg resumes, ^C ends it with 130", modes: asChild, run: ttyJob},
		{id: "tty-shell", title: "A shell as child has job control", run: ttyShell},
		{id: "tty-hang-up", title: "The terminal's end ends the child: 129", run: ttyHangUp},
		{id: "tty-no-steal", title: "Started in the background it does not take the terminal", modes: asChild, run: ttyNoSteal},
		{id: "tty-tostop", title: "Its own output cannot stop it (TOSTOP)", run: ttyStopOutput},
	}
}

// terminal opens one for the init and everything below.
func (r *run) terminal() (*testenv.Terminal, testenv.Launch) {
	tty, err := testenv.NewTerminal()
	r.must(err)
	r.t.Cleanup(tty.Close)
	return tty, testenv.Launch{Terminal: true, Stdin: tty.Slave, Stdout: tty.Slave, Stderr: tty.Slave}
}

func ttyForeground(r *run) {
	tty, l := r.terminal()
	_, child := r.startHelper(spec{launch: l}, stubborn)
	if s := r.state(child); s.Foreground != s.PGID {
		r.no("the foreground group is %d, the child's %d", s.Foreground, s.PGID)
	}
	r.must(tty.Type("hello\n"))
	if got := r.order(child, testenv.Op{Do: "read", FD: 0}).State.Text; got != "hello\n" {
		r.no("the child read %q", got)
	}
}

func ttyQuietStart(r *run) {
	_, l := r.terminal()
	i, child := r.startHelper(spec{launch: l}, stubborn)
	r.signal(i, syscall.SIGUSR2)
	r.hears(child, syscall.SIGUSR2, 1)
	if got := child.Signals(); len(got) != 1 {
		r.no("the child got %v", got)
	}
}

func ttyFirstHangUp(r *run) {
	_, l := r.terminal()
	i, child := r.startHelper(spec{launch: l}, stubborn)
	r.signal(i, syscall.SIGHUP)
	r.hears(child, syscall.SIGHUP, 1)
	r.signal(i, syscall.SIGCONT)
	r.hears(child, syscall.SIGCONT, 1)
}

// once waits for a signal and, by one that comes after, makes sure that it came but once.
func (r *run) once(i *testenv.Init, child *testenv.Helper, s syscall.Signal) {
	r.hears(child, s, 1)
	r.signal(i, syscall.SIGUSR2)
	r.hears(child, syscall.SIGUSR2, 1)
	if n := child.Count(s); n != 1 {
		r.no("the child got %s %d times", name(s), n)
	}
}

func ttyKey(key string, s syscall.Signal) func(*run) {
	return func(r *run) {
		tty, l := r.terminal()
		i, child := r.startHelper(spec{launch: l}, stubborn)
		r.must(tty.Type(key))
		r.once(i, child, s)
		r.order(child, testenv.Op{Do: "exit", Code: 3})
		r.exits(i, 3)
	}
}

func ttyWindow(r *run) {
	tty, l := r.terminal()
	i, child := r.startHelper(spec{launch: l}, stubborn)
	r.must(tty.Resize(40, 100))
	r.once(i, child, syscall.SIGWINCH)
}

func ttySuspend(r *run) {
	tty, l := r.terminal()
	i := r.start(spec{child: []string{"/bin/sleep", "1000"}, launch: l})
	pid := r.program(i, "sleep")
	r.foreground(i, "sleep")
	for range 2 {
		r.must(tty.Type("\x1a"))
		r.inState(pid, "T", "the child is not stopped")
		if r.mode == testenv.Child {
			r.inState(i.Inner, "T", "the init is not stopped")
		}
		r.signal(i, syscall.SIGCONT)
		r.inState(pid, "S", "the child does not go on")
		r.inState(i.Inner, "S", "the init does not go on")
		r.foreground(i, "sleep")
	}
}

// bash finds a shell with job control.
func (r *run) bash() []string {
	path, err := exec.LookPath("bash")
	if err != nil {
		panic(missing{"bash", err})
	}
	return []string{path, "--norc", "--noprofile", "-i"}
}

func (r *run) shows(tty *testenv.Terminal, text, otherwise string) {
	if !tty.Shows(text, r.patience) {
		r.no("%s; it said: %q", otherwise, tty.Output())
	}
}

// ttyJob types what a person would. The marks are computed by the shell, so that the echo does not hold them.
func ttyJob(r *run) {
	tty, l := r.terminal()
	argv, env := r.argv([]string{"/bin/sleep", "1000"})
	l.Argv, l.Env = r.bash(), withEnv(environment, append(env, "PS1=ready-$((40+2))> ")...)
	shell, err := r.Start(r.furnished(l))
	r.must(err)
	r.shows(tty, "ready-42>", "the suite's own shell does not come up")
	quoted := make([]string, len(argv))
	for n, a := range argv {
		quoted[n] = "'" + a + "'"
	}
	r.must(tty.Type(strings.Join(quoted, " ") + "; echo code-$(($?+1000))\n"))
	r.foreground(shell, "sleep")
	r.must(tty.Type("\x1a"))
	r.shows(tty, "Stopped", "^Z does not bring the prompt back")
	r.must(tty.Type("fg; echo code-$(($?+2000))\n"))
	r.eventually("fg does not resume the child", func() bool {
		p, there := r.find("sleep")
		return there && p.State == "S"
	})
	r.must(tty.Type("\x03"))
	r.shows(tty, fmt.Sprintf("code-%d", 2000+130), "^C does not end it with 130")
}

// find looks a process up by its name.
func (r *run) find(name string) (testenv.Process, bool) {
	for _, p := range r.Processes() {
		if p.Name == name {
			return p, true
		}
	}
	return testenv.Process{}, false
}

// foreground waits until the program is the foreground job of the shell's terminal.
func (r *run) foreground(shell *testenv.Init, program string) {
	r.eventually(program+" does not come to the foreground", func() bool {
		p, there := r.find(program)
		return there && p.State == "S" && (p.TPGID == p.PGID || p.TPGID == -1) // -1: it has no terminal
	})
	if !shell.Running() {
		r.no("the shell is gone")
	}
}

func ttyShell(r *run) {
	tty, l := r.terminal()
	r.start(spec{child: r.bash(), env: []string{"PS1=ready-$((40+2))> "}, launch: l})
	r.shows(tty, "ready-42>", "the shell does not come up")
	if strings.Contains(tty.Output(), "no job control") {
		r.no("the shell has none; it said: %q", tty.Output())
	}
	r.must(tty.Type("sleep 1000\n"))
	r.eventually("the shell does not run its command", func() bool { _, there := r.find("sleep"); return there })
	r.must(tty.Type("\x1a"))
	r.shows(tty, "Stopped", "^Z does not stop the shell's command")
}

func ttyHangUp(r *run) {
	tty, l := r.terminal()
	i, _ := r.startHelper(spec{launch: l}, testenv.TraitDies+"1")
	r.must(tty.HangUp())
	r.must(tty.Slave.Close())
	r.exits(i, 129)
}

// ttyNoSteal starts the init in a group of its own, below a leader that holds the terminal.
func ttyNoSteal(r *run) {
	_, l := r.terminal()
	leader := r.startPlain("leader", l)
	argv, env := r.argv(r.HelperArgv("child", stubborn))
	argv = append(append([]string{"/usr/bin/env"}, env...), argv...)
	r.order(leader, testenv.Op{Do: "spawn", Spawn: &testenv.Spawn{Argv: argv, Group: true}})
	r.helper("child")
	if s := r.state(leader); s.Foreground != s.PGID {
		r.no("it took it from who had it")
	}
}

func ttyStopOutput(r *run) {
	tty, l := r.terminal()
	r.must(tty.StopOutput())
	i, child := r.startHelper(spec{set: r.verbose(), launch: l}, stubborn)
	r.signal(i, syscall.SIGUSR1)
	r.hears(child, syscall.SIGUSR1, 1)
	r.order(child, testenv.Op{Do: "exit", Code: 3})
	r.exits(i, 3)
}
