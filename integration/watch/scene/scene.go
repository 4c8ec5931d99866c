// Package scene has what the stories of tswatch are played with: a stand-in for every program in them, which is one program
// with many names, and a server that it visits. No program and no image of others is needed.
package scene

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"

	"github.com/tsboot/tsboot/integration/require"
)

// Build makes integration/watch/standin in a directory: static, so that it runs in an empty root directory.
func Build(dir string) (string, error) {
	top, err := require.ModuleRoot()
	if err != nil {
		return "", err
	}
	path := filepath.Join(dir, "standin")
	cmd := exec.Command("go", "build", "-trimpath", "-ldflags", "-s -w", "-o", path, "./integration/watch/standin")
	cmd.Dir, cmd.Env = top, append(os.Environ(), "CGO_ENABLED=0")
	if out, err := cmd.CombinedOutput(); err != nil {
		return "", fmt.Errorf("build the stand-in: %w\n%s", err, out)
	}
	return path, nil
}
