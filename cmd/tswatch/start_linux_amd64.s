#include "textflag.h"

// func start()
// fcntl(1, F_GETFD), and the runtime's entry with the stack as the kernel left it.
TEXT ·start(SB),NOSPLIT|NOFRAME|TOPFRAME,$0
	MOVL $72, AX
	MOVL $1, DI
	MOVL $1, SI
	SYSCALL
	MOVQ AX, ·stdoutAtStart(SB)
	JMP  _rt0_amd64_linux(SB)
