#include "textflag.h"

// func start()
// fcntl(1, F_GETFD), and the runtime's entry with the stack as the kernel left it.
TEXT ·start(SB),NOSPLIT|NOFRAME|TOPFRAME,$0
	MOVD $25, R8
	MOVD $1, R0
	MOVD $1, R1
	SVC
	MOVD R0, ·stdoutAtStart(SB)
	JMP  _rt0_arm64_linux(SB)
