//go:build linux

package integration

import (
	"archive/tar"
	"encoding/json"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
)

// makeImage runs make image in a directory with an engine that only says what it is called with. It gives the line that
// names the image, and the lines of these calls.
func makeImage(t *testing.T, dir, files string, args ...string) (names string, calls []string) {
	t.Helper()
	engine := writeFile(t, filepath.Join(t.TempDir(), "docker"), "#!/bin/sh\necho \"docker $*\"\n", 0o755)
	cmd := exec.Command("make", append([]string{"-s", "-C", dir, "image", "IMAGEDIR=" + files, "DOCKER=" + engine}, args...)...)
	cmd.Stderr = os.Stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%v: %v: %s", args, err, out)
	}
	for line := range strings.Lines(string(out)) {
		switch {
		case strings.HasPrefix(line, "linux/"):
			names = strings.TrimSpace(line)
		case strings.HasPrefix(line, "docker "):
			calls = append(calls, strings.TrimSpace(line))
		}
	}
	return names, calls
}

// TestMakeImageTags: the README's next step begins with FROM tsboot, which means tsboot:latest.
func TestMakeImageTags(t *testing.T) {
	t.Parallel()
	for image, args := range map[string][]string{
		"tsboot:" + imageVersion:        nil,
		"registry.example/sec/tsboot:7": {"IMAGE=registry.example/sec/tsboot:7"},
	} {
		files := t.TempDir()
		_, calls := makeImage(t, "..", files, append(args, "VERSION="+imageVersion)...)
		archive := filepath.Join(files, "linux-"+runtime.GOARCH+".tar")
		want := []string{"docker load -i " + archive, "docker tag " + image + " tsboot:latest"}
		if !slices.Equal(calls, want) {
			t.Errorf("the engine is called with %q, want %q", calls, want)
		}
		if tags := archiveTags(t, archive); !slices.Equal(tags, []string{image}) {
			t.Errorf("the archive names %q, want %s", tags, image)
		}
	}
}

// TestMakeImageOfTswatch: it has its own names and directory, and boots tswatch.
func TestMakeImageOfTswatch(t *testing.T) {
	t.Parallel()
	cmd := exec.Command("make", "-n", "-C", "..", "image-tswatch", "VERSION="+imageVersion, "DOCKER=engine")
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	for _, words := range []string{" tsboot tswatch", "-profile 'tswatch'", "-o 'dist/image-tswatch'",
		"engine tag tswatch:" + imageVersion + " tswatch:latest"} {
		if !strings.Contains(string(out), words) {
			t.Errorf("make image-tswatch does not say %q:\n%s", words, out)
		}
	}
}

// archiveTags are the names that an archive gives to its image.
func archiveTags(t *testing.T, file string) []string {
	t.Helper()
	source, err := os.Open(file)
	if err != nil {
		t.Fatal(err)
	}
	defer source.Close()
	archive := tar.NewReader(source)
	for {
		header, err := archive.Next()
		if err == io.EOF {
			t.Fatalf("%s has no manifest.json", file)
		}
		if err != nil {
			t.Fatal(err)
		}
		if header.Name != "manifest.json" {
			continue
		}
		var manifest []struct{ RepoTags []string }
		if err := json.NewDecoder(archive).Decode(&manifest); err != nil {
			t.Fatal(err)
		}
		return manifest[0].RepoTags
	}
}

// TestImageIsReproducible: a second build of the same files, in another directory and without git, has the same digest. Only what the image says of its commit is given.
func TestImageIsReproducible(t *testing.T) {
	t.Parallel()
	commit := []string{"VERSION=" + imageVersion, "REVISION=0123abc", "SOURCE_DATE_EPOCH=1700000000"}
	first, files := t.TempDir(), t.TempDir()
	one, _ := makeImage(t, "..", first, commit...)
	other, _ := makeImage(t, must(t)(copyRepository()), files, commit...)
	if one != other || !strings.HasPrefix(one, "linux/"+runtime.GOARCH+" digest=sha256:") {
		t.Errorf("one build gives\n%s\nanother\n%s", one, other)
	}
	archive := "linux-" + runtime.GOARCH + ".tar"
	if readFile(t, filepath.Join(first, archive)) != readFile(t, filepath.Join(files, archive)) {
		t.Error("the archives for docker load differ")
	}
	made := filepath.Join(t.TempDir(), "bin")
	if out, err := exec.Command("make", "-s", "-C", "..", "build", "VERSION="+imageVersion, "BINDIR="+made).CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	if readFile(t, filepath.Join(made, "tsboot")) != readFile(t, filepath.Join(files, "tree/linux", runtime.GOARCH, "tsboot")) {
		t.Error("the program of make build is not the image's")
	}
}
