//go:build linux

package watch

import (
	"crypto/rand"
	"debug/elf"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/tsboot/tsboot/integration/executable"
	"github.com/tsboot/tsboot/integration/require"
	"github.com/tsboot/tsboot/integration/watch/rootfs"
)

// image makes an image with busybox, the stand-in by the names of the stories, and the shortest of all programs. Its tag is
// 1.27.
func image(t *testing.T) string {
	t.Helper()
	require.Tools(t, "docker", "busybox")
	busybox, err := exec.LookPath("busybox")
	if err != nil {
		t.Fatal(err)
	}
	files := []rootfs.File{{Path: "bin/busybox", Content: read(t, busybox)}}
	for _, name := range []string{"sh", "sleep"} {
		files = append(files, rootfs.File{Path: "bin/" + name, Symlink: "busybox"})
	}
	files = append(files, rootfs.File{Path: "usr/bin/standin", Content: read(t, built(t, standin))})
	for _, name := range []string{"apk", "curl", "scp", "burst"} {
		files = append(files, rootfs.File{Path: "usr/bin/" + name, Link: "usr/bin/standin"})
	}
	files = append(files, rootfs.File{Path: "usr/bin/tiny", Content: tiny(t, elf.ELFCLASS64)})
	name := "tswatch-it-" + strings.ToLower(rand.Text()) + ":1.27"
	if err := rootfs.Import(t.Context(), nil, name, files); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { docker(t, "rmi", name) })
	return name
}

func read(t *testing.T, path string) []byte {
	t.Helper()
	content, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return content
}

// tiny is the shortest of all programs.
func tiny(t *testing.T, class elf.Class) []byte {
	t.Helper()
	program, err := rootfs.Tiny(class)
	if err != nil {
		require.Missing(t, "amd64", err)
	}
	return program
}

// tinyFile is the shortest of all programs as a file of this machine that the user of the tests can start.
func tinyFile(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp(shared, "tiny.")
	if err == nil {
		err = os.Chmod(dir, 0o755)
	}
	path := filepath.Join(dir, "tiny")
	if err == nil {
		err = executable.WriteFile(path, tiny(t, elf.ELFCLASS64), 0o755)
	}
	if err != nil {
		t.Fatal(err)
	}
	return path
}

// docker runs one command of the client and returns what it printed.
func docker(t *testing.T, args ...string) string {
	t.Helper()
	var says strings.Builder
	cmd := exec.Command("docker", args...)
	cmd.Stderr = &says
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("docker %s: %v\n%s", strings.Join(args, " "), err, says.String())
	}
	return strings.TrimSpace(string(out))
}

// container starts a container of the user of the tests, which is there until the end of the test, and gives its id.
func container(t *testing.T, name, image string, options ...string) string {
	t.Helper()
	args := append([]string{"run", "-d", "--name", name, "--user", "54323"}, options...)
	id := docker(t, append(args, image, "sleep", "1000")...)
	t.Cleanup(func() { docker(t, "rm", "-f", name) })
	return id
}
