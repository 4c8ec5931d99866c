package configgen

import "os"

// States of a file as Preflight reports them.
const (
	FileNew       = "new"       // does not exist and would be written
	FileChanged   = "changed"   // exists and would be replaced
	FileUnchanged = "unchanged" // exists and is right
	FileUnknown   = "unknown"   // values are missing, so its content is not known
)

// A preview is what a boot would do to a file, and whether it could.
type preview struct {
	State    string
	Warnings []Problem
	Err      error // why it cannot be written, a *WriteError; nil when it can
}

// preflight finds out what a boot would do to a file, and whether it could. It
// changes no file. Known says that the file has the content that a boot would write:
// without it, a file that is there has the state FileUnknown.
func preflight(f Rendered, known bool, owner *Owner) preview {
	p := preview{State: FileUnknown}
	t := newTarget(f, owner)
	defer t.close()
	if p.Err = t.find(); p.Err != nil {
		if _, err := os.Lstat(f.Path); err != nil {
			p.State = FileNew
		} else if known {
			p.State = FileChanged
		}
		return p
	}
	p.Warnings = t.groupWritable()
	if len(t.walk.missing) > 0 {
		p.State = FileNew
		p.Err = t.preflight(false)
		return p
	}
	p.Warnings = append(p.Warnings, t.exposure()...)
	there, err := t.look()
	switch {
	case there == nil && err == nil:
		p.State = FileNew
	case known:
		p.State = FileChanged
		if same, _ := t.unchanged(); same {
			p.State = FileUnchanged
		}
	}
	p.Err = t.preflight(p.State == FileUnchanged)
	return p
}

// preflightRecord says whether the record of files could be written, given the path
// of the first. The error is a *WriteError.
func preflightRecord(first string, owner *Owner) error {
	t := (&record{}).target(first, owner)
	defer t.close()
	if err := t.find(); err != nil {
		return err
	}
	return t.preflight(false)
}

// setupPending says whether the record of files says that setup is due, given the
// path of the first. Without a record it is not.
func setupPending(first string, owner *Owner) bool {
	r, _ := recordBeside(first, owner)
	return r.due()
}
