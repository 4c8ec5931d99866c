package configgen

import (
	"os"
	"slices"
)

// States of a file as Preflight reports them.
const (
	FileNew       = "new"       // does not exist and would be written
	FileChanged   = "changed"   // exists and would be replaced
	FileUnchanged = "unchanged" // exists and is right
	FileUnknown   = "unknown"   // values are missing, so its content is not known
)

// FileReport is what a boot would do to one file, and whether it could.
type FileReport struct {
	Rendered           // Path is empty when it depends on a parameter without a good value, Content when values are missing
	State    string    // FileUnknown before Preflight
	Problems []Problem // why it cannot be rendered
	Warnings []Problem // those that do not stop a boot
	Err      error     // why it cannot be written, a *WriteError; nil when it can

	known bool // Content is what a boot would write
}

// exists says whether there is a file at a path; a link counts as one.
func exists(name string) bool {
	_, err := os.Lstat(name)
	return err == nil
}

// Render fills in every file, as far as there are values. It always lists every
// file. The error has everything that is wrong, as an *Error of Kind Invalid.
func (x *Examination) Render() ([]FileReport, error) {
	var list []FileReport
	var problems []Problem
	for i := range x.Resolved.Profile.Files {
		report := x.render(&x.Resolved.Profile.Files[i], list)
		problems = append(problems, report.Problems...)
		list = append(list, report)
	}
	return list, asError(Invalid, problems)
}

func (x *Examination) render(file *File, earlier []FileReport) FileReport {
	report := FileReport{Rendered: Rendered{Mode: file.Mode, Syntax: file.Format, Exposed: x.Resolved.exposed(file)}, State: FileUnknown}
	if slices.ContainsFunc(file.Path.names(), func(name string) bool { return x.Resolved.absent[name] }) {
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
	if x.Whole() {
		report.Content = e.content()
		report.Masked = (&evaluation{resolved: x.Resolved, file: file, name: e.name, mask: true}).content()
		report.known = len(e.problems) == 0
	}
	report.Problems = append(report.Problems, e.problems...)
	return report
}

// Preflight finds out what a boot would do to the files of Render, and whether it
// could. It sets State, Warnings and Err, and changes no file.
func (x *Examination) Preflight(list []FileReport, owner *Owner) {
	for i := range list {
		if list[i].Path != "" {
			list[i].preflight(owner)
		}
	}
	x.preflightRecord(list, owner)
}

func (report *FileReport) preflight(owner *Owner) {
	t := newTarget(report.Rendered, owner)
	defer t.close()
	if report.Err = t.find(); report.Err != nil {
		if !exists(report.Path) {
			report.State = FileNew
		} else if report.known {
			report.State = FileChanged
		}
		return
	}
	report.Warnings = t.groupWritable()
	if len(t.walk.missing) > 0 {
		report.State = FileNew
		report.Err = t.preflight(false)
		return
	}
	report.Warnings = append(report.Warnings, t.exposure()...)
	there, err := t.look()
	switch {
	case there == nil && err == nil:
		report.State = FileNew
	case report.known:
		report.State = FileChanged
		if same, _ := t.unchanged(); same {
			report.State = FileUnchanged
		}
	}
	report.Err = t.preflight(report.State == FileUnchanged)
}

// preflightRecord checks whether the record can be written. It is beside the first
// file, also when that file is unchanged.
func (x *Examination) preflightRecord(list []FileReport, owner *Owner) {
	changes := func(f FileReport) bool { return f.State != FileUnchanged }
	if len(list) == 0 || list[0].Path == "" || list[0].Err != nil || !slices.ContainsFunc(list, changes) {
		return
	}
	t := (&record{}).target(list[0].Path, owner)
	defer t.close()
	if list[0].Err = t.find(); list[0].Err == nil {
		list[0].Err = t.preflight(false)
	}
}

// SetupPending says whether the setup of an earlier boot never ended. Then all of
// setup would run, whatever files it has created.
func (x *Examination) SetupPending(files []FileReport, owner *Owner) bool {
	if len(files) == 0 || files[0].Path == "" || !x.Resolved.Profile.hasCreates() {
		return false
	}
	r, _ := recordBeside(files[0].Path, owner)
	return r.due()
}
