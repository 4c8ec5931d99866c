package event

import (
	"slices"
	"strings"

	"github.com/tsboot/tsboot/watch/audit"
)

const (
	// maxComm is the length at which the kernel cuts the name of a process.
	maxComm = 15
	// maxTitle is the length at which it cuts a PROCTITLE. A byte that is not printable is left out at the end, so a title
	// one shorter may have been cut as well.
	maxTitle = 128
)

// describeProcess names the process and what it was called with.
func (b *builder) describeProcess() {
	p := b.event.Process
	if p == nil {
		return
	}
	p.WorkingDirectory = b.cwd
	if b.event.Event.Action != ActionExecuted {
		p.Executable = b.exe
		p.Name = b.name(base(b.exe))
		b.describeTitle(p)
		p.Name = applet(p.Name, b.exe, p.Args)
		return
	}
	args, exact := audit.ExecArgs(&b.records)
	for i := range args {
		args[i] = b.valid(args[i])
	}
	p.Args = args
	if exact {
		p.ArgsCount = len(args)
	} else if len(args) > 0 || b.event.Event.Outcome == OutcomeSuccess {
		b.event.Tswatch.Truncated = true
	}
	p.CommandLine = commandLine(args)
	if b.event.Event.Outcome == OutcomeFailure {
		// comm and exe are the caller's, which goes on as it was.
		p.Executable = resolve(b.directory(), b.target)
		p.Name = base(p.Executable)
		return
	}
	p.Executable = b.exe
	p.Name = applet(b.name(base(b.target), base(b.exe)), b.exe, args)
}

// selfExec is the name that the kernel gives to what runs its own program once more, by /proc/self/exe.
const selfExec = "exe"

// applet is the name of what runs where one program is many and its first argument says which: "busybox wget URL". Where a shell of
// busybox runs an applet by /proc/self/exe, as Debian's does, the argument before that says it.
func applet(name, executable string, args []string) string {
	if name == selfExec && base(executable) != selfExec && len(args) > 0 && base(args[0]) != "" {
		name = base(args[0])
	}
	if name != "busybox" && name != "toybox" || len(args) < 2 || base(args[0]) != name {
		return name
	}
	if first := args[1]; first != "" && first[0] != '-' && !strings.Contains(first, "/") {
		return first
	}
	return name
}

// name is the name of the process: comm, which the kernel sets to the last part of what was run. So a script has its own
// name and not its interpreter's, and an applet not busybox's. A name that was cut is whole in one of the candidates.
func (b *builder) name(candidates ...string) string {
	if b.comm == "" {
		return candidates[len(candidates)-1]
	}
	if len(b.comm) == maxComm {
		for _, c := range candidates {
			if strings.HasPrefix(c, b.comm) {
				return c
			}
		}
	}
	return b.comm
}

// describeTitle takes the arguments from the title: of what a process does after its start, nothing else has them. A program
// can change its title.
func (b *builder) describeTitle(p *Process) {
	if p.CommandLine = b.command; b.title == "" {
		return
	}
	args := strings.Split(strings.TrimRight(b.title, "\x00"), "\x00")
	if !b.isOwn(args[0]) {
		return
	}
	for i := range args {
		args[i] = b.valid(args[i])
	}
	p.Args, p.CommandLine = args, commandLine(args)
	if len(b.title) >= maxTitle-1 {
		b.event.Tswatch.Truncated = true
		return
	}
	p.ArgsCount = len(args)
}

// isOwn is whether a title that begins with the argument can be the process's own. The kernel reads the title of a task
// once, and keeps it through an exec: a program that was looked for in several directories by execvp has its caller's title
// for good. Where neither name nor executable go with the title, it is such a one.
func (b *builder) isOwn(argument string) bool {
	if b.comm == "" && b.exe == "" || b.comm == selfExec {
		return true // nothing to compare with
	}
	argument = strings.TrimPrefix(argument, "-") // of a login shell
	name, executable := base(argument), base(b.exe)
	if name == "sh" && slices.Contains(shells, executable) {
		return true // a script: its own name is in comm
	}
	for _, own := range []string{b.comm, executable} {
		if alike(name, own) || alike(argument, own) { // the latter: "sshd: anna@pts/0"
			return true
		}
	}
	return false
}

// shells are what sh can be.
var shells = []string{"ash", "bash", "busybox", "dash", "ksh", "mksh", "toybox", "yash", "zsh"}

// alike is whether the names are the same, or one goes on with what is no letter: python3 and python3.11, nc and nc.openbsd,
// nginx and "nginx: worker process". A name that the kernel cut goes on with anything.
func alike(a, b string) bool {
	if len(a) > len(b) {
		a, b = b, a
	}
	if a == "" || !strings.HasPrefix(b, a) {
		return false
	}
	rest := b[len(a):]
	return rest == "" || len(a) == maxComm || !(rest[0]|0x20 >= 'a' && rest[0]|0x20 <= 'z')
}
