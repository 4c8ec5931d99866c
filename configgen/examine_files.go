package configgen

import (
	"io/fs"
	"os"
	"slices"
)

// States of a file as ExamineFiles reports them.
const (
	FileNew       = "new"       // does not exist and would be written
	FileChanged   = "changed"   // exists and would be replaced
	FileUnchanged = "unchanged" // exists and is right
	FileUnknown   = "unknown"   // values are missing, so its content is not known
)

// FileReport is what a boot would do to one file, and whether it could.
type FileReport struct {
	Path     string // empty when it depends on a parameter without a good value
	State    string
	Mode     fs.FileMode
	Exposed  []string  // names of secrets in it that its mode lets others read, without world-readable-secrets
	Problems []Problem // why it cannot be rendered
	Warnings []Problem // those that do not stop a boot
	Err      error     // why it cannot be written, a *WriteError; nil when it can
}

// exists says whether there is a file at a path; a link counts as one.
func exists(name string) bool {
	_, err := os.Lstat(name)
	return err == nil
}

// Files reports what a boot would do to each file. It changes nothing.
func (x *Examination) Files(owner *Owner) []FileReport {
	var list []FileReport
	for i := range x.Resolved.Profile.Files {
		report := x.file(&x.Resolved.Profile.Files[i], owner)
		if slices.ContainsFunc(list, func(other FileReport) bool { return report.Path != "" && other.Path == report.Path }) {
			report.Problems = append(report.Problems, fileTwice(report.Path))
		}
		list = append(list, report)
	}
	x.preflightRecord(list, owner)
	return list
}

func (x *Examination) file(file *File, owner *Owner) FileReport {
	report := FileReport{State: FileUnknown, Mode: file.Mode, Exposed: x.Resolved.exposed(file)}
	if slices.ContainsFunc(file.Path.names(), func(name string) bool { return x.Resolved.absent[name] }) {
		return report
	}
	e := &evaluation{resolved: x.Resolved, file: file}
	e.name = e.path(file.Path)
	if len(e.problems) > 0 {
		report.Problems = e.problems
		return report
	}
	rendered := Rendered{Path: e.name, Mode: file.Mode}
	report.Path = rendered.Path
	whole := x.Whole()
	if whole {
		rendered.Content = e.content()
		rendered.Masked = (&evaluation{resolved: x.Resolved, file: file, mask: true}).content()
		report.Problems = e.problems
	}
	report.look(rendered, owner, whole && len(e.problems) == 0)
	return report
}

func (report *FileReport) look(file Rendered, owner *Owner, known bool) {
	t := newTarget(file, owner)
	defer t.close()
	if report.Err = t.find(); report.Err != nil {
		if !exists(file.Path) {
			report.State = FileNew
		} else if known {
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
	case known:
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
