package configgen

import (
	"errors"
	"io/fs"
	"os"
	"path"
	"slices"
	"strconv"

	"golang.org/x/sys/unix"
)

// States of a file as ExamineFiles reports them.
const (
	FileNew       = "new"       // it is not there and would be written
	FileChanged   = "changed"   // it is there and would be replaced
	FileUnchanged = "unchanged" // it is there as it should be
	FileUnknown   = "unknown"   // values are missing, so that its content is not known
)

// FileReport is what a boot would do to one file, and whether it could.
type FileReport struct {
	Path     string // empty where it depends on a parameter without a good value
	State    string
	Mode     fs.FileMode
	Exposed  []string  // secrets in it that its mode lets others read, unless the profile says that it means that
	Problems []Problem // why it cannot be rendered
	Err      error     // why it cannot be written: a *WriteError
}

func exists(name string) bool {
	_, err := os.Lstat(name)
	return err == nil
}

// Files says of each file what a boot would do. Nothing is touched.
func (x *Examination) Files(owner *Owner) []FileReport {
	var list []FileReport
	for i := range x.Resolved.Profile.Files {
		report := x.file(&x.Resolved.Profile.Files[i], owner)
		if slices.ContainsFunc(list, func(other FileReport) bool { return report.Path != "" && other.Path == report.Path }) {
			report.Problems = append(report.Problems, fileTwice(report.Path))
		}
		list = append(list, report)
	}
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
		report.Problems = e.problems
	}
	report.look(rendered, owner, whole && len(e.problems) == 0)
	return report
}

func (report *FileReport) look(file Rendered, owner *Owner, known bool) {
	switch {
	case !exists(file.Path):
		report.State = FileNew
	case known && Unchanged(file, owner):
		report.State = FileUnchanged
	case known:
		report.State = FileChanged
	}
	report.Err = foresee(file, owner, report.State == FileUnchanged)
}

// foresee finds what would make Write fail, as far as looking tells. A file
// that is already right need not be written, only be in a safe place.
func foresee(file Rendered, owner *Owner, unchanged bool) error {
	w := &writer{file: file, owner: owner, dir: path.Dir(file.Path), base: path.Base(file.Path)}
	dir, missing, err := w.nearest()
	if err != nil {
		return err
	}
	doing := "make a temporary file beside it"
	if missing != "" {
		doing = "make directory " + missing
	}
	info, err := os.Stat(dir)
	switch {
	case err != nil:
		return w.fail("look at its directory", err)
	case missing == "" && openToAll(info.Mode()):
		return w.openDirectory()
	case unchanged:
		return nil
	}
	if err := unix.Faccessat(unix.AT_FDCWD, dir, unix.W_OK|unix.X_OK, unix.AT_EACCESS); err != nil {
		return w.fail(doing, err)
	}
	if immutable(dir) {
		return w.fail(doing, unix.EPERM)
	}
	if err := w.room(dir); err != nil {
		return err
	}
	if w.owner != nil && !mayGive(*w.owner) {
		return w.fail("give it to uid "+strconv.Itoa(w.owner.UID)+", gid "+strconv.Itoa(w.owner.GID), unix.EPERM)
	}
	if len(w.base) > maxName {
		return w.fail("rename", unix.ENAMETOOLONG)
	}
	if missing == "" {
		return w.replaceable(info)
	}
	return nil
}

// maxName is the longest name that Linux's file systems take.
const maxName = 255

// nearest is the file's directory, or the first above it that is there, and
// then the one that would be made in it.
func (w *writer) nearest() (dir, missing string, err error) {
	for dir = w.dir; ; dir = path.Dir(dir) {
		_, err := os.Lstat(dir)
		if errors.Is(err, fs.ErrNotExist) && dir != "/" && dir != "." {
			missing = dir
			continue
		}
		if err != nil {
			return dir, missing, w.fail("look at its directory", err)
		}
		break
	}
	info, err := os.Stat(dir)
	switch {
	case err != nil && missing != "":
		return dir, missing, w.fail("make directory "+missing, err)
	case err != nil:
		return dir, missing, w.fail("open its directory", err)
	case !info.IsDir() && missing != "":
		return dir, missing, w.fail("make directory "+missing, unix.ENOTDIR)
	case !info.IsDir():
		return dir, missing, w.fail("open its directory", unix.ENOTDIR)
	}
	return dir, missing, nil
}

// replaceable says whether a rename may put another file over the one that is there.
func (w *writer) replaceable(dir fs.FileInfo) error {
	info, err := os.Lstat(w.file.Path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil
	case err != nil:
		return w.fail("look at it", err)
	case info.IsDir():
		return w.fail("replace it", unix.EISDIR)
	case isMount(w.file.Path):
		return w.fail("rename", unix.EBUSY)
	case immutable(w.file.Path):
		return w.fail("rename", unix.EPERM)
	case dir.Mode()&fs.ModeSticky != 0 && !ownsOne(w.dir, w.file.Path):
		return w.fail("rename", unix.EPERM)
	}
	return nil
}

// room says whether there is space for the file and an inode for it.
func (w *writer) room(dir string) error {
	var st unix.Statfs_t
	if unix.Statfs(dir, &st) != nil || st.Blocks == 0 { // not all file systems count
		return nil
	}
	if free := st.Bavail * uint64(st.Bsize); free < uint64(len(w.file.Content)) || free == 0 || st.Files > 0 && st.Ffree == 0 {
		return w.fail("write", unix.ENOSPC)
	}
	return nil
}

// ownsOne: in a sticky directory a file is its owner's, the directory owner's or root's to replace.
func ownsOne(names ...string) bool {
	euid := os.Geteuid()
	for _, name := range names {
		var st unix.Stat_t
		if unix.Lstat(name, &st) == nil && int(st.Uid) == euid {
			return true
		}
	}
	return euid == 0
}

// mayGive says whether we may give a file away; root may, unless its container dropped the capability.
func mayGive(owner Owner) bool {
	groups, _ := os.Getgroups()
	if owner.UID == os.Geteuid() && (owner.GID == os.Getegid() || slices.Contains(groups, owner.GID)) {
		return true
	}
	header := unix.CapUserHeader{Version: unix.LINUX_CAPABILITY_VERSION_3}
	var data [2]unix.CapUserData
	if unix.Capget(&header, &data[0]) != nil {
		return os.Geteuid() == 0
	}
	return data[0].Effective&(1<<unix.CAP_CHOWN) != 0
}

// isMount says whether a file is a mount of its own, as Docker and ECS make for a single file.
func isMount(name string) bool { return hasAttribute(name, unix.STATX_ATTR_MOUNT_ROOT) }

func immutable(name string) bool { return hasAttribute(name, unix.STATX_ATTR_IMMUTABLE) }

func hasAttribute(name string, attribute uint64) bool {
	var st unix.Statx_t
	err := unix.Statx(unix.AT_FDCWD, name, unix.AT_SYMLINK_NOFOLLOW|unix.AT_NO_AUTOMOUNT, unix.STATX_BASIC_STATS, &st)
	return err == nil && st.Attributes&attribute != 0
}

// SetupPending says whether the setup of an earlier boot never ended: it would
// run again whatever it has created.
func (x *Examination) SetupPending(files []FileReport) bool {
	if len(files) == 0 || files[0].Path == "" {
		return false
	}
	marker := x.Resolved.marker([]Rendered{{Path: files[0].Path}})
	return marker != nil && exists(marker.Path)
}
