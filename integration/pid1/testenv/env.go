//go:build linux

package testenv

import (
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"strconv"
	"sync"
	"sync/atomic"
	"syscall"
	"time"
)

// Mode says what the init is in its namespace.
type Mode int

// The modes.
const (
	PID1  Mode = iota // the init is process 1
	Child             // the init is a plain child, with witnesses beside it
)

func (m Mode) String() string { return [...]string{"pid 1", "child"}[m] }

// Names of helpers that the environment starts itself.
const (
	initName   = "init"
	reaperName = "reaper"
)

// ErrTimeout is what a wait for something ends with that did not come.
var ErrTimeout = errors.New("it did not happen in time")

// serial tells the sockets of this program's arenas apart.
var serial atomic.Int64

// Env is one namespace with one init (or, in Child mode, several in turn) and everything below.
type Env struct {
	mode     Mode
	socket   string
	listener *net.UnixListener
	cmd      *exec.Cmd // process 1 of the namespace
	reaper   *Helper
	witness  []*Helper
	root     int // process 1, as this program's namespace numbers it

	mu      sync.Mutex
	changed chan struct{} // closed and replaced at every message from a helper
	helpers map[string]*Helper
	status  map[int]syscall.WaitStatus // Child mode: by order
	over    *syscall.WaitStatus        // process 1 has ended
	latest  int                        // Child mode: the order that started the latest init
}

// New opens an environment; Start fills it.
func New(mode Mode) (*Env, error) {
	e := &Env{mode: mode, changed: make(chan struct{}), helpers: make(map[string]*Helper), status: make(map[int]syscall.WaitStatus)}
	e.socket = "@tsboot-pid1-" + strconv.Itoa(os.Getpid()) + "-" + strconv.FormatInt(serial.Add(1), 10)
	l, err := net.ListenUnix("unix", &net.UnixAddr{Name: e.socket, Net: "unix"})
	if err != nil {
		return nil, fmt.Errorf("listen for helpers: %w", err)
	}
	e.listener = l
	go e.accept()
	return e, nil
}

// Start starts the init. In Child mode the reaper and the witnesses come first; a second Start then starts another
// init beside the first, with the standard files and extra descriptors of the first.
func (e *Env) Start(l Launch) (*Init, error) {
	if e.mode == PID1 {
		l.MountProc = true
		if err := e.boot(roleLaunch, l); err != nil {
			return nil, err
		}
		return e.launched(0)
	}
	if e.reaper == nil {
		if err := e.populate(l); err != nil {
			return nil, err
		}
	}
	return e.launch(l)
}

// launch starts an init by the reaper.
func (e *Env) launch(l Launch) (*Init, error) {
	spec, err := json.Marshal(l)
	if err != nil {
		return nil, err
	}
	e.Forget(initName)
	reply, err := e.reaper.Do(Op{Do: "launch", Text: string(spec)})
	if err != nil {
		return nil, err
	}
	e.note(func() { e.latest = reply.ID })
	return e.launched(reply.ID)
}

// launched waits until the launcher has become the init.
func (e *Env) launched(order int) (*Init, error) {
	p, err := e.Helper(initName, startup)
	if err != nil {
		return nil, fmt.Errorf("start the init: %w", err)
	}
	if !p.waitGone(startup) {
		return nil, fmt.Errorf("start the init: %w", ErrTimeout)
	}
	for _, m := range p.events() {
		if m.Event == "failed" {
			return nil, fmt.Errorf("start the init: %s", m.Error)
		}
	}
	return &Init{env: e, order: order, PID: p.PID, Inner: p.Inner}, nil
}

// populate starts the reaper and its witnesses: one in the init's own process group, one in a session of its own.
func (e *Env) populate(l Launch) error {
	if err := e.boot(roleReaper, l); err != nil {
		return err
	}
	r, err := e.Helper(reaperName, startup)
	if err != nil {
		return fmt.Errorf("start the reaper: %w", err)
	}
	e.reaper = r
	if l.NoWitness {
		return nil
	}
	for name, spawn := range map[string]Spawn{"witness-group": {}, "witness-session": {Session: true}} {
		spawn.Name = name
		if _, err := r.Do(Op{Do: "spawn", Spawn: &spawn}); err != nil {
			return err
		}
		w, err := e.Helper(name, startup)
		if err != nil {
			return fmt.Errorf("start a witness: %w", err)
		}
		e.witness = append(e.witness, w)
	}
	return nil
}

// boot starts process 1 of the namespace.
func (e *Env) boot(role string, l Launch) error {
	l.ExtraCount = len(l.Extra)
	spec, err := json.Marshal(l)
	if err != nil {
		return err
	}
	cmd := exec.Command(selfExe(), role, e.socket, string(spec))
	cmd.Stdin, cmd.Stdout, cmd.Stderr, cmd.ExtraFiles = l.Stdin, l.Stdout, l.Stderr, l.Extra
	cmd.SysProcAttr = namespace()
	if err := startForLife(cmd); err != nil {
		return fmt.Errorf("start process 1 of a namespace: %w", err)
	}
	e.cmd, e.root = cmd, cmd.Process.Pid
	go func() {
		_ = cmd.Wait()
		status, _ := cmd.ProcessState.Sys().(syscall.WaitStatus)
		e.note(func() { e.over = &status })
	}()
	return nil
}

// Close ends everything in the environment and waits until it is gone.
func (e *Env) Close() {
	_ = e.listener.Close()
	if e.cmd == nil {
		return
	}
	_ = e.cmd.Process.Kill()
	e.until(startup, func() bool { return e.over != nil })
}

// startup bounds every wait for a helper. It is long because the machine may be busy; nothing ever waits it out.
const startup = 60 * time.Second
