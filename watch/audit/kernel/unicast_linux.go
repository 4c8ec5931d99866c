package kernel

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"os"

	"golang.org/x/sys/unix"
)

// register makes this process the audit daemon, and says what to do where it may not.
func (s *Socket) register() error {
	err := s.takePlace()
	var r *Refused
	if !errors.As(err, &r) {
		return err
	}
	switch {
	case errors.Is(r.Reason, ErrControl):
		r.Reason = ErrControlUnicast
	case errors.Is(r.Reason, ErrPIDSpace):
		r.Reason = ErrPIDSpaceUnicast
	}
	return err
}

// takePlace registers. The kernel sends the records to the socket from which it is asked, so the request leaves from there;
// whether it was heard, the state says. A living daemon keeps its place: the kernel itself would refuse, after it had asked
// that daemon.
func (s *Socket) takePlace() error {
	c, err := openControl()
	if err != nil {
		return err
	}
	defer c.close()
	before, err := c.state()
	if err != nil {
		return err
	}
	own := uint32(os.Getpid())
	if lives(before.PID) && before.PID != own {
		return daemonThere(before.PID)
	}
	if before.PID == own {
		return nil
	}
	err = s.held.own.during(settingText("pid", own), func() error { return s.send(msgSet, State{PID: own}.change(maskPID)) })
	if err != nil {
		return refused(doingRegister, err)
	}
	after, err := c.state()
	switch {
	case err != nil:
		return err
	case after.PID == own:
		return nil
	case lives(after.PID):
		return daemonThere(after.PID)
	case after.Enabled == locked:
		return &Refused{Doing: doingRegister, Reason: ErrLocked}
	}
	return fmt.Errorf("%s: the kernel did not do it", doingRegister)
}

// unregister gives the place back. It is not an error that another has it by now.
func (s *Socket) unregister() error {
	c, err := openControl()
	if err != nil {
		return err
	}
	defer c.close()
	now, err := c.state()
	if err != nil || now.PID != uint32(os.Getpid()) {
		return err
	}
	return s.held.own.during(settingText("pid", 0), func() error {
		return c.set(State{}, maskPID, "give back the place of the audit daemon")
	})
}

func daemonThere(pid uint32) error {
	return &Refused{Doing: doingRegister, Answer: fmt.Errorf("%s (pid %d) is there", nameOf(pid), pid), Reason: ErrDaemon}
}

// send sends a request to the kernel and wants no acknowledgement.
func (s *Socket) send(kind uint16, data []byte) error {
	request := make([]byte, unix.NLMSG_HDRLEN, unix.NLMSG_HDRLEN+len(data))
	binary.NativeEndian.PutUint32(request, uint32(unix.NLMSG_HDRLEN+len(data)))
	binary.NativeEndian.PutUint16(request[4:], kind)
	binary.NativeEndian.PutUint16(request[6:], unix.NLM_F_REQUEST)
	request = append(request, data...)
	var sent error
	err := s.batch.conn.Write(func(fd uintptr) bool {
		sent = unix.Sendto(int(fd), request, 0, &unix.SockaddrNetlink{Family: unix.AF_NETLINK})
		return sent != unix.EAGAIN
	})
	if err != nil {
		return err
	}
	return sent
}

func lives(pid uint32) bool {
	return pid != 0 && unix.Kill(int(pid), 0) != unix.ESRCH
}

func nameOf(pid uint32) string {
	comm, err := os.ReadFile(fmt.Sprintf("/proc/%d/comm", pid))
	if err != nil {
		return "a process"
	}
	return string(bytes.TrimSpace(comm))
}
