//go:build linux

package watch

import (
	"bytes"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/tsboot/tsboot/integration/wait"
)

// event is a line that tswatch writes, as far as the tests look at it.
type event struct {
	Timestamp time.Time `json:"@timestamp"`
	Event     struct {
		Kind, Action, Outcome string
		Severity              int
		Sequence              uint32
	}
	Process struct {
		PID, VPID        int
		Name, Executable string
		Args             []string
	}
	User      struct{ ID string }
	Container *struct {
		ID, Name string
		Image    struct {
			Name string
			Tag  []string
		}
	}
	Rule    struct{ ID string }
	Message string
	Tswatch struct {
		Attribution struct{ Method, Reason string }
		Lossy       bool
		Lost        struct {
			Records, Serials uint64
			Where            string
		}
	}
}

// status is what `tswatch status --json` says.
type status struct {
	Events      uint64            `json:"events"`
	Lost        uint64            `json:"lost"`
	LostWhere   map[string]uint64 `json:"lost_where"`
	Attribution map[string]uint64 `json:"attribution"`
}

// agent is a tswatch that runs.
type agent struct {
	t      *testing.T
	cmd    *exec.Cmd
	stderr bytes.Buffer
	runDir string
	output string
	ended  chan error
}

// start starts tswatch with rules for the user of the tests, and waits until it reads.
func start(t *testing.T, args ...string) *agent {
	t.Helper()
	dir := t.TempDir()
	a := &agent{t: t, runDir: filepath.Join(dir, "run"), output: filepath.Join(dir, "events")}
	a.run(args...)
	return a
}

// run runs tswatch once more with the same directories.
func (a *agent) run(args ...string) {
	a.t.Helper()
	a.launch(a.command(args...))
	a.awaitHealth()
}

// launch starts a tswatch and waits for nothing.
func (a *agent) launch(cmd *exec.Cmd) {
	a.t.Helper()
	a.cmd = cmd
	a.cmd.Stderr = &a.stderr
	a.ended = make(chan error, 1)
	if err := a.cmd.Start(); err != nil {
		a.t.Fatal(err)
	}
	go func() { a.ended <- a.cmd.Wait() }()
	a.t.Cleanup(func() {
		a.stop()
		if a.t.Failed() {
			a.t.Logf("tswatch says\n%s", a.stderr.String())
		}
	})
}

func (a *agent) awaitHealth() {
	a.t.Helper()
	wait.For(a.t, aLongTime, "tswatch is healthy", func() bool {
		return exec.Command(built(a.t, tswatch), "health", "--run-dir", a.runDir).Run() == nil
	})
}

func (a *agent) command(args ...string) *exec.Cmd {
	a.t.Helper()
	docker := os.Getenv("DOCKER_HOST")
	if docker == "" {
		docker = "auto"
	}
	containerd := os.Getenv("CONTAINERD_ADDRESS") // as ctr has it
	if containerd == "" {
		containerd = "off"
	}
	return exec.Command(built(a.t, tswatch), append([]string{
		"--audit-uid", "54323", "--docker", docker, "--containerd", containerd, "--run-dir", a.runDir, "--output", "file:" + a.output, "--file-max-size", "0",
	}, args...)...)
}

// stop asks tswatch to stop, as a service manager does.
func (a *agent) stop() {
	a.t.Helper()
	if a.ended == nil {
		return
	}
	a.signal(syscall.SIGCONT)
	a.signal(syscall.SIGTERM)
	if err := <-a.ended; err != nil {
		a.t.Errorf("tswatch ended with %v", err)
	}
	a.ended = nil
}

// kill is SIGKILL.
func (a *agent) kill() {
	a.signal(syscall.SIGKILL)
	<-a.ended
	a.ended = nil
}

func (a *agent) signal(s syscall.Signal) {
	a.t.Helper()
	if err := a.cmd.Process.Signal(s); err != nil {
		a.t.Error(err)
	}
}

// status asks for the numbers.
func (a *agent) status() status {
	a.t.Helper()
	out, err := exec.Command(built(a.t, tswatch), "status", "--json", "--run-dir", a.runDir).Output()
	var s status
	if err == nil {
		err = json.Unmarshal(out, &s)
	}
	if err != nil {
		a.t.Fatalf("status: %v: %s", err, out)
	}
	return s
}

// events are the lines so far. Each must be a whole object of JSON without bytes that a terminal acts on.
func (a *agent) events() []event {
	a.t.Helper()
	text, err := os.ReadFile(a.output)
	if err != nil {
		a.t.Fatal(err)
	}
	text = text[:bytes.LastIndexByte(text, '\n')+1] // the last may be on its way
	var events []event
	for line := range bytes.Lines(text) {
		var e event
		if err := json.Unmarshal(line, &e); err != nil {
			a.t.Fatalf("%v: %s", err, line)
		}
		if bytes.ContainsFunc(line[:len(line)-1], func(r rune) bool { return r < ' ' }) {
			a.t.Fatalf("a line has a control character: %q", line)
		}
		events = append(events, e)
	}
	return events
}

// await waits for a line that is as wanted.
func (a *agent) await(what string, wanted func(event) bool) event {
	a.t.Helper()
	var found event
	came := wait.Until(aLongTime, func() bool {
		events := a.events()
		i := slices.IndexFunc(events, wanted)
		if i >= 0 {
			found = events[i]
		}
		return i >= 0
	})
	if !came {
		text, _ := os.ReadFile(a.output)
		a.t.Fatalf("no line is %s:\n%s", what, text)
	}
	return found
}

// alert waits for the alert of a rule.
func (a *agent) alert(rule string) event {
	a.t.Helper()
	return a.await("an alert of "+rule, func(e event) bool { return e.Event.Kind == "alert" && e.Rule.ID == rule })
}

// executed waits for the event of an exec with the argument.
func (a *agent) executed(argument string) event {
	a.t.Helper()
	return a.await("an exec with "+strings.ToValidUTF8(argument, "?"), func(e event) bool {
		return e.Event.Kind == "event" && e.Event.Action == "executed" && slices.Contains(e.Process.Args, argument)
	})
}
