package kernel

import (
	"errors"
	"fmt"
	"os"
	"time"

	"github.com/mdlayher/netlink"
	"golang.org/x/sys/unix"
)

// Messages of the kernel's audit interface.
const (
	msgGet      = 1000
	msgSet      = 1001
	msgAddRule  = 1011
	msgDelRule  = 1012
	msgListRule = 1013
)

// control asks the kernel and changes what it does. Its answers are well-formed netlink messages.
type control struct {
	conn *netlink.Conn
}

func openControl() (*control, error) {
	conn, err := netlink.Dial(unix.NETLINK_AUDIT, &netlink.Config{Strict: false})
	if err != nil {
		return nil, refused("open a socket of audit", err)
	}
	return &control{conn}, nil
}

func (c *control) close() { _ = c.conn.Close() }

// state asks for the settings.
func (c *control) state() (State, error) {
	answers, err := c.ask(msgGet, nil, "ask for the state of audit")
	if err != nil {
		return State{}, err
	}
	for _, m := range answers {
		if m.Header.Type == msgGet {
			return parseState(m.Data)
		}
	}
	return State{}, errors.New("ask for the state of audit: the kernel did not answer with one")
}

// set changes the fields of the mask.
func (c *control) set(s State, mask uint32, doing string) error {
	_, err := c.ask(msgSet, s.change(mask), doing)
	return err
}

// rules are all rules of the kernel, in its order.
func (c *control) rules() ([]rule, error) {
	answers, err := c.ask(msgListRule, nil, "list the rules of audit")
	if err != nil {
		return nil, err
	}
	var rules []rule
	for _, m := range answers {
		if m.Header.Type != msgListRule {
			continue
		}
		r, err := decodeRule(m.Data)
		if err != nil {
			return nil, fmt.Errorf("list the rules of audit: %w", err)
		}
		rules = append(rules, r)
	}
	return rules, nil
}

// add adds a rule. Where the kernel has it, the answer is unix.EEXIST.
func (c *control) add(r rule) error {
	_, err := c.ask(msgAddRule, r.encode(), "add the audit rule "+r.String())
	return err
}

// remove removes a rule, as it was added or listed. Where the kernel does not have it, the answer is unix.ENOENT.
func (c *control) remove(r rule) error {
	r.first = false // that is about adding, and would make it another rule
	_, err := c.ask(msgDelRule, r.encode(), "remove the audit rule "+r.String())
	return err
}

// How long drain waits for the kernel's backlog, and how often it looks.
const (
	drainTimeout = time.Second
	drainStep    = 5 * time.Millisecond
)

// drain waits until the kernel has sent what it has. It looks twice, because the record that is being sent is no longer
// counted.
func (c *control) drain() {
	end := time.NewTimer(drainTimeout)
	defer end.Stop()
	step := time.NewTicker(drainStep)
	defer step.Stop()
	for empty := 0; empty < 2; {
		now, err := c.state()
		if err != nil {
			return
		}
		empty++
		if now.Backlog != 0 {
			empty = 0
		}
		select {
		case <-end.C:
			return
		case <-step.C:
		}
	}
}

// ask sends a request and waits for its end: the state or the last rule for those that ask, for others the
// acknowledgement.
func (c *control) ask(kind netlink.HeaderType, data []byte, doing string) ([]netlink.Message, error) {
	flags := netlink.Request
	if kind != msgGet && kind != msgListRule {
		flags |= netlink.Acknowledge
	}
	if err := c.conn.SetDeadline(time.Now().Add(answerTimeout)); err != nil {
		return nil, fmt.Errorf("%s: %w", doing, err)
	}
	answers, err := c.conn.Execute(netlink.Message{Header: netlink.Header{Type: kind, Flags: flags}, Data: data})
	switch {
	case err == nil:
		return answers, nil
	case errors.Is(err, os.ErrDeadlineExceeded):
		return nil, fmt.Errorf("%s: the kernel did not answer in %s", doing, answerTimeout)
	}
	return nil, refused(doing, err)
}
