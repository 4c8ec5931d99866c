//go:build linux

package process

import (
	"fmt"
	"os"
	"slices"
	"strings"

	"golang.org/x/sys/unix"
)

// IdentityUse is what is done with a user beside running commands as it.
type IdentityUse struct {
	Signals bool // its processes are signalled
	Files   bool // files are given to it
}

// IdentityError says which capabilities tsboot would need for a user and lacks.
type IdentityError struct {
	Identity *Identity
	Missing  []string // such as CAP_SETUID
}

func (e *IdentityError) Error() string {
	why := map[string]string{
		"CAP_SETUID": "to become it", "CAP_SETGID": "to take on its groups",
		"CAP_KILL": "to stop its processes", "CAP_CHOWN": "to give it the files that are written",
	}
	lacks := make([]string, len(e.Missing))
	for i, name := range e.Missing {
		lacks[i] = name + " " + why[name]
	}
	return fmt.Sprintf("run as uid %d, gid %d: tsboot runs as uid %d and lacks %s: add the capability to the container "+
		"(docker run --cap-add, capabilities.add of a task definition or pod), or start the container as that user, without --user",
		e.Identity.UID, e.Identity.GID, os.Geteuid(), strings.Join(lacks, ", "))
}

// OnlyFiles reports that commands could run, and only files could not be given away.
func (e *IdentityError) OnlyFiles() bool { return slices.Equal(e.Missing, []string{"CAP_CHOWN"}) }

// CheckIdentity tells beforehand, as an *IdentityError, what the kernel would
// refuse. A nil identity is tsboot's own.
func CheckIdentity(id *Identity, use IdentityUse) error {
	if id == nil {
		return nil
	}
	header := unix.CapUserHeader{Version: unix.LINUX_CAPABILITY_VERSION_3}
	var data [2]unix.CapUserData
	if err := unix.Capget(&header, &data[0]); err != nil {
		return nil // not known: starting it will tell
	}
	var missing []string
	need := func(needed bool, capability uint, name string) {
		if needed && data[0].Effective&(1<<capability) == 0 {
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
