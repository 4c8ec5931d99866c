// Package helm tests the Helm chart of deploy/helm by Helm's own library: lint, render, and a comparison of what is rendered with
// what tsboot manifest kubernetes prints for the same flags, so that the two cannot drift.
//
// It is a module of its own: no other test pays for Helm's dependencies. `make chart` runs it.
package helm
