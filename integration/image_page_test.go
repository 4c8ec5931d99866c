//go:build linux

package integration

import (
	"bytes"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/tsboot/tsboot/integration/docpage"
	"github.com/tsboot/tsboot/integration/require"
	"github.com/tsboot/tsboot/integration/wait"
)

// TestImagePage follows docs/image.md: make the image, build a vendor's on it, read the labels and the SBOM, make it again.
// The vendor's image is Debian's zabbix-agent2 with what it needs and no root certificates. The agent that the recipe gives
// boots with the recipe's own flags, answers its server, is healthy and stops.
func TestImagePage(t *testing.T) {
	t.Parallel()
	require.Tools(t, "docker", "root", "zabbix_agent2", "openssl", "bash")
	page := pageWithGo(t, "docs/image.md")
	page.Env = append(page.Env, "DOCKER_BUILDKIT=0", "DOCKER_HOST="+os.Getenv("DOCKER_HOST"))
	keepImages(t, "tsboot:latest", "tsboot:"+pageVersion, "my-agent:latest")
	importVendor(t)

	commands := page.Commands()
	build, recipe, inspect, sbom, again := commands[0], commands[1], commands[2], commands[3], commands[4]
	repository, agent := t.TempDir(), t.TempDir()
	if err := clone(repository, pageVersion); err != nil {
		t.Fatal(err)
	}
	text := page.Of("dockerfile")[0].Text
	writeFile(t, filepath.Join(agent, "Dockerfile"), strings.ReplaceAll(text, "vendor/agent:1.2.3", tag("vendor")), 0o644)

	page.Dir = repository
	first := page.Follow(build)
	page.Dir = agent
	page.Follow(recipe)
	page.Follow(inspect)
	page.Follow(sbom)
	wantRoots(t, copyOut(t, "my-agent", "/etc/ssl/certs/ca-certificates.crt"))
	page.Dir = repository
	second := page.Follow(again)
	id := strings.TrimSpace(second[strings.LastIndex(strings.TrimSpace(second), "\n")+1:])
	if !strings.Contains(first, "id="+id) {
		t.Errorf("the engine's id is %s, and make image printed\n%s", id, first)
	}
	runVendor(t)
}

// pageVersion is the tag of a clone.
const pageVersion = "v0.0.1-page"

// keepImages has names of the engine mean, after the test, what they meant before.
func keepImages(t *testing.T, names ...string) {
	t.Helper()
	for i, name := range names {
		before := strings.TrimSpace(docker(t, "image", "ls", "-q", "--no-trunc", name))
		t.Cleanup(func() {
			removeImages(names[i])
			if before != "" {
				docker(t, "tag", before, name)
			}
		})
	}
}

// pageWithGo is a page whose commands call Go, with the caches of this machine.
func pageWithGo(t *testing.T, name string) *docpage.Page {
	t.Helper()
	page := docpage.Read(t, name)
	page.Tool("go", must(t)(exec.LookPath("go")))
	for _, name := range []string{"GOCACHE", "GOMODCACHE", "GOPROXY", "GOSUMDB", "GOTOOLCHAIN"} {
		out, err := exec.Command("go", "env", name).Output()
		if err != nil {
			t.Fatal(err)
		}
		page.Env = append(page.Env, name+"="+strings.TrimSpace(string(out)))
	}
	return page
}

// clone makes a repository with one commit of what is here, uncommitted changes too, and a tag on it.
func clone(dir, version string) error {
	if err := copyRepositoryTo(dir); err != nil {
		return err
	}
	script := "git init -q && git add -A && git -c user.name=test -c user.email=test@example.com commit -q -m all && git tag " + version +
		" && git remote add origin https://github.com/tsboot/tsboot"
	cmd := exec.Command("sh", "-c", script)
	cmd.Dir = dir
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("clone: %w: %s", err, out)
	}
	return nil
}

// copyOut is a file of an image.
func copyOut(t *testing.T, image, path string) string {
	t.Helper()
	id := strings.TrimSpace(docker(t, "create", "--network", "none", image))
	defer docker(t, "rm", "-f", id)
	file := filepath.Join(t.TempDir(), filepath.Base(path))
	docker(t, "cp", id+":"+path, file)
	return file
}

// importVendor makes an image of the installed packages: zabbix-agent2, a shell, and the libraries that they depend on.
func importVendor(t *testing.T) {
	t.Helper()
	require.Tools(t, "dpkg-query")
	var files []string
	seen := map[string]bool{}
	for packages := []string{"zabbix-agent2", "dash"}; len(packages) > 0; {
		name := packages[0]
		packages = packages[1:]
		if seen[name] {
			continue
		}
		seen[name] = true
		for path := range strings.Lines(dpkgQuery(t, "-L", name)) {
			path = strings.TrimSpace(path)
			if info, err := os.Stat(path); err == nil && !info.IsDir() && !strings.HasPrefix(path, "/usr/share/doc/") {
				files = append(files, strings.TrimPrefix(path, "/"))
			}
		}
		for _, dependency := range strings.FieldsFunc(dpkgQuery(t, "-W", "-f", "${Depends},${Pre-Depends}", name), func(r rune) bool { return r == ',' || r == '|' }) {
			if words := strings.Fields(dependency); len(words) > 0 && (strings.HasPrefix(words[0], "lib") || words[0] == "zlib1g") {
				packages = append(packages, strings.TrimSuffix(words[0], ":any"))
			}
		}
	}
	root := t.TempDir()
	for _, dir := range []string{"run", "etc"} {
		if err := os.Mkdir(filepath.Join(root, dir), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	writeFile(t, filepath.Join(root, "etc/passwd"), "root:x:0:0:root:/root:/bin/sh\n", 0o644)
	writeFile(t, filepath.Join(root, "etc/group"), "root:x:0:\n", 0o644)
	list := writeFile(t, filepath.Join(t.TempDir(), "list"), strings.Join(slices.Compact(slices.Sorted(slices.Values(files))), "\n"), 0o644)
	importImage(t, tag("vendor"), "-C", root, ".", "-C", "/", "--no-recursion", "-T", list)
}

func dpkgQuery(t *testing.T, args ...string) string {
	t.Helper()
	out, err := exec.Command("dpkg-query", args...).Output()
	if err != nil {
		return "" // a virtual package, or an alternative that is not installed
	}
	return string(out)
}

// runVendor runs the image that the recipe gave.
func runVendor(t *testing.T) {
	t.Helper()
	s, psk := memoryStore(t), newPSK()
	host, port, _ := net.SplitHostPort(must(t)(freeAddress()))
	z := &zabbix{t: t, address: net.JoinHostPort(host, port), identity: "image"}
	s.secret("/zabbix-agent2/prod/psk", psk)
	for name, value := range map[string]string{"psk-identity": z.identity, "server": "127.0.0.1", "listen-ip": host, "listen-port": port} {
		s.plain("/zabbix-agent2/prod/"+name, value)
	}
	c := dockerRunImage(t, s, "my-agent", []string{"--health-cmd", "/tsboot health", "--health-interval", "1s", "--tmpfs", "/tmp", "-e", "TSBOOT_RUN_DIR=/run/tsboot"})
	c.awaitHealth("healthy")
	if !wait.Until(aLongTime, func() bool { return z.ask("agent.ping", psk) == "1" }) {
		t.Errorf("the agent does not answer\n%s", c.logs())
	}
	if took := c.stop(); took > 8*time.Second {
		t.Errorf("docker stop took %v", took)
	}
	c.wantExit(0)
	if !bytes.Contains([]byte(c.logs()), []byte("booted")) {
		t.Errorf("the log lacks the report of the boot\n%s", c.logs())
	}
}
