// Package audit lends the machine's audit state to one test or measurement at a time. All of the machine shares it: who gets
// the records, whether there are any, the rules. It is put back as it was.
package audit

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"golang.org/x/sys/unix"

	"github.com/tsboot/tsboot/integration/wait"
)

const (
	// aLongTime bounds the wait for others that borrow the state, one after the other.
	aLongTime = 5 * time.Minute
	// release bounds the wait for the kernel, which finds out at its next record that an audit daemon is gone.
	release = 5 * time.Second
)

// ErrInUse says that something else of the machine uses audit.
var ErrInUse = errors.New("audit is in use")

// A Lease is the state while it is lent.
type Lease struct {
	lock   *os.File
	before map[string]string
}

// Take waits for others that have the state, and takes it. It needs root and auditctl.
func Take(ctx context.Context) (*Lease, error) {
	lock, err := os.OpenFile(filepath.Join(os.TempDir(), "tsboot-test-audit.lock"), os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, err
	}
	l := &Lease{lock: lock}
	if err := l.take(ctx); err != nil {
		_ = lock.Close()
		return nil, err
	}
	return l, nil
}

func (l *Lease) take(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, aLongTime)
	defer cancel()
	if !wait.Context(ctx, func() bool { return unix.Flock(int(l.lock.Fd()), unix.LOCK_EX|unix.LOCK_NB) == nil }) {
		return fmt.Errorf("wait for the one that has the audit state: %w", ctx.Err())
	}
	return l.look()
}

// Look is Take for a program that leaves nothing on the machine: it has no lock, and does not wait for others.
func Look() (*Lease, error) {
	l := &Lease{}
	return l, l.look()
}

// look takes note of the state.
func (l *Lease) look() (err error) {
	if l.before, err = state(); err != nil {
		return err
	}
	rules, err := ctl("-l")
	if err == nil && (l.before["pid"] != "0" || l.before["enabled"] == "2" || !strings.Contains(rules, "No rules")) {
		err = fmt.Errorf("%w: pid %s, enabled %s, %s", ErrInUse, l.before["pid"], l.before["enabled"], strings.TrimSpace(rules))
	}
	return err
}

// Differs says what is not as it was; nil: all is.
func (l *Lease) Differs() error {
	now, err := state()
	faults := []error{err}
	for _, name := range []string{"enabled", "pid", "failure", "rate_limit", "backlog_limit", "backlog_wait_time"} {
		if now[name] != l.before[name] {
			faults = append(faults, fmt.Errorf("%s was %s and is %s", name, l.before[name], now[name]))
		}
	}
	rules, err := ctl("-l")
	if err == nil && !strings.Contains(rules, "No rules") {
		err = fmt.Errorf("there are the rules %s", strings.TrimSpace(rules))
	}
	return errors.Join(append(faults, err)...)
}

// Reset puts the state back as it was: no rules, nobody registered, the same settings. What used it has ended.
func (l *Lease) Reset() error {
	var faults []error
	for _, change := range [][]string{
		{"-D"}, {"-b", l.before["backlog_limit"]}, {"--backlog_wait_time", l.before["backlog_wait_time"]},
		{"-f", l.before["failure"]}, {"-r", l.before["rate_limit"]}, {"-e", l.before["enabled"]},
	} {
		_, err := ctl(change...)
		faults = append(faults, err)
	}
	gone := wait.Until(release, func() bool { now, err := state(); return err != nil || now["pid"] == "0" })
	if !gone {
		faults = append(faults, errors.New("an audit daemon is still registered"))
	}
	return errors.Join(faults...)
}

// Return is Reset, and lets others have the state.
func (l *Lease) Return() error { return errors.Join(l.Reset(), l.lock.Close()) }

// Text is all of the state that programs change, the rules among it: texts that are equal say that it is as it was.
func Text() (string, error) {
	now, err := state()
	if err != nil {
		return "", err
	}
	rules, err := ctl("-l")
	return fmt.Sprintf("enabled %s, pid %s, backlog %s, wait %s, %s",
		now["enabled"], now["pid"], now["backlog_limit"], now["backlog_wait_time"], strings.TrimSpace(rules)), err
}

// state is what `auditctl -s` says, by name.
func state() (map[string]string, error) {
	text, err := ctl("-s")
	values := map[string]string{}
	for line := range strings.Lines(text) {
		name, value, _ := strings.Cut(strings.TrimSpace(line), " ")
		values[name] = value
	}
	return values, err
}

func ctl(args ...string) (string, error) {
	out, err := exec.Command("auditctl", args...).CombinedOutput()
	if err != nil {
		err = fmt.Errorf("auditctl %q: %w: %s", args, err, out)
	}
	return string(out), err
}
