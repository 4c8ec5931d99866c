package fileset

import "os"

// States of a file as Preflight reports them.
const (
	StateNew       = "new"       // does not exist and would be written
	StateChanged   = "changed"   // exists and would be replaced
	StateUnchanged = "unchanged" // exists and is right
	StateUnknown   = "unknown"   // values are missing, so its content is not known
)

// Preview is what a boot would do to a file, and whether it could. The zero Preview
// has no state; Preflight always gives one.
type Preview struct {
	State    string    // StateNew, StateChanged, StateUnchanged or StateUnknown
	Warnings []Problem // those that do not stop a boot
	Err      error     // why it cannot be written, a *WriteError; nil when it can
}

// Preflight finds out what a boot would do to a file, and whether it could. It
// changes no file. Known says that the file has the content that a boot would write:
// without it, a file that is there has the state StateUnknown.
func Preflight(f File, known bool, owner *Owner) Preview {
	p := Preview{State: StateUnknown}
	t := newTarget(f, owner)
	defer t.close()
	if p.Err = t.find(); p.Err != nil {
		if _, err := os.Lstat(f.Path); err != nil {
			p.State = StateNew
		} else if known {
			p.State = StateChanged
		}
		return p
	}
	p.Warnings = t.groupWritable()
	if len(t.walk.missing) > 0 {
		p.State = StateNew
		p.Err = t.preflight(false)
		return p
	}
	p.Warnings = append(p.Warnings, t.exposure()...)
	there, err := t.look()
	switch {
	case there == nil && err == nil:
		p.State = StateNew
	case known:
		p.State = StateChanged
		if same, _ := t.unchanged(); same {
			p.State = StateUnchanged
		}
	}
	p.Err = t.preflight(p.State == StateUnchanged)
	return p
}

// PreflightRecord says whether the record of files could be written, given the first.
// The error is a *WriteError.
func PreflightRecord(first File, owner *Owner) error {
	t := (&record{}).target(first, owner)
	defer t.close()
	if err := t.find(); err != nil {
		return err
	}
	return t.preflight(false)
}

// SetupPending says whether the record of files says that setup is due, given the
// first. Without a record it is not.
func SetupPending(first File, owner *Owner) bool {
	r, _ := recordBeside(first, owner)
	return r.due()
}
