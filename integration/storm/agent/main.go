//go:build linux

// Command agent is the agent of the storm. It runs on a key that it reads from two files, and says in a third one which it
// runs on. What is wrong with a version stands in the files, too: it dies, it is sick, or its setup fails.
//
//	agent run|start|stop|check|setup DIR
package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strconv"
	"syscall"
	"time"

	"github.com/tsboot/tsboot/integration/wait"
)

// config is etc/agent.json, and what the agent says that it runs on.
type config struct {
	Key  string `json:"key"`
	Mode string `json:"mode"`
	PID  int    `json:"pid,omitempty"`
}

func main() {
	code, err := run(os.Args[1], os.Args[2])
	if err != nil {
		fmt.Fprintln(os.Stderr, "agent:", err)
		code = 1
	}
	os.Exit(code)
}

func run(verb, dir string) (int, error) {
	switch verb {
	case "run":
		return work(dir)
	case "start":
		return start(dir)
	case "stop":
		return stop(dir)
	case "check":
		return check(dir)
	case "setup":
		c, err := read(dir + "/etc/agent.json")
		if c.Mode == "setup" {
			return 7, nil
		}
		return 0, err
	}
	return 2, fmt.Errorf("unknown verb %q", verb)
}

// work has a child, as agents have, and reads its files again at SIGHUP.
func work(dir string) (int, error) {
	signals := make(chan os.Signal, 16)
	signal.Notify(signals, syscall.SIGHUP, syscall.SIGTERM, syscall.SIGUSR1)
	child := exec.Command("sleep", "1000")
	child.Args[0] = dir + "/child"
	if err := child.Start(); err != nil {
		return 1, err
	}
	for {
		c, err := read(dir + "/etc/agent.json")
		if err != nil {
			return 1, err
		}
		if c.Mode == "die" {
			return 3, nil
		}
		c.PID = os.Getpid()
		if err := write(dir+"/runs-on", c); err != nil {
			return 1, err
		}
		for s := range signals {
			if s == syscall.SIGTERM {
				return 0, nil
			}
			if s == syscall.SIGHUP {
				break
			}
		}
	}
}

// start leaves the agent behind as a daemon.
func start(dir string) (int, error) {
	program, err := os.Executable()
	if err != nil {
		return 1, err
	}
	agent := exec.Command(program, "run", dir)
	agent.Stdout, agent.Stderr = os.Stdout, os.Stderr
	agent.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	if err := agent.Start(); err != nil {
		return 1, err
	}
	return 0, os.WriteFile(dir+"/pid", []byte(strconv.Itoa(agent.Process.Pid)), 0o600)
}

// stop ends the daemon and waits for its end.
func stop(dir string) (int, error) {
	data, err := os.ReadFile(dir + "/pid")
	if err != nil {
		return 1, err
	}
	pid, err := strconv.Atoi(string(data))
	if err == nil {
		err = syscall.Kill(pid, syscall.SIGTERM)
	}
	if err != nil {
		return 1, err
	}
	if !wait.Until(10*time.Second, func() bool { return syscall.Kill(pid, 0) != nil }) {
		return 1, errors.New("the agent does not end")
	}
	return 0, nil
}

// check waits until the agent runs on what is in its files.
func check(dir string) (int, error) {
	c, err := read(dir + "/etc/agent.json")
	if err != nil {
		return 1, err
	}
	runs := func() bool {
		on, err := read(dir + "/runs-on")
		return err == nil && on.Key == c.Key && syscall.Kill(on.PID, 0) == nil
	}
	if !wait.Until(10*time.Second, runs) {
		return 1, fmt.Errorf("the agent does not run on %s", c.Key)
	}
	if c.Mode == "sick" {
		return 1, nil
	}
	return 0, nil
}

func read(file string) (c config, err error) {
	data, err := os.ReadFile(file)
	if err != nil {
		return c, err
	}
	return c, json.Unmarshal(data, &c)
}

func write(file string, c config) error {
	data, err := json.Marshal(c)
	if err != nil {
		return err
	}
	next := fmt.Sprintf("%s.%d", file, os.Getpid())
	if err := os.WriteFile(next, data, 0o600); err != nil {
		return err
	}
	return os.Rename(next, filepath.Clean(file))
}
