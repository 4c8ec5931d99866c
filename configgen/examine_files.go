package configgen

import (
	"os"
	"slices"

	"github.com/tsboot/tsboot/configgen/fileset"
	"github.com/tsboot/tsboot/configgen/profile"
)

// FileReport is what a boot would do to one file, and whether it could.
type FileReport struct {
	Rendered                  // Path is empty when it depends on a parameter without a good value, Content when values are missing
	fileset.Preview           // State is fileset.StateUnknown before Preflight
	Problems        []Problem // why it cannot be rendered

	known bool // Content is what a boot would write
}

// exists says whether there is a file at a path; a link counts as one.
func exists(name string) bool {
	_, err := os.Lstat(name)
	return err == nil
}

// Render fills in every file, as far as there are values. It lists every file, except
// those whose condition is known not to hold. The error has everything that is wrong, as an *Error of Kind Invalid.
func (x *Examination) Render() ([]FileReport, error) {
	var list []FileReport
	var problems []Problem
	for i := range x.Resolved.Profile.Files {
		if !x.Resolved.stands(x.Resolved.Profile.Files[i].When) {
			continue
		}
		report := x.render(&x.Resolved.Profile.Files[i], list)
		problems = append(problems, report.Problems...)
		list = append(list, report)
	}
	return list, profile.AsError(Invalid, problems)
}

func (x *Examination) render(file *profile.File, earlier []FileReport) FileReport {
	report := FileReport{Rendered: Rendered{Mode: file.Mode, Syntax: file.Format, Exposed: x.Resolved.exposed(file), Owner: x.Resolved.ownerOf(file), trusted: x.Resolved.trusted()}, Preview: fileset.Preview{State: fileset.StateUnknown}}
	if slices.ContainsFunc(file.Path.Names(), func(name string) bool { return x.Resolved.absent[name] }) {
		return report
	}
	e := &evaluation{resolved: x.Resolved, file: file}
	e.name = e.path(file.Path)
	if len(e.problems) == 0 {
		report.Path = e.name
		if slices.ContainsFunc(earlier, func(other FileReport) bool { return other.Path == e.name }) {
			report.Problems = append(report.Problems, fileTwice(e.name))
		}
	}
	if x.Whole() && !x.Resolved.bases[file].bad {
		report.Content = e.content()
		report.Masked = (&evaluation{resolved: x.Resolved, file: file, name: e.name, mask: true}).content()
		report.known = len(e.problems) == 0
	}
	report.Problems = append(report.Problems, e.problems...)
	return report
}

// Preflight finds out what a boot would do to the files of Render, and whether it
// could. It sets State, Warnings and Err, and changes no file.
func (x *Examination) Preflight(list []FileReport, owner *fileset.Owner) {
	for i := range list {
		if list[i].Path != "" {
			list[i].Preview = fileset.Preflight(list[i].file(), list[i].known, owner)
		}
	}
	x.preflightRecord(list, owner)
}

// preflightRecord checks whether the record can be written. It is beside the first
// file, also when that file is unchanged.
func (x *Examination) preflightRecord(list []FileReport, owner *fileset.Owner) {
	changes := func(f FileReport) bool { return f.State != fileset.StateUnchanged }
	if len(list) == 0 || list[0].Path == "" || list[0].Err != nil || !slices.ContainsFunc(list, changes) {
		return
	}
	list[0].Err = fileset.PreflightRecord(list[0].file(), owner)
}

// SetupPending says whether the setup of an earlier boot never ended. Then all of
// setup would run, whatever files it has created.
func (x *Examination) SetupPending(files []FileReport, owner *fileset.Owner) bool {
	if len(files) == 0 || files[0].Path == "" || !x.Resolved.Profile.HasCreates() {
		return false
	}
	return fileset.SetupPending(files[0].file(), owner)
}
