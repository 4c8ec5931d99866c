package content

import (
	"io/fs"
	"os"
	"path/filepath"
	"time"
)

// Where things are in the image. Go looks for roots in RootsFile of its own accord; scanners know SBOMs by their names.
const (
	RootsFile = "etc/ssl/certs/ca-certificates.crt"
	SBOMDir   = "usr/share/sbom"
)

// Tree fills an empty directory with the files of the image: the programs, their SBOMs, the roots. All of them have the
// given time.
func Tree(dir string, programs []string, version string, platform Platform, created time.Time) error {
	for _, program := range programs {
		file := filepath.Join(dir, program)
		if err := Build(program, version, platform, file); err != nil {
			return err
		}
		sbom, err := SBOM(file, program, version)
		if err != nil {
			return err
		}
		if err := write(filepath.Join(dir, SBOMDir, program+".cdx.json"), sbom); err != nil {
			return err
		}
	}
	roots, err := Roots()
	if err != nil {
		return err
	}
	if err := write(filepath.Join(dir, RootsFile), roots); err != nil {
		return err
	}
	return filepath.WalkDir(dir, func(path string, _ fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		return os.Chtimes(path, created, created)
	})
}

func write(path string, data []byte) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return err
	}
	return os.WriteFile(path, data, 0o644)
}
