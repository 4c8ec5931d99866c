package process

import (
	"fmt"
	"os"
	"slices"
	"strings"
)

// Identity is the user a command runs as.
type Identity struct {
	UID, GID int
	Groups   []int
	Home     string
	Name     string // empty for a number without an entry in the passwd file
}

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
