//go:build linux

package supervisor

import (
	"path/filepath"
	"time"

	"golang.org/x/sys/unix"

	"github.com/tsboot/tsboot/supervisor/process"
)

// role is what a child was started as.
type role int

const (
	roleHelper role = iota // Output: short-lived, of tsboot's own binary
	roleStep
	roleAgent
	roleHealth
	roleStop
)

// child is a process that tsboot started (or follows) and whose status is waited
// for. All other children are orphans to be reaped.
type child struct {
	pid     int
	role    role
	started time.Time
	keep    bool // when it ends it stays a zombie, so that its pid and group id are given to no other
	ended   bool
	run     *shortRun // of all but the agent
}

// state is all that the loop owns.
type state struct {
	system

	phase       phase
	since       time.Time
	interrupt   bool  // the actor was interrupted: end once all is drained
	dropped     bool  // main has returned in spite of the loop
	childrenDue bool  // some child may have ended that was not looked at
	unkillable  []int // what survived the last SIGKILL, since the agent was started
	survived    bool  // some process did not die of the last SIGKILL of all
	final       bool  // the agent will not come back: no process is exempt any longer

	children map[int]*child
	timers   timerSet
	orphans  int

	rules     signalRules // of the plan
	defaults  signalRules // of Options, where a plan says nothing
	fast      process.FastForward
	grace     time.Duration // of a stop
	inherited []int
	cwd       string
	setupDone func()
	firstRun  func() // nil once it was called
	display   Display

	plan         generation
	hadSecrets   bool           // a plan held secrets
	forgotten    bool           // some of them, which are in memory until the collector has run
	waiting      []*refreshWait // for the turn of a refresh
	trial        trial
	reply        chan<- answer // of Supervise
	setup        setupState
	agent        agentState
	health       healthState
	follow       followState
	shutdown     shutdown
	stop         stopState
	next         next
	terminal     process.Terminal
	setupDaemons map[int]uint64 // daemons of a setup: not the agent's, they outlive its restarts
}

// stopState is the stop that was asked for; signal is 0 while none was.
type stopState struct {
	signal     Signal
	interrupts int // SIGINTs so far: the second one kills
}

func newState(opts Options, sys system, inherited []int, cwd string) state {
	stopOn := opts.StopOn
	if stopOn == nil {
		stopOn = []Signal{Signal(unix.SIGTERM), Signal(unix.SIGINT)}
	}
	rules := signalRules{rewrite: opts.SignalRewrite, stopOn: stopOn, forwardURG: opts.ForwardSIGURG}
	return state{
		system:    sys,
		since:     sys.now(),
		children:  make(map[int]*child),
		rules:     rules,
		defaults:  rules,
		grace:     opts.Grace,
		inherited: inherited,
		cwd:       cwd,
		setupDone: opts.SetupDone,
		display:   displayOf(opts),
		firstRun:  opts.FirstRun,
		terminal:  process.NoTerminal(),
	}
}

// resolve makes a command independent of tsboot's working directory, which is `/`
// once the agent runs.
func (s *state) resolve(cmd Command) Command {
	if cmd.Dir == "" {
		cmd.Dir = s.cwd
	} else {
		cmd.Dir = s.absolute(cmd.Dir)
	}
	return cmd
}

// absolute is resolve for a file.
func (s *state) absolute(file string) string {
	if filepath.IsAbs(file) || s.cwd == "" {
		return file
	}
	return filepath.Join(s.cwd, file)
}
