//go:build linux

package integration

import (
	"os"
	"os/exec"
	"regexp"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/tsboot/tsboot/integration/require"
	"github.com/tsboot/tsboot/integration/terminal"
	"github.com/tsboot/tsboot/integration/wait"
)

// person is somebody who runs tsboot on a terminal of 80 columns.
type person struct {
	*process
	master, slave *os.File
	written       func() string // all that came to the terminal
}

// atTerminal runs tsboot. files says which of the standard files are the terminal, by their first letters: "ioe" all, "e" standard error.
func atTerminal(t *testing.T, s *store, files string, env []string, args ...string) *person {
	t.Helper()
	master, slave, err := terminal.Open()
	if err != nil {
		require.Missing(t, "pty", err)
	}
	resize(t, master, 80)
	cmd := exec.Command(tsbootBinary(t), args...)
	cmd.Env = slices.Concat([]string{"PATH=" + os.Getenv("PATH"), "TERM=xterm"}, s.env, env)
	if strings.Contains(files, "i") {
		cmd.Stdin = slave
		cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true, Setctty: true}
	}
	if strings.Contains(files, "o") {
		cmd.Stdout = slave
	}
	if strings.Contains(files, "e") {
		cmd.Stderr = slave
	}
	return &person{start(t, cmd), master, slave, readAll(t, master, slave)}
}

// readAll collects what comes to a terminal.
func readAll(t *testing.T, master, slave *os.File) (written func() string) {
	var mu sync.Mutex
	var all strings.Builder
	read := make(chan struct{})
	go func() {
		defer close(read)
		buf := make([]byte, 4096)
		for {
			n, err := master.Read(buf)
			mu.Lock()
			all.Write(buf[:n])
			mu.Unlock()
			if err != nil {
				return
			}
		}
	}()
	t.Cleanup(func() {
		slave.Close()
		master.Close()
		<-read
	})
	return func() string {
		mu.Lock()
		defer mu.Unlock()
		return all.String()
	}
}

func resize(t *testing.T, master *os.File, columns uint16) {
	t.Helper()
	conn, err := master.SyscallConn()
	if err != nil {
		t.Fatal(err)
	}
	_ = conn.Control(func(fd uintptr) {
		err = unix.IoctlSetWinsize(int(fd), unix.TIOCSWINSZ, &unix.Winsize{Row: 24, Col: columns})
	})
	if err != nil {
		t.Fatal(err)
	}
}

// theEnd is what the test writes to the terminal after the program has ended: all before it was read then.
const theEnd = "<end>"

// wantExit ends the test unless the program ends with the code, and waits for the last that it wrote.
func (p *person) wantExit(code int) {
	p.t.Helper()
	p.process.wantExit(code)
	if _, err := p.slave.WriteString(theEnd); err != nil {
		p.t.Fatal(err)
	}
	p.await(theEnd)
}

// await waits until the terminal has got a text.
func (p *person) await(text string) {
	p.t.Helper()
	wait.For(p.t, aLongTime, text, func() bool { return strings.Contains(p.written(), text) })
}

// screen is what the person sees in the end.
func (p *person) screen() []string {
	p.t.Helper()
	rows, unknown := terminal.Show(strings.TrimSuffix(p.written(), theEnd), 80)
	if unknown != "" {
		p.t.Fatalf("the terminal got %s: %q", unknown, p.written())
	}
	return rows
}

// drawn are the texts of the line, as they were drawn, without those that were taken away.
func (p *person) drawn() []string {
	var all []string
	for _, match := range regexp.MustCompile(`\r([^\r\n\x1b]+)\x1b\[K`).FindAllStringSubmatch(p.written(), -1) {
		all = append(all, match[1])
	}
	return all
}

var timeLeft = regexp.MustCompile(`\(([0-9hms]+) left\)`)

// wantLine ends the test unless the line was drawn, told less and less time, kept to the width, and is gone.
func (p *person) wantLine(width int, words ...string) {
	p.t.Helper()
	last := time.Duration(-1)
	drawn := p.drawn()
	for _, text := range drawn {
		if len(text) >= width {
			p.t.Errorf("%d columns of %d: %q", len(text), width, text)
		}
		match := timeLeft.FindStringSubmatch(text)
		if match == nil {
			continue
		}
		left, err := time.ParseDuration(match[1])
		if err != nil || last >= 0 && left > last {
			p.t.Errorf("%v left after %v, %v", left, last, err)
		}
		last = left
	}
	for _, word := range words {
		if !slices.ContainsFunc(drawn, func(text string) bool { return strings.Contains(text, word) }) {
			p.t.Errorf("no line with %q: %q", word, drawn)
		}
	}
	for _, row := range p.screen() {
		if strings.Contains(row, " left)") {
			p.t.Errorf("still on the screen: %q", row)
		}
	}
}
