// Package strictyaml reads YAML files that people write by hand: one document, nothing unknown, nothing twice, each value of
// the kind that it must be. It goes on after a fault, so that all of them are reported together, each with its place.
package strictyaml
