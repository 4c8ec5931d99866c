//go:build linux

package integration

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// TestMakeImageTags: the README's next step begins with FROM tsboot, which means tsboot:latest.
func TestMakeImageTags(t *testing.T) {
	t.Parallel()
	docker := filepath.Join(t.TempDir(), "docker")
	if err := os.WriteFile(docker, []byte("#!/bin/sh\necho \"docker $*\"\n"), 0o755); err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		args []string
		tags []string
	}{
		{[]string{"VERSION=v1.2"}, []string{"-t tsboot:v1.2 ", "-t tsboot:latest "}},
		{[]string{"IMAGE=registry.example/sec/tsboot:7"}, []string{"-t registry.example/sec/tsboot:7 ", "-t tsboot:latest "}},
	} {
		out, err := exec.Command("make", append([]string{"-s", "-C", "..", "image", "DOCKER=" + docker}, test.args...)...).CombinedOutput()
		if err != nil {
			t.Fatalf("%v: %s", err, out)
		}
		for _, tag := range test.tags {
			if !strings.Contains(string(out), tag) {
				t.Errorf("%v: no %q in %s", test.args, tag, out)
			}
		}
	}
}
