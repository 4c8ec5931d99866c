package boot

import (
	"context"
	"slices"
	"sort"
	"time"

	"github.com/hashicorp/go-hclog"

	"github.com/tsboot/tsboot/configgen"
	"github.com/tsboot/tsboot/configgen/fileset"
	"github.com/tsboot/tsboot/configgen/profile"
	"github.com/tsboot/tsboot/supervisor"
)

// CheckTimeout is the deadline of the fetch of Check, unless --fetch-timeout was given: a person waits.
const CheckTimeout = 15 * time.Second

// Check is `tsboot check`: the stages of a boot up to the writing, which go on after a fault. invalid is what is wrong
// with the options: unlike any other command, Check goes on with them. The error says why there is no report: a signal,
// or something that hangs.
// line is for the command to run next.
func (b *Boot) Check(ctx context.Context, invalid Problems, line CommandLine) (*Report, error) {
	p := b.newPreparation()
	p.check, p.log, p.invalid, p.commandLine = true, hclog.NewNullLogger(), invalid, line
	stages := slices.Concat(
		[]stage{{"flags", (*preparation).flags}},
		resolving(stage{"user", (*preparation).user}),
		planning(),
		[]stage{{"files", (*preparation).preflight}, {"commands", (*preparation).commands}},
	)
	err := b.bounded(ctx, b.checkTimeout(), func(ctx context.Context) error { return p.through(ctx, stages...) })
	if err != nil {
		return nil, err
	}
	return p.report(), nil
}

// checkTimeout is given to the fetch. A person does not want "never give up".
func (b *Boot) checkTimeout() time.Duration {
	if given := b.options.Sources.Timeout; given > 0 && b.options.Given.Has("fetch-timeout") {
		return given
	}
	return CheckTimeout
}

// flags says what is wrong with the options.
func (p *preparation) flags(context.Context) error {
	for _, err := range []error{p.invalid.Sources, p.invalid.Refresh, p.invalid.Restart, p.invalid.Stop, p.invalid.Process} {
		if err := p.fault("flags", err); err != nil {
			return err
		}
	}
	return nil
}

// preflight looks at the files that a boot would write, and at their directories.
func (p *preparation) preflight(context.Context) error {
	if p.profile == nil {
		return nil
	}
	p.examined.Preflight(p.files, p.owner())
	p.setupDue = p.examined.SetupPending(p.files, p.owner())
	for _, f := range p.files {
		p.recordFile(f.Path, f.State, f)
		p.setupDue = p.setupDue || f.State != fileset.StateUnchanged
		for _, w := range f.Warnings {
			p.warn(fileWarning(w))
		}
		if err := p.fault("files", f.Err); err != nil {
			return err
		}
	}
	return nil
}

// commands looks whether what a boot would start can be started.
func (p *preparation) commands(context.Context) error {
	for _, program := range p.programs() {
		path, err := supervisor.Examine(supervisor.Command{
			Argv: []string{program.Argv0}, Env: p.env, Dir: p.options.Process.Dir, Identity: p.options.Process.Identity,
		})
		row := CommandRecord{Use: program.Use, Program: program.Argv0, Path: path, Runs: err == nil, Skipped: program.Skipped && !p.setupDue}
		p.record.Commands = append(p.record.Commands, row)
		if err != nil && !row.Skipped {
			p.cannotRun(program, err)
		}
	}
	return nil
}

// programs are what a boot would start, in the order in which it would.
func (p *preparation) programs() []configgen.Program {
	var programs []configgen.Program
	if p.profile != nil {
		programs = p.examined.Resolved.Programs()
	}
	if len(p.options.Command) > 0 {
		programs = slices.DeleteFunc(programs, func(p configgen.Program) bool { return p.Use == useRun })
		programs = append(programs, configgen.Program{Use: useRun, Argv0: p.options.Command[0]})
	}
	sort.SliceStable(programs, func(i, j int) bool { return place(programs[i].Use) < place(programs[j].Use) })
	return programs
}

// Uses of a program; the others are setup steps.
const (
	useRun    = "run"
	useStop   = "stop"
	useHealth = "health"
)

// place is where in a boot a command comes.
func place(use string) int { return slices.Index([]string{useRun, useStop, useHealth}, use) }

// cannotRun adds the problem of a program: a failed health check or stop command does not end a boot.
func (p *preparation) cannotRun(program configgen.Program, err error) {
	if program.Use == useRun {
		err = HintAtWords(p.options.Command, err)
	}
	problem := problemsOf(err)[0]
	problem.Cause = Cause{About: program.Use, Text: problem.What}
	problem.Section, problem.What = "commands", program.Use+": "+problem.What
	if problem.Code == "command-not-found" {
		problem.Fix = "install it in the image, or correct " + p.writtenIn(program)
	}
	switch program.Use {
	case useRun:
	case useStop, useHealth:
		problem.Kind = None
		p.record.Warnings = append(p.record.Warnings, problem)
		return
	default:
		problem.Kind = SetupFailed
	}
	p.problems = append(p.problems, problem)
}

// writtenIn is where a command is written.
func (p *preparation) writtenIn(program configgen.Program) string {
	_, builtin := profile.Builtin(p.options.Profile)
	switch {
	case program.Use == useRun && len(p.options.Command) > 0:
		return `the command after "--"`
	case builtin || p.options.Profile == ProfileAuto:
		return "the choice of --profile: this one is for another agent"
	}
	return program.Use + " in the profile, " + program.Pos.String()
}
