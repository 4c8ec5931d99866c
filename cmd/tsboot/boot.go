package main

import (
	"context"
	"fmt"
	"os"
	"strings"

	"github.com/hashicorp/go-hclog"

	"github.com/tsboot/tsboot/boot"
	"github.com/tsboot/tsboot/boot/commandline"
	"github.com/tsboot/tsboot/cli"
	"github.com/tsboot/tsboot/cli/commands"
	"github.com/tsboot/tsboot/cli/terminal"
	"github.com/tsboot/tsboot/secrets"
	"github.com/tsboot/tsboot/supervisor"
)

// program is tsboot as package cli asks for it.
var program = cli.Program{Name: "tsboot", Nearest: secrets.Nearest, FlagOf: commandline.FlagOf}

// stdio are the three standard files. The agent gets the same ones.
type stdio struct{ in, out, err *os.File }

// app is what main was given, and what the commands share.
type app struct {
	line    cli.Line
	tree    commands.Tree
	environ []string
	stdio   stdio
	thread  *supervisor.MainThread // nil: signals come through os/signal

	settings       settings
	variables      map[string]string // the TSBOOT_ variables of environ
	emptyVariables map[string]bool   // the empty ones
	warnings       []boot.Problem    // about variables and flags

	options   boot.Options // read from settings once the log is open
	log       hclog.Logger // nil until the flags are read
	logWriter *cli.LogWriter
	output    boot.Output // what the commands print to
	entered   bool        // a command has begun: an error before that is cobra's, about the command line
	kept      bool        // an agent was supervised: its end is logged
	code      int         // what to exit with when the command ended without an error
}

// runCommand runs the command line and returns the exit code.
func runCommand(ctx context.Context, args, environ []string, std stdio, thread *supervisor.MainThread) int {
	if len(args) > 1 && args[1] == boot.WorkerArgument {
		return work(ctx, environ, std, thread)
	}
	if dir, asked := commands.ManualsDir(args); asked {
		return writeManuals(dir, environ, std.err)
	}
	a := &app{line: program.Line(args[1:]), environ: environ, stdio: std, thread: thread, output: boot.Output{File: std.out, Closed: stdoutIsClosed}}
	a.variables, a.emptyVariables = program.Variables(environ)
	if err := thread.Short(); err != nil {
		a.entered = true
		return a.end(err)
	}
	a.settings.command = a.line.Command
	if len(a.line.Words) > 0 && a.line.Words[0] == healthName {
		if err := a.tree.Execute(ctx, a.healthRoot()); err == nil || a.entered {
			return a.end(err)
		}
	}
	root := a.rootCommand()
	a.tree.Complete(root, completions)
	return a.end(a.tree.Execute(ctx, root))
}

// roomFor guesses from the arguments, before they are parsed, how many threads and processes the run takes. A command that
// keeps no agent needs few, and may run beside a tsboot that stays: it is not kept from trying.
func roomFor(args []string) int {
	switch {
	case len(args) < 2, args[1] == "exec", strings.HasPrefix(args[1], "-"):
		return supervisor.RoomToStay
	case args[1] == boot.WorkerArgument:
		return supervisor.RoomToWork
	}
	return 0
}

// openLog makes the logger that the settings ask for; from here on it reports the end of the run, too.
func (a *app) openLog() error {
	if err := a.settings.log.Validate(&a.settings.origins); err != nil {
		return err
	}
	a.settings.log.Coloured = terminal.Coloured(a.stdio.err, a.environ)
	var screen *terminal.Screen
	if a.settings.log.Shows() {
		screen = terminal.NewScreen(a.stdio.err, a.environ)
	}
	a.log, a.logWriter = newLog(a.settings.log, a.stdio, screen)
	return nil
}

// display is where a person sees what is waited for; nil: there is no person, or one who wants quiet.
func (a *app) display() boot.Display {
	if !a.logWriter.Screen() {
		return nil
	}
	return a.logWriter
}

func newLog(options cli.LogOptions, std stdio, screen *terminal.Screen) (hclog.Logger, *cli.LogWriter) {
	supervisor.OutliveBrokenPipes()
	w := cli.NewLogWriter(program, std.err, screen)
	return cli.NewLogger(program, options, w), w
}

// work is the worker of a boot. It prints only an error that it cannot hand to the waiting tsboot.
func work(ctx context.Context, environ []string, std stdio, thread *supervisor.MainThread) int {
	if err := thread.Short(); err != nil {
		return exitCode(boot.Refuse(std.out, err))
	}
	err := boot.Work(ctx, std.in, std.out, environ, func(log boot.Log) (hclog.Logger, boot.LogWriter) {
		return newLog(cli.LogOptions{Level: log.Level, Format: log.Format, Coloured: log.Coloured}, std, nil)
	})
	if err != nil {
		fmt.Fprintf(std.err, "tsboot: %v\n", err)
	}
	return exitCode(err)
}
