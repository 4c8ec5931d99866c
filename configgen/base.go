package configgen

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/tsboot/tsboot/configgen/format"
	"github.com/tsboot/tsboot/configgen/profile"
	"github.com/tsboot/tsboot/secrets"
)

// maxBase is the largest base in bytes. The largest config of a vendor that we know
// has 600 KiB.
const maxBase = 1 << 20

// base is the vendor's file that the content of a file is laid over.
type base struct {
	data  []byte
	there bool // false: it is optional and missing, or it has a problem
	bad   bool
}

// Bases lists the files that ReadBases reads.
func (r *Resolved) Bases() []string {
	var list []string
	for _, file := range r.based() {
		list = append(list, file.Base.Text)
	}
	return list
}

// based are the files with a base that is needed.
func (r *Resolved) based() []*profile.File {
	var list []*profile.File
	for i := range r.Profile.Files {
		file := &r.Profile.Files[i]
		if file.Base.Text != "" && (file.When == "" || !r.empty(file.When)) {
			list = append(list, file)
		}
	}
	return list
}

// ReadBases reads the bases of the files, for Render. Like every read it may hang. The
// error has everything that is wrong, as an *Error of Kind CannotWrite.
func (r *Resolved) ReadBases() error {
	r.bases = make(map[*profile.File]base)
	var problems []Problem
	for _, file := range r.based() {
		b, problem := r.readBase(file)
		if r.bases[file] = b; problem != nil {
			problem.Pos = file.Base.Pos
			problems = append(problems, *problem)
		}
	}
	return profile.AsError(CannotWrite, problems)
}

func (r *Resolved) readBase(file *profile.File) (base, *Problem) {
	name := file.Base.Text
	data, err := readRegular(name)
	if errors.Is(err, fs.ErrNotExist) {
		_, dangling := os.Lstat(name)
		if dangling != nil && file.BaseOptional {
			return base{}, nil
		}
		if dangling == nil {
			err = errors.New("it is a link to a file that is not there")
		} else {
			err = errors.New("there is no such file")
		}
		return base{bad: true}, &Problem{
			Code: "base-missing", What: fmt.Sprintf("read the base %s: %v", name, err),
			Fix: "install the agent's package in the image, or correct base; with base-optional: true a base may be missing",
		}
	}
	if err != nil {
		return base{bad: true}, &Problem{
			Code: "base-unreadable", What: fmt.Sprintf("read the base %s: %v", name, reason(err)),
			Fix: "name the config file that the agent's package installs",
		}
	}
	if target := r.targetOf(name); target != "" {
		return base{bad: true}, &Problem{
			Code: "base-written", What: fmt.Sprintf("the base %s is the file %s, which a boot writes: the next boot would take what this one wrote for the vendor's", name, target),
			Fix: "copy the vendor's file to another path in the image (COPY, cp), and name that as base",
		}
	}
	if _, err := format.Of(file.Format).Merge(data, nil); err != nil {
		return base{bad: true}, &Problem{
			Code: "base-invalid", What: fmt.Sprintf("read the base %s as %s: %v", name, file.Format, err),
			Fix: "correct the file, or the format of the profile's file",
		}
	}
	return base{data: data, there: true}, nil
}

// readRegular reads a regular file. It does not open anything else: an open of a pipe
// waits for a writer.
func readRegular(name string) ([]byte, error) {
	info, err := os.Stat(name)
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() {
		return nil, errors.New("it is not a regular file")
	}
	return secrets.ReadFile(name, maxBase)
}

// reason is an error of a system call without its name and path.
func reason(err error) error {
	var failed *fs.PathError
	if errors.As(err, &failed) {
		return failed.Err
	}
	return err
}

// targetOf finds the file of the profile that a base is; "": none. A link in the
// place of a file is replaced, so only the directories above are followed.
func (r *Resolved) targetOf(name string) string {
	name, err := filepath.EvalSymlinks(name)
	if err != nil {
		return ""
	}
	for i := range r.Profile.Files {
		target, problems := r.expandPath(r.Profile.Files[i].Path, "file path")
		if len(problems) > 0 {
			continue // Render reports them
		}
		dir, err := filepath.EvalSymlinks(filepath.Dir(target))
		if err == nil && filepath.Join(dir, filepath.Base(target)) == name {
			return target
		}
	}
	return ""
}
