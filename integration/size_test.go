//go:build linux

package integration

import (
	"bytes"
	"os"
	"testing"
)

// A program that looks methods up by name keeps every exported method of every type it has: 9 MB of the SDK's. cobra's
// own templates do, once one of them is set.
func TestNoTemplateIsLinked(t *testing.T) {
	t.Parallel()
	program, err := os.ReadFile(tsbootBinary(t))
	if err != nil {
		t.Fatal(err)
	}
	if bytes.Contains(program, []byte("text/template.(*state)")) {
		t.Error("the binary holds text/template; look for SetVersionTemplate, SetUsageTemplate, SetHelpTemplate")
	}
}
