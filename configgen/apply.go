package configgen

import (
	"errors"
	"io/fs"
	"os"
	"path"
)

// Applied is what Apply did.
type Applied struct {
	Changed   []string // paths that were written
	Unchanged []string // paths that were left alone
	SetupDue  bool     // a file changed, now or in a boot whose setup never ended: `creates` is no excuse
	Pending   string   // to be given to ClearPending once setup is done; "": nothing to clear
}

// Apply writes the files. When a step of the profile may be skipped, a marker
// is put beside the first file before anything is written, and stays until
// ClearPending: should tsboot die or setup fail in between, the next boot finds
// the files unchanged but knows that setup is still due.
func (r *Resolved) Apply(files []Rendered, owner *Owner) (Applied, error) {
	var a Applied
	marker := r.marker(files)
	marked := false
	if marker != nil {
		_, err := os.Lstat(marker.Path)
		marked = err == nil
		if !marked && r.differs(files, owner) {
			if _, err := Write(*marker, nil); err != nil {
				return a, asFileError(err, files[0].Path)
			}
		}
	}
	for _, f := range files {
		changed, err := Write(f, owner)
		if err != nil {
			if marker != nil && !marked && len(a.Changed) == 0 {
				_ = os.Remove(marker.Path)
			}
			return a, err
		}
		if changed {
			a.Changed = append(a.Changed, f.Path)
		} else {
			a.Unchanged = append(a.Unchanged, f.Path)
		}
	}
	a.SetupDue = marked || len(a.Changed) > 0
	if marker != nil && a.SetupDue {
		a.Pending = marker.Path
	}
	return a, nil
}

// ClearPending removes the marker: setup is done.
func ClearPending(marker string) error {
	if marker == "" {
		return nil
	}
	if err := os.Remove(marker); err != nil && !errors.Is(err, fs.ErrNotExist) {
		w := &writer{file: Rendered{Path: marker}, dir: path.Dir(marker)}
		return w.fail("remove the mark that setup is due", err)
	}
	return syncDir(path.Dir(marker))
}

// marker is the file that says that setup is due; nil when no step is ever skipped.
func (r *Resolved) marker(files []Rendered) *Rendered {
	if len(files) == 0 || !r.Profile.HasCreates() {
		return nil
	}
	dir, base := path.Split(files[0].Path)
	return &Rendered{
		Path: dir + ".tsboot-setup-due-" + base, Mode: 0o600,
		Content: []byte("tsboot wrote " + base + " and has not finished setup since; it will at the next start\n"),
	}
}

func (r *Resolved) differs(files []Rendered, owner *Owner) bool {
	for _, f := range files {
		if !Unchanged(f, owner) {
			return true
		}
	}
	return false
}

// asFileError lets the error name the file that the operator knows.
func asFileError(err error, name string) error {
	var w *WriteError
	if errors.As(err, &w) {
		w.Path = name
	}
	return err
}
