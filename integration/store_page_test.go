//go:build linux

package integration

import (
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"go.yaml.in/yaml/v3"

	"github.com/tsboot/tsboot/integration/docpage"
	"github.com/tsboot/tsboot/integration/require"
	"github.com/tsboot/tsboot/integration/wait"
)

// published is how docs/store.md runs the store without a clone.
const published = "go run github.com/tsboot/tsboot/secrets/secretstest/cmd/paramstore@latest"

var buildParamstore = sync.OnceValues(func() (string, error) {
	path := filepath.Join(shared, "paramstore")
	return path, inModule("env", "CGO_ENABLED=0", "go", "build", "-trimpath", "-o", path, "./secrets/secretstest/cmd/paramstore")
})

// storePage is docs/store.md with its programs in PATH.
func storePage(t *testing.T) *docpage.Page {
	t.Helper()
	require.Tools(t, "curl")
	page := docpage.Read(t, "docs/store.md")
	page.Tool("tsboot", tsbootBinary(t))
	page.Tool("paramstore", must(t)(buildParamstore()))
	return page
}

// TestStorePage follows the page in its order: the first block starts the store, and what it prints leads the others to it.
func TestStorePage(t *testing.T) {
	t.Parallel()
	page := storePage(t)
	blocks := page.Commands()
	store := page.Start(blocks[0].With(published, "exec paramstore", "--port 4583", ""))
	for _, block := range blocks[1:] {
		if strings.Contains(block.Text, "params.yaml") {
			page.File("params.yaml", page.Of("yaml")[0].Text)
			page.Follow(block)
			continue
		}
		page.Follow(block, storeVariables(t, store)...)
	}
	port := portOf(t, store.Printed())
	if err := docpage.Compare(strings.ReplaceAll(store.Printed(), port, "4583"), page.Of("text")[0].Text); err != nil {
		t.Errorf("docs/store.md: %v", err)
	}
	store.Signal(syscall.SIGINT)
	if result := store.Wait(); result.Code != 0 {
		t.Errorf("the store ended with %d after SIGINT", result.Code)
	}
}

// storeVariables are what the store says to export.
func storeVariables(t *testing.T, store *docpage.Process) []string {
	t.Helper()
	wait.For(t, aLongTime, "the store says what to paste", func() bool { return strings.Contains(store.Printed(), "/clear\n") || !store.Running() })
	var list []string
	for line := range strings.Lines(store.Printed()) {
		if variable, ok := strings.CutPrefix(line, "export "); ok {
			list = append(list, strings.TrimSuffix(variable, "\n"))
		}
	}
	if len(list) == 0 {
		t.Fatalf("the store says nothing to export:\n%s", store.Printed())
	}
	return list
}

func portOf(t *testing.T, text string) string {
	t.Helper()
	_, rest, _ := strings.Cut(text, "http://127.0.0.1:")
	port, _, ok := strings.Cut(rest, ",")
	if !ok {
		t.Fatalf("no address in\n%s", text)
	}
	return port
}

// TestStorePageList: the page's list of parameters is one that the store takes.
func TestStorePageList(t *testing.T) {
	t.Parallel()
	page := docpage.Parse("docs/store.md", readFile(t, "../docs/store.md"))
	var list string
	for _, b := range page {
		if b.Language == "yaml" && strings.HasPrefix(b.Text, "- ") {
			list = writeFile(t, filepath.Join(t.TempDir(), "list.yaml"), b.Text, 0o600)
		}
	}
	p := start(t, exec.Command(must(t)(buildParamstore()), "--seed", list))
	wait.For(t, aLongTime, "the store is ready", func() bool { return strings.Contains(p.stdout(), "/clear\n") || !p.running() })
	for _, line := range []string{"/my-agent/prod/level                     String", "SecureString in eu-west-1", "/aws/reference/secretsmanager/db-password"} {
		if !strings.Contains(p.stdout(), line) {
			t.Errorf("no %q in\n%s%s", line, p.stdout(), p.stderr())
		}
	}
}

// TestStoreInAnotherModule runs the page's Go test as another project does, with the SDK of its own.
func TestStoreInAnotherModule(t *testing.T) {
	t.Parallel()
	top := must(t)(require.ModuleRoot())
	dir := t.TempDir()
	for _, b := range docpage.Parse("docs/store.md", readFile(t, "../docs/store.md")) {
		if b.Language == "go" {
			writeFile(t, filepath.Join(dir, "app_test.go"), b.Text, 0o600)
		}
	}
	module := strings.Replace(readFile(t, filepath.Join(top, "go.mod")), "module github.com/tsboot/tsboot", "module example.com/app", 1) +
		"\nrequire github.com/tsboot/tsboot v0.0.0\n\nreplace github.com/tsboot/tsboot => " + top + "\n"
	writeFile(t, filepath.Join(dir, "go.mod"), module, 0o600)
	writeFile(t, filepath.Join(dir, "go.sum"), readFile(t, filepath.Join(top, "go.sum")), 0o600)
	cmd := exec.Command("go", "test", "-mod=mod", "-count=1", "-v", ".")
	cmd.Dir, cmd.Env = dir, append(os.Environ(), "GOPROXY=off", "GOFLAGS=")
	if out, err := cmd.CombinedOutput(); err != nil || !strings.Contains(string(out), "--- PASS: TestPassword") {
		t.Errorf("%v\n%s", err, out)
	}
}

// TestStoreInCompose runs what the services of the page's compose file run, on this machine's loopback.
func TestStoreInCompose(t *testing.T) {
	t.Parallel()
	var file struct {
		Services map[string]struct {
			Command     []string
			Environment map[string]string
			Healthcheck struct{ Test []string }
		}
	}
	for _, b := range docpage.Parse("docs/store.md", readFile(t, "../docs/store.md")) {
		if b.Language == "yaml" && strings.HasPrefix(b.Text, "services:") {
			if err := yaml.Unmarshal([]byte(b.Text), &file); err != nil {
				t.Fatal(err)
			}
		}
	}
	store, agent := file.Services["store"], file.Services["agent"]
	address := must(t)(freeAddress())
	_, port, _ := net.SplitHostPort(address)
	args, ok := strings.CutPrefix(strings.Join(store.Command, " "), published)
	if !ok {
		t.Fatalf("the store's command is %q", store.Command)
	}
	p := start(t, exec.Command(must(t)(buildParamstore()), strings.Fields(strings.ReplaceAll(args, "4583", port))...))
	health := strings.ReplaceAll(store.Healthcheck.Test[len(store.Healthcheck.Test)-1], "4583", port)
	client := &http.Client{Timeout: time.Second, Transport: &http.Transport{DisableKeepAlives: true}}
	wait.For(t, aLongTime, "the store is healthy\n"+p.stderr(), func() bool {
		answer, err := client.Get(health)
		if err != nil {
			return false
		}
		_ = answer.Body.Close()
		return answer.StatusCode == http.StatusOK
	})
	cmd := exec.Command(tsbootBinary(t), append([]string{"export"}, agent.Command...)...)
	for name, value := range agent.Environment {
		cmd.Env = append(cmd.Env, name+"="+strings.ReplaceAll(value, "store:4583", address))
	}
	reader := start(t, cmd)
	reader.wantExit(0)
	if want := `"api-key":"0123456789abcdef"`; !strings.Contains(reader.stdout(), want) {
		t.Errorf("exported %s, want %s in it", reader.stdout(), want)
	}
	p.signal(syscall.SIGTERM)
	p.wantExit(0)
}
