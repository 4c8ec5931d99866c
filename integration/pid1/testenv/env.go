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

// Names of helpers that the arena starts itself.
const (
	initName   = "init"
	keeperName = "keeper"
)

// ErrTimeout is what a wait for something ends with that did not come.
var ErrTimeout = errors.New("it did not happen in time")

// serial tells the sockets of this program's arenas apart.
var serial atomic.Int64

// Arena is one namespace with one init (or, in Child mode, several in turn) and everything below.
type Arena struct {
	mode     Mode
	socket   string
	listener *net.UnixListener
	cmd      *exec.Cmd // process 1 of the namespace
	keeper   *Puppet
	witness  []*Puppet
	root     int // process 1, as this program's namespace numbers it

	mu      sync.Mutex
	changed chan struct{} // closed and made anew at every message from a helper
	puppets map[string]*Puppet
	status  map[int]syscall.WaitStatus // Child mode: by order
	over    *syscall.WaitStatus        // process 1 has ended
	latest  int                        // Child mode: the order that started the latest init
}

// New opens an arena; Start fills it.
func New(mode Mode) (*Arena, error) {
	a := &Arena{mode: mode, changed: make(chan struct{}), puppets: make(map[string]*Puppet), status: make(map[int]syscall.WaitStatus)}
	a.socket = "@tsboot-pid1-" + strconv.Itoa(os.Getpid()) + "-" + strconv.FormatInt(serial.Add(1), 10)
	l, err := net.ListenUnix("unix", &net.UnixAddr{Name: a.socket, Net: "unix"})
	if err != nil {
		return nil, fmt.Errorf("listen for helpers: %w", err)
	}
	a.listener = l
	go a.accept()
	return a, nil
}

// Start starts the init. In Child mode the keeper and the witnesses come first; a second Start then starts another
// init beside the first, with the standard files and extra descriptors of the first.
func (a *Arena) Start(l Launch) (*Init, error) {
	if a.mode == PID1 {
		l.MountProc = true
		if err := a.boot(roleLaunch, l); err != nil {
			return nil, err
		}
		return a.launched(0)
	}
	if a.keeper == nil {
		if err := a.populate(l); err != nil {
			return nil, err
		}
	}
	return a.launch(l)
}

// launch starts an init by the keeper.
func (a *Arena) launch(l Launch) (*Init, error) {
	spec, err := json.Marshal(l)
	if err != nil {
		return nil, err
	}
	a.Forget(initName)
	reply, err := a.keeper.Do(Op{Do: "launch", Text: string(spec)})
	if err != nil {
		return nil, err
	}
	a.note(func() { a.latest = reply.ID })
	return a.launched(reply.ID)
}

// launched waits until the launcher has become the init.
func (a *Arena) launched(order int) (*Init, error) {
	p, err := a.Puppet(initName, startup)
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
	return &Init{arena: a, order: order, PID: p.PID, Inner: p.Inner}, nil
}

// populate starts the keeper and its witnesses: one in the init's own process group, one in a session of its own.
func (a *Arena) populate(l Launch) error {
	if err := a.boot(roleKeeper, l); err != nil {
		return err
	}
	k, err := a.Puppet(keeperName, startup)
	if err != nil {
		return fmt.Errorf("start the keeper: %w", err)
	}
	a.keeper = k
	if l.NoWitness {
		return nil
	}
	for name, spawn := range map[string]Spawn{"witness-group": {}, "witness-session": {Session: true}} {
		spawn.Name = name
		if _, err := k.Do(Op{Do: "spawn", Spawn: &spawn}); err != nil {
			return err
		}
		w, err := a.Puppet(name, startup)
		if err != nil {
			return fmt.Errorf("start a witness: %w", err)
		}
		a.witness = append(a.witness, w)
	}
	return nil
}

// boot starts process 1 of the namespace.
func (a *Arena) boot(role string, l Launch) error {
	l.ExtraCount = len(l.Extra)
	spec, err := json.Marshal(l)
	if err != nil {
		return err
	}
	cmd := exec.Command(selfExe(), role, a.socket, string(spec))
	cmd.Stdin, cmd.Stdout, cmd.Stderr, cmd.ExtraFiles = l.Stdin, l.Stdout, l.Stderr, l.Extra
	cmd.SysProcAttr = namespace()
	if err := startForLife(cmd); err != nil {
		return fmt.Errorf("start process 1 of a namespace: %w", err)
	}
	a.cmd, a.root = cmd, cmd.Process.Pid
	go func() {
		_ = cmd.Wait()
		status, _ := cmd.ProcessState.Sys().(syscall.WaitStatus)
		a.note(func() { a.over = &status })
	}()
	return nil
}

// Close ends everything in the arena and waits until it is gone.
func (a *Arena) Close() {
	_ = a.listener.Close()
	if a.cmd == nil {
		return
	}
	_ = a.cmd.Process.Kill()
	a.until(startup, func() bool { return a.over != nil })
}

// startup bounds every wait for a helper. It is long because the machine may be busy; nothing ever waits it out.
const startup = 60 * time.Second
