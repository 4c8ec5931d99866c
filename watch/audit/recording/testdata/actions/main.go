// Command actions does what is recorded for the tests. Its arguments are what: exec, connect, forbidden, message.
package main

import (
	"fmt"
	"net"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"unsafe"
)

func main() {
	for _, what := range os.Args[1:] {
		switch what {
		case "exec":
			execs()
		case "connect":
			connects()
		case "forbidden":
			forbidden()
		case "message":
			messages()
		default:
			fmt.Fprintln(os.Stderr, what, "is not known")
			os.Exit(64)
		}
	}
}

func execs() {
	for _, args := range [][]string{
		{"plain", "", "with space", `quo"te`, "it's", "(null)", "ünï", "\xff\xfe", "new\nline", "4142", "DEADBEEF", "a=b", "a1=x", "tab\t"},
		{strings.Repeat("A", 7000), "tail"},
		{strings.Repeat("z", 9000), "tail", strings.Repeat("é", 6000)},
		{},
	} {
		run("/bin/true", args...)
	}
	run("/missing/program", "x")
	run("/etc/passwd", "x")
	dir, err := os.MkdirTemp("", "with space")
	fail(err)
	defer os.RemoveAll(dir)
	fail(os.WriteFile(dir+"/script", []byte("#!/bin/true -x\n"), 0o755))
	run(dir+"/script", "of its own")
	inMemory()
	cmd := exec.Command("argv0 is no path", "x")
	cmd.Path = "/bin/true"
	_ = cmd.Run()
}

func run(path string, args ...string) {
	cmd := &exec.Cmd{Path: path, Args: append([]string{path}, args...)}
	_ = cmd.Run()
}

// inMemory starts a program that is in no directory.
func inMemory() {
	text, err := os.ReadFile("/bin/true")
	fail(err)
	name := []byte("hidden\x00")
	fd, _, errno := syscall.Syscall(numbers.memfdCreate, uintptr(unsafe.Pointer(&name[0])), 0, 0)
	if errno != 0 {
		fail(errno)
	}
	file := os.NewFile(fd, "hidden")
	_, err = file.Write(text)
	fail(err)
	cmd := exec.Command(fmt.Sprintf("/proc/self/fd/%d", 3), "from memory")
	cmd.ExtraFiles = []*os.File{file}
	_ = cmd.Run()
	file.Close()
}

func connects() {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	fail(err)
	defer l.Close()
	dial("tcp", l.Addr().String())
	dial("tcp", "127.0.0.1:9")
	dial("tcp", "[::1]:9")
	dial("udp", "127.0.0.1:53")
	dial("udp", "[::1]:5353")
	dir, err := os.MkdirTemp("", "actions")
	fail(err)
	defer os.RemoveAll(dir)
	path, err := net.Listen("unix", dir+"/a socket")
	fail(err)
	defer path.Close()
	dial("unix", dir+"/a socket")
	dial("unix", dir+"/missing")
	abstract, err := net.Listen("unix", "@tswatch/of a test")
	fail(err)
	defer abstract.Close()
	dial("unix", "@tswatch/of a test")
	blocking(&syscall.SockaddrInet4{Port: 9, Addr: [4]byte{127, 0, 0, 1}})
	blocking(&syscall.SockaddrInet6{Port: 9, Addr: [16]byte{10: 0xff, 11: 0xff, 12: 127, 15: 1}})
}

func dial(network, address string) {
	if c, err := net.Dial(network, address); err == nil {
		c.Close()
	}
}

// blocking connects as old programs do. Those of package net never wait: their exit is EINPROGRESS.
func blocking(to syscall.Sockaddr) {
	family := syscall.AF_INET
	if _, six := to.(*syscall.SockaddrInet6); six {
		family = syscall.AF_INET6
	}
	fd, err := syscall.Socket(family, syscall.SOCK_STREAM, 0)
	fail(err)
	_ = syscall.Connect(fd, to)
	_ = syscall.Close(fd)
}

// forbidden are calls that the kernel refuses to a user, and that are recorded all the same.
func forbidden() {
	ns, err := os.Open("/proc/self/ns/net")
	fail(err)
	defer ns.Close()
	file, err := os.Open("/bin/true")
	fail(err)
	defer file.Close()
	var nothing [128]byte
	at := uintptr(unsafe.Pointer(&nothing[0]))
	call := func(number uintptr, args ...uintptr) {
		args = append(args, 0, 0, 0, 0, 0, 0)
		_, _, _ = syscall.Syscall6(number, args[0], args[1], args[2], args[3], args[4], args[5])
	}
	call(numbers.setns, ns.Fd(), syscall.CLONE_NEWNET)
	call(numbers.unshare, syscall.CLONE_NEWNS)
	_ = syscall.Mount("a device", "/mnt", "tmpfs", 0, "")
	call(numbers.ptrace, syscall.PTRACE_ATTACH, 1)
	call(numbers.ptrace, 0x4206, 1)
	call(numbers.initModule, at, 0, at)
	call(numbers.finitModule, file.Fd(), at, 0)
	call(numbers.bpf, 5, at, uintptr(len(nothing)))
	call(numbers.moveMount, ^uintptr(99), at, ^uintptr(99), at, 0)
}

// messages are what programs send to the audit log, as logins, services and auditctl -m do. It needs CAP_AUDIT_WRITE.
func messages() {
	fd, err := syscall.Socket(syscall.AF_NETLINK, syscall.SOCK_RAW, 9)
	fail(err)
	for _, m := range []struct {
		kind uint16
		text string
	}{
		{1100, `op=PAM:authentication grantors=? acct="nobody's" exe="/usr/sbin/sshd" hostname=192.0.2.7 addr=192.0.2.7 terminal=ssh res=failed`},
		{1112, `op=login id=1000 exe="/usr/sbin/sshd" hostname=192.0.2.7 addr=192.0.2.7 terminal=/dev/pts/0 res=success`},
		{1123, `cwd="/" cmd=6C73202D6C20222F746D7022 exe="/usr/bin/sudo" terminal=pts/0 res=success`},
		{1130, `unit=cron comm="systemd" exe="/usr/lib/systemd/systemd" hostname=? addr=? terminal=? res=success`},
		{1107, `avc:  denied  { start } for auid=n/a uid=0 path="/x" scontext=system_u:object_r:a_t:s0 tclass=service exe="/usr/bin/dbus-daemon"`},
		{1005, `a word of "somebody" for whom 'quotes' are nothing`},
		{1130, "unit=bytes\x1b[A\xff \x1d exe=\"/x\" res=failed"},
	} {
		fail(send(fd, m.kind, m.text))
	}
}

func send(fd int, kind uint16, text string) error {
	length := 16 + len(text) + 1
	b := make([]byte, (length+3)&^3)
	*(*uint32)(unsafe.Pointer(&b[0])) = uint32(length)
	*(*uint16)(unsafe.Pointer(&b[4])) = kind
	*(*uint16)(unsafe.Pointer(&b[6])) = 1 | 4 // a request, with an answer
	copy(b[16:], text)
	if err := syscall.Sendto(fd, b, 0, &syscall.SockaddrNetlink{Family: syscall.AF_NETLINK}); err != nil {
		return err
	}
	answer := make([]byte, 1024)
	_, _, err := syscall.Recvfrom(fd, answer, 0)
	if code := *(*int32)(unsafe.Pointer(&answer[16])); code != 0 {
		return syscall.Errno(-code)
	}
	return err
}

func fail(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
