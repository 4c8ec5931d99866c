package event

import (
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
	p.Name = b.name(base(b.target), base(b.exe))
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
	p.Args = strings.Split(strings.TrimRight(b.title, "\x00"), "\x00")
	for i := range p.Args {
		p.Args[i] = b.valid(p.Args[i])
	}
	p.CommandLine = commandLine(p.Args)
	if len(b.title) >= maxTitle-1 {
		b.event.Tswatch.Truncated = true
		return
	}
	p.ArgsCount = len(p.Args)
}
