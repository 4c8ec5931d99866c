package metrics

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// fileMode lets node_exporter read the file, which runs as another user. Nothing in it is secret.
const fileMode = 0o644

// The name of a temporary file is hidden and does not end with ".prom": the collector does not read it.
const (
	tempPrefix = "."
	tempSuffix = ".tmp"
)

// errNoFile keeps a device or a pipe from being replaced.
var errNoFile = errors.New("it is not a regular file")

// replace puts data in place of the file as a whole: who reads it meanwhile sees the old or the new one. A symbolic link
// at path is replaced, not followed. Nothing is synced to the disk: after a crash of the machine the numbers are of no use,
// and a sync would wait for the disk.
func replace(path string, data []byte) (err error) {
	if info, err := os.Lstat(path); err == nil && !info.Mode().IsRegular() && info.Mode().Type() != fs.ModeSymlink {
		return fmt.Errorf("replace %q: %w", path, errNoFile)
	}
	dir, name := filepath.Split(path)
	temp, err := os.CreateTemp(dir, tempPrefix+name+".*"+tempSuffix)
	if err != nil {
		return fmt.Errorf("create a file in %q: %w", dir, cause(err))
	}
	defer func() {
		if err != nil {
			_ = os.Remove(temp.Name())
		}
	}()
	_, err = temp.Write(data)
	if err == nil {
		err = temp.Chmod(fileMode)
	}
	if closed := temp.Close(); err == nil {
		err = closed
	}
	if err != nil {
		return fmt.Errorf("write a file in %q: %w", dir, cause(err))
	}
	if err := os.Rename(temp.Name(), path); err != nil {
		return fmt.Errorf("move the new file to %q: %w", path, cause(err))
	}
	return nil
}

// removeLeftovers removes the temporary files of a tsboot that was killed while it wrote this file.
func removeLeftovers(path string) {
	dir, name := filepath.Split(path)
	entries, _ := os.ReadDir(dir) // where there is no such directory, writing says so
	for _, entry := range entries {
		random, ours := strings.CutPrefix(entry.Name(), tempPrefix+name+".")
		random, temporary := strings.CutSuffix(random, tempSuffix)
		if ours && temporary && strings.Trim(random, "0123456789") == "" {
			_ = os.Remove(filepath.Join(dir, entry.Name()))
		}
	}
}

// cause is what the system answered, without the name of the temporary file, which is another one each time.
func cause(err error) error {
	var path *fs.PathError
	var link *os.LinkError
	switch {
	case errors.As(err, &path):
		return path.Err
	case errors.As(err, &link):
		return link.Err
	}
	return err
}
