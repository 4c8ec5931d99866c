package kernel

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"time"

	"golang.org/x/sys/unix"
)

// How long Open waits for a record: that of its own joining, which kernels before 5.8 do not make, then that of a change
// which changes nothing.
const (
	joinTimeout   = 2 * time.Second
	changeTimeout = 8 * time.Second
)

// prove waits for the first record, which stays for Receive. A socket outside the initial network namespace joins like
// any other, and never hears anything.
func (s *Socket) prove() error {
	c, err := openControl()
	if err != nil {
		return err
	}
	defer c.close()
	now, err := c.state()
	if err == nil && now.Enabled == off {
		if s.elsewhere() {
			return &Refused{Doing: doingJoin, Reason: ErrNetwork}
		}
		return nil // Take says so
	}
	heard, waitErr := s.hears(joinTimeout)
	switch {
	case heard || waitErr != nil:
		return waitErr
	case s.elsewhere():
		return &Refused{Doing: doingJoin, Reason: ErrNetwork}
	case err != nil:
		s.notes = append(s.notes, "no record has come yet: audit is off, or this is not the initial network namespace (--network host); this process may not ask")
		return nil
	}
	err = s.held.own.during(settingText("backlog_limit", now.BacklogLimit), func() error {
		return c.set(now, maskBacklogLimit, "see that records come")
	})
	if err != nil && now.Enabled != locked {
		return err
	}
	heard, err = s.hears(changeTimeout)
	if err == nil && !heard {
		return &Refused{Doing: doingJoin, Answer: errors.New("audit is on and no record comes"), Reason: ErrNetwork}
	}
	return err
}

// The number of the initial network namespace, the first that kernels before 6.18 give, and its inode since then.
const (
	initialCookie = 1
	initialNet    = "net:[4026531833]"
)

// elsewhere says whether the socket is known to be in another network namespace. Kernels before 5.14 do not say.
func (s *Socket) elsewhere() bool {
	if in("net", initialNet) {
		return false
	}
	var cookie uint64
	err := s.batch.conn.Control(func(fd uintptr) {
		var failed error
		if cookie, failed = unix.GetsockoptUint64(int(fd), unix.SOL_SOCKET, unix.SO_NETNS_COOKIE); failed != nil {
			cookie = initialCookie
		}
	})
	return err == nil && cookie != initialCookie
}

// hears says whether a record, or the end of some, is there within the time.
func (s *Socket) hears(timeout time.Duration) (bool, error) {
	if err := s.file.SetReadDeadline(time.Now().Add(timeout)); err != nil {
		return false, fmt.Errorf("%s: %w", doingJoin, err)
	}
	_, err := s.batch.next()
	switch {
	case errors.Is(err, os.ErrDeadlineExceeded):
		return false, s.file.SetReadDeadline(time.Time{})
	case errors.Is(err, unix.ENOBUFS):
		s.overruns.Add(1)
	case err != nil:
		return false, fmt.Errorf("%s: %w", doingJoin, err)
	default:
		s.batch.unread()
	}
	return true, s.file.SetReadDeadline(time.Time{})
}

// Alive says what is wrong with the stream; nil where nothing is, or where this process may not ask. In unicast a kernel
// that could not get rid of its records for some time forgets its daemon; then it is registered again.
func (s *Socket) Alive() error {
	c, err := openControl()
	if err != nil {
		return err
	}
	defer c.close()
	now, err := c.state()
	if errors.Is(err, unix.EPERM) || errors.Is(err, unix.ECONNREFUSED) {
		return nil
	}
	if err != nil {
		return err
	}
	if now.Enabled == off {
		return &Refused{Doing: "receive records", Reason: ErrSwitchedOff}
	}
	if s.mode == Unicast {
		if err := s.register(); err != nil {
			return err
		}
	}
	there, err := c.rules()
	if err != nil {
		return err
	}
	return s.held.missing(there)
}

// missing says which of the rules are gone. The kernel itself takes away what is on a directory that is removed; that is no fault
// until the directory is there again, and nothing of it is recorded.
func (h *Held) missing(there []rule) error {
	h.mu.Lock()
	defer h.mu.Unlock()
	var gone []rule
	for _, r := range slices.Concat(h.rules, h.shared) {
		if !slices.ContainsFunc(there, r.equals) && r.isAnywhere() {
			gone = append(gone, r)
		}
	}
	if len(gone) == 0 {
		return nil
	}
	return &Refused{Doing: "receive records", Answer: fmt.Errorf("%d rules are gone, %q the first", len(gone), gone[0]), Reason: ErrGone}
}

// isAnywhere is false of a rule on a directory, or on a file in one, that is not there.
func (r rule) isAnywhere() bool {
	for _, f := range r.fields {
		dir := f.text
		switch f.id {
		case fieldPath:
			dir = filepath.Dir(dir)
		case fieldDir:
		default:
			continue
		}
		if _, err := os.Stat(dir); errors.Is(err, fs.ErrNotExist) {
			return false
		}
	}
	return true
}
