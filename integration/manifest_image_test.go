//go:build linux

package integration

import (
	"archive/tar"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"testing"
)

// agentImage is an image with tsboot and real programs of this machine, with the libraries that they are linked to.
type agentImage struct {
	kind        string
	programs    []string       // tsboot is there, too
	directories map[string]int // with their owners
	root        string         // a directory whose files are in it, too
	uid         int            // who runs in it
}

var libraryPath = regexp.MustCompile(`/\S+`)

// make imports the image without any registry.
func (a *agentImage) make(t *testing.T) string {
	t.Helper()
	name := tag(a.kind)
	cmd := exec.Command("docker", "import", "-c", fmt.Sprintf("USER %d", a.uid), "-c", `ENTRYPOINT ["/tsboot"]`, "-", name)
	pipe, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { removeImages(name) })
	archive := tar.NewWriter(pipe)
	if err := errors.Join(a.write(t, archive), archive.Close(), pipe.Close(), cmd.Wait()); err != nil {
		t.Fatal(err)
	}
	return name
}

func (a *agentImage) write(t *testing.T, archive *tar.Writer) error {
	t.Helper()
	if a.root != "" {
		if err := archive.AddFS(os.DirFS(a.root)); err != nil {
			return err
		}
	}
	files := map[string]string{"tsboot": tsbootBinary(t), "etc/passwd": "/etc/passwd", "etc/group": "/etc/group"}
	for _, program := range a.programs {
		files[program[1:]] = program
		libraries, err := exec.Command("ldd", program).Output()
		if err != nil {
			return fmt.Errorf("ldd %s: %w", program, err)
		}
		for _, library := range libraryPath.FindAllString(string(libraries), -1) {
			if library == program+":" {
				continue
			}
			files[library[1:]] = library
			if filepath.Base(library) == "libc.so.6" { // it opens this one itself, when a thread ends
				gcc := filepath.Join(filepath.Dir(library), "libgcc_s.so.1")
				files[gcc[1:]] = gcc
			}
		}
	}
	names := []string{}
	for dir, uid := range a.directories {
		header := &tar.Header{Name: dir[1:], Typeflag: tar.TypeDir, Mode: 0o755, Uid: uid, Gid: uid}
		if dir == "/tmp" { // runc gives a tmpfs the mode that the directory has in the image
			header.Mode = 0o1777
		}
		if err := archive.WriteHeader(header); err != nil {
			return err
		}
	}
	for name := range files {
		names = append(names, name)
	}
	slices.Sort(names)
	for _, name := range names {
		file, err := filepath.EvalSymlinks(files[name])
		if err != nil {
			return err
		}
		data, err := os.ReadFile(file)
		if err != nil {
			return err
		}
		if err := archive.WriteHeader(&tar.Header{Name: name, Typeflag: tar.TypeReg, Mode: 0o755, Size: int64(len(data))}); err != nil {
			return err
		}
		if _, err := archive.Write(data); err != nil {
			return err
		}
	}
	return nil
}
