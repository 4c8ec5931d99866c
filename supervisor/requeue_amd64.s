#include "textflag.h"

// The signal handler of requeue.go, in the kernel's calling convention: DI is
// the signal, SI its siginfo. All registers are restored when it returns, to
// the restorer that came with it.
TEXT requeueSignal<>(SB),NOSPLIT|NOFRAME,$0
	MOVL DI, DX          // rt_tgsigqueueinfo(tgid, tid, sig, info)
	MOVQ SI, R10
	MOVL $39, AX         // getpid
	SYSCALL
	MOVQ AX, DI
	CMPQ DI, ·requeuePID(SB)
	JNE  done            // a child before its exec
	MOVL $186, AX        // gettid
	SYSCALL
	MOVQ ·requeueTID(SB), SI
	CMPQ AX, SI
	JEQ  stash
	MOVL $-1, 8(R10)     // si_code = SI_QUEUE: the kernel takes no other from us
	MOVL $297, AX        // rt_tgsigqueueinfo
	SYSCALL
done:
	RET
stash:
	MOVL 16(R10), AX     // si_pid
	CMPQ AX, DI
	JEQ  done            // from ourselves
	LEAQ -1(DX), CX
	MOVL $1, AX
	SHLQ CX, AX
	ORQ  AX, ·requeueStash(SB)
	RET

// func requeueHandler() uintptr
TEXT ·requeueHandler(SB),NOSPLIT,$0-8
	LEAQ requeueSignal<>(SB), AX
	MOVQ AX, ret+0(FP)
	RET
