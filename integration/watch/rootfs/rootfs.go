// Package rootfs makes the images that tswatch is tested and measured with, from files of this machine: no registry is asked.
package rootfs

import (
	"archive/tar"
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
)

// A File is an executable file of an image.
type File struct {
	Path    string // without the first /
	Content []byte
	Symlink string // in place of the content: a name in the same directory
	Link    string // in place of the content: another path of the image
}

// Archive is a root directory with the files.
func Archive(files []File) ([]byte, error) {
	var archive bytes.Buffer
	w := tar.NewWriter(&archive)
	for _, f := range files {
		h := tar.Header{Name: f.Path, Mode: 0o755, Size: int64(len(f.Content))}
		switch {
		case f.Symlink != "":
			h.Typeflag, h.Linkname = tar.TypeSymlink, f.Symlink
		case f.Link != "":
			h.Typeflag, h.Linkname = tar.TypeLink, f.Link
		}
		if err := w.WriteHeader(&h); err != nil {
			return nil, err
		}
		if _, err := w.Write(f.Content); err != nil {
			return nil, err
		}
	}
	err := w.Close()
	return archive.Bytes(), err
}

// Import makes an image of the files, by the client of Docker with the variables. The name is NAME:TAG.
func Import(ctx context.Context, environ []string, name string, files []File) error {
	archive, err := Archive(files)
	if err != nil {
		return err
	}
	cmd := exec.CommandContext(ctx, "docker", "import", "-c", "ENV PATH=/usr/bin:/bin", "-", name)
	cmd.Env, cmd.Stdin = append(os.Environ(), environ...), bytes.NewReader(archive)
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("import the image %s: %w\n%s", name, err, out)
	}
	return nil
}
