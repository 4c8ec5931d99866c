package fileset

import (
	"errors"
	"fmt"
	"slices"

	"golang.org/x/sys/unix"
)

// Earlier finds out whether the files of an earlier boot can be used. Call Check for
// every file, in the order of Apply, then Applied. The zero Earlier has seen no file;
// it is for one goroutine. It reads, and changes no file.
type Earlier struct {
	Owner *Owner // who the files belong to; nil means tsboot's user

	first File
	paths []string
	found []fingerprint
}

// Applied gives what Apply gives for unchanged files. Call it when Check saw a file
// and found no problem; the problem is that the files are not those of one boot.
// Skips is as of Apply.
func (x *Earlier) Applied(skips bool) (Applied, *Problem) {
	a := Applied{Unchanged: x.paths}
	name := recordPath(x.paths[0])
	old, err := recordBeside(x.first, x.Owner)
	if problem := notOfOneBoot(old, err, x.found, name); problem != nil {
		return a, problem
	}
	if skips && old.SetupDue {
		a.SetupDue, a.Pending = true, name
	}
	return a, nil
}

// Check checks one file: it is there, with the owner and mode that this boot would
// write, in directories that it would write into. It says what is wrong; nil for
// nothing. The content of the file is not looked at.
func (x *Earlier) Check(file File) *Problem {
	if len(x.paths) == 0 {
		x.first = file
	}
	x.paths = append(x.paths, file.Path)
	t := newTarget(file, x.Owner)
	defer t.close()
	var st *unix.Stat_t
	err := t.find()
	if err == nil && len(t.walk.missing) == 0 {
		st, err = t.look()
	}
	var failed *WriteError
	switch {
	case errors.As(err, &failed):
		return &Problem{Code: failed.Code(), What: fmt.Sprintf("file %s: %s: %v", file.Path, failed.Op, failed.Err), Fix: failed.Fix}
	case st == nil:
		return &Problem{Code: "files-missing", What: fmt.Sprintf("file %s is not there", file.Path)}
	case !t.right(st):
		return &Problem{
			Code: "files-foreign",
			What: fmt.Sprintf("file %s is not as a boot would write it (uid %d, gid %d, mode %04o): it belongs to %s", file.Path, t.uid(), t.gid(), t.file.Mode.Perm(), ownerAndMode(st)),
		}
	}
	x.found = append(x.found, fingerprintOf(file.Path, st))
	return nil
}

// notOfOneBoot says why the files cannot be taken for those of one boot.
func notOfOneBoot(old *record, err error, found []fingerprint, name string) *Problem {
	p := &Problem{Code: "files-unrecorded", Fix: "they are taken over once a boot that reached Parameter Store has written that record"}
	switch {
	case errors.Is(err, errNoRecord):
		p.What = fmt.Sprintf("the files are not known to be tsboot's: their record %s is not there (they may be the image's, or of a version of tsboot that made none)", name)
		return p
	case err != nil:
		p.What = fmt.Sprintf("the files are not known to be tsboot's: read their record %s: %v", name, err)
		return p
	}
	p = &Problem{Code: "files-mixed", Fix: p.Fix}
	for _, m := range found {
		i := slices.IndexFunc(old.Files, func(o fingerprint) bool { return o.Path == m.Path })
		switch {
		case i < 0:
			p.What = fmt.Sprintf("file %s is not one of those that the last boot wrote, by their record %s", m.Path, name)
			return p
		case !old.Files[i].equal(m):
			p.What = fmt.Sprintf("file %s is not as the last boot wrote it (that boot did not finish, or something changed the file since), by their record %s", m.Path, name)
			return p
		}
	}
	return nil
}
