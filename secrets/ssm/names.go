package ssm

import (
	"fmt"
	"strings"

	"github.com/tsboot/tsboot/secrets"
)

// The limits of Parameter Store for a name.
const (
	maxLevels = 15
	maxName   = 1011
)

var (
	namePattern  = secrets.LazyRegexp(`^/?[a-zA-Z0-9_.-]+(/[a-zA-Z0-9_.-]+)*$`)
	labelPattern = secrets.LazyRegexp(`^[a-zA-Z_.-][a-zA-Z0-9_.-]{0,99}$`)
)

// wrongName is the fault of a name of a parameter, or of a path, which is the
// beginning of one; empty: there is none.
func wrongName(name string) string {
	bare := strings.TrimPrefix(name, "/")
	first, _, below := strings.Cut(bare, "/")
	switch {
	case !namePattern().MatchString(name):
		return "Parameter Store's names have letters, digits and _.- between single slashes"
	case below && bare == name:
		return "a name of several parts begins with a slash"
	case strings.Count(bare, "/") >= maxLevels:
		return fmt.Sprintf("it has more than %d levels", maxLevels)
	case len(name) > maxName:
		return fmt.Sprintf("it has more than %d characters", maxName)
	case reserved(first) && !(below && first == "aws"): // below /aws is what AWS itself publishes
		return "no name begins with aws or ssm"
	}
	return ""
}

// isLabel says whether a version can have the label.
func isLabel(label string) bool { return labelPattern().MatchString(label) && !reserved(label) }

func reserved(name string) bool {
	lower := strings.ToLower(name)
	return strings.HasPrefix(lower, "aws") || strings.HasPrefix(lower, "ssm")
}
