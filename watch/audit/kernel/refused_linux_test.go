package kernel

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"

	state "github.com/tsboot/tsboot/integration/audit"
)

// TestRefused: each right and namespace that is missing is named, with what gives it.
func TestRefused(t *testing.T) {
	state.Borrow(t)
	take(t, planFor(t, testUID))
	nobody := &syscall.Credential{Uid: 65534, Gid: 65534}
	root := []syscall.SysProcIDMap{{HostID: 0, Size: 1}}
	user := &syscall.SysProcAttr{Cloneflags: unix.CLONE_NEWUSER, UidMappings: root, GidMappings: root}
	multicast, unicast, rules := "open multicast", "open unicast", takeWords(t, planFor(t, otherUID))
	closed := planFor(t, otherUID+1)
	closed.Sockets, closed.RunDir = []string{filepath.Join(t.TempDir(), "docker.sock")}, ""
	for name, test := range map[string]struct {
		do     string
		as     *syscall.SysProcAttr
		wanted string
	}{
		"no right to listen":            {multicast, &syscall.SysProcAttr{Credential: nobody}, "join the audit log: operation not permitted: CAP_AUDIT_READ is missing: give the container --cap-add AUDIT_READ"},
		"the right to listen only":      {multicast, &syscall.SysProcAttr{Credential: nobody, AmbientCaps: []uintptr{unix.CAP_AUDIT_READ}}, "ready"},
		"no right to control":           {rules, &syscall.SysProcAttr{Credential: nobody}, "--cap-add AUDIT_CONTROL, or use --audit-rules off"},
		"no right to be the daemon":     {unicast, &syscall.SysProcAttr{Credential: nobody}, "--cap-add AUDIT_CONTROL, or use --audit-mode multicast"},
		"the daemon in another pid":     {unicast, &syscall.SysProcAttr{Cloneflags: unix.CLONE_NEWPID}, "--pid host, or use --audit-mode multicast"},
		"a directory it may not enter":  {takeWords(t, closed), &syscall.SysProcAttr{Credential: nobody, AmbientCaps: []uintptr{unix.CAP_AUDIT_CONTROL}}, "ready"},
		"another user namespace":        {multicast, user, "initial user namespace"},
		"control in another":            {rules, user, "initial user namespace"},
		"another pid namespace":         {rules, &syscall.SysProcAttr{Cloneflags: unix.CLONE_NEWPID}, "--pid host"},
		"another network namespace":     {multicast, &syscall.SysProcAttr{Cloneflags: unix.CLONE_NEWNET}, "--network host"},
		"a listener's pid namespace":    {multicast, &syscall.SysProcAttr{Cloneflags: unix.CLONE_NEWPID}, "ready"},
		"control in another network":    {rules, &syscall.SysProcAttr{Cloneflags: unix.CLONE_NEWNET}, "ready"},
		"the daemon in another network": {unicast, &syscall.SysProcAttr{Cloneflags: unix.CLONE_NEWNET}, "ready"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p, answer := start(t, test.do, test.as)
			if !strings.Contains(answer, test.wanted) {
				t.Errorf("%s\nwanted %s", answer, test.wanted)
			}
			if answer == "ready" {
				p.end(t)
			}
		})
	}
}

// TestListenWhereAuditIsOff: silence alone does not say that this is another network namespace.
func TestListenWhereAuditIsOff(t *testing.T) {
	state.Borrow(t)
	listener := syscall.SysProcAttr{Credential: &syscall.Credential{Uid: 65534, Gid: 65534}, AmbientCaps: []uintptr{unix.CAP_AUDIT_READ}}
	for name, test := range map[string]struct {
		as     *syscall.SysProcAttr
		wanted string
	}{
		"the right to listen only":  {&listener, "ready"},
		"another pid namespace":     {&syscall.SysProcAttr{Cloneflags: unix.CLONE_NEWPID}, "ready"},
		"another network namespace": {&syscall.SysProcAttr{Cloneflags: unix.CLONE_NEWNET}, "--network host"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p, answer := start(t, "open multicast", test.as)
			if !strings.Contains(answer, test.wanted) {
				t.Errorf("%s\nwanted %s", answer, test.wanted)
			}
			if answer == "ready" {
				p.end(t)
			}
		})
	}
}

func TestRefusedSaysWhatIsKnown(t *testing.T) {
	t.Parallel()
	for wanted, err := range map[string]error{
		"add a rule: audit is locked":                 &Refused{Doing: "add a rule", Reason: errors.New("audit is locked")},
		"add a rule: operation not permitted":         &Refused{Doing: "add a rule", Answer: unix.EPERM},
		"add a rule: operation not permitted: locked": &Refused{Doing: "add a rule", Answer: unix.EPERM, Reason: errors.New("locked")},
	} {
		if err.Error() != wanted {
			t.Errorf("%s\nwanted %s", err, wanted)
		}
	}
	err := fmt.Errorf("start: %w", refused("open a socket of audit", os.NewSyscallError("socket", unix.EPROTONOSUPPORT)))
	if r, ok := errors.AsType[*Refused](err); !ok || r.Reason != ErrNoAudit || !errors.Is(err, ErrNoAudit) || !errors.Is(err, unix.EPROTONOSUPPORT) {
		t.Errorf("%v", err)
	}
}
