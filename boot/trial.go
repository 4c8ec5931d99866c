package boot

import (
	"fmt"
	"io"

	"github.com/tsboot/tsboot/cli/terminal"
	"github.com/tsboot/tsboot/configgen"
)

// TryProfile runs the tests of a profile, a file or a built-in one, and prints what they find. It says whether every
// one passed. It writes and runs nothing and asks nobody.
func TryProfile(out io.Writer, name string, in terminal.Palette) (passed bool, err error) {
	chosen, err := readProfile("profile", name)
	if err != nil {
		return false, err
	}
	passed = true
	for i := range chosen.Tests {
		test := &chosen.Tests[i]
		differences := configgen.Try(chosen, test)
		word := in.Good("ok") + "  "
		if len(differences) > 0 {
			word, passed = in.Bad("FAIL"), false
		}
		if _, err := fmt.Fprintf(out, "%s %s\n", word, test.Name); err != nil {
			return false, err
		}
		for _, d := range differences {
			if _, err := fmt.Fprintf(out, "%s: test %q: %s\n", test.Pos, test.Name, d); err != nil {
				return false, err
			}
		}
	}
	if len(chosen.Tests) == 0 {
		_, err = fmt.Fprintf(out, "the profile %s has no tests\n", chosen.Name)
	}
	return passed, err
}
