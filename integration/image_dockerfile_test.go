//go:build linux

package integration

import (
	"archive/tar"
	"crypto/sha256"
	"fmt"
	"io"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/tsboot/tsboot/integration/require"
)

// testDockerfile: who has only Docker gets the same files and labels as make image gives, by both builders. Go in the build
// stage is a stand-in, because a build from nothing takes minutes: what it would do is done here, with what the engine takes
// of the repository.
func testDockerfile(t *testing.T) {
	t.Parallel()
	name := image(t)
	one, files := inspectImage(t, name), filesOfImage(t, name)
	dir := contextOfDocker(t)
	tree := filepath.Join(t.TempDir(), "tree")
	run := exec.Command("go", "run", "./release/tree", "-version", imageVersion, "-created", "0", "-o", tree, "tsboot")
	run.Dir = dir
	if out, err := run.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	importBuilder(t, tree)

	for builder, build := range map[string]func(t *testing.T, dir, name string, args ...string){"legacy": legacyBuild, "buildkit": kitBuild} {
		t.Run(builder, func(t *testing.T) {
			built := tag("dockerfile-" + builder)
			t.Cleanup(func() { removeImages(built) })
			labels := one.Config.Labels
			build(t, dir, built, "--build-arg", "BUILDER="+tag("builder"), "--build-arg", "VERSION="+imageVersion,
				"--build-arg", "REVISION="+labels[imageLabel+"revision"], "--build-arg", "CREATED="+labels[imageLabel+"created"])
			if other := inspectImage(t, built); !one.sameAs(other) {
				t.Errorf("make image gives\n%+v\nthe Dockerfile\n%+v", one, other)
			}
			if other := filesOfImage(t, built); !maps.Equal(files, other) {
				t.Errorf("make image gives the files\n%v\nthe Dockerfile\n%v", files, other)
			}
		})
	}
}

func legacyBuild(t *testing.T, dir, name string, args ...string) {
	t.Helper()
	if err := dockerBuild(dir, name, args...); err != nil {
		t.Fatal(err)
	}
}

func kitBuild(t *testing.T, dir, name string, args ...string) {
	t.Helper()
	cmd := exec.Command(require.BuildKit(t), slices.Concat([]string{"build", "-q", "--network", "none", "-t", name}, args, []string{dir})...)
	cmd.Env = append(os.Environ(), "DOCKER_BUILDKIT=1")
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
}

// contextOfDocker is a directory with what an engine takes of the repository: .dockerignore holds back the rest.
func contextOfDocker(t *testing.T) string {
	t.Helper()
	recipe := writeFile(t, filepath.Join(t.TempDir(), "Dockerfile"), "FROM scratch\nCOPY . /src/\n", 0o644)
	name, dir := tag("context"), t.TempDir()
	t.Cleanup(func() { removeImages(name) })
	legacyBuild(t, must(t)(copyRepository()), name, "-f", recipe)
	id := strings.TrimSpace(docker(t, "create", "--network", "none", name, "none"))
	defer docker(t, "rm", "-f", id)
	docker(t, "cp", id+":/src/.", dir)
	if err := copyFile("../Dockerfile", filepath.Join(dir, "Dockerfile")); err != nil {
		t.Fatal(err)
	}
	return dir
}

// filesOfImage are the digests and modes of an image's files by name.
func filesOfImage(t *testing.T, name string) map[string]string {
	t.Helper()
	id := strings.TrimSpace(docker(t, "create", "--network", "none", name))
	defer docker(t, "rm", "-f", id)
	cmd := exec.Command("docker", "export", id)
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	files := map[string]string{}
	archive := tar.NewReader(out)
	for {
		header, err := archive.Next()
		if err == io.EOF {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		digest := sha256.New()
		if _, err := io.Copy(digest, archive); err != nil {
			t.Fatal(err)
		}
		if header.Typeflag == tar.TypeReg && header.Size > 0 { // the engine adds empty ones
			files[header.Name] = fmt.Sprintf("%v %d:%d %x", header.FileInfo().Mode(), header.Uid, header.Gid, digest.Sum(nil))
		}
	}
	if err := cmd.Wait(); err != nil {
		t.Fatal(err)
	}
	return files
}

// importBuilder makes an image with what the build stage uses of golang's: a shell, and a Go that knows one command.
func importBuilder(t *testing.T, tree string) {
	t.Helper()
	root := t.TempDir()
	busyboxRoot(t, root, "sh", "cp")
	writeFile(t, filepath.Join(root, "bin/go"), fmt.Sprintf(`#!/bin/sh
[ "$*" = "run ./release/tree -version %s -created 0 -o /out tsboot" ] || { echo "asked for $*"; exit 1; }
[ -e go.mod ] && [ -e release/tree/main.go ] && [ "$CGO_ENABLED" = 0 ] && exec cp -a /tree /out
`, imageVersion), 0o755)
	if err := os.CopyFS(filepath.Join(root, "tree"), os.DirFS(tree)); err != nil {
		t.Fatal(err)
	}
	importImage(t, tag("builder"), "-C", root, ".")
}

// busyboxRoot puts a busybox and links of its applets into a root directory.
func busyboxRoot(t *testing.T, root string, applets ...string) {
	t.Helper()
	require.Tools(t, "busybox")
	busybox, err := exec.LookPath("busybox")
	if err != nil {
		t.Fatal(err)
	}
	writeFile(t, filepath.Join(root, "bin/busybox"), readFile(t, busybox), 0o755)
	for _, applet := range applets {
		if err := os.Symlink("busybox", filepath.Join(root, "bin", applet)); err != nil {
			t.Fatal(err)
		}
	}
}

// importImage makes an image of the files that tar is told to take.
func importImage(t *testing.T, name string, files ...string) {
	t.Helper()
	t.Cleanup(func() { removeImages(name) })
	archive := filepath.Join(t.TempDir(), "root.tar")
	if out, err := exec.Command("tar", append([]string{"--owner=0", "--group=0", "-cf", archive}, files...)...).CombinedOutput(); err != nil {
		t.Fatalf("tar: %v: %s", err, out)
	}
	docker(t, "import", "-c", "ENV PATH=/usr/sbin:/usr/bin:/sbin:/bin", archive, name)
}

// copyRepository makes a copy of what the repository holds, uncommitted changes too, that tests share: a place without git.
var copyRepository = sync.OnceValues(func() (string, error) {
	dir := filepath.Join(shared, "copy")
	return dir, copyRepositoryTo(dir)
})

func copyRepositoryTo(dir string) error {
	top, err := require.ModuleRoot()
	if err != nil {
		return err
	}
	list := exec.Command("git", "ls-files", "-co", "--exclude-standard")
	list.Dir = top
	out, err := list.Output()
	if err != nil {
		return fmt.Errorf("list the repository's files: %w", err)
	}
	for name := range strings.Lines(string(out)) {
		name = strings.TrimSpace(name)
		err := copyFile(filepath.Join(top, name), filepath.Join(dir, name))
		if err != nil && !os.IsNotExist(err) { // one that was removed, and git does not know it yet
			return err
		}
	}
	return nil
}

func copyFile(from, to string) error {
	data, err := os.ReadFile(from)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(to), 0o755); err != nil {
		return err
	}
	info, err := os.Stat(from)
	if err != nil {
		return err
	}
	return os.WriteFile(to, data, info.Mode().Perm())
}
