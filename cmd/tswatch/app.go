package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"log"
	"os"
	"strings"

	"github.com/hashicorp/go-hclog"
	"golang.org/x/sys/unix"

	"github.com/tsboot/tsboot/cli"
	"github.com/tsboot/tsboot/cli/commands"
	"github.com/tsboot/tsboot/cli/terminal"
	"github.com/tsboot/tsboot/secrets"
	"github.com/tsboot/tsboot/watch/control"
)

// program is tswatch as package cli asks for it.
var program = cli.Program{Name: "tswatch", Nearest: secrets.Nearest}

// stdio are the three standard files.
type stdio struct {
	in, err *os.File
	out     io.Writer // nil: it is closed
}

// app is what main was given, and what the commands share.
type app struct {
	line    cli.Line
	tree    commands.Tree
	environ []string
	stdio   stdio

	settings  settings
	variables map[string]string // the TSWATCH_ variables of environ
	empty     map[string]bool   // the empty ones
	warnings  []string          // about variables

	log       hclog.Logger // nil until the flags are read
	logWriter *cli.LogWriter
	printed   printer
	entered   bool // a command has begun: an error before that is about the command line
	code      int  // what to exit with when the command ended without an error
}

// printer is the standard output of the commands that print. It keeps the first error.
type printer struct {
	out io.Writer
	err error
}

func (p *printer) Write(text []byte) (int, error) {
	if p.err != nil {
		return 0, p.err
	}
	n, err := 0, errors.New("it is closed: open it, or send it to /dev/null")
	if p.out != nil {
		n, err = p.out.Write(text)
	}
	if err != nil {
		p.err = &ending{exitOutput, fmt.Errorf("print on the standard output: %w", err)}
	}
	return n, p.err
}

// runCommand runs the command line and returns the exit code.
func runCommand(ctx context.Context, args, environ []string, std stdio) (code int) {
	defer func() {
		if fault := recover(); fault != nil {
			fmt.Fprintf(std.err, "tswatch: %v\n", bug(fault))
			code = exitBug
		}
	}()
	control.OutliveBrokenPipes()
	if dir, asked := commands.ManualsDir(args); asked {
		return writeManuals(dir, environ, std.err)
	}
	a := &app{line: cli.Line{Program: program, Words: args[1:]}, environ: environ, stdio: std, printed: printer{out: std.out}}
	a.variables, a.empty = program.Variables(environ)
	root := a.rootCommand()
	a.tree.Complete(root, a.completions)
	return a.end(cmp.Or(a.tree.Execute(ctx, root), a.printed.err))
}

// openLog makes the logger that the settings ask for; from here on it reports the end of the run, too.
func (a *app) openLog() error {
	if err := a.settings.log.Validate(&a.settings.origins); err != nil {
		return err
	}
	a.settings.log.Coloured = terminal.Coloured(a.stdio.err, a.environ)
	log.SetOutput(io.Discard) // where GODEBUG asks for it, net/http writes its requests there, with the token
	a.logWriter = cli.NewLogWriter(program, a.stdio.err, nil)
	a.log = cli.NewLogger(program, a.settings.log, a.logWriter)
	for _, what := range a.warnings {
		a.log.Warn("unknown variable", "detail", what)
	}
	return nil
}

// end reports how the run ended, once, and returns the exit code.
func (a *app) end(err error) int {
	var usage *cli.UsageError
	if err != nil && a.printed.err == nil && !a.entered && (!errors.As(err, &usage) || usage.Try == "") {
		err = cli.Usagef("%w (see tswatch --help)", err)
	}
	code := a.code
	if err != nil {
		code = exitCode(err)
	}
	if err != nil && a.log == nil && cli.AskedForJSON(program, a.variables, a.line.Words) {
		a.settings.log = cli.LogOptions{Level: "error", Format: cli.FormatJSON}
		_ = a.openLog() // both words are valid
	}
	switch {
	case errors.Is(err, unix.EPIPE): // the reader of the standard output has read what it wanted
	case errors.Is(err, control.ErrStopped):
		a.log.Warn(control.ErrStopped.Error())
	case err != nil && a.log != nil:
		a.log.Error("exiting", "exit_code", code, "error", err)
	case err != nil:
		for line := range strings.Lines(err.Error()) {
			fmt.Fprintf(a.stdio.err, "tswatch: %s\n", strings.TrimSuffix(line, "\n"))
		}
	}
	if a.logWriter != nil {
		a.logWriter.Flush()
		a.logWriter.Close()
	}
	return code
}
