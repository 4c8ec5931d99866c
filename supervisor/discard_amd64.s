#include "textflag.h"

// A signal handler in the kernel's calling convention: it returns at once, to
// the restorer that came with it. See catchThreading.
TEXT discard<>(SB),NOSPLIT|NOFRAME,$0
	RET

// func discardHandler() uintptr
TEXT ·discardHandler(SB),NOSPLIT,$0-8
	LEAQ discard<>(SB), AX
	MOVQ AX, ret+0(FP)
	RET
