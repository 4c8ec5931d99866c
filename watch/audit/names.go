package audit

import (
	"strconv"
	"strings"

	"github.com/elastic/go-libaudit/v2/auparse"
)

// Architectures, as the field arch has them (include/uapi/linux/audit.h).
const (
	ArchAMD64 uint32 = 0xc000003e
	ArchI386  uint32 = 0x40000003
	ArchARM64 uint32 = 0xc00000b7
	ArchARM   uint32 = 0x40000028
)

// x32 is the bit of the numbers that programs of the x32 ABI use. Most are those of amd64, some have their own.
const x32 = 0x40000000

var ofX32 = map[int]string{
	512: "rt_sigaction", 513: "rt_sigreturn", 514: "ioctl", 515: "readv", 516: "writev", 517: "recvfrom", 518: "sendmsg",
	519: "recvmsg", 520: "execve", 521: "ptrace", 522: "rt_sigpending", 523: "rt_sigtimedwait", 524: "rt_sigqueueinfo",
	525: "sigaltstack", 526: "timer_create", 527: "mq_notify", 528: "kexec_load", 529: "waitid", 530: "set_robust_list",
	531: "get_robust_list", 532: "vmsplice", 533: "move_pages", 534: "preadv", 535: "pwritev", 536: "rt_tgsigqueueinfo",
	537: "recvmmsg", 538: "sendmmsg", 539: "process_vm_readv", 540: "process_vm_writev", 541: "setsockopt", 542: "getsockopt",
	543: "io_setup", 544: "io_submit", 545: "execveat", 546: "preadv2", 547: "pwritev2",
}

// common are the system calls that are newer than the library. Since 5.1 a new one has the same number everywhere.
var common = map[int]string{
	463: "setxattrat", 464: "getxattrat", 465: "listxattrat", 466: "removexattrat", 467: "open_tree_attr",
	468: "file_getattr", 469: "file_setattr", 470: "listns", 471: "rseq_slice_yield",
}

// corrected are the system calls that the library does not have or calls otherwise than the kernel. Where it has the names
// of ausearch (pread for pread64), they stay.
var corrected = map[call]string{
	{ArchAMD64, 335}: "uretprobe", {ArchAMD64, 336}: "uprobe",
	{ArchI386, 283}: "kexec_load", {ArchI386, 423}: "sched_rr_get_interval_time64",
	{ArchARM, 335}: "pselect6", {ArchARM, 336}: "ppoll", {ArchARM, 346}: "epoll_pwait",
	{ArchARM, 423}: "sched_rr_get_interval_time64",
}

type call struct {
	arch   uint32
	number int
}

// SyscallName is the name of a system call; empty where it is not known.
func SyscallName(arch uint32, number int) string {
	if arch == ArchAMD64 && number >= 0 && number&x32 != 0 {
		number &^= x32
		if name, ok := ofX32[number]; ok {
			return name
		}
	}
	if name, ok := corrected[call{arch, number}]; ok {
		return name
	}
	if name, ok := auparse.AuditSyscalls[auparse.AuditArchNames[auparse.AuditArch(arch)]][number]; ok {
		return name
	}
	if _, known := auparse.AuditArchNames[auparse.AuditArch(arch)]; known {
		return common[number]
	}
	return ""
}

// Syscall is the name of the system call of a SYSCALL record; empty where it is not known. In a log that has words in place
// of numbers it is the word.
func (f Fields) Syscall() string {
	raw, _ := f.Raw("syscall")
	number, err := strconv.Atoi(raw)
	if err != nil {
		if strings.Trim(raw, "abcdefghijklmnopqrstuvwxyz0123456789_") != "" {
			return ""
		}
		return raw
	}
	arch, ok := f.Hex("arch")
	if !ok {
		word, _ := f.Raw("arch")
		for known, name := range auparse.AuditArchNames {
			if name == word {
				arch = uint64(known)
			}
		}
	}
	return SyscallName(uint32(arch), number)
}

// Exit is what the system call returned. In a log that has words in place of numbers it is the name of the error, with or without
// its text: EACCES(Permission denied).
func (f Fields) Exit() (int64, bool) {
	raw, _ := f.Raw("exit")
	if n, ok := parseInt(raw); ok {
		return n, true
	}
	word, _, _ := strings.Cut(strings.TrimPrefix(raw, "-"), "(")
	number, ok := auparse.AuditErrnoToNum[word]
	return -int64(number), ok
}

// ErrnoName is the name of an error's number: ENOENT. It is empty where that is not known.
func ErrnoName(number int) string {
	return auparse.AuditErrnoToName[number]
}
