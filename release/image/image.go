package main

import (
	"archive/tar"
	"bytes"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/empty"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
	"github.com/google/go-containerregistry/pkg/v1/tarball"
	"github.com/google/go-containerregistry/pkg/v1/types"

	"github.com/tsboot/tsboot/release/content"
)

// A description is what the labels say of one build.
type description struct {
	version, revision string
	created           time.Time
	profile           string // of the agent that is in the image, too; empty: none is
}

// labels are those of the OCI's image specification. The Dockerfile has the same.
func (d description) labels() map[string]string {
	labels := map[string]string{
		"title":       "tsboot",
		"description": "Boots a host security agent from Parameter Store and supervises it",
		"source":      "https://github.com/tsboot/tsboot",
		"licenses":    "Apache-2.0",
		"version":     d.version,
		"revision":    d.revision,
		"created":     d.created.Format(time.RFC3339),
	}
	if d.profile != "" {
		labels["title"] = d.profile
		labels["description"] = "Boots " + d.profile + " from Parameter Store and supervises it"
	}
	all := map[string]string{}
	for label, value := range labels {
		all["org.opencontainers.image."+label] = value
	}
	return all
}

// environment has the agent booted by its profile, whatever arguments the container has. Its program is beside tsboot.
func (d description) environment() []string {
	if d.profile == "" {
		return nil
	}
	return []string{"PATH=/:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "TSBOOT_PROFILE=" + d.profile}
}

// makeImage makes an image of one layer, the tree.
func makeImage(tree string, platform content.Platform, about description) (v1.Image, error) {
	archive, err := pack(tree, about.created)
	if err != nil {
		return nil, err
	}
	layer, err := tarball.LayerFromOpener(func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(archive)), nil },
		tarball.WithMediaType(types.OCILayer), tarball.WithCompressedCaching)
	if err != nil {
		return nil, err
	}
	created := v1.Time{Time: about.created}
	image, err := mutate.ConfigFile(mutate.ConfigMediaType(mutate.MediaType(empty.Image, types.OCIManifestSchema1), types.OCIConfigJSON), &v1.ConfigFile{
		OS:           platform.OS,
		Architecture: platform.Arch,
		Created:      created,
		Config:       v1.Config{Entrypoint: []string{"/tsboot"}, Env: about.environment(), StopSignal: "SIGTERM", Labels: about.labels()},
		RootFS:       v1.RootFS{Type: "layers"},
	})
	if err != nil {
		return nil, err
	}
	return mutate.Append(image, mutate.Addendum{Layer: layer, History: v1.History{Created: created, CreatedBy: "make image"}})
}

// pack writes the tree as an archive that depends on names and contents only: sorted, of root, with one time.
func pack(tree string, created time.Time) ([]byte, error) {
	var archive bytes.Buffer
	writer := tar.NewWriter(&archive)
	err := filepath.WalkDir(tree, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || path == tree {
			return err
		}
		name, err := filepath.Rel(tree, path)
		if err != nil {
			return err
		}
		return packFile(writer, filepath.ToSlash(name), path, created)
	})
	if err != nil {
		return nil, err
	}
	return archive.Bytes(), writer.Close()
}

func packFile(writer *tar.Writer, name, path string, created time.Time) error {
	info, err := os.Stat(path)
	if err != nil {
		return err
	}
	header := &tar.Header{Name: name, Typeflag: tar.TypeReg, Size: info.Size(), Mode: 0o644, ModTime: created}
	switch {
	case info.IsDir():
		header.Name, header.Typeflag, header.Size, header.Mode = name+"/", tar.TypeDir, 0, 0o755
	case info.Mode()&0o100 != 0:
		header.Mode = 0o755
	}
	if err := writer.WriteHeader(header); err != nil || info.IsDir() {
		return err
	}
	data, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	_, err = writer.Write(data)
	return err
}
