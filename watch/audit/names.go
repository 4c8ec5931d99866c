package audit

import "github.com/elastic/go-libaudit/v2/auparse"

// Architectures, as the field arch has them (include/uapi/linux/audit.h).
const (
	ArchAMD64 uint32 = 0xc000003e
	ArchI386  uint32 = 0x40000003
	ArchARM64 uint32 = 0xc00000b7
	ArchARM   uint32 = 0x40000028
)

// x32 is the bit of the numbers of amd64's second table.
const x32 = 0x40000000

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
	if arch == ArchAMD64 {
		number &^= x32
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

// ErrnoName is the name of an error's number: ENOENT. It is empty where that is not known.
func ErrnoName(number int) string {
	return auparse.AuditErrnoToName[number]
}
