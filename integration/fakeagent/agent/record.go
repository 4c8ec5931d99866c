package agent

import (
	"bufio"
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"syscall"
	"time"
)

// entry is one line of etc/fake/record.jsonl: a program that was started, or a signal that it got.
type entry struct {
	Event  string    `json:"event"` // "start", "signal", "ready"
	Name   string    `json:"name"`
	Argv   []string  `json:"argv"`
	Env    []string  `json:"env,omitempty"`
	Dir    string    `json:"dir"`
	PID    int       `json:"pid"`
	PPID   int       `json:"ppid"`
	PGID   int       `json:"pgid"`
	UID    int       `json:"uid"`
	GID    int       `json:"gid"`
	Groups []int     `json:"groups,omitempty"`
	Signal string    `json:"signal,omitempty"`
	Time   time.Time `json:"time"`
}

func (a *agent) recordFile() string { return a.path("etc/fake/record.jsonl") }

// record appends one line in one write, so that the lines of several processes do not mix. The file holds secrets
// by its purpose and is readable by its owner alone.
func (a *agent) record(event string) error { return a.recordSignal(event, "") }

func (a *agent) recordSignal(event, signal string) error {
	dir, err := os.Getwd()
	if err != nil {
		dir = "?"
	}
	groups, _ := syscall.Getgroups()
	e := entry{
		Event: event, Name: a.name, Argv: os.Args, Dir: dir, Signal: signal, Time: time.Now(),
		PID: os.Getpid(), PPID: os.Getppid(), PGID: syscall.Getpgrp(), UID: os.Getuid(), GID: os.Getgid(), Groups: groups,
	}
	if event == "start" {
		e.Env = os.Environ()
	}
	line, err := json.Marshal(e)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(a.recordFile()), 0o700); err != nil {
		return err
	}
	file, err := os.OpenFile(a.recordFile(), os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o600)
	if err != nil {
		return err
	}
	defer file.Close()
	_, err = file.Write(append(line, '\n'))
	return err
}

// times counts how often this program was started with that command as its first argument, this time included. The
// commands of a foreground run begin with a dash.
func (a *agent) times(command string) int {
	file, err := os.Open(a.recordFile())
	if err != nil {
		return 0
	}
	defer file.Close()
	count := 0
	lines := bufio.NewScanner(file)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		var e entry
		if json.Unmarshal(lines.Bytes(), &e) == nil && e.Event == "start" && e.Name == a.name && slices.Contains(e.Argv[1:], command) {
			count++
		}
	}
	return count
}
