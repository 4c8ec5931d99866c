package docpage

import (
	"bufio"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
)

// standIn asks the test for what it prints and its exit code. A call is a directory of its own; its name goes through one
// pipe, which is written to in one piece.
const standIn = `#!/bin/sh
call=$(mktemp -d %[1]s/call.XXXXXX) && mkfifo "$call/done" || exit 99
pwd >"$call/dir"
printf '%%s\0' "$@" >"$call/args"
echo "$call" >%[1]s/calls
read -r done <"$call/done"
cat "$call/printed"
exit "$(cat "$call/code")"
`

// Func puts a command in PATH that is a function of the test: it gets the directory and the arguments of a call, and says
// what the command prints on its standard output and how it ends. Calls come one at a time.
func (p *Page) Func(name string, do func(dir string, args []string) Result) {
	p.t.Helper()
	calls := p.t.TempDir()
	pipe := filepath.Join(calls, "calls")
	if err := syscall.Mkfifo(pipe, 0o600); err != nil {
		p.t.Fatal(err)
	}
	requests, err := os.OpenFile(pipe, os.O_RDWR, 0) // both ends: it never reads an end
	if err != nil {
		p.t.Fatal(err)
	}
	p.Stub(name, fmt.Sprintf(standIn, "'"+calls+"'"))
	var served sync.WaitGroup
	served.Go(func() {
		var done []*os.File // open until the end, since nothing says when the caller has read, or whether it still lives
		defer func() {
			for _, pipe := range done {
				_ = pipe.Close()
			}
		}()
		for lines := bufio.NewScanner(requests); lines.Scan(); {
			pipe, err := answer(lines.Text(), do)
			if err != nil {
				p.t.Errorf("%s, which is a function of the test: %v", name, err)
				continue
			}
			done = append(done, pipe)
		}
	})
	p.t.Cleanup(func() {
		_ = requests.Close()
		served.Wait()
	})
}

// givenUp is the exit code of a call in which the function ended the test.
const givenUp = 98

// ask calls the function. One that ends the test (t.Fatal) ends its goroutine, and the command with it, but not the others.
func ask(do func(dir string, args []string) Result, dir string, args []string) Result {
	result := Result{Code: givenUp}
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		result = do(dir, args)
	}()
	<-ended
	return result
}

// answer serves one call, and gives the pipe by which the caller knows.
func answer(call string, do func(dir string, args []string) Result) (*os.File, error) {
	dir, err := os.ReadFile(filepath.Join(call, "dir"))
	if err != nil {
		return nil, err
	}
	args, err := os.ReadFile(filepath.Join(call, "args"))
	if err != nil {
		return nil, err
	}
	var list []string
	if len(args) > 0 {
		list = strings.Split(strings.TrimSuffix(string(args), "\x00"), "\x00")
	}
	result := ask(do, strings.TrimSuffix(string(dir), "\n"), list)
	if err := os.WriteFile(filepath.Join(call, "code"), []byte(strconv.Itoa(result.Code)), 0o600); err != nil {
		return nil, err
	}
	if err := os.WriteFile(filepath.Join(call, "printed"), []byte(result.Printed), 0o600); err != nil {
		return nil, err
	}
	done, err := os.OpenFile(filepath.Join(call, "done"), os.O_RDWR, 0)
	if err != nil {
		return nil, err
	}
	if _, err := done.WriteString("\n"); err != nil {
		return nil, errors.Join(err, done.Close())
	}
	return done, nil
}
