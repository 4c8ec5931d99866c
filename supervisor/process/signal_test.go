//go:build linux

package process

import (
	"testing"

	"golang.org/x/sys/unix"
)

// TestSignalNames: the table is Linux's, which other systems have it from.
func TestSignalNames(t *testing.T) {
	t.Parallel()
	for n := 1; n < int(sigRTMin); n++ {
		want := unix.SignalName(unix.Signal(n))
		if want == "" {
			continue
		}
		if got := Signal(n).String(); got != want {
			t.Errorf("signal %d is %s, want %s", n, got, want)
		}
		if got, err := ParseSignal(want); int(got) != n || err != nil {
			t.Errorf("%s is %d, %v, want %d", want, got, err, n)
		}
	}
}
