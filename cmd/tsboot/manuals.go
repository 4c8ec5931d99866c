package main

import (
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"

	"github.com/tsboot/tsboot/boot"
	"github.com/tsboot/tsboot/cli/man"
)

// manualsArgument, with a directory, has tsboot write its manual pages there. It is for make man, not for people.
const manualsArgument = "__manuals"

func writeManuals(dir string, environ []string, stderr io.Writer) int {
	edition := man.Edition{Version: versionText(), Date: buildDate(environ)}
	if err := man.WriteAll(dir, book(), (&app{}).rootCommand(), edition); err != nil {
		fmt.Fprintf(stderr, "tsboot: write the manual pages: %v\n", err)
		return exitOf(boot.CannotWrite)
	}
	return 0
}

// buildDate is the day of SOURCE_DATE_EPOCH (reproducible-builds.org), or "": never today, which would change every page.
func buildDate(environ []string) string {
	for _, entry := range environ {
		if value, ok := strings.CutPrefix(entry, "SOURCE_DATE_EPOCH="); ok {
			if seconds, err := strconv.ParseInt(value, 10, 64); err == nil {
				return time.Unix(seconds, 0).UTC().Format(time.DateOnly)
			}
		}
	}
	return ""
}
