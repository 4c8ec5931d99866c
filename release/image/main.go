// Command image writes the container image from directories that release/tree has made, one for each platform: an OCI
// layout with all of them for registries, and an archive for each that docker load reads. It needs no engine and no registry,
// and the same files give the same digests: docker build puts the time of the build into an image.
package main

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/google/go-containerregistry/pkg/name"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/empty"
	"github.com/google/go-containerregistry/pkg/v1/layout"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
	"github.com/google/go-containerregistry/pkg/v1/tarball"
	"github.com/google/go-containerregistry/pkg/v1/types"

	"github.com/tsboot/tsboot/release/content"
)

func main() {
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, "image:", err)
		os.Exit(1)
	}
}

func run() error {
	var about description
	dir := flag.String("o", "", "the `directory` to write to")
	created := flag.Int64("created", 0, "the time of the image, in `seconds` since 1970")
	flag.StringVar(&about.version, "version", "devel", "the label version")
	flag.StringVar(&about.revision, "revision", "", "the label revision")
	flag.StringVar(&about.profile, "profile", "", "the built-in `profile` of the agent that is in the image, too")
	reference := flag.String("tag", "", "the `name` of the image in an engine")
	flag.Usage = func() {
		fmt.Fprintln(flag.CommandLine.Output(), "usage: go run ./release/image -o DIR -tag NAME [flags] linux/amd64=TREE...")
		flag.PrintDefaults()
	}
	flag.Parse()
	if *dir == "" || *reference == "" || flag.NArg() == 0 {
		flag.Usage()
		return fmt.Errorf("name a directory, a tag and a tree")
	}
	tag, err := name.NewTag(*reference)
	if err != nil {
		return err
	}
	about.created = time.Unix(*created, 0).UTC()

	var index v1.ImageIndex = mutate.IndexMediaType(empty.Index, types.OCIImageIndex)
	for _, arg := range flag.Args() {
		target, tree, _ := strings.Cut(arg, "=")
		platform, err := content.ParsePlatform(target)
		if err != nil {
			return err
		}
		image, err := makeImage(tree, platform, about)
		if err != nil {
			return fmt.Errorf("make the image of %s: %w", platform, err)
		}
		if err := writeArchive(filepath.Join(*dir, platform.OS+"-"+platform.Arch+".tar"), image, tag); err != nil {
			return err
		}
		if err := report(platform.String(), image); err != nil {
			return err
		}
		index = mutate.AppendManifests(index, mutate.IndexAddendum{
			Add:        image,
			Descriptor: v1.Descriptor{Platform: &v1.Platform{OS: platform.OS, Architecture: platform.Arch}},
		})
	}
	if _, err := layout.Write(filepath.Join(*dir, "oci"), index); err != nil {
		return fmt.Errorf("write the OCI layout: %w", err)
	}
	digest, err := index.Digest()
	if err != nil {
		return err
	}
	fmt.Printf("index digest=%s\n", digest)
	return nil
}

// writeArchive writes what docker load reads. It has one name: the library would write several in any order.
func writeArchive(file string, image v1.Image, tag name.Tag) error {
	if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
		return err
	}
	if err := tarball.WriteToFile(file, tag, image); err != nil {
		return fmt.Errorf("write %s: %w", file, err)
	}
	return nil
}

// report prints the two names of an image: the id is what an engine calls it, the digest what a registry does.
func report(platform string, image v1.Image) error {
	digest, err := image.Digest()
	if err != nil {
		return err
	}
	id, err := image.ConfigName()
	if err != nil {
		return err
	}
	fmt.Printf("%s digest=%s id=%s\n", platform, digest, id)
	return nil
}
