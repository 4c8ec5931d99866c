package capability

import (
	"os"
	"strconv"
	"strings"
	"testing"

	"golang.org/x/sys/unix"
)

// The kernel prints the same sets.
func TestSets(t *testing.T) {
	t.Parallel()
	status, err := os.ReadFile("/proc/self/status")
	if err != nil {
		t.Fatal(err)
	}
	for field, ask := range map[string]func() (Set, error){"CapEff": Effective, "CapBnd": Bounding, "CapAmb": Ambient} {
		got, err := ask()
		if err != nil {
			t.Fatal(err)
		}
		_, rest, _ := strings.Cut(string(status), field+":\t")
		line, _, _ := strings.Cut(rest, "\n")
		want, err := strconv.ParseUint(line, 16, 64)
		if err != nil || uint64(got) != want {
			t.Errorf("%s: %x, the kernel has %q (%v)", field, uint64(got), line, err)
		}
	}
}

func TestNames(t *testing.T) {
	t.Parallel()
	all := Names()
	if len(all) != unix.CAP_LAST_CAP+1 {
		t.Errorf("%d names, the kernel has %d", len(all), unix.CAP_LAST_CAP+1)
	}
	for name, number := range map[string]uint{
		"CHOWN": unix.CAP_CHOWN, "KILL": unix.CAP_KILL, "NET_ADMIN": unix.CAP_NET_ADMIN, "SYS_PTRACE": unix.CAP_SYS_PTRACE, "SYS_ADMIN": unix.CAP_SYS_ADMIN,
		"MKNOD": unix.CAP_MKNOD, "AUDIT_CONTROL": unix.CAP_AUDIT_CONTROL, "SYSLOG": unix.CAP_SYSLOG, "AUDIT_READ": unix.CAP_AUDIT_READ, "BPF": unix.CAP_BPF,
	} {
		if all[number] != name || len(Set(1<<number).Lacks([]string{name})) > 0 || len((^Set(1<<number)).Lacks([]string{name})) != 1 {
			t.Errorf("%s is not number %d", name, number)
		}
	}
	if got := (^Set(0)).Lacks([]string{"NOPE", "CHOWN"}); len(got) != 1 || got[0] != "NOPE" {
		t.Errorf("%v", got)
	}
}

func TestHas(t *testing.T) {
	t.Parallel()
	s := Set(1<<unix.CAP_CHOWN | 1<<unix.CAP_AUDIT_READ) // the second is above 32
	if !s.Has(unix.CAP_CHOWN) || !s.Has(unix.CAP_AUDIT_READ) || s.Has(unix.CAP_KILL) || Set(0).Has(unix.CAP_CHOWN) {
		t.Errorf("%x", uint64(s))
	}
}
