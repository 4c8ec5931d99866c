package fileset

import (
	"fmt"
	"strings"

	"golang.org/x/sys/unix"
)

// exposure warns when other users can read the file that a file with secrets
// replaces: they may have read a secret before.
func (t *target) exposure() []Problem {
	if !t.file.Secret {
		return nil
	}
	st, err := t.look()
	if err != nil || st == nil || st.Mode&unix.S_IFMT != unix.S_IFREG || st.Size == 0 {
		return nil
	}
	var how []string
	if opened := uint32(st.Mode) &^ uint32(t.file.Mode.Perm()) & 0o044; opened != 0 || t.otherGroup(st) {
		how = append(how, fmt.Sprintf("its mode is %04o, its group gid %d", st.Mode&0o7777, st.Gid))
	}
	if !t.walk.trust.trusts(st.Uid) {
		how = append(how, fmt.Sprintf("it belongs to uid %d", st.Uid))
	}
	if st.Nlink > 1 {
		how = append(how, fmt.Sprintf("it has %d names (hard links), and the others keep what it holds", st.Nlink))
	}
	if how == nil {
		return nil
	}
	return []Problem{{
		Code: "file-exposed",
		What: fmt.Sprintf("others could read the file at %s: %s", t.file.Path, strings.Join(how, "; ")),
		Fix:  "if it held a secret, store a new one in its place" + otherNames(st),
	}}
}

func otherNames(st *unix.Stat_t) string {
	if st.Nlink == 1 {
		return ""
	}
	return fmt.Sprintf(", and remove its other names (find / -xdev -inum %d)", st.Ino)
}

// otherGroup says whether the right that the mode gives the group is another group's.
func (t *target) otherGroup(st *unix.Stat_t) bool {
	return uint32(st.Mode)&uint32(t.file.Mode.Perm())&0o040 != 0 && int(st.Gid) != t.gid()
}

// groupWritable warns of directories on the way that their group may write to.
func (t *target) groupWritable() (list []Problem) {
	for _, dir := range t.walk.groupWritable {
		list = append(list, Problem{
			Code: "directory-group-writable",
			What: "the group of directory " + dir + " may write to it, and could put another file in the place of a config",
			Fix:  "run `chmod g-w " + dir + "`, if not every member of the group may configure the agent",
		})
	}
	return list
}
