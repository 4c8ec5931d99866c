#include "textflag.h"

// func start()
// prctl(PR_SET_DUMPABLE, 0). Sets endedEarly as the handler of TERM, INT and HUP, each unless it is ignored: rt_sigaction, twice for each. Then
// fcntl(1, F_GETFD), and the runtime's entry with the stack as the kernel left it.
TEXT ·start(SB),NOSPLIT|NOFRAME|TOPFRAME,$0
	MOVL $157, AX
	MOVL $4, DI
	XORL SI, SI
	SYSCALL
	SUBQ $64, SP // two of the kernel's sigaction: the one to set, and the one that was found
	LEAQ ·endedEarly(SB), AX
	MOVQ AX, 0(SP)
	MOVQ $0x04000000, AX // SA_RESTORER, without which the kernel delivers nothing
	MOVQ AX, 8(SP)
	MOVQ $0, 16(SP)
	MOVQ $0, 24(SP)
	MOVL $0x01020f, R12 // one signal a byte
next:
	MOVL $13, AX
	MOVBLZX R12, DI
	XORL SI, SI
	LEAQ 32(SP), DX
	MOVL $8, R10
	SYSCALL
	CMPQ 32(SP), $1 // SIG_IGN
	JEQ  ignored
	MOVL $13, AX
	LEAQ 0(SP), SI
	XORL DX, DX
	SYSCALL
ignored:
	SHRL $8, R12
	JNE  next
	ADDQ $64, SP
	MOVL $72, AX
	MOVL $1, DI
	MOVL $1, SI
	SYSCALL
	MOVQ AX, ·stdoutAtStart(SB)
	JMP  _rt0_amd64_linux(SB)

// func endedEarly()
// exit_group(128 + the signal)
TEXT ·endedEarly(SB),NOSPLIT|NOFRAME|TOPFRAME,$0
	ADDL $128, DI
	MOVL $231, AX
	SYSCALL
	INT  $3
