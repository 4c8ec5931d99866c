package content

import (
	"bytes"
	"debug/buildinfo"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"runtime/debug"
	"strings"

	cyclonedx "github.com/CycloneDX/cyclonedx-go"
)

// SBOM lists what is linked into a program, as CycloneDX: the list of modules is the one that the go command wrote into
// the program. It has no time and no serial number, so that the same program gives the same bytes.
func SBOM(file, name, version string) ([]byte, error) {
	info, err := buildinfo.ReadFile(file)
	if err != nil {
		return nil, fmt.Errorf("read the modules of %s: %w", file, err)
	}
	program := cyclonedx.Component{
		BOMRef:     purl(info.Main.Path, version),
		Type:       cyclonedx.ComponentTypeApplication,
		Name:       name,
		Version:    version,
		PackageURL: purl(info.Main.Path, version),
		Licenses:   &cyclonedx.Licenses{{License: &cyclonedx.License{ID: "Apache-2.0"}}},
	}
	components := []cyclonedx.Component{standardLibrary(info.GoVersion)}
	for _, module := range info.Deps {
		components = append(components, library(module))
	}
	var references []string
	dependencies := []cyclonedx.Dependency{{Ref: program.BOMRef, Dependencies: &references}}
	for _, component := range components {
		references = append(references, component.BOMRef)
		dependencies = append(dependencies, cyclonedx.Dependency{Ref: component.BOMRef})
	}
	bom := cyclonedx.NewBOM()
	bom.Metadata = &cyclonedx.Metadata{Component: &program}
	bom.Components = &components
	bom.Dependencies = &dependencies

	var text bytes.Buffer
	encoder := cyclonedx.NewBOMEncoder(&text, cyclonedx.BOMFileFormatJSON).SetPretty(true)
	if err := encoder.EncodeVersion(bom, cyclonedx.SpecVersion1_6); err != nil {
		return nil, fmt.Errorf("write the SBOM of %s: %w", file, err)
	}
	return text.Bytes(), nil
}

// library is a module that is linked. Its hash is the one of go.sum, as cyclonedx-gomod writes it.
func library(module *debug.Module) cyclonedx.Component {
	if module.Replace != nil {
		module = module.Replace
	}
	component := cyclonedx.Component{
		BOMRef:     purl(module.Path, module.Version),
		Type:       cyclonedx.ComponentTypeLibrary,
		Name:       module.Path,
		Version:    module.Version,
		PackageURL: purl(module.Path, module.Version),
	}
	if sum, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(module.Sum, "h1:")); err == nil && len(sum) > 0 {
		component.Hashes = &[]cyclonedx.Hash{{Algorithm: cyclonedx.HashAlgoSHA256, Value: hex.EncodeToString(sum)}}
	}
	return component
}

func standardLibrary(goVersion string) cyclonedx.Component {
	return cyclonedx.Component{
		BOMRef:     purl("std", goVersion),
		Type:       cyclonedx.ComponentTypeLibrary,
		Name:       "std",
		Version:    goVersion,
		PackageURL: purl("std", strings.TrimPrefix(goVersion, "go")),
	}
}

// purl is the package URL of a Go module. In a version only "+" has to be escaped.
func purl(path, version string) string {
	return "pkg:golang/" + path + "@" + strings.ReplaceAll(version, "+", "%2B")
}
