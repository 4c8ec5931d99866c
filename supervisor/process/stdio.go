//go:build linux

package process

import (
	"runtime"

	"golang.org/x/sys/unix"
)

// Undisturbed gives the calling goroutine, for as long as it lives, a thread of
// its own that blocks all signals: a write to a terminal from the background
// then does not stop the process (stty tostop), and one to a closed pipe only
// fails.
func Undisturbed() {
	runtime.LockOSThread()
	mask := WaitMask()
	_ = unix.PthreadSigmask(unix.SIG_SETMASK, &mask, nil)
}
