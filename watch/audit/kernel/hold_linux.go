package kernel

import (
	"errors"
	"fmt"
	"os"
	"slices"
	"sync"

	"golang.org/x/sys/unix"

	"github.com/tsboot/tsboot/watch/audit"
)

// backlog is how many records may wait in the kernel. The kernel's own limit, 64, is ten execs.
const backlog = 8192

// Held is what tswatch changed in the kernel, until Release.
type Held struct {
	plan    Plan
	notes   []string
	own     ownChanges
	losses  losses
	changed change

	mu       sync.Mutex
	control  *control
	rules    []rule // to take away
	shared   []rule // that another tswatch takes away, and this one needs, too
	released bool
}

// Take makes the kernel record what the plan says: it notes the settings, changes them, and adds the rules that are not
// there. Rules that a killed tswatch left are taken over. With no rules in the plan nothing is changed, and it is no
// error that the kernel tells this process nothing. It comes before Open, which can then see that records come.
func Take(p Plan) (*Held, error) {
	h := &Held{plan: p}
	if h.own.pid = p.Self; in("pid", initialPID) {
		h.own.pid = os.Getpid()
	}
	if h.own.pid == 0 {
		h.note("the host's processes are not seen, so no event says its container: give the container --pid host, or the host's /proc with --proc")
	}
	c, err := openControl()
	if err != nil {
		return nil, err
	}
	h.control = c
	if err := h.take(); err != nil {
		c.close()
		return nil, err
	}
	return h, nil
}

func (h *Held) take() error {
	now, err := h.control.state()
	if err != nil && h.plan.Rules {
		return err
	}
	if err != nil {
		h.note("this process may not ask whether audit is on: %v", err)
		return nil
	}
	h.losses = losses{counter: now.Lost, keeps: keepsForDaemon(commandLine())}
	if h.losses.keeps && now.PID == 0 {
		h.note("the kernel was started with audit=1 and there is no audit daemon: it keeps records for one and then counts them as lost, though they come here; that counter is not believed, with --audit-mode unicast it is")
	}
	if !h.plan.Rules {
		if now.Enabled == off {
			h.note("audit is off, and --audit-rules off leaves it so: nothing is recorded until another program switches it on")
		}
		return nil
	}
	there, err := h.control.rules()
	if err != nil {
		return err
	}
	h.noteOthers(now, there)
	h.noteHost()
	wanted := h.plan.wanted(os.Getpid())
	if len(wanted) == 0 {
		return &Refused{Doing: "add audit rules", Reason: ErrMachine}
	}
	if now.Enabled == locked {
		return h.acceptLocked(wanted, there)
	}
	if err := h.change(now); err != nil {
		return err
	}
	if err := h.addRules(wanted, there); err != nil {
		return errors.Join(err, h.Release())
	}
	return nil
}

// acceptLocked is enough where the rules were loaded before the lock.
func (h *Held) acceptLocked(wanted, there []rule) error {
	for _, r := range wanted {
		if r.action == actionAlways && !slices.ContainsFunc(there, r.equals) {
			return &Refused{Doing: "add the audit rule " + r.String(), Reason: ErrLocked}
		}
	}
	h.note("audit is locked; the rules that tswatch needs are there")
	return nil
}

// change changes the settings and notes before what they were. Where an audit daemon lives, whether system calls wait for
// room is its own affair; room for our records there must be: with the kernel's own limit a burst stops a program for a minute.
func (h *Held) change(now State) error {
	h.changed = change{Boot: bootID(), Before: settingsOf(now), After: settingsOf(now)}
	h.changed.After.Enabled = on
	h.changed.After.BacklogLimit = max(now.BacklogLimit, backlog)
	if lives(now.PID) {
		h.changed.Daemon = now.PID
	} else {
		h.changed.After.BacklogWaitTime = 0
	}
	left, found, err := readChange(h.plan.RunDir, h.changed.Boot)
	if err != nil {
		return fmt.Errorf("read what an earlier tswatch changed: %w", err)
	}
	if found {
		h.changed.Before, h.changed.Daemon = left.back(h.changed.Before), left.Daemon
	}
	if err := writeChange(h.plan.RunDir, h.changed); err != nil {
		return err
	}
	if now.Enabled == off {
		h.note("audit was off: daemons that ran before it was ever on are seen when they are started again; to see all of them, boot with audit=1")
	}
	return h.set(settingsOf(now), h.changed.After)
}

// set changes the settings that differ.
func (h *Held) set(now, to settings) error {
	for _, s := range []struct {
		name    string
		mask    uint32
		now, to uint32
	}{
		{"backlog_limit", maskBacklogLimit, now.BacklogLimit, to.BacklogLimit},
		{"backlog_wait_time", maskBacklogWait, now.BacklogWaitTime, to.BacklogWaitTime},
		{"enabled", maskEnabled, now.Enabled, to.Enabled},
	} {
		if s.now == s.to {
			continue
		}
		state := State{Enabled: to.Enabled, BacklogLimit: to.BacklogLimit, BacklogWaitTime: to.BacklogWaitTime}
		err := h.own.during(settingText(s.name, s.to), func() error {
			return h.control.set(state, s.mask, fmt.Sprintf("set %s of audit to %d", s.name, s.to))
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// addRules adds what is wanted and takes over, or away, what a killed tswatch left. Beside a living one nothing of its
// rules is touched.
func (h *Held) addRules(wanted, there []rule) error {
	var left []rule
	if owner := otherOwner(there); owner != 0 {
		h.note("another tswatch (pid %d) has rules in the kernel: run one on a machine", owner)
	} else {
		left = slices.DeleteFunc(slices.Clone(there), func(r rule) bool { return !r.ours() })
	}
	for _, r := range left {
		if !slices.ContainsFunc(wanted, r.equals) {
			if err := h.remove(r); err != nil {
				return err
			}
			continue
		}
		h.rules = append(h.rules, r)
	}
	for _, r := range wanted {
		if slices.ContainsFunc(there, r.equals) {
			if !slices.ContainsFunc(left, r.equals) {
				h.shared = append(h.shared, r)
			}
			continue
		}
		if err := h.add(r); err != nil {
			return err
		}
	}
	return nil
}

// add adds a rule. What the kernel is too old for, or has no file for, is noted.
func (h *Held) add(r rule) error {
	err := h.own.during(ruleText("add_rule"), func() error { return h.control.add(r) })
	old, other := r.beforeFamilies()
	switch {
	case err == nil:
		h.rules = append(h.rules, r)
		return nil
	case errors.Is(err, unix.EEXIST):
		h.shared = append(h.shared, r)
		return nil
	case errors.Is(err, unix.EINVAL) && other:
		return h.add(old)
	case errors.Is(err, unix.EINVAL), errors.Is(err, unix.ENOENT), errors.Is(err, unix.ENOTDIR):
		h.note("not recorded: %v", err)
		return nil
	case errors.Is(err, unix.EACCES) && r.onPath():
		h.note("not recorded: %v: this process may not look there, give the container --cap-add DAC_READ_SEARCH", err)
		return nil
	}
	return err
}

// remove removes a rule; it is not an error that somebody else did.
func (h *Held) remove(r rule) error {
	err := h.own.during(ruleText("remove_rule"), func() error { return h.control.remove(r) })
	if errors.Is(err, unix.ENOENT) {
		return nil
	}
	return err
}

// Notes are for the log: what of the kernel's state keeps records back.
func (h *Held) Notes() []string { return h.notes }

func (h *Held) note(format string, args ...any) {
	h.notes = append(h.notes, fmt.Sprintf(format, args...))
}

// Own says whether tswatch itself caused the event: by joining the log, or by a change of rules or settings. Each event
// is to be asked about once.
func (h *Held) Own(e *audit.Event) bool { return h.own.has(e) }

// Lost is how many records the kernel threw away before they came to any reader, since Take.
func (h *Held) Lost() (uint64, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	now, err := h.control.state()
	if err != nil {
		return 0, err
	}
	return h.losses.upTo(now.Lost, lives(now.PID)), nil
}

// Release takes away the rules and puts the settings back, except what another has changed since. The settings stay
// where an audit daemon or another tswatch came meanwhile, which count on them.
func (h *Held) Release() error {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.released {
		return nil
	}
	h.released = true
	var problems []error
	for _, r := range slices.Backward(h.rules) {
		problems = append(problems, h.remove(r))
	}
	h.rules, h.shared = nil, nil
	if h.changed.Boot != "" {
		problems = append(problems, h.putBack())
	}
	h.control.close()
	return errors.Join(problems...)
}

func (h *Held) putBack() error {
	now, err := h.control.state()
	if err != nil {
		return err
	}
	there, err := h.control.rules()
	if err != nil {
		return err
	}
	if otherOwner(there) != 0 || lives(now.PID) && now.PID != uint32(os.Getpid()) && now.PID != h.changed.Daemon {
		return nil
	}
	if err := h.set(settingsOf(now), h.changed.back(settingsOf(now))); err != nil {
		return err
	}
	return removeChange(h.plan.RunDir)
}
