package capability

import (
	"os"
	"strconv"
	"strings"
	"testing"

	"golang.org/x/sys/unix"
)

// The kernel prints the same set as CapEff.
func TestEffective(t *testing.T) {
	t.Parallel()
	got, err := Effective()
	if err != nil {
		t.Fatal(err)
	}
	status, err := os.ReadFile("/proc/self/status")
	if err != nil {
		t.Fatal(err)
	}
	_, rest, _ := strings.Cut(string(status), "CapEff:\t")
	line, _, _ := strings.Cut(rest, "\n")
	want, err := strconv.ParseUint(line, 16, 64)
	if err != nil || uint64(got) != want {
		t.Errorf("%x, the kernel has %q (%v)", uint64(got), line, err)
	}
}

func TestHas(t *testing.T) {
	t.Parallel()
	s := Set(1<<unix.CAP_CHOWN | 1<<unix.CAP_AUDIT_READ) // the second is above 32
	if !s.Has(unix.CAP_CHOWN) || !s.Has(unix.CAP_AUDIT_READ) || s.Has(unix.CAP_KILL) || Set(0).Has(unix.CAP_CHOWN) {
		t.Errorf("%x", uint64(s))
	}
}
