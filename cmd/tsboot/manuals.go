package main

import (
	"fmt"
	"io"

	"github.com/tsboot/tsboot/boot"
)

// writeManuals is for make man.
func writeManuals(dir string, environ []string, stderr io.Writer) int {
	a := &app{}
	if err := a.tree.WriteManuals(dir, a.rootCommand(), environ); err != nil {
		fmt.Fprintf(stderr, "tsboot: %v\n", err)
		return exitOf(boot.CannotWrite)
	}
	return 0
}
