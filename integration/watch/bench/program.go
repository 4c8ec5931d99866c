//go:build linux

package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// program is one that reads audit and is measured. It writes lines of JSON to standard output, which is a file.
type program struct {
	name    string
	command func(dir string, e *engine) (*exec.Cmd, error)
	ready   func(dir, log string) bool
	read    func(line []byte) (seen, bool)
	fault   string // of its log: what it says when it cannot do its part
}

// goAudit is go-audit with its container extension, which asks Docker once for each container.
func goAudit(path string) *program {
	return &program{
		name:  "go-audit",
		read:  readGoAudit,
		fault: "failed to query docker",
		command: func(dir string, e *engine) (*exec.Cmd, error) {
			config := filepath.Join(dir, "go-audit.yaml")
			cmd := exec.Command(path, "-config", config)
			cmd.Env = append(environ(), e.environ()...)
			return cmd, os.WriteFile(config, []byte(goAuditConfig()), 0o600)
		},
		ready: func(_, log string) bool {
			text, _ := os.ReadFile(log)
			return strings.Contains(string(text), "Started processing events")
		},
	}
}

// goAuditRules are what auditctl is called with. The kernel records what it records for tswatch, with tswatch's settings of
// its queue.
func goAuditRules() []string {
	return []string{
		"-b 8192", "--backlog_wait_time 0",
		"-a always,exit -F arch=b64 -S execve,execveat -F uid=" + loadUser + " -k tswatch",
		"-a always,exit -F arch=b32 -S execve,execveat -F uid=" + loadUser + " -k tswatch",
		"-e 1",
	}
}

func goAuditConfig() string {
	return `socket_buffer:
  receive: 8388608
output:
  stdout:
    enabled: true
    attempts: 3
rules:
  - ` + strings.Join(goAuditRules(), "\n  - ") + `
extras:
  containers:
    enabled: true
    docker: true
    docker_cache: 1024
`
}

// environ is that of both programs: no variable of either is in it by chance.
func environ() []string { return []string{"PATH=" + os.Getenv("PATH")} }

// tswatchProgram is tswatch with its defaults.
func tswatchProgram(path string) *program {
	return &program{
		name:  "tswatch",
		read:  readTswatch,
		fault: "[ERROR]",
		command: func(dir string, e *engine) (*exec.Cmd, error) {
			cmd := exec.Command(path, tswatchFlags(filepath.Join(dir, "run"), e.Host(), e.address)...)
			cmd.Env = environ()
			return cmd, nil
		},
		ready: func(dir, _ string) bool {
			return exec.Command(path, "health", "--run-dir", filepath.Join(dir, "run")).Run() == nil
		},
	}
}

// tswatchFlags are places, and the user to whom the kernel rules are limited; the rest are defaults.
func tswatchFlags(runDir, docker, containerd string) []string {
	return []string{"--audit-uid", loadUser, "--docker", docker, "--containerd", containerd, "--run-dir", runDir}
}

// check looks for what the program could not do.
func (p *program) check(log string) error {
	text, err := os.ReadFile(log)
	if err == nil && strings.Contains(string(text), p.fault) {
		err = fmt.Errorf("%s says\n%s", p.name, tail(log))
	}
	return err
}
