//go:build linux

package process

import (
	"os"
	"slices"

	"golang.org/x/sys/unix"

	"github.com/tsboot/tsboot/capability"
)

// CheckIdentity says beforehand, as an *IdentityError, what the kernel would
// refuse. A nil identity is tsboot's own.
func CheckIdentity(id *Identity, use IdentityUse) error {
	if id == nil {
		return nil
	}
	effective, err := capability.Effective()
	if err != nil {
		return nil // not known: the start will show it
	}
	var missing []string
	need := func(needed bool, number uint, name string) {
		if needed && !effective.Has(number) {
			missing = append(missing, name)
		}
	}
	other := id.UID != os.Geteuid()
	need(other, unix.CAP_SETUID, "CAP_SETUID")
	need(true, unix.CAP_SETGID, "CAP_SETGID") // setgroups takes it even for one's own groups
	need(use.Signals && other && id.UID != os.Getuid(), unix.CAP_KILL, "CAP_KILL")
	need(use.Files && (other || !inGroup(id.GID)), unix.CAP_CHOWN, "CAP_CHOWN")
	if missing == nil {
		return nil
	}
	return &IdentityError{Identity: id, Missing: missing}
}

func inGroup(gid int) bool {
	groups, _ := unix.Getgroups()
	return gid == os.Getegid() || slices.Contains(groups, gid)
}
