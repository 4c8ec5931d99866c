package adapter

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
)

// BinaryVariable names a tsboot that is already built.
const BinaryVariable = "TSBOOT_TEST_BINARY"

// Linker are the flags the Makefile links tsboot with: without the runtime's asynchronous preemption every SIGURG was
// sent by somebody, and is forwarded.
const Linker = "-s -w -X=runtime.godebugDefault=asyncpreemptoff=1 -X=main.forwardSIGURG=true"

// Build makes the tsboot binary below dir, or takes the one that TSBOOT_TEST_BINARY names. Extra flags go to go build.
func Build(module, dir string, flags ...string) (string, error) {
	if path := os.Getenv(BinaryVariable); path != "" && len(flags) == 0 {
		return filepath.Abs(path)
	}
	out := filepath.Join(dir, "tsboot")
	args := append([]string{"build", "-trimpath", "-ldflags", Linker, "-o", out}, flags...)
	cmd := exec.Command("go", append(args, "./cmd/tsboot")...)
	cmd.Dir = module
	cmd.Env = os.Environ()
	if len(flags) == 0 {
		cmd.Env = append(cmd.Env, "CGO_ENABLED=0")
	}
	if msg, err := cmd.CombinedOutput(); err != nil {
		return "", fmt.Errorf("build tsboot: %w\n%s", err, msg)
	}
	return out, nil
}
