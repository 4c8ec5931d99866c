//go:build linux

package testenv

import (
	"bytes"
	"os"
	"sync"
	"time"

	"golang.org/x/sys/unix"

	"github.com/tsboot/tsboot/integration/terminal"
	"github.com/tsboot/tsboot/integration/wait"
)

// Terminal is a pseudo-terminal whose slave an init gets as its standard files.
type Terminal struct {
	master *os.File
	Slave  *os.File

	mu  sync.Mutex
	out bytes.Buffer
}

// NewTerminal opens a terminal and reads what is written to it.
func NewTerminal() (*Terminal, error) {
	master, slave, err := terminal.Open()
	if err != nil {
		return nil, err
	}
	t := &Terminal{master: master, Slave: slave}
	go t.read()
	return t, nil
}

func (t *Terminal) read() {
	buf := make([]byte, 4096)
	for {
		n, err := t.master.Read(buf)
		t.mu.Lock()
		t.out.Write(buf[:n])
		t.mu.Unlock()
		if err != nil {
			return
		}
	}
}

// Type writes to the terminal as a person would.
func (t *Terminal) Type(s string) error {
	_, err := t.master.WriteString(s)
	return err
}

// Output is what was written to the terminal so far.
func (t *Terminal) Output() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.out.String()
}

// Shows waits for a text on the terminal.
func (t *Terminal) Shows(text string, d time.Duration) bool {
	return wait.Until(d, func() bool { return bytes.Contains([]byte(t.Output()), []byte(text)) })
}

// Resize changes the window's size, of which the foreground group is told.
func (t *Terminal) Resize(rows, cols uint16) error {
	return t.control(func(fd int) error {
		return unix.IoctlSetWinsize(fd, unix.TIOCSWINSZ, &unix.Winsize{Row: rows, Col: cols})
	})
}

// control leaves the descriptor with the poller, so that HangUp ends the read that waits on it.
func (t *Terminal) control(do func(fd int) error) error {
	raw, err := t.master.SyscallConn()
	if err != nil {
		return err
	}
	var inner error
	if err := raw.Control(func(fd uintptr) { inner = do(int(fd)) }); err != nil {
		return err
	}
	return inner
}

// StopOutput sets TOSTOP: who writes from the background is stopped by SIGTTOU.
func (t *Terminal) StopOutput() error {
	return t.control(func(fd int) error {
		mode, err := unix.IoctlGetTermios(fd, unix.TCGETS)
		if err != nil {
			return err
		}
		mode.Lflag |= unix.TOSTOP
		return unix.IoctlSetTermios(fd, unix.TCSETS, mode)
	})
}

// HangUp closes the master: the process group on the terminal gets SIGHUP.
func (t *Terminal) HangUp() error { return t.master.Close() }

// Close frees the terminal.
func (t *Terminal) Close() {
	_ = t.master.Close()
	_ = t.Slave.Close()
}
