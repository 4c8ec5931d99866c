package capability

import "slices"

// Set holds capabilities, one bit for each of the kernel's numbers (unix.CAP_CHOWN
// and so on). The zero value holds none.
type Set uint64

// Has reports whether the set holds a capability, by the kernel's number.
func (s Set) Has(number uint) bool { return s&(1<<number) != 0 }

// names are the kernel's, by number.
var names = []string{
	"CHOWN", "DAC_OVERRIDE", "DAC_READ_SEARCH", "FOWNER", "FSETID", "KILL", "SETGID", "SETUID", "SETPCAP", "LINUX_IMMUTABLE",
	"NET_BIND_SERVICE", "NET_BROADCAST", "NET_ADMIN", "NET_RAW", "IPC_LOCK", "IPC_OWNER", "SYS_MODULE", "SYS_RAWIO", "SYS_CHROOT",
	"SYS_PTRACE", "SYS_PACCT", "SYS_ADMIN", "SYS_BOOT", "SYS_NICE", "SYS_RESOURCE", "SYS_TIME", "SYS_TTY_CONFIG", "MKNOD", "LEASE",
	"AUDIT_WRITE", "AUDIT_CONTROL", "SETFCAP", "MAC_OVERRIDE", "MAC_ADMIN", "SYSLOG", "WAKE_ALARM", "BLOCK_SUSPEND", "AUDIT_READ",
	"PERFMON", "BPF", "CHECKPOINT_RESTORE",
}

// Names lists the capabilities that there are, without CAP_, as ECS and Docker name
// them.
func Names() []string { return slices.Clone(names) }

// Lacks gives those of the named capabilities that the set does not hold.
func (s Set) Lacks(named []string) []string {
	return slices.DeleteFunc(slices.Clone(named), func(name string) bool {
		number := slices.Index(names, name)
		return number >= 0 && s.Has(uint(number))
	})
}
