package main

import (
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/tsboot/tsboot/integration/clitest"
	"github.com/tsboot/tsboot/integration/wait"
)

const waitDeadline = 20 * time.Second

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"tswatch": main})
}

// TestScripts runs testdata/script/*.txtar. Beside testscript's own commands:
//
//	code N command [arg...]   run to the end, like exec, and expect exit code N
//	lines N PATTERN           so many lines of the last standard output match
//	await FILE TEXT           wait until the file contains the text
//	feed FIFO FILE            make a named pipe, and write the file into it; it stays open until the script ends
//	answers                   wait until the tswatch of $TSWATCH_RUN_DIR answers
//	signal NAME               send SIGTERM, SIGINT or SIGHUP to the newest background command
func TestScripts(t *testing.T) {
	t.Parallel()
	testscript.Run(t, testscript.Params{
		Dir:                 "testdata/script",
		RequireExplicitExec: true,
		RequireUniqueNames:  true,
		Setup: func(env *testscript.Env) error {
			env.Vars = append(env.Vars, "GORACE=atexit_sleep_ms=0", "TSWATCH_RUN_DIR="+filepath.Join(env.WorkDir, "run"))
			return nil
		},
		Cmds: map[string]func(ts *testscript.TestScript, neg bool, args []string){
			"code": clitest.Code, "lines": cmdLines, "await": cmdAwait, "feed": cmdFeed, "answers": cmdAnswers,
			"signal": cmdSignal,
		},
	})
}

func cmdLines(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: lines N TEXT")
	}
	got := 0
	for line := range strings.Lines(ts.ReadFile("stdout")) {
		if strings.Contains(line, args[1]) {
			got++
		}
	}
	if strconv.Itoa(got) != args[0] {
		ts.Fatalf("%d lines have %q, want %s", got, args[1], args[0])
	}
}

func cmdAwait(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: await FILE TEXT")
	}
	file := ts.MkAbs(args[0])
	wait.For(ts, waitDeadline, args[0]+" to contain "+args[1], func() bool {
		text, err := os.ReadFile(file)
		return err == nil && strings.Contains(string(text), args[1])
	})
}

func cmdFeed(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: feed FIFO FILE")
	}
	fifo := ts.MkAbs(args[0])
	ts.Check(syscall.Mkfifo(fifo, 0o600))
	pipe, err := os.OpenFile(fifo, os.O_RDWR, 0) // also as a reader, so that it does not wait for one
	ts.Check(err)
	ts.Defer(func() { pipe.Close() })
	_, err = io.WriteString(pipe, ts.ReadFile(args[1]))
	ts.Check(err)
}

func cmdAnswers(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 0 {
		ts.Fatalf("usage: answers")
	}
	wait.For(ts, waitDeadline, "an answer", func() bool { return ts.Exec("tswatch", "health", "--live") == nil })
}

func cmdSignal(ts *testscript.TestScript, neg bool, args []string) {
	known := map[string]syscall.Signal{"SIGTERM": syscall.SIGTERM, "SIGINT": syscall.SIGINT, "SIGHUP": syscall.SIGHUP}
	background := ts.BackgroundCmds()
	if neg || len(args) != 1 || known[args[0]] == 0 || len(background) == 0 {
		ts.Fatalf("usage: signal NAME, with a command in the background")
	}
	ts.Check(background[len(background)-1].Process.Signal(known[args[0]]))
}
