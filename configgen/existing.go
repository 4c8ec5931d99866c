package configgen

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"golang.org/x/sys/unix"

	"github.com/tsboot/tsboot/secrets"
)

// ResolveExisting is Resolve for an outage of the store: a required parameter
// without a value is not an error, because the files of an earlier boot have it. A
// command that refers to it is an error, when the command is expanded.
func (p *Profile) ResolveExisting(layers []secrets.Layer) (*Resolved, error) {
	tolerant := *p
	tolerant.Parameters = slices.Clone(p.Parameters)
	for i := range tolerant.Parameters {
		tolerant.Parameters[i].Required = false
	}
	r, err := tolerant.Resolve(layers)
	if err != nil {
		return nil, err
	}
	r.absent = make(map[string]bool)
	for _, d := range p.Parameters {
		if d.Required && r.empty(d.Name) {
			r.absent[d.Name] = true
		}
	}
	return r, nil
}

// Existing checks that the files of an earlier boot can be used: all files of the
// profile are there, as the record of one boot says, with the owner and mode that
// this boot would write, in directories that it would write into. It gives what
// Apply gives for unchanged files. The error is an *Error of Kind Invalid.
func (r *Resolved) Existing(owner *Owner) (Applied, error) {
	var a Applied
	if len(r.Profile.Files) == 0 {
		return a, asError(Invalid, []Problem{{Code: "files-missing", What: "the profile writes no file"}})
	}
	var problems []Problem
	var found []fingerprint
	for i := range r.Profile.Files {
		file := &r.Profile.Files[i]
		e := &evaluation{resolved: r, file: file}
		name := e.path(file.Path)
		problems = append(problems, append(e.problems, r.absentIn("file "+name, file.Path)...)...)
		left, problem := existing(Rendered{Path: name, Mode: file.Mode}, owner)
		if problem != nil {
			problems = append(problems, *problem)
		}
		found = append(found, left)
		a.Unchanged = append(a.Unchanged, name)
	}
	if len(problems) > 0 {
		return a, asError(Invalid, problems)
	}
	old, err := recordBeside(a.Unchanged[0], owner)
	if problem := notOfOneBoot(old, err, found, recordPath(a.Unchanged[0])); problem != nil {
		return a, asError(Invalid, []Problem{*problem})
	}
	if r.Profile.hasCreates() && old.SetupDue {
		a.SetupDue, a.Pending = true, recordPath(a.Unchanged[0])
	}
	return a, nil
}

// existing checks one file of an earlier boot.
func existing(file Rendered, owner *Owner) (fingerprint, *Problem) {
	t := newTarget(file, owner)
	defer t.close()
	var st *unix.Stat_t
	err := t.find()
	if err == nil && len(t.walk.missing) == 0 {
		st, err = t.look()
	}
	var failed *WriteError
	switch {
	case errors.As(err, &failed):
		return fingerprint{}, &Problem{Code: failed.Code(), What: fmt.Sprintf("file %s: %s: %v", file.Path, failed.Op, failed.Err), Fix: failed.Fix}
	case st == nil:
		return fingerprint{}, &Problem{Code: "files-missing", What: fmt.Sprintf("file %s is not there", file.Path)}
	case !t.right(st):
		return fingerprint{}, &Problem{
			Code: "files-foreign",
			What: fmt.Sprintf("file %s is not as a boot would write it (uid %d, gid %d, mode %04o): it belongs to %s", file.Path, t.uid(), t.gid(), t.file.Mode.Perm(), ownerAndMode(st)),
		}
	}
	return fingerprintOf(file.Path, st), nil
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

// absentIn reports the parameters of templates that only the store has.
func (r *Resolved) absentIn(what string, templates ...*Template) []Problem {
	var names []string
	for _, t := range templates {
		for _, name := range t.names() {
			if r.absent[name] && !slices.Contains(names, name) {
				names = append(names, name)
			}
		}
	}
	if len(names) == 0 {
		return nil
	}
	return []Problem{{Code: "parameter-missing", What: fmt.Sprintf("%s needs %s, which could not be read", what, strings.Join(names, ", "))}}
}
