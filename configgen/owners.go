package configgen

import (
	"slices"

	"github.com/tsboot/tsboot/configgen/fileset"
	"github.com/tsboot/tsboot/configgen/profile"
)

// SetOwners says who the owners are that the files of the profile name, by their
// names. Without it every file belongs to the owner of all.
func (r *Resolved) SetOwners(owners map[string]fileset.Owner) { r.owners = owners }

// ownerOf is the owner that a file names; nil for none.
func (r *Resolved) ownerOf(file *profile.File) *fileset.Owner {
	owner, known := r.owners[file.Owner.Text]
	if !known {
		return nil
	}
	return &owner
}

// trusted are the owners of all files: a directory that is made for one of them may be
// on the way to another.
func (r *Resolved) trusted() []int {
	var uids []int
	for i := range r.Profile.Files {
		if owner := r.ownerOf(&r.Profile.Files[i]); owner != nil && !slices.Contains(uids, owner.UID) {
			uids = append(uids, owner.UID)
		}
	}
	return uids
}
