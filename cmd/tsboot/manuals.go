package main

import (
	"fmt"
	"io"

	"github.com/tsboot/tsboot/boot"
	"github.com/tsboot/tsboot/cli/man"
)

// manualsArgument, with a directory, has tsboot write its manual pages there. It is for make man, not for people.
const manualsArgument = "__manuals"

func writeManuals(dir string, environ []string, stderr io.Writer) int {
	if err := man.WriteAll(dir, book(), (&app{}).rootCommand(), man.EditionOf(versionText(), environ)); err != nil {
		fmt.Fprintf(stderr, "tsboot: write the manual pages: %v\n", err)
		return exitOf(boot.CannotWrite)
	}
	return 0
}
