package audit

import (
	"fmt"
	"testing"
)

func TestSyscallName(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		arch   uint32
		number int
		want   string
	}{
		{ArchAMD64, 59, "execve"}, {ArchAMD64, 322, "execveat"}, {ArchAMD64, 42, "connect"}, {ArchAMD64, 165, "mount"},
		{ArchAMD64, 308, "setns"}, {ArchAMD64, 272, "unshare"}, {ArchAMD64, 175, "init_module"}, {ArchAMD64, 313, "finit_module"},
		{ArchAMD64, 101, "ptrace"}, {ArchAMD64, 321, "bpf"}, {ArchAMD64, 435, "clone3"}, {ArchAMD64, 442, "mount_setattr"},
		{ArchAMD64, 0x40000000 + 42, "connect"}, {ArchAMD64, 0x40000000 + 59, "execve"}, {ArchAMD64, 0x40000000 + 520, "execve"},
		{ArchAMD64, 0x40000000 + 545, "execveat"}, {ArchAMD64, 0x40000000 + 521, "ptrace"}, {ArchAMD64, 0x40000000 + 548, ""},
		{ArchAMD64, 520, ""}, {ArchI386, 0x40000000 + 520, ""}, {ArchAMD64, -0x40000000 + 520, ""},
		{ArchI386, 11, "execve"}, {ArchI386, 358, "execveat"}, {ArchI386, 102, "socketcall"}, {ArchI386, 362, "connect"},
		{ArchI386, 283, "kexec_load"}, {ArchARM, 336, "ppoll"}, {ArchI386, 346, "setns"}, {ArchI386, 21, "mount"},
		{ArchARM64, 221, "execve"}, {ArchARM64, 281, "execveat"}, {ArchARM64, 203, "connect"}, {ArchARM64, 268, "setns"},
		{ArchARM64, 40, "mount"}, {ArchARM64, 117, "ptrace"}, {ArchARM64, 273, "finit_module"},
		{ArchARM, 11, "execve"}, {ArchARM, 387, "execveat"}, {ArchARM, 283, "connect"}, {ArchARM, 375, "setns"},
		{ArchAMD64, 470, "listns"}, {ArchARM64, 463, "setxattrat"}, {ArchARM, 468, "file_getattr"},
		{ArchAMD64, 9999, ""}, {ArchAMD64, -1, ""}, {0, 59, ""}, {0, 470, ""}, {0xdeadbeef, 59, ""},
	} {
		if got := SyscallName(test.arch, test.number); got != test.want {
			t.Errorf("%x %d is %q, want %q", test.arch, test.number, got, test.want)
		}
	}
}

func TestErrnoName(t *testing.T) {
	t.Parallel()
	for number, want := range map[int]string{2: "ENOENT", 13: "EACCES", 115: "EINPROGRESS", 111: "ECONNREFUSED", 0: "", -2: "", 9999: ""} {
		if got := ErrnoName(number); got != want {
			t.Errorf("%d is %q, want %q", number, got, want)
		}
	}
}

func TestExitOfRecord(t *testing.T) {
	t.Parallel()
	for data, want := range map[string]string{
		"success=no exit=-115 a0=3":                      "-115 true",
		"success=yes exit=0 a0=3":                        "0 true",
		"success=no exit=EINPROGRESS a0=3":               "-115 true",
		"success=no exit=-EACCES a0=3":                   "-13 true",
		"success=no exit=EACCES(Permission denied) a0=3": "-13 true",
		"success=no exit=-512 a0=3":                      "-512 true",
		"success=no exit=ENOTHING a0=3":                  "0 false",
		"success=no exit=99999999999999999999":           "0 false",
		"success=no a0=3":                                "0 false",
	} {
		n, ok := Record{Type: TypeSyscall, Data: data}.Fields().Exit()
		if got := fmt.Sprint(n, ok); got != want {
			t.Errorf("%s: %s, want %s", data, got, want)
		}
	}
}

func TestSyscallOfRecord(t *testing.T) {
	t.Parallel()
	for data, want := range map[string]string{
		"arch=c000003e syscall=59":         "execve",
		"arch=x86_64 syscall=59":           "execve",
		"arch=i386 syscall=11":             "execve",
		"arch=x86_64 syscall=execve":       "execve",
		"arch=aarch64 syscall=203":         "connect",
		"arch=c000003e syscall=1073742344": "execve",
		"arch=c000003e syscall=99999":      "",
		"arch=nothing syscall=59":          "",
		"arch=c000003e syscall=a<b":        "",
		"arch=c000003e":                    "",
	} {
		r := Record{Type: TypeSyscall, Data: data}
		if got := r.Fields().Syscall(); got != want {
			t.Errorf("%s: %q, want %q", data, got, want)
		}
	}
}
