package content

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// Platform is what a program is built for, such as linux/arm64.
type Platform struct{ OS, Arch string }

// ParsePlatform reads linux/arm64.
func ParsePlatform(text string) (Platform, error) {
	system, arch, ok := strings.Cut(text, "/")
	if !ok || system == "" || arch == "" || strings.Contains(arch, "/") {
		return Platform{}, fmt.Errorf("platform %q: want the form linux/amd64", text)
	}
	return Platform{system, arch}, nil
}

func (p Platform) String() string { return p.OS + "/" + p.Arch }

// Build makes the program of cmd/ as the Makefile does, from the top of the repository.
func Build(program, version string, platform Platform, out string) error {
	flags, err := linkFlags(program, platform)
	if err != nil {
		return err
	}
	// No stamp of git: a build without .git, as in the Dockerfile, gives the same bytes. The version names the commit.
	cmd := exec.Command("go", "build", "-trimpath", "-buildvcs=false", "-ldflags", flags+" -X=main.version="+version, "-o", out, "./cmd/"+program)
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0", "GOOS="+platform.OS, "GOARCH="+platform.Arch)
	cmd.Stderr = os.Stderr
	if err := cmd.Run(); err != nil {
		return fmt.Errorf("build %s for %s: %w", program, platform, err)
	}
	return nil
}

// linkFlags are those of cmd/PROGRAM/ldflags and of ldflags_OS. The Makefile and .goreleaser.yaml read the same files.
func linkFlags(program string, platform Platform) (string, error) {
	var all []string
	for _, name := range []string{"ldflags", "ldflags_" + platform.OS} {
		text, err := os.ReadFile(filepath.Join("cmd", program, name))
		if os.IsNotExist(err) {
			continue
		}
		if err != nil {
			return "", fmt.Errorf("read link flags: %w", err)
		}
		all = append(all, strings.Fields(string(text))...)
	}
	if len(all) == 0 {
		all = []string{"-s", "-w"}
	}
	return strings.Join(all, " "), nil
}
