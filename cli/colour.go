package cli

import (
	"os"
	"strings"

	"github.com/mattn/go-isatty"
)

// Coloured says whether a program may print in colours: on a terminal that knows them, unless NO_COLOR is set
// (no-color.org).
func Coloured(file *os.File, environ []string) bool {
	for _, entry := range environ {
		if value, ok := strings.CutPrefix(entry, "NO_COLOR="); ok && value != "" || entry == "TERM=dumb" {
			return false
		}
	}
	return isatty.IsTerminal(file.Fd())
}
