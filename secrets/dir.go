package secrets

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// ReadDir reads each regular file of a directory as a parameter, byte for byte.
// Links are followed; one that leads nowhere is ignored and returned. Names that
// start with a dot, directories, pipes and devices are ignored. The error is an
// *Error. A file may have 1 MiB, the directory MaxListing.
//
// Kubernetes replaces the link ..data when a secret changes: all files are read
// from the directory that it names at one moment, so they belong together.
func ReadDir(dir string) (layer Layer, dangling []Dangling, err error) {
	const tries = 3
	for try := 1; ; try++ {
		layer, dangling, err = readDirOnce(dir)
		if err == nil || try == tries || !errors.Is(err, fs.ErrNotExist) {
			return layer, dangling, err
		}
	}
}

// A Dangling is a link in a directory of secrets that leads nowhere.
type Dangling struct {
	Path   string
	Target string // as the link has it
	Reason string // of the system
}

func readDirOnce(dir string) (Layer, []Dangling, error) {
	from := dir
	if data, err := filepath.EvalSymlinks(filepath.Join(dir, "..data")); err == nil {
		from = data
	}
	entries, err := list(from)
	if err != nil {
		return Layer{}, nil, dirError(CodeBadSecretsDir, "list", dir, err)
	}
	var parameters []Parameter
	var dangling []Dangling
	size := 0
	for _, entry := range entries {
		if strings.HasPrefix(entry.Name(), ".") {
			continue
		}
		name := filepath.Join(dir, entry.Name())
		p, ok, err := readFile(filepath.Join(from, entry.Name()))
		if reason, nowhere := leadsNowhere(filepath.Join(from, entry.Name()), err); nowhere {
			target, _ := os.Readlink(filepath.Join(from, entry.Name())) // empty if it was removed meanwhile
			dangling = append(dangling, Dangling{name, target, reason})
			continue
		}
		if err != nil {
			return Layer{}, nil, dirError(CodeUnreadableFile, "read", name, err)
		}
		if !ok {
			continue
		}
		if size += len(p.Value.Reveal()); size > MaxListing {
			return Layer{}, nil, dirError(CodeSecretTooLarge, "read", dir, &TooLargeError{"what its files hold", MaxListing})
		}
		p.Name, p.FullName = NormalizeName(entry.Name()), name
		parameters = append(parameters, p)
	}
	layer, err := NewLayer("dir:"+dir, parameters)
	return layer, dangling, err
}

// list is a directory's entries by name.
func list(dir string) ([]fs.DirEntry, error) {
	file, err := os.Open(dir)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	entries, err := file.ReadDir(maxEntries + 1)
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, err
	}
	if len(entries) > maxEntries {
		return nil, fmt.Errorf("it has more than %d entries", maxEntries)
	}
	slices.SortFunc(entries, func(a, b fs.DirEntry) int { return strings.Compare(a.Name(), b.Name()) })
	return entries, nil
}

// leadsNowhere says whether err means that path is a link to nothing. It does not
// if a file was removed after the directory was listed.
func leadsNowhere(path string, err error) (reason string, nowhere bool) {
	if reason = noSuchFile(err); reason == "" {
		return "", false
	}
	info, statErr := os.Lstat(path)
	return reason, statErr == nil && info.Mode()&fs.ModeSymlink != 0
}

// readFile reads one file. ok is false if it is not a regular file. It does not
// wait for the writer of a pipe.
func readFile(path string) (p Parameter, ok bool, err error) {
	info, err := os.Stat(path)
	if err != nil || !info.Mode().IsRegular() {
		return p, false, err
	}
	file, err := os.OpenFile(path, os.O_RDONLY|openNonblock, 0)
	if err != nil {
		return p, false, err
	}
	defer file.Close()
	data, err := ReadLimited(file, "the file", maxFile)
	if err != nil {
		return p, false, err
	}
	return Parameter{Value: NewValue(string(data)), Type: "file", LastModified: info.ModTime()}, true, nil
}

func dirError(code, op, resource string, err error) error {
	detail := err
	var large *TooLargeError
	if errors.As(err, &large) {
		code = CodeSecretTooLarge
	}
	var path *fs.PathError
	if errors.As(err, &path) {
		detail = path.Err
	}
	e := newError(code, op, resource, detail.Error())
	e.Err = err
	return e
}
