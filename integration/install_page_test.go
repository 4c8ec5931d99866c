//go:build linux

package integration

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/mod/module"
	"golang.org/x/mod/zip"

	"github.com/tsboot/tsboot/integration/require"
)

// TestInstallPage follows docs/install.md. The release is a snapshot of what is here, which curl's stand-in gives out under
// the page's names; dpkg's stand-in unpacks into a directory, so that the machine stays as it is.
func TestInstallPage(t *testing.T) {
	t.Parallel()
	require.Tools(t, "dpkg-deb", "man", "bash")
	repository := snapshot(t)
	page := pageWithGo(t, "docs/install.md")
	root := filepath.Join(page.Dir, "root")
	page.Stub("sudo", "#!/bin/sh\nexec \"$@\"\n")
	page.Stub("dpkg", fmt.Sprintf("#!/bin/sh\n[ $# = 2 ] && [ \"$1\" = -i ] && exec dpkg-deb -x \"$2\" %s\n", root))
	page.Stub("curl", fmt.Sprintf(`#!/bin/sh -eu
release=%s/dist/release
[ "$1" = -fsSLO ] && file=${2##*/} && [ "$2" = "https://github.com/tsboot/tsboot/releases/download/v1.2.3/$file" ]
case $file in
checksums.txt) sed -E 's/(tsboot|tswatch)_[^_]*_/\1_1.2.3_/' "$release/$file" >"$file" ;;
*) cp "$release/${file%%%%_*}"_*_"${file#*_1.2.3_}" "$file" ;;
esac
`, repository))
	page.Tool("tsboot", filepath.Join(root, "usr/bin/tsboot"))
	page.Tool("tswatch", filepath.Join(root, "usr/bin/tswatch"))
	manuals := []string{"MANPATH=" + root + "/usr/share/man", "MANWIDTH=80"}
	local := filepath.Join(root, "usr/local/bin")
	if err := os.MkdirAll(local, 0o755); err != nil {
		t.Fatal(err)
	}
	commands := page.Commands()
	download, deb, archive, source, install, completion, manual, second := commands[0], commands[1], commands[2], commands[3], commands[4], commands[5], commands[6], commands[7]
	page.Follow(download)
	wantInstalled(t, page.Follow(deb, manuals...))
	wantInstalled(t, page.Follow(archive.With("/usr/local/bin/tsboot", local+"/tsboot", "tsboot version", local+"/tsboot version")))
	wantInstalled(t, page.Follow(source.With("https://github.com/tsboot/tsboot\n", repository+"\n")))
	wantInstalled(t, page.Follow(install, moduleProxy(t, repository)...))
	page.Follow(completion)
	if script := readFile(t, filepath.Join(page.Dir, ".local/share/bash-completion/completions/tsboot")); !strings.Contains(script, "complete -o") {
		t.Errorf("the completion is %.200s", script)
	}
	page.Follow(manual)
	if printed := page.Follow(second, manuals...); !strings.Contains(printed, "tswatch "+releaseVersion+" ") {
		t.Errorf("the second program is not %s: %s", releaseVersion, printed)
	}
	if !fileExists(filepath.Join(root, "usr/share/doc/tswatch/examples/tsboot.service")) {
		t.Error("the page names a unit that is not in the package")
	}
}

// TestModuleZip: go install takes the module as a zip file, which may not hold every name that git does.
func TestModuleZip(t *testing.T) {
	t.Parallel()
	files, err := zip.CheckDir(must(t)(copyRepository()))
	if err == nil {
		err = files.Err()
	}
	if err != nil {
		t.Error(err)
	}
}

func wantInstalled(t *testing.T, printed string) {
	t.Helper()
	if !strings.Contains(printed, "tsboot "+releaseVersion+" ") {
		t.Errorf("the program is not %s: %s", releaseVersion, printed)
	}
}

// moduleProxy is an environment in which the go command finds a repository as the newest version of its module, and the
// modules that it needs in the cache of this machine. It extracts them to a cache of its own.
func moduleProxy(t *testing.T, repository string) []string {
	t.Helper()
	version := module.Version{Path: "github.com/tsboot/tsboot", Version: releaseVersion}
	proxy, home := t.TempDir(), t.TempDir()
	dir := filepath.Join(proxy, version.Path, "@v")
	writeFile(t, filepath.Join(dir, "list"), version.Version+"\n", 0o644)
	writeFile(t, filepath.Join(dir, version.Version+".info"), fmt.Sprintf(`{"Version": %q, "Time": "2026-01-01T00:00:00Z"}`, version.Version), 0o644)
	writeFile(t, filepath.Join(dir, version.Version+".mod"), readFile(t, filepath.Join(repository, "go.mod")), 0o644)
	file, err := os.Create(filepath.Join(dir, version.Version+".zip"))
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	tree := filepath.Join(t.TempDir(), "tree") // as git has it: without what was made there
	if err := inDir(repository, "git", "clone", "-q", repository, tree); err != nil {
		t.Fatal(err)
	}
	if err := zip.CreateFromDir(file, version, tree); err != nil {
		t.Fatal(err)
	}
	cache, err := exec.Command("go", "env", "GOMODCACHE").Output()
	if err != nil {
		t.Fatal(err)
	}
	return []string{
		"GOPROXY=file://" + proxy + ",file://" + strings.TrimSpace(string(cache)) + "/cache/download", "GOSUMDB=off",
		"GOPATH=" + home, "GOMODCACHE=" + filepath.Join(home, "mod"),
		"GOFLAGS=-modcacherw -trimpath", // a cache that can be removed; the compiled packages of the other tests
	}
}
