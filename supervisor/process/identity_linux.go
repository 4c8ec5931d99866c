package process

import (
	"fmt"
	"slices"
	"syscall"

	"github.com/moby/sys/user"
)

// LookupIdentity resolves USER[:GROUP], each a name or a number. A number needs
// no entry in the passwd or group file; a name that has none is an error.
func LookupIdentity(spec string) (*Identity, error) {
	passwd, _ := user.GetPasswdPath()
	group, _ := user.GetGroupPath()
	return lookupIdentity(spec, passwd, group)
}

func lookupIdentity(spec, passwd, group string) (*Identity, error) {
	if spec == "" || spec[0] == ':' {
		return nil, fmt.Errorf("look up user %q: want USER or USER:GROUP", spec)
	}
	found, err := user.GetExecUserPath(spec, &user.ExecUser{Home: "/"}, passwd, group)
	if err != nil {
		return nil, fmt.Errorf("look up user %q: %w (it must be in %s, a group in %s, or be a number)", spec, err, passwd, group)
	}
	id := &Identity{UID: found.Uid, GID: found.Gid, Groups: withPrimary(found.Gid, found.Sgids), Home: found.Home}
	entries, err := user.ParsePasswdFileFilter(passwd, func(u user.User) bool { return u.Uid == id.UID })
	if err == nil && len(entries) > 0 {
		id.Name = entries[0].Name
	}
	return id, nil
}

// withPrimary puts the primary group first among the supplementary ones, as
// initgroups(3) does. A program that gives up its gid, or a child of another gid,
// keeps its rights by them.
func withPrimary(gid int, groups []int) []int {
	others := slices.DeleteFunc(slices.Clone(groups), func(g int) bool { return g == gid })
	return append([]int{gid}, others...)
}

func (id *Identity) credential() *syscall.Credential {
	if id == nil {
		return nil
	}
	groups := make([]uint32, 0, len(id.Groups))
	for _, g := range id.Groups {
		groups = append(groups, uint32(g))
	}
	return &syscall.Credential{Uid: uint32(id.UID), Gid: uint32(id.GID), Groups: groups}
}
