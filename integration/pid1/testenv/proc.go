//go:build linux

package testenv

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"

	"golang.org/x/sys/unix"
)

// Process is one process of an environment, numbered as in its namespace.
type Process struct {
	PID, PPID, PGID, SID int
	TPGID                int    // the foreground group of its terminal
	State                string // as in ps: R, S, T, Z, ...
	Name                 string
	Argv                 []string
}

// Processes lists what lives in the environment, zombies included. It reads the environment's own /proc, through the root
// directory of its first process.
func (e *Env) Processes() []Process {
	base := e.proc()
	entries, err := os.ReadDir(base)
	if err != nil {
		return nil
	}
	var all []Process
	for _, e := range entries {
		if pid, err := strconv.Atoi(e.Name()); err == nil {
			if p, err := readProcess(base, pid); err == nil {
				all = append(all, p)
			}
		}
	}
	return all
}

// Count is how many processes there are, zombies included.
func (e *Env) Count() int {
	entries, _ := os.ReadDir(e.proc())
	n := 0
	for _, e := range entries {
		if _, err := strconv.Atoi(e.Name()); err == nil {
			n++
		}
	}
	return n
}

func (e *Env) proc() string { return fmt.Sprintf("/proc/%d/root/proc", e.root) }

// Process looks one process up.
func (e *Env) Process(pid int) (Process, bool) {
	p, err := readProcess(e.proc(), pid)
	return p, err == nil
}

// File reads a file of a process below /proc.
func (e *Env) File(pid int, name string) (string, error) {
	b, err := os.ReadFile(e.Path(pid, name))
	return string(b), err
}

// Link reads a symbolic link of a process below /proc.
func (e *Env) Link(pid int, name string) (string, error) {
	return os.Readlink(e.Path(pid, name))
}

// Kill signals a process that is known only by the number it has in the environment.
func (e *Env) Kill(pid int, s syscall.Signal) error {
	fd, err := unix.Open(e.Path(pid, ""), unix.O_DIRECTORY|unix.O_CLOEXEC, 0)
	if err != nil {
		return err
	}
	defer unix.Close(fd)
	return unix.PidfdSendSignal(fd, s, nil, 0)
}

// Below lists the init's side of the environment: all but the reaper, the witnesses and the init itself (nil: it has ended).
func (e *Env) Below(i *Init) []Process {
	apart := make(map[int]bool)
	if i != nil {
		apart[i.Inner] = true
	}
	if e.reaper != nil {
		apart[e.reaper.Inner] = true
		for _, w := range e.witness {
			apart[w.Inner] = true
		}
	}
	var below []Process
	for _, p := range e.Processes() {
		if !apart[p.PID] {
			below = append(below, p)
		}
	}
	return below
}

// Zombies lists the dead that nobody has waited for.
func (e *Env) Zombies() []Process {
	var dead []Process
	for _, p := range e.Processes() {
		if p.State == "Z" {
			dead = append(dead, p)
		}
	}
	return dead
}

func readProcess(base string, pid int) (Process, error) {
	dir := filepath.Join(base, strconv.Itoa(pid))
	stat, err := os.ReadFile(filepath.Join(dir, "stat"))
	if err != nil {
		return Process{}, err
	}
	open, end := bytes.IndexByte(stat, '('), bytes.LastIndexByte(stat, ')')
	if open < 0 || end < open {
		return Process{}, fmt.Errorf("parse %s/stat", dir)
	}
	fields := strings.Fields(string(stat[end+1:]))
	if len(fields) < 6 {
		return Process{}, fmt.Errorf("parse %s/stat", dir)
	}
	p := Process{PID: pid, State: fields[0], Name: string(stat[open+1 : end])}
	var tty int
	for i, n := range []*int{&p.PPID, &p.PGID, &p.SID, &tty, &p.TPGID} {
		if *n, err = strconv.Atoi(fields[i+1]); err != nil {
			return Process{}, err
		}
	}
	cmdline, _ := os.ReadFile(filepath.Join(dir, "cmdline"))
	p.Argv = strings.Split(strings.TrimSuffix(string(cmdline), "\x00"), "\x00")
	return p, nil
}

// Path is a file of a process below /proc.
func (e *Env) Path(pid int, name string) string {
	return filepath.Join(e.proc(), strconv.Itoa(pid), name)
}
