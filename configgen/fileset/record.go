package fileset

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path"
	"slices"
	"strings"
	"time"

	"golang.org/x/sys/unix"
)

// A record says which files one boot wrote. It is a file of mode 0600 beside the
// first of them and has nothing of their content. It is written before the files:
// if tsboot dies in between, some file differs from the record, and the files are
// not used as those of one boot. The same is true for a file that was edited or
// replaced later.
type record struct {
	Version  int           `json:"version"`
	SetupDue bool          `json:"setup_due,omitempty"` // files changed, and setup has not ended since
	Files    []fingerprint `json:"files"`
}

// A fingerprint identifies a file. Size and time of modification survive a copy
// or a restored volume (cp -a, rsync -a, a snapshot); inode and time of change do
// not.
type fingerprint struct {
	Path     string    `json:"path"`
	Size     int64     `json:"size"`
	Modified time.Time `json:"modified"`
}

const (
	recordVersion = 1
	recordPrefix  = ".tsboot-record-"
	maxRecord     = 1 << 20
)

func fingerprintOf(name string, st *unix.Stat_t) fingerprint {
	// JSON holds UTF-8 only: a fingerprint must equal itself after it is written and read.
	return fingerprint{strings.ToValidUTF8(name, "\uFFFD"), st.Size, time.Unix(st.Mtim.Unix()).UTC()}
}

func (m fingerprint) equal(other fingerprint) bool {
	return m.Path == other.Path && m.Size == other.Size && m.Modified.Equal(other.Modified)
}

func (r *record) equal(other *record) bool {
	return r != nil && other != nil && r.SetupDue == other.SetupDue &&
		slices.EqualFunc(r.Files, other.Files, fingerprint.equal)
}

// has says whether the record has a file as it is. A nil record has none.
func (r *record) has(file fingerprint) bool {
	return r != nil && slices.ContainsFunc(r.Files, file.equal)
}

// due says whether the files changed and setup has not ended since. A nil record
// says no.
func (r *record) due() bool { return r != nil && r.SetupDue }

// recordPath is the path of the record of files, given the path of the first.
func recordPath(first string) string {
	dir, base := path.Split(first)
	name := recordPrefix + base
	return dir + name[:min(len(name), maxName)]
}

// target makes the record a file to write. Its directory may belong to the owner
// of the files; the record itself belongs to tsboot's user.
func (r *record) target(first File, owner *Owner) *target {
	content, err := json.Marshal(r)
	if err != nil {
		panic(err) // strings, numbers and times of this era
	}
	t := newTarget(File{Path: recordPath(first.Path), Mode: 0o600, Content: append(content, '\n')}, nil)
	t.trust = trustOf(first, owner)
	return t
}

var errNoRecord = errors.New("there is none")

// readRecord reads the record at the target's path. It refuses one that is not of
// tsboot's user, or that others may read or write.
func (t *target) readRecord() (*record, error) {
	fd, err := openAt(t.dir().fd, t.base, unix.O_RDONLY|unix.O_NONBLOCK|unix.O_NOFOLLOW, 0)
	if errors.Is(err, unix.ENOENT) {
		return nil, errNoRecord
	}
	if err != nil {
		return nil, err
	}
	f := os.NewFile(uintptr(fd), t.file.Path)
	defer f.Close()
	var st unix.Stat_t
	if err := unix.Fstat(fd, &st); err != nil {
		return nil, err
	}
	if st.Mode&(unix.S_IFMT|0o077) != unix.S_IFREG || int(st.Uid) != os.Geteuid() {
		return nil, fmt.Errorf("it belongs to uid %d, mode %04o, and not to tsboot's user (uid %d) alone", st.Uid, st.Mode&0o7777, os.Geteuid())
	}
	content, err := io.ReadAll(io.LimitReader(f, maxRecord))
	if err != nil {
		return nil, err
	}
	var r record
	if err := json.Unmarshal(content, &r); err != nil || r.Version != recordVersion {
		return nil, errors.New("it is not a record of this version of tsboot")
	}
	return &r, nil
}

// recordBeside reads the record of files, given the first.
func recordBeside(first File, owner *Owner) (*record, error) {
	t := newTarget(File{Path: recordPath(first.Path), Owner: first.Owner, Trusted: first.Trusted}, owner)
	defer t.close()
	if err := t.find(); err != nil {
		return nil, err
	}
	if len(t.walk.missing) > 0 {
		return nil, errNoRecord
	}
	return t.readRecord()
}

// ClearPending notes in the record at this path (Applied.Pending) that setup is
// done. It does nothing for an empty path or when the record is gone.
func ClearPending(name string) error {
	if name == "" {
		return nil
	}
	t := newTarget(File{Path: name, Mode: 0o600}, nil)
	t.trust.anyone = true // readRecord refuses what tsboot did not write
	defer t.close()
	if err := t.find(); err != nil {
		return err
	}
	if len(t.walk.missing) > 0 {
		return nil
	}
	r, err := t.readRecord()
	switch {
	case errors.Is(err, errNoRecord):
		return nil
	case err != nil:
		return t.fail("note that setup is done", err, t.dir())
	case !r.SetupDue:
		return nil
	}
	r.SetupDue = false
	t.file.Content = r.target(File{Path: name}, nil).file.Content
	if err := t.writeTemp(); err != nil {
		t.undo()
		return err
	}
	_, err = commit([]*target{t}, false)
	return err
}
