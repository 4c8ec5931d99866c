package configgen

import (
	"fmt"
	"slices"
	"strings"

	"github.com/tsboot/tsboot/configgen/fileset"
	"github.com/tsboot/tsboot/configgen/profile"
	"github.com/tsboot/tsboot/secrets"
)

// ResolveExisting is Resolve for an outage of the store: a required parameter
// without a value is not an error, because the files of an earlier boot have it. A
// command that refers to it is an error, when the command is expanded.
func ResolveExisting(p *profile.Profile, layers []secrets.Layer) (*Resolved, error) {
	tolerant := *p
	tolerant.Parameters = slices.Clone(p.Parameters)
	for i := range tolerant.Parameters {
		tolerant.Parameters[i].Required = false
	}
	r, err := Resolve(&tolerant, layers)
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
func (r *Resolved) Existing(owner *fileset.Owner) (fileset.Applied, error) {
	var problems []Problem
	checked := false
	left := &fileset.Earlier{Owner: owner}
	for i := range r.Profile.Files {
		file := &r.Profile.Files[i]
		e := &evaluation{resolved: r, file: file}
		name := e.path(file.Path)
		if !r.stands(file.When) && !exists(name) { // the store may have had the value
			continue
		}
		checked = true
		problems = append(problems, append(e.problems, r.absentIn("file "+name, file.Path)...)...)
		if problem := left.Check(fileset.File{Path: name, Mode: file.Mode, Owner: r.ownerOf(file), Trusted: r.trusted()}); problem != nil {
			problems = append(problems, Problem{Code: problem.Code, What: problem.What, Fix: problem.Fix})
		}
	}
	if !checked {
		problems = []Problem{{Code: "files-missing", What: "the profile writes no file"}}
	}
	if len(problems) > 0 {
		return fileset.Applied{}, profile.AsError(Invalid, problems)
	}
	a, problem := left.Applied(r.Profile.HasCreates())
	if problem != nil {
		return a, profile.AsError(Invalid, []Problem{{Code: problem.Code, What: problem.What, Fix: problem.Fix}})
	}
	return a, nil
}

// absentIn reports the parameters of templates that only the store has.
func (r *Resolved) absentIn(what string, templates ...*profile.Template) []Problem {
	var names []string
	for _, t := range templates {
		for _, name := range t.Names() {
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
