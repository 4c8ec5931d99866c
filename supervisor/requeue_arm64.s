#include "textflag.h"

// The signal handler of requeue.go, in the kernel's calling convention: R0 is
// the signal, R1 its siginfo. All registers are restored when it returns, to
// the restorer that came with it.
TEXT requeueSignal<>(SB),NOSPLIT|NOFRAME,$0
	MOVWU R0, R2         // rt_tgsigqueueinfo(tgid, tid, sig, info)
	MOVD R1, R3
	MOVD $172, R8        // getpid
	SVC
	MOVD R0, R9
	MOVD ·requeuePID(SB), R4
	CMP  R4, R9
	BNE  done            // a child before its exec
	MOVD $178, R8        // gettid
	SVC
	MOVD ·requeueTID(SB), R1
	CMP  R1, R0
	BEQ  stash
	MOVD R9, R0
	MOVW $-1, R5
	MOVW R5, 8(R3)       // si_code = SI_QUEUE: the kernel takes no other from us
	MOVD $240, R8        // rt_tgsigqueueinfo
	SVC
done:
	RET
stash:
	MOVWU 16(R3), R5     // si_pid
	CMP  R5, R9
	BEQ  done            // from ourselves
	SUB  $1, R2, R6
	MOVD $1, R5
	LSL  R6, R5, R5
	MOVD ·requeueStash(SB), R7
	ORR  R5, R7, R7
	MOVD R7, ·requeueStash(SB)
	RET

// func requeueHandler() uintptr
TEXT ·requeueHandler(SB),NOSPLIT,$0-8
	MOVD $requeueSignal<>(SB), R0
	MOVD R0, ret+0(FP)
	RET
