package configgen

import (
	"fmt"
	"os"
	"slices"
	"strings"

	"github.com/tsboot/tsboot/secrets"
)

// ResolveExisting is Resolve for an outage of the store: a required parameter
// that nothing gives is no error here, because the files of an earlier boot
// hold it. A command that refers to it is one, when it is expanded.
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

// Existing finds the files of an earlier boot. They are whole, since Write
// leaves no other; all of them must be there. The answer is what Apply would
// give had it found every one unchanged. The error is an *Error of Kind Invalid.
func (r *Resolved) Existing() (Applied, error) {
	var a Applied
	if len(r.Profile.Files) == 0 {
		return a, asError(Invalid, []Problem{{Code: "files-missing", What: "the profile writes no file"}})
	}
	var problems []Problem
	var files []Rendered
	for i := range r.Profile.Files {
		file := &r.Profile.Files[i]
		e := &evaluation{resolved: r, file: file}
		name := e.path(file.Path)
		problems = append(problems, append(e.problems, r.absentIn("file "+name, file.Path)...)...)
		if info, err := os.Lstat(name); err != nil || !info.Mode().IsRegular() {
			problems = append(problems, Problem{Code: "files-missing", What: fmt.Sprintf("file %s is not there", name)})
		}
		a.Unchanged = append(a.Unchanged, name)
		files = append(files, Rendered{Path: name})
	}
	if marker := r.marker(files); marker != nil {
		if _, err := os.Lstat(marker.Path); err == nil {
			a.SetupDue, a.Pending = true, marker.Path
		}
	}
	return a, asError(Invalid, problems)
}

// absentIn reports templates that refer to a parameter only the store has.
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
