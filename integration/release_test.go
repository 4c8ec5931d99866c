//go:build linux

package integration

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/tsboot/tsboot/integration/require"
)

// releaseVersion is the tag of the commit that a snapshot is made of.
const releaseVersion = "v1.2.3"

// snapshot is a repository in which make snapshot was run.
func snapshot(t *testing.T) string {
	t.Helper()
	require.Tools(t, "goreleaser")
	return must(t)(makeSnapshot())
}

var makeSnapshot = sync.OnceValues(func() (string, error) {
	dir := filepath.Join(shared, "release/tsboot")
	if err := clone(dir, releaseVersion); err != nil {
		return "", err
	}
	return dir, inDir(dir, "make", "snapshot", "GORELEASER=goreleaser")
})

func inDir(dir, name string, args ...string) error {
	cmd := exec.Command(name, args...)
	cmd.Dir = dir
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("%s %s: %w\n%s", name, strings.Join(args, " "), err, out)
	}
	return nil
}

// releaseFile is the one file of a snapshot with this end.
func releaseFile(t *testing.T, dir, end string) string {
	t.Helper()
	found, err := filepath.Glob(filepath.Join(dir, "dist/release/tsboot_*"+end))
	if err != nil || len(found) != 1 {
		t.Fatalf("%s: %v, %v", end, found, err)
	}
	return found[0]
}

// TestRelease looks into what a release is made of.
func TestRelease(t *testing.T) {
	t.Parallel()
	dir := snapshot(t)
	manuals, err := filepath.Glob(filepath.Join(dir, "dist/man/tsboot*.1"))
	if err != nil || len(manuals) < 10 {
		t.Fatalf("manual pages: %v, %v", manuals, err)
	}
	for i := range manuals {
		manuals[i] = filepath.Base(manuals[i])
	}
	t.Run("configuration", func(t *testing.T) {
		if err := inDir(dir, "make", "release-check", "GORELEASER=goreleaser"); err != nil {
			t.Error(err)
		}
	})
	for _, platform := range []string{"linux_amd64", "linux_arm64", "darwin_arm64"} {
		t.Run(platform+" archive", func(t *testing.T) {
			out, err := exec.Command("tar", "-tzf", releaseFile(t, dir, platform+".tar.gz")).Output()
			if err != nil {
				t.Fatal(err)
			}
			want := []string{"tsboot", "LICENSE", "README.md", "CHANGELOG.md", "SECURITY.md", "completions/tsboot.bash", "completions/tsboot.zsh", "completions/tsboot.fish"}
			wantFiles(t, string(out), ".tar.gz", append(want, withPrefix("man/", manuals)...))
		})
	}
	files := []string{"bin/tsboot", "share/bash-completion/completions/tsboot", "share/fish/vendor_completions.d/tsboot.fish",
		"share/doc/tsboot/README.md", "share/doc/tsboot/SECURITY.md", "share/doc/tsboot/docs/signals.md", "share/doc/tsboot/examples/tsboot.service"}
	files = append(files, withPrefix("share/man/man1/", manuals)...)
	for _, arch := range []string{"amd64", "arm64"} {
		t.Run("deb of "+arch, func(t *testing.T) {
			require.Tools(t, "dpkg-deb")
			out, err := exec.Command("dpkg-deb", "-c", releaseFile(t, dir, arch+".deb")).Output()
			if err != nil {
				t.Fatal(err)
			}
			wantFiles(t, string(out), "usr", append(files, "share/zsh/vendor-completions/_tsboot", "share/doc/tsboot/copyright"))
		})
		t.Run("rpm of "+arch, func(t *testing.T) {
			require.Tools(t, "rpm")
			out, err := exec.Command("rpm", "-qlp", releaseFile(t, dir, arch+".rpm")).Output()
			if err != nil {
				t.Fatal(err)
			}
			wantFiles(t, string(out), "usr", append(files, "share/zsh/site-functions/_tsboot", "share/licenses/tsboot/LICENSE"))
		})
	}
	t.Run("program", func(t *testing.T) {
		require.Tools(t, "dpkg-deb")
		root := t.TempDir()
		if err := inDir(root, "dpkg-deb", "-x", releaseFile(t, dir, runtime.GOARCH+".deb"), root); err != nil {
			t.Fatal(err)
		}
		program := filepath.Join(root, "usr/bin/tsboot")
		wantStatic(t, program)
		out, err := exec.Command(program, "version").Output()
		if want := fmt.Sprintf("tsboot %s %s linux/%s\n", releaseVersion, runtime.Version(), runtime.GOARCH); err != nil || string(out) != want {
			t.Errorf("version printed %q, %v: want %q", out, err, want)
		}
		image := filepath.Join(dir, "dist/image/tree/linux", runtime.GOARCH, "tsboot")
		if readFile(t, program) != readFile(t, image) {
			t.Error("the program of the package is not the image's: they are linked with other flags")
		}
	})
	t.Run("again", func(t *testing.T) { wantSameRelease(t, dir) })
}

// wantFiles holds a list of paths to those that must be there, each below a directory whose name ends so.
func wantFiles(t *testing.T, list, top string, want []string) {
	t.Helper()
	var found []string
	for line := range strings.Lines(list) {
		path := strings.TrimSpace(line)
		path = path[strings.LastIndex(path, " ")+1:]
		if top == ".tar.gz" { // one directory, named as the archive
			_, path, _ = strings.Cut(path, "/")
		} else {
			path = strings.TrimPrefix(strings.TrimPrefix(strings.TrimPrefix(path, "."), "/"), top+"/")
		}
		found = append(found, path)
	}
	for _, path := range want {
		if !slices.Contains(found, path) {
			t.Errorf("it lacks %s: it has\n%s", path, strings.Join(found, "\n"))
		}
	}
}

func withPrefix(prefix string, names []string) []string {
	var all []string
	for _, name := range names {
		all = append(all, prefix+name)
	}
	return all
}

// wantSameRelease makes archives and packages a second time, in another directory, and compares their digests. The manual
// pages are those of the first time; the image and the SBOM have tests of their own.
func wantSameRelease(t *testing.T, first string) {
	t.Helper()
	second := filepath.Join(t.TempDir(), "another/place")
	if err := inDir(first, "git", "clone", "-q", first, second); err != nil {
		t.Fatal(err)
	}
	for _, made := range []string{"man", "completions", "image"} {
		if err := os.CopyFS(filepath.Join(second, "dist", made), os.DirFS(filepath.Join(first, "dist", made))); err != nil {
			t.Fatal(err)
		}
	}
	if err := inDir(second, "goreleaser", "release", "--snapshot", "--clean", "--skip=before,sbom"); err != nil {
		t.Fatal(err)
	}
	digests := regexp.MustCompile(`(?m)^.*(\.tar\.gz|\.deb|\.rpm)$`)
	one := digests.FindAllString(readFile(t, filepath.Join(first, "dist/release/checksums.txt")), -1)
	other := digests.FindAllString(readFile(t, filepath.Join(second, "dist/release/checksums.txt")), -1)
	if len(one) != 7 || !slices.Equal(one, other) {
		t.Errorf("one release is\n%s\nanother\n%s", strings.Join(one, "\n"), strings.Join(other, "\n"))
	}
}
