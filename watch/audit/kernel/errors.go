package kernel

import (
	"errors"
	"fmt"
)

// Reasons for which the kernel refuses. Each says what a container has to be given.
var (
	ErrRead            = errors.New("CAP_AUDIT_READ is missing: give the container --cap-add AUDIT_READ")
	ErrControl         = errors.New("CAP_AUDIT_CONTROL is missing: give the container --cap-add AUDIT_CONTROL, or use --audit-rules off")
	ErrUserSpace       = errors.New("audit works only in the initial user namespace: run without user namespaces (--userns host, no rootless engine)")
	ErrPIDSpace        = errors.New("audit is controlled only from the initial pid namespace: give the container --pid host, or use --audit-rules off")
	ErrControlUnicast  = errors.New("CAP_AUDIT_CONTROL is missing: give the container --cap-add AUDIT_CONTROL, or use --audit-mode multicast")
	ErrPIDSpaceUnicast = errors.New("the audit daemon is in the initial pid namespace: give the container --pid host, or use --audit-mode multicast")
	ErrNetwork         = errors.New("records come only to the initial network namespace: give the container --network host")
	ErrLocked          = errors.New("audit is locked until the next boot (auditctl -e 2): use --audit-rules off, or load the rules before the lock")
	ErrOff             = errors.New("the kernel was started with audit=0, or refuses audit here: start it with audit=1")
	ErrNoAudit         = errors.New("this kernel has no audit (CONFIG_AUDIT)")
	ErrDaemon          = errors.New("an audit daemon is registered: stop it, or use --audit-mode multicast, which lives beside it")
	ErrGone            = errors.New("another program took rules of tswatch away: start tswatch again")
	ErrSwitchedOff     = errors.New("audit is off, so nothing is recorded: switch it on (auditctl -e 1)")
	ErrMachine         = errors.New("the system calls of this processor are not known: use --audit-rules off")
	ErrUnsupported     = errors.New("audit is there only on Linux")
)

// Refused is an error that the kernel's settings or the rights of the process are the reason for (exit code 71).
type Refused struct {
	Doing  string // "join the audit log"
	Answer error  // what the kernel said; nil where it was not asked
	Reason error  // one of the above; nil where it is not known
}

func (r *Refused) Error() string {
	switch {
	case r.Answer == nil:
		return fmt.Sprintf("%s: %v", r.Doing, r.Reason)
	case r.Reason == nil:
		return fmt.Sprintf("%s: %v", r.Doing, r.Answer)
	}
	return fmt.Sprintf("%s: %v: %v", r.Doing, r.Answer, r.Reason)
}

// Unwrap gives reason and answer to errors.Is.
func (r *Refused) Unwrap() []error {
	var all []error
	for _, err := range []error{r.Reason, r.Answer} {
		if err != nil {
			all = append(all, err)
		}
	}
	return all
}
