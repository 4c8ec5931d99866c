package boot

import (
	"errors"
	"testing"

	"github.com/tsboot/tsboot/supervisor"
)

// TestCatalogueHasNoTwins: a code means one thing, whichever room it comes from.
func TestCatalogueHasNoTwins(t *testing.T) {
	t.Parallel()
	seen := map[string]bool{}
	for _, e := range Catalogue() {
		if seen[e.Code] || e.Seen == "" || e.Cause == "" || e.Do == "" {
			t.Errorf("%+v", e)
		}
		seen[e.Code] = true
	}
	for _, err := range []error{
		Usagef("x"), &supervisor.ExecError{Code: 127}, &supervisor.ExecError{Code: 126}, &supervisor.SetupError{}, &Error{Kind: CannotWrite, Err: errors.New("x")},
		&supervisor.StopError{}, &supervisor.GaveUpError{}, errors.New("x"),
	} {
		if EntryOf(CodeOf(err)).Kind != KindOf(err) {
			t.Errorf("%T: code %s is not of kind %q", err, CodeOf(err), KindOf(err))
		}
	}
}
