package fileset

import (
	"bufio"
	"fmt"
	"os"
	"slices"
	"strings"

	"golang.org/x/sys/unix"
)

// trust says who may own the directories on the way to a file: root, the user of
// tsboot, and the owner of the file. Any other owner could replace what is below.
type trust struct {
	owner  *Owner // of all files: --user
	others []int  // the owner of this one, and of others of the same boot
	anyone bool   // a person named the path: refuse only directories that all users may write to
	// outside is the uid that the owner of / shows as in a user namespace without
	// that user; -1 elsewhere. All unmapped users show as the same uid.
	outside int
}

func trustOf(f File, owner *Owner) trust {
	t := trust{owner: owner, others: f.Trusted, outside: -1}
	if f.Owner != nil && !slices.Contains(t.others, f.Owner.UID) {
		t.others = append(slices.Clone(t.others), f.Owner.UID)
	}
	return t
}

func (t *trust) trusts(uid uint32) bool {
	id := int(uid)
	return id == 0 || id == os.Geteuid() || t.owner != nil && id == t.owner.UID || slices.Contains(t.others, id) || id == t.outside
}

// ownerOfRoot trusts the owner of / when that user is not mapped in the user
// namespace, as with `unshare -r`: the owner of / can replace every file, so to
// refuse the directory would protect nothing.
func (t *trust) ownerOfRoot(uid uint32) {
	if !t.trusts(uid) && !mapped(uid) {
		t.outside = int(uid)
	}
}

// directory refuses a directory in which other users could replace the file or
// the way to it.
func (t *trust) directory(d *directory) error {
	if !t.trusts(d.stat.Uid) && !t.anyone {
		fix := "run `chown " + t.rightful() + " " + d.path + "`, or choose another path"
		if t.owner == nil {
			fix = fmt.Sprintf("if the agent runs as that user, say so with --user %d; else %s", d.stat.Uid, fix)
		}
		return t.foreign("directory "+d.path, d.stat.Uid, fix)
	}
	if d.stat.Mode&0o002 != 0 && d.stat.Mode&unix.S_ISVTX == 0 {
		return &untrustedError{
			Code: "directory-open", thing: "directory " + d.path, why: "all users may write to it, and it has no sticky bit",
			fix: "run `chmod o-w " + d.path + "` or `chmod +t " + d.path + "`, or choose another path",
		}
	}
	return nil
}

// link refuses a symbolic link of another user: in a sticky directory any user may
// make one.
func (t *trust) link(in *directory, name string, st *unix.Stat_t) error {
	if t.trusts(st.Uid) || st.Uid == in.stat.Uid {
		return nil
	}
	return t.foreign("symbolic link "+name, st.Uid, "remove it, or choose a path that does not lead through it")
}

func (t *trust) foreign(thing string, uid uint32, fix string) error {
	rightful := []string{"root"}
	if euid := os.Geteuid(); euid != 0 {
		rightful = append(rightful, fmt.Sprintf("tsboot's user (uid %d)", euid))
	}
	if t.owner != nil {
		rightful = append(rightful, fmt.Sprintf("--user (uid %d)", t.owner.UID))
	}
	for _, uid := range t.others {
		rightful = append(rightful, fmt.Sprintf("the owner of a file (uid %d)", uid))
	}
	why := fmt.Sprintf("it belongs to uid %d, and not to %s", uid, strings.Join(rightful, " or "))
	if !mapped(uid) {
		why = fmt.Sprintf("its owner is not known in this user namespace, where it shows as uid %d", uid)
		fix = "give it to a user of the container (on the host: chown to a mapped uid; or use a named volume), or choose another path"
	}
	return &untrustedError{Code: "directory-foreign", thing: thing, why: why, fix: fix}
}

// rightful is the uid that should own a directory.
func (t *trust) rightful() string {
	if t.owner != nil {
		return fmt.Sprint(t.owner.UID)
	}
	return fmt.Sprint(os.Geteuid())
}

// untrustedError is about a directory or link that cannot be trusted.
type untrustedError struct {
	Code       string
	thing, why string
	fix        string
}

func (d *untrustedError) Error() string { return d.why }

// mapped says whether a user is mapped in the user namespace. One that is not shows
// as the overflow uid. Without /proc every user counts as mapped.
func mapped(uid uint32) bool {
	f, err := os.Open("/proc/self/uid_map")
	if err != nil {
		return true
	}
	defer f.Close()
	known := false
	for lines := bufio.NewScanner(f); lines.Scan(); {
		var inside, outside, count uint64
		if _, err := fmt.Fscan(strings.NewReader(lines.Text()), &inside, &outside, &count); err != nil {
			return true
		}
		known = known || uint64(uid) >= inside && uint64(uid) < inside+count
	}
	return known
}
