// Package require says what a test needs of the machine. What is missing is named in one line and the test is
// skipped, unless TSBOOT_REQUIRE (a list with commas, set by CI) names it: then the test fails, so that no test is
// ever skipped where somebody counts on it.
package require

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// Variable is the environment variable that lists what must be there.
const Variable = "TSBOOT_REQUIRE"

// probes knows the names that are more than a program to find in PATH. Each answers with what is missing.
var probes = map[string]func() error{
	"docker":     docker,
	"localstack": localstack,
	"root":       root,
	"zabbix":     func() error { return program("zabbix_agent2") },
}

// Tools skips the test, or fails it, unless everything named is there: "root", "docker" (an engine that answers),
// "localstack" (an endpoint, or the virtual environment that make localstack makes), "zabbix", or any program.
func Tools(t testing.TB, names ...string) {
	t.Helper()
	for _, name := range names {
		probe, known := probes[name]
		if !known {
			probe = func() error { return program(name) }
		}
		if err := probe(); err != nil {
			Missing(t, name, err)
		}
	}
}

// Missing ends the test as Tools does, for what a test found out by itself.
func Missing(t testing.TB, name string, err error) {
	t.Helper()
	demanded := strings.Split(os.Getenv(Variable), ",")
	if slices.Contains(demanded, name) {
		t.Fatalf("%s asks for %s: %v", Variable, name, err)
	}
	t.Skipf("needs %s: %v", name, err)
}

// BuildKit is a client of Docker whose build by BuildKit works: a new one with its buildx, or an old one, which needs none.
func BuildKit(t testing.TB) string {
	t.Helper()
	var clients []string
	for _, dir := range filepath.SplitList(os.Getenv("PATH")) {
		client := filepath.Join(dir, "docker")
		if exec.Command(client, "buildx", "version").Run() == nil {
			return client
		}
		out, err := exec.Command(client, "version", "--format", "{{.Client.Version}}").Output()
		if err == nil && (strings.HasPrefix(string(out), "19.") || strings.HasPrefix(string(out), "20.")) {
			return client
		}
		if err == nil {
			clients = append(clients, client)
		}
	}
	Missing(t, "buildkit", fmt.Errorf("no buildx for %v", clients))
	return ""
}

func program(name string) error {
	_, err := exec.LookPath(name)
	return err
}

func root() error {
	if uid := os.Getuid(); uid != 0 {
		return fmt.Errorf("the tests run as uid %d", uid)
	}
	return nil
}

func docker() error {
	out, err := exec.Command("docker", "version", "--format", "{{.Server.Version}}").CombinedOutput()
	if err != nil {
		return fmt.Errorf("ask the engine: %v: %s", err, strings.TrimSpace(string(out)))
	}
	return nil
}

func localstack() error {
	if os.Getenv("TSBOOT_TEST_SSM_ENDPOINT") != "" {
		return nil
	}
	dir, err := ModuleRoot()
	if err != nil {
		return err
	}
	if _, err := os.Stat(filepath.Join(dir, ".cache/localstack/ready")); err != nil {
		return fmt.Errorf("no TSBOOT_TEST_SSM_ENDPOINT, and make localstack was not run: %w", err)
	}
	return nil
}

// ModuleRoot is the directory of go.mod, found from the working directory, which is the package's during a test.
func ModuleRoot() (string, error) {
	dir, err := os.Getwd()
	if err != nil {
		return "", err
	}
	for {
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
			return dir, nil
		}
		parent := filepath.Dir(dir)
		if parent == dir {
			return "", fmt.Errorf("find go.mod: none above the working directory")
		}
		dir = parent
	}
}
