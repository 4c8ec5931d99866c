//go:build linux

package main

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"

	"github.com/tsboot/tsboot/integration/wait"
)

// uid is the user whose programs the kernel records.
const uid = 54325

// fileSize and fileKeep are of the output that is a file. So many are kept that a reader who is late misses none.
const (
	fileSize = 2 << 20
	fileKeep = 16
)

// agent is the tswatch that is looked at.
type agent struct {
	path   string
	runDir string
	output string
	log    string
	token  string // the file
	cmd    *exec.Cmd
	ended  chan struct{}
}

func startAgent(program string, s *soak) (*agent, error) {
	a := &agent{
		path: program, runDir: s.dir + "/run", output: s.dir + "/out/events", log: s.dir + "/tswatch.log", token: s.dir + "/token",
		ended: make(chan struct{}),
	}
	if err := os.Mkdir(filepath.Dir(a.output), 0o700); err != nil {
		return nil, err
	}
	if err := os.WriteFile(a.token, []byte(s.server.token(0)), 0o600); err != nil {
		return nil, err
	}
	log, err := os.Create(a.log)
	if err != nil {
		return nil, err
	}
	defer log.Close()
	a.cmd = exec.Command(program, "--audit-uid", fmt.Sprint(uid), "--docker", s.engine.docker.Host(), "--containerd", s.engine.docker.Containerd(),
		"--run-dir", a.runDir, "--output", "file:"+a.output, "--file-max-size", fmt.Sprint(fileSize), "--file-keep", fmt.Sprint(fileKeep),
		"--output", "unix:"+s.peer.path, "--output", s.server.address(), "--token-file", a.token, "--spool-dir", s.dir+"/spool")
	a.cmd.Env = append(os.Environ(), "SSL_CERT_FILE="+s.server.roots)
	a.cmd.Stderr = log
	a.cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGTERM}
	if err := a.cmd.Start(); err != nil {
		return nil, err
	}
	go func() { _ = a.cmd.Wait(); close(a.ended) }()
	healthy := func() bool { return exec.Command(program, "health", "--run-dir", a.runDir).Run() == nil }
	if !wait.Until(aLongTime, healthy) {
		a.kill()
		return nil, fmt.Errorf("tswatch is not healthy; it says\n%s", a.says())
	}
	return a, nil
}

func (a *agent) pid() int { return a.cmd.Process.Pid }

func (a *agent) signal(s syscall.Signal) error { return a.cmd.Process.Signal(s) }

// kill ends a tswatch that has not ended by itself.
func (a *agent) kill() {
	_ = a.signal(syscall.SIGCONT)
	_ = a.signal(syscall.SIGTERM)
	if !a.hasEnded() {
		_ = a.signal(syscall.SIGKILL)
		<-a.ended
	}
}

func (a *agent) hasEnded() bool {
	return wait.Until(aLongTime, func() bool {
		select {
		case <-a.ended:
			return true
		default:
			return false
		}
	})
}

// says is the end of its log.
func (a *agent) says() string {
	text, err := os.ReadFile(a.log)
	if err != nil {
		return err.Error()
	}
	return string(text[max(0, len(text)-4000):])
}

// status is what `tswatch status --json` says.
type status struct {
	Events, Alerts, Lost uint64
	LostWhere            map[string]uint64 `json:"lost_where"`
	Attribution          map[string]uint64
	Sinks                []sinkStatus
}

type sinkStatus struct {
	Where                  string
	Sent, Dropped, Spooled uint64
	LastError              string `json:"last_error"`
}

func (a *agent) status() (status, error) {
	var s status
	out, err := exec.Command(a.path, "status", "--json", "--run-dir", a.runDir).Output()
	if err == nil {
		err = json.Unmarshal(out, &s)
	}
	if err == nil && len(s.Sinks) != 3 {
		err = fmt.Errorf("%d outputs", len(s.Sinks))
	}
	if err != nil {
		return s, fmt.Errorf("tswatch status: %w: %s", err, out)
	}
	return s, nil
}
