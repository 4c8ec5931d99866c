package boot

import (
	"fmt"
	"testing"

	"github.com/tsboot/tsboot/supervisor"
)

// TestKindOfUnsupported: what only Linux can do is a mistake of the caller elsewhere, however deep the reason lies.
func TestKindOfUnsupported(t *testing.T) {
	t.Parallel()
	cause := fmt.Errorf("run as uid 7: %w", supervisor.ErrUnsupported)
	for _, err := range []error{cause, &supervisor.ExecError{Path: "/agent", Code: 126, Err: cause}} {
		if got := KindOf(err); got != Usage {
			t.Errorf("%v: kind %v, want %v", err, got, Usage)
		}
	}
}
