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

// releaseFile is the one file of a program in a snapshot with this end.
func releaseFile(t *testing.T, dir, program, end string) string {
	t.Helper()
	found, err := filepath.Glob(filepath.Join(dir, "dist/release", program+"_*"+end))
	if err != nil || len(found) != 1 {
		t.Fatalf("%s, %s: %v, %v", program, end, found, err)
	}
	return found[0]
}

// released is what a release has of a program.
type released struct {
	program        string
	archive, share []string // beside program, completions, manual pages: in the archive, and in the packages below usr/share
	manuals        int      // at least
	image          string   // the directory of its image
}

var allReleased = []released{
	{
		program: "tsboot", manuals: 10, image: "dist/image",
		archive: []string{"LICENSE", "README.md", "CHANGELOG.md", "SECURITY.md"},
		share:   []string{"doc/tsboot/README.md", "doc/tsboot/SECURITY.md", "doc/tsboot/docs/signals.md", "doc/tsboot/examples/tsboot.service"},
	},
	{
		program: "tswatch", manuals: 5, image: "dist/image-tswatch",
		archive: []string{"LICENSE", "CHANGELOG.md", "SECURITY.md", "docs/watch.md", "docs/watch-events.md"},
		share:   []string{"doc/tswatch/SECURITY.md", "doc/tswatch/docs/watch.md", "doc/tswatch/docs/watch-rules.md", "doc/tswatch/examples/tsboot.service"},
	},
}

// TestRelease looks into what a release is made of.
func TestRelease(t *testing.T) {
	t.Parallel()
	dir := snapshot(t)
	t.Run("configuration", func(t *testing.T) {
		if err := inDir(dir, "make", "release-check", "GORELEASER=goreleaser"); err != nil {
			t.Error(err)
		}
	})
	for _, r := range allReleased {
		t.Run(r.program, func(t *testing.T) { r.want(t, dir) })
	}
	t.Run("again", func(t *testing.T) { wantSameRelease(t, dir) })
}

// want looks at archives, packages, SBOMs and images of the program.
func (r *released) want(t *testing.T, dir string) {
	manuals, err := filepath.Glob(filepath.Join(dir, "dist/man", r.program+"*.1"))
	if err != nil || len(manuals) < r.manuals {
		t.Fatalf("manual pages: %v, %v", manuals, err)
	}
	for i := range manuals {
		manuals[i] = filepath.Base(manuals[i])
	}
	completions := []string{r.program + ".bash", r.program + ".zsh", r.program + ".fish"}
	for _, platform := range []string{"linux_amd64", "linux_arm64", "darwin_arm64"} {
		t.Run(platform+" archive", func(t *testing.T) {
			out, err := exec.Command("tar", "-tzf", releaseFile(t, dir, r.program, platform+".tar.gz")).Output()
			if err != nil {
				t.Fatal(err)
			}
			want := slices.Concat([]string{r.program}, r.archive, withPrefix("completions/", completions), withPrefix("man/", manuals))
			wantFiles(t, string(out), ".tar.gz", want, r.other())
			if sbom := readFile(t, releaseFile(t, dir, r.program, platform+".cdx.json")); !strings.Contains(sbom, `"name": "`+r.program+`"`) {
				t.Errorf("the SBOM is of something else: %.400s", sbom)
			}
		})
	}
	files := append(withPrefix("share/", r.share), "bin/"+r.program, "share/bash-completion/completions/"+r.program, "share/fish/vendor_completions.d/"+r.program+".fish")
	files = append(files, withPrefix("share/man/man1/", manuals)...)
	for _, arch := range []string{"amd64", "arm64"} {
		t.Run("deb of "+arch, func(t *testing.T) {
			require.Tools(t, "dpkg-deb")
			out, err := exec.Command("dpkg-deb", "-c", releaseFile(t, dir, r.program, arch+".deb")).Output()
			if err != nil {
				t.Fatal(err)
			}
			wantFiles(t, string(out), "usr", append(files, "share/zsh/vendor-completions/_"+r.program, "share/doc/"+r.program+"/copyright"), r.other())
		})
		t.Run("rpm of "+arch, func(t *testing.T) {
			require.Tools(t, "rpm")
			out, err := exec.Command("rpm", "-qlp", releaseFile(t, dir, r.program, arch+".rpm")).Output()
			if err != nil {
				t.Fatal(err)
			}
			wantFiles(t, string(out), "usr", append(files, "share/zsh/site-functions/_"+r.program, "share/licenses/"+r.program+"/LICENSE"), r.other())
		})
		t.Run("image of "+arch, func(t *testing.T) {
			if tags := archiveTags(t, releaseImage(t, dir, r, arch)); !slices.Equal(tags, []string{r.program + ":" + releaseVersion}) {
				t.Errorf("it is called %q", tags)
			}
		})
	}
	t.Run("program", func(t *testing.T) { r.wantProgram(t, dir) })
}

// other is the program that has a package of its own: two packages with one file cannot be installed together.
func (r *released) other() []string {
	for _, o := range allReleased {
		if o.program != r.program {
			return []string{o.program, "bin/" + o.program, "man/" + o.program + ".1", "share/man/man1/" + o.program + ".1", "share/bash-completion/completions/" + o.program}
		}
	}
	return nil
}

// releaseImage is the file of which the release has a copy under the name of the version; a snapshot only has its digest.
func releaseImage(t *testing.T, dir string, r *released, arch string) string {
	t.Helper()
	name := regexp.MustCompile(`(?m)^[0-9a-f]{64}  ` + r.program + `_\S+_linux_` + arch + `\.image\.tar$`)
	if sums := readFile(t, filepath.Join(dir, "dist/release/checksums.txt")); !name.MatchString(sums) {
		t.Errorf("checksums.txt does not have the image:\n%s", sums)
	}
	return filepath.Join(dir, r.image, "linux-"+arch+".tar")
}

// wantProgram looks at the program of the package.
func (r *released) wantProgram(t *testing.T, dir string) {
	require.Tools(t, "dpkg-deb")
	root := t.TempDir()
	if err := inDir(root, "dpkg-deb", "-x", releaseFile(t, dir, r.program, runtime.GOARCH+".deb"), root); err != nil {
		t.Fatal(err)
	}
	program := filepath.Join(root, "usr/bin", r.program)
	wantStatic(t, program)
	out, err := exec.Command(program, "version").Output()
	if want := fmt.Sprintf("%s %s %s linux/%s\n", r.program, releaseVersion, runtime.Version(), runtime.GOARCH); err != nil || string(out) != want {
		t.Errorf("version printed %q, %v: want %q", out, err, want)
	}
	image := filepath.Join(dir, r.image, "tree/linux", runtime.GOARCH, r.program)
	if readFile(t, program) != readFile(t, image) {
		t.Error("the program of the package is not the image's: they are linked with other flags")
	}
}

// wantFiles holds a list of paths, each below a directory whose name ends so, to those that must be there and must not.
func wantFiles(t *testing.T, list, top string, want, not []string) {
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
	for _, path := range not {
		if slices.Contains(found, path) {
			t.Errorf("it has %s", path)
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

// wantSameRelease makes archives and packages of one platform a second time, in another directory, and compares their digests.
// Manual pages and documentation are those of the first time; the image and the SBOM have tests of their own.
func wantSameRelease(t *testing.T, first string) {
	t.Helper()
	second := filepath.Join(t.TempDir(), "another/place")
	if err := inDir(first, "git", "clone", "-q", first, second); err != nil {
		t.Fatal(err)
	}
	for _, made := range []string{"man", "completions", "pages", "image", "image-tswatch"} {
		if err := os.CopyFS(filepath.Join(second, "dist", made), os.DirFS(filepath.Join(first, "dist", made))); err != nil {
			t.Fatal(err)
		}
	}
	const all = "targets: [linux_amd64, linux_arm64, darwin_arm64]"
	text := readFile(t, filepath.Join(first, ".goreleaser.yaml"))
	if strings.Count(text, all) != len(allReleased) {
		t.Fatalf(".goreleaser.yaml does not have %q for each program", all)
	}
	config := writeFile(t, filepath.Join(t.TempDir(), "one.yaml"), strings.ReplaceAll(text, all, "targets: [linux_amd64]"), 0o600)
	if err := inDir(second, "goreleaser", "release", "--config", config, "--snapshot", "--clean", "--skip=before,sbom"); err != nil {
		t.Fatal(err)
	}
	digests := regexp.MustCompile(`(?m)^.*_linux_amd64(\.tar\.gz|\.deb|\.rpm)$`)
	one := digests.FindAllString(readFile(t, filepath.Join(first, "dist/release/checksums.txt")), -1)
	other := digests.FindAllString(readFile(t, filepath.Join(second, "dist/release/checksums.txt")), -1)
	if len(one) != 3*len(allReleased) || !slices.Equal(one, other) {
		t.Errorf("one release is\n%s\nanother\n%s", strings.Join(one, "\n"), strings.Join(other, "\n"))
	}
}
