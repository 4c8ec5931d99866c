package secrets

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"golang.org/x/sys/unix"
)

// maxFile is what Kubernetes lets a secret hold.
const maxFile = 1 << 20

// readDir reads each regular file of a directory as a parameter, its bytes as
// they are. Links are followed; names that start with a dot, directories,
// pipes and devices are passed over.
//
// Kubernetes swaps the link ..data when a secret changes: all files are read
// from the directory that it names at one moment, so that they belong together.
func readDir(dir string) (Layer, error) {
	const tries = 3
	for try := 1; ; try++ {
		layer, err := readDirOnce(dir)
		if err == nil || try == tries || !errors.Is(err, fs.ErrNotExist) {
			return layer, err
		}
	}
}

func readDirOnce(dir string) (Layer, error) {
	from := dir
	if data, err := filepath.EvalSymlinks(filepath.Join(dir, "..data")); err == nil {
		from = data
	}
	entries, err := os.ReadDir(from)
	if err != nil {
		return Layer{}, dirError(CodeBadSecretsDir, "list", dir, err)
	}
	var parameters []Parameter
	for _, entry := range entries {
		if strings.HasPrefix(entry.Name(), ".") {
			continue
		}
		p, ok, err := readFile(filepath.Join(from, entry.Name()))
		if err != nil {
			return Layer{}, dirError(CodeUnreadableFile, "read", filepath.Join(dir, entry.Name()), err)
		}
		if ok {
			p.Name, p.FullName = NormalizeName(entry.Name()), filepath.Join(dir, entry.Name())
			parameters = append(parameters, p)
		}
	}
	return newLayer("dir:"+dir, parameters)
}

// readFile reads one file; ok is false for what is no regular file. It does
// not wait for the writer of a pipe.
func readFile(path string) (p Parameter, ok bool, err error) {
	info, err := os.Stat(path)
	if err != nil || !info.Mode().IsRegular() {
		return p, false, err
	}
	file, err := os.OpenFile(path, os.O_RDONLY|unix.O_NONBLOCK, 0)
	if err != nil {
		return p, false, err
	}
	defer file.Close()
	data, err := io.ReadAll(io.LimitReader(file, maxFile+1))
	if err != nil {
		return p, false, err
	}
	if len(data) > maxFile {
		return p, false, fmt.Errorf("it is larger than %d bytes", maxFile)
	}
	return Parameter{Value: NewValue(string(data)), Type: "file", LastModified: info.ModTime()}, true, nil
}

func dirError(code, doing, thing string, err error) error {
	answer := err
	var path *fs.PathError
	if errors.As(err, &path) {
		answer = path.Err
	}
	e := newError(code, doing, thing, answer.Error())
	e.Err = err
	return e
}
