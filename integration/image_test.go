//go:build linux

package integration

import (
	"crypto/x509"
	"debug/buildinfo"
	"debug/elf"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/tsboot/tsboot/integration/require"
)

// imageVersion is what the image is told to call itself.
const imageVersion = "v0.0.0-it"

// tag names an image of this run; runs may share an engine. What is made is removed at the end.
func tag(kind string) string { return fmt.Sprintf("tsboot-it/%s:%d", kind, os.Getpid()) }

// image is the one of make image.
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
	whenDone(func() { removeImages(tag("tsboot")) })
	err := inModule("make", "-s", "image", "IMAGEDIR="+imageFiles(), "IMAGE="+tag("tsboot"), "LATEST="+tag("tsboot"), "VERSION="+imageVersion)
	return tag("tsboot"), err
})

// imageFiles is where make image puts what it makes.
func imageFiles() string { return filepath.Join(shared, "image") }

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

// testImage looks at the image itself: what is in it, and what it tells an engine.
func testImage(t *testing.T) {
	t.Parallel()
	name := image(t)
	config := inspectImage(t, name).Config
	if !slices.Equal(config.Entrypoint, []string{"/tsboot"}) || len(config.Cmd) != 0 || len(config.Shell) != 0 || config.StopSignal != "SIGTERM" {
		t.Errorf("the engine is told %+v", config)
	}
	when, revision := git(t, "log", "-1", "--format=%ct"), git(t, "rev-parse", "HEAD")
	seconds, err := strconv.ParseInt(when, 10, 64)
	if err != nil {
		t.Fatal(err)
	}
	created := time.Unix(seconds, 0).UTC().Format(time.RFC3339)
	for label, want := range map[string]string{
		"title": "tsboot", "licenses": "Apache-2.0", "version": imageVersion, "source": "https://github.com/tsboot/tsboot",
		"description": "Boots a host security agent from Parameter Store and supervises it", "revision": revision, "created": created,
	} {
		if got := config.Labels[imageLabel+label]; got != want {
			t.Errorf("label %s is %q, want %q", label, got, want)
		}
	}
	if out := docker(t, "run", "--rm", "--network", "none", name, "version"); !strings.Contains(out, imageVersion) {
		t.Errorf("version printed %q", out)
	}
	want := []string{"etc/ssl/certs/ca-certificates.crt", "tsboot", "usr/share/sbom/tsboot.cdx.json"}
	if files := slices.Sorted(maps.Keys(filesOfImage(t, name))); !slices.Equal(files, want) {
		t.Errorf("the image holds %v, want %v", files, want)
	}
	tree := filepath.Join(imageFiles(), "tree/linux", runtime.GOARCH)
	wantStatic(t, filepath.Join(tree, "tsboot"))
	wantRoots(t, filepath.Join(tree, want[0]))
	wantSBOM(t, filepath.Join(tree, want[2]), filepath.Join(tree, "tsboot"))
}

const imageLabel = "org.opencontainers.image."

// inspected is what an engine says of an image.
type inspected struct {
	ID     string `json:"Id"`
	Config struct {
		Entrypoint, Cmd, Shell []string
		StopSignal             string
		Labels                 map[string]string
	}
	Architecture, Os string
}

func (i inspected) sameAs(other inspected) bool {
	return maps.Equal(i.Config.Labels, other.Config.Labels) && slices.Equal(i.Config.Entrypoint, other.Config.Entrypoint) &&
		i.Config.StopSignal == other.Config.StopSignal && i.Architecture == other.Architecture && i.Os == other.Os
}

func inspectImage(t *testing.T, name string) inspected {
	t.Helper()
	var all []inspected
	if err := json.Unmarshal([]byte(docker(t, "image", "inspect", name)), &all); err != nil {
		t.Fatal(err)
	}
	return all[0]
}

func git(t *testing.T, args ...string) string {
	t.Helper()
	out, err := exec.Command("git", args...).Output()
	if err != nil {
		t.Fatalf("git %v: %v", args, err)
	}
	return strings.TrimSpace(string(out))
}

// wantRoots: the bundle holds roots of trust, the one that AWS's certificates begin with among them.
func wantRoots(t *testing.T, file string) {
	t.Helper()
	roots := map[string]bool{}
	for rest := []byte(readFile(t, file)); ; {
		var block *pem.Block
		if block, rest = pem.Decode(rest); block == nil {
			break
		}
		certificate, err := x509.ParseCertificate(block.Bytes)
		if err != nil {
			t.Fatal(err)
		}
		roots[certificate.Subject.CommonName] = certificate.IsCA
	}
	if len(roots) < 50 || !roots["Amazon Root CA 1"] {
		t.Errorf("the bundle holds %d roots: %v", len(roots), slices.Sorted(maps.Keys(roots)))
	}
}

// wantSBOM: the list names what the go command says is in the program, and nothing else.
func wantSBOM(t *testing.T, file, program string) {
	t.Helper()
	var sbom struct {
		BOMFormat string
		Metadata  struct {
			Component struct{ Name, Version string }
		}
		Components []struct{ Name, Version, Purl string }
	}
	if err := json.Unmarshal([]byte(readFile(t, file)), &sbom); err != nil {
		t.Fatal(err)
	}
	if about := sbom.Metadata.Component; sbom.BOMFormat != "CycloneDX" || about.Name != "tsboot" || about.Version != imageVersion {
		t.Errorf("the SBOM is %s of %+v", sbom.BOMFormat, about)
	}
	info, err := buildinfo.ReadFile(program)
	if err != nil {
		t.Fatal(err)
	}
	want := []string{"pkg:golang/std@" + strings.TrimPrefix(info.GoVersion, "go")}
	for _, module := range info.Deps {
		want = append(want, "pkg:golang/"+module.Path+"@"+module.Version)
	}
	var got []string
	for _, component := range sbom.Components {
		got = append(got, component.Purl)
	}
	if !slices.Equal(got, want) {
		t.Errorf("the SBOM lists\n%v\nthe program holds\n%v", got, want)
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
