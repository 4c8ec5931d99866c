//go:build linux

package process

import (
	"runtime"
	"testing"

	"golang.org/x/sys/unix"
)

// A parent that is gone before its death can be watched counts as dead.
func TestParentThatIsGoneAlready(t *testing.T) {
	t.Parallel()
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	defer func() { _ = unix.Prctl(unix.PR_SET_PDEATHSIG, 0, 0, 0, 0) }()
	if late, err := WatchParent(Signal(unix.SIGUSR2), -1); err != nil || late != Signal(unix.SIGUSR2) {
		t.Errorf("got %v, %v", late, err)
	}
}
