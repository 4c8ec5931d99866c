#include "textflag.h"

// func start()
// prctl(PR_SET_DUMPABLE, 0). Sets endedEarly as the handler of TERM, INT and HUP, each unless it is ignored: rt_sigaction, twice for each. Then
// fcntl(1, F_GETFD), and the runtime's entry with the stack as the kernel left it.
TEXT ·start(SB),NOSPLIT|NOFRAME|TOPFRAME,$0
	MOVD $167, R8
	MOVD $4, R0
	MOVD ZR, R1
	SVC
	SUB  $64, RSP // two of the kernel's sigaction: the one to set, and the one that was found
	MOVD $·endedEarly(SB), R9
	MOVD R9, 0(RSP)
	MOVD ZR, 8(RSP)
	MOVD ZR, 16(RSP)
	MOVD ZR, 24(RSP)
	MOVD $0x01020f, R19 // one signal a byte
next:
	MOVD $134, R8
	AND  $0xff, R19, R0
	MOVD ZR, R1
	ADD  $32, RSP, R2
	MOVD $8, R3
	SVC
	MOVD 32(RSP), R9
	CMP  $1, R9 // SIG_IGN
	BEQ  ignored
	MOVD $134, R8
	AND  $0xff, R19, R0
	MOVD RSP, R1
	MOVD ZR, R2
	MOVD $8, R3
	SVC
ignored:
	LSR  $8, R19
	CBNZ R19, next
	ADD  $64, RSP
	MOVD $25, R8
	MOVD $1, R0
	MOVD $1, R1
	SVC
	MOVD R0, ·stdoutAtStart(SB)
	JMP  _rt0_arm64_linux(SB)

// func endedEarly()
// exit_group(128 + the signal)
TEXT ·endedEarly(SB),NOSPLIT|NOFRAME|TOPFRAME,$0
	ADD  $128, R0
	MOVD $94, R8
	SVC
	BRK
