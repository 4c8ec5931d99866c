//go:build linux

package process

import (
	"runtime"

	"golang.org/x/sys/unix"
)

// vectorRegisters is the size of the largest copy that memmove does in one go, with all sixteen vector registers of
// amd64 (runtime/memmove_amd64.s).
const vectorRegisters = 256

// forgetRegisters overwrites what a fork leaves of the environment outside of the heap. The fork copies every variable,
// and the last copy's 64 bytes stay in vector registers. It runs with no signal blocked: one that comes then has the
// registers saved in its frame, on the signal stack of this thread, where they would stay, because the thread takes its
// signals by sigtimedwait and gets no other frame. So the registers are cleared, and the frame of one more signal, at the
// same place, has them. It is called with no signal blocked.
func forgetRegisters() {
	clearRegisters(vectorRegisters)
	Wake(unix.Gettid())
}

// clearRegisters copies zeros. Its size is not a constant, so that it is memmove that copies.
//
//go:noinline
func clearRegisters(size int) {
	var from, to [vectorRegisters]byte
	copy(to[:size], from[:size])
	runtime.KeepAlive(&to)
}
