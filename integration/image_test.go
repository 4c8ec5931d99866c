//go:build linux

package integration

import (
	"archive/tar"
	"debug/elf"
	"encoding/json"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/tsboot/tsboot/integration/require"
)

// imageVersion is what the image is told to call itself.
const imageVersion = "v0.0.0-it"

// tag names an image of this run; runs may share an engine. What is made is removed at the end.
func tag(kind string) string { return fmt.Sprintf("tsboot-it/%s:%d", kind, os.Getpid()) }

// image is the Dockerfile's, built without any registry on a stand-in for golang's image.
func image(t *testing.T) string {
	t.Helper()
	require.Tools(t, "docker", "root", "busybox")
	return must(t)(buildImage())
}

// agentOnImage is that image with a 2.x agent on top, as an operator's Dockerfile would make it.
func agentOnImage(t *testing.T) string {
	t.Helper()
	image(t)
	fakeAgentBinary(t)
	return must(t)(buildAgentImage())
}

var buildImage = sync.OnceValues(func() (string, error) {
	if err := importBuilder(); err != nil {
		return "", fmt.Errorf("import the builder: %w", err)
	}
	dir, err := buildContext()
	if err != nil {
		return "", err
	}
	whenDone(func() { removeImages(tag("tsboot")) })
	return tag("tsboot"), dockerBuild(dir, tag("tsboot"), "--build-arg", "BUILDER="+tag("builder"), "--build-arg", "VERSION="+imageVersion)
})

var buildAgentImage = sync.OnceValues(func() (string, error) {
	dir := filepath.Join(shared, "agent-context")
	if err := os.Mkdir(dir, 0o755); err != nil {
		return "", err
	}
	binary, err := buildFakeAgent()
	if err != nil {
		return "", err
	}
	if err := os.Link(binary, filepath.Join(dir, "fakeagent")); err != nil {
		return "", err
	}
	text := "FROM " + tag("tsboot") + "\nCOPY fakeagent /fakeagent\nRUN [\"/fakeagent\", \"install\", \"2\", \"/opt/threatstack\"]\n"
	if err := os.WriteFile(filepath.Join(dir, "Dockerfile"), []byte(text), 0o644); err != nil {
		return "", err
	}
	whenDone(func() { removeImages(tag("agent")) })
	return tag("agent"), dockerBuild(dir, tag("agent"))
})

func dockerBuild(dir, name string, args ...string) error {
	// A container's share of the processors is that of one process beside it; the build has many, and tests wait for it.
	shares := []string{"--cpu-shares", "16384"}
	cmd := exec.Command("docker", slices.Concat([]string{"build", "-q", "--network", "none", "-t", name}, shares, args, []string{dir})...)
	cmd.Env = append(os.Environ(), "DOCKER_BUILDKIT=0") // the one builder that every client and engine has
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("docker build %s: %w\n%s", name, err, out)
	}
	return nil
}

func removeImages(names ...string) {
	_ = exec.Command("docker", append([]string{"image", "rm", "-f"}, names...)...).Run()
}

// importBuilder makes an image with what the build stage uses of golang's: a shell, Go, a CA bundle.
func importBuilder() error {
	whenDone(func() { removeImages(tag("builder")) })
	goroot, err := exec.Command("go", "env", "GOROOT").Output()
	if err != nil {
		return err
	}
	busybox, err := exec.LookPath("busybox")
	if err != nil {
		return err
	}
	cmd := exec.Command("docker", "import", "-c", "ENV PATH=/usr/local/go/bin:/bin", "-c", "ENV GOTOOLCHAIN=local", "-c", "ENV HOME=/tmp",
		"-", tag("builder"))
	pipe, err := cmd.StdinPipe()
	if err != nil {
		return err
	}
	if err := cmd.Start(); err != nil {
		return err
	}
	archive := tar.NewWriter(pipe)
	err = tarFile(archive, "bin/busybox", busybox)
	for _, applet := range []string{"sh", "mkdir"} {
		if err == nil {
			err = archive.WriteHeader(&tar.Header{Name: "bin/" + applet, Linkname: "busybox", Typeflag: tar.TypeSymlink, Mode: 0o777})
		}
	}
	if err == nil {
		err = archive.WriteHeader(&tar.Header{Name: "tmp/", Typeflag: tar.TypeDir, Mode: 0o1777})
	}
	if err == nil {
		err = tarFile(archive, "etc/ssl/certs/ca-certificates.crt", "/etc/ssl/certs/ca-certificates.crt")
	}
	if err == nil {
		err = tarGoroot(archive, strings.TrimSpace(string(goroot)))
	}
	if err == nil {
		err = archive.Close()
	}
	_ = pipe.Close()
	if waitErr := cmd.Wait(); err == nil {
		err = waitErr
	}
	return err
}

// tarGoroot takes what a build needs of Go, without its tests.
func tarGoroot(archive *tar.Writer, goroot string) error {
	return filepath.WalkDir(goroot, func(file string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		name, _ := filepath.Rel(goroot, file)
		if entry.IsDir() {
			if slices.Contains([]string{"test", "api", "doc", "misc"}, name) || entry.Name() == "testdata" {
				return filepath.SkipDir
			}
			return nil
		}
		if strings.HasSuffix(name, "_test.go") || !entry.Type().IsRegular() {
			return nil
		}
		return tarFile(archive, "usr/local/go/"+name, file)
	})
}

func tarFile(archive *tar.Writer, name, file string) error {
	source, err := os.Open(file)
	if err != nil {
		return err
	}
	defer source.Close()
	info, err := source.Stat()
	if err != nil {
		return err
	}
	header := &tar.Header{Name: name, Typeflag: tar.TypeReg, Mode: int64(info.Mode().Perm()), Size: info.Size(), ModTime: info.ModTime()}
	if err := archive.WriteHeader(header); err != nil {
		return err
	}
	_, err = io.Copy(archive, source)
	return err
}

// buildContext copies what the repository holds (uncommitted changes too) and vendors the modules, since the build
// stage reaches no network.
func buildContext() (string, error) {
	top, err := require.ModuleRoot()
	if err != nil {
		return "", err
	}
	dir := filepath.Join(shared, "context")
	list := exec.Command("git", "ls-files", "-co", "--exclude-standard") // .dockerignore says what of it is sent
	list.Dir = top
	out, err := list.Output()
	if err != nil {
		return "", fmt.Errorf("list the repository's files: %w", err)
	}
	for name := range strings.Lines(string(out)) {
		if err := copyFile(filepath.Join(top, strings.TrimSpace(name)), filepath.Join(dir, strings.TrimSpace(name))); err != nil {
			return "", err
		}
	}
	return dir, inModule("go", "mod", "vendor", "-o", filepath.Join(dir, "vendor"))
}

func copyFile(from, to string) error {
	data, err := os.ReadFile(from)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(to), 0o755); err != nil {
		return err
	}
	return os.WriteFile(to, data, 0o644)
}

// testImage looks at the image itself: what is in it, and what it tells an engine.
func testImage(t *testing.T) {
	t.Parallel()
	name := image(t)
	var inspected []struct {
		Config struct {
			Entrypoint, Cmd, Shell []string
			StopSignal             string
			Labels                 map[string]string
		}
	}
	if err := json.Unmarshal([]byte(docker(t, "image", "inspect", name)), &inspected); err != nil {
		t.Fatal(err)
	}
	config := inspected[0].Config
	if !slices.Equal(config.Entrypoint, []string{"/tsboot"}) || len(config.Cmd) != 0 || len(config.Shell) != 0 || config.StopSignal != "SIGTERM" {
		t.Errorf("the engine is told %+v", config)
	}
	for label, want := range map[string]string{"title": "tsboot", "licenses": "Apache-2.0", "version": imageVersion} {
		if got := config.Labels["org.opencontainers.image."+label]; got != want {
			t.Errorf("label %s is %q, want %q", label, got, want)
		}
	}
	if out := docker(t, "run", "--rm", "--network", "none", name, "version"); !strings.Contains(out, imageVersion) {
		t.Errorf("version printed %q", out)
	}
	id := strings.TrimSpace(docker(t, "create", "--network", "none", name))
	t.Cleanup(func() { docker(t, "rm", "-f", id) })
	binary := filepath.Join(t.TempDir(), "tsboot")
	docker(t, "cp", id+":/tsboot", binary)
	wantStatic(t, binary)
	docker(t, "cp", id+":/etc/ssl/certs/ca-certificates.crt", filepath.Join(t.TempDir(), "ca"))
	for _, shell := range []string{"/bin/sh", "/bin/busybox", "/src", "/usr/local/go"} {
		if err := exec.Command("docker", "cp", id+":"+shell, filepath.Join(t.TempDir(), "found")).Run(); err == nil {
			t.Errorf("the image holds %s", shell)
		}
	}
}

func wantStatic(t *testing.T, binary string) {
	t.Helper()
	file, err := elf.Open(binary)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	for _, header := range file.Progs {
		if header.Type == elf.PT_INTERP {
			t.Error("the binary is not static")
		}
	}
}

// TestImageFlags holds the two places that know how to link tsboot to one another.
func TestImageFlags(t *testing.T) {
	t.Parallel()
	for _, flag := range []string{"-s -w", "-E=main.start", "-X=runtime.godebugDefault=asyncpreemptoff=1,clobberfree=1", "-X=main.forwardSIGURG=true", "-X=main.version=", "-trimpath", "CGO_ENABLED=0"} {
		for _, file := range []string{"../Makefile", "../Dockerfile"} {
			if !strings.Contains(readFile(t, file), flag) {
				t.Errorf("%s does not have %q", file, flag)
			}
		}
	}
}
