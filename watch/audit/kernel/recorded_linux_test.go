package kernel

import (
	"maps"
	"net"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	state "github.com/tsboot/tsboot/integration/audit"
	"github.com/tsboot/tsboot/watch/audit"
)

// openDir is a directory that every user may enter and write to.
func openDir(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "kernel-test-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	if err := os.Chmod(dir, 0o777); err != nil {
		t.Fatal(err)
	}
	return dir
}

// TestWhatIsRecorded: each kind of rule makes a record, and what is beside it makes none.
func TestWhatIsRecorded(t *testing.T) {
	state.Borrow(t)
	root := openDir(t)
	for _, dir := range []string{"etc", "etc/cron.d", "run"} {
		path := filepath.Join(root, dir)
		if err := os.Mkdir(path, 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.Chown(path, testUID, testUID); err != nil {
			t.Fatal(err)
		}
	}
	socket, other := filepath.Join(root, "run/docker.sock"), filepath.Join(root, "run/other.sock")
	for _, path := range []string{socket, other} {
		l, err := net.Listen("unix", path)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { l.Close() })
		if err := os.Chmod(path, 0o777); err != nil {
			t.Fatal(err)
		}
	}
	plan := Plan{Rules: true, UIDs: []uint32{testUID}, HostRoot: root, Sockets: []string{socket}}
	held := take(t, plan)
	s := open(t, Options{Mode: Multicast, Buffer: 1 << 20, Held: held})
	r := read(s)
	as := &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: testUID, Gid: testUID}}
	for _, do := range []string{"connect unix " + other, "connect unix " + socket, "connect udp 127.0.0.1:9", "connect tcp [::1]:9"} {
		p, _ := start(t, do, as)
		p.kill()
	}
	run(t, testUID, "/bin/sh", "-c", "cd "+root+"/etc; echo a > other; echo b > passwd; mv passwd old; mv other shadow; echo c > cron.d/job; unshare -U true; mount -t tmpfs x . ; true")
	if err := held.Release(); err != nil {
		t.Error(err)
	}
	s.Drain()
	seen := map[string]int{}
	for _, record := range r.rest(t) {
		number, _ := record.Int("syscall")
		if record.Type == audit.TypeSyscall && strings.Contains(record.Data, `key="tswatch"`) {
			seen[audit.SyscallName(audit.ArchAMD64, int(number))]++
		}
	}
	delete(seen, "execve")
	wanted := map[string]int{
		"connect":   3, // not the one to the other socket
		"openat":    2, // passwd, cron.d/job
		"renameat2": 2, // from passwd, to shadow
		"unshare":   1,
		"mount":     1,
	}
	if !maps.Equal(seen, wanted) {
		t.Errorf("recorded are %v, wanted %v", seen, wanted)
	}
}
