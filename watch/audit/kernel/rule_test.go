package kernel

import (
	"slices"
	"strings"
	"testing"

	"github.com/tsboot/tsboot/watch/audit"
)

// TestRulesKeepTheirMeaning: what is sent to the kernel is what is read back.
func TestRulesKeepTheirMeaning(t *testing.T) {
	t.Parallel()
	rules := Plan{UIDs: []uint32{1, 4294967294}, HostRoot: "/", Sockets: []string{"/run/docker.sock"}}.wanted(1234)
	for _, r := range rules {
		got, err := decodeRule(r.encode())
		if err != nil || !got.equals(r) || got.first != r.first || !got.ours() {
			t.Errorf("%s\nbecame %s, %v", r, got, err)
		}
	}
	for i, r := range rules {
		for _, o := range rules[:i] {
			if r.equals(o) {
				t.Errorf("twice: %s", r)
			}
		}
	}
}

// TestWantedRules: what the kernel is asked for, by the words of auditctl.
func TestWantedRules(t *testing.T) {
	t.Parallel()
	lines := func(p Plan) string {
		var b strings.Builder
		for _, r := range p.wanted(77) {
			b.WriteString(r.String() + "\n")
		}
		return b.String()
	}
	all := lines(Plan{HostRoot: "/", Sockets: []string{"/run/x.sock"}})
	for _, wanted := range []string{
		"-A never,exit -F arch=b64 -S ", " -F pid=77 -F key=tswatch\n",
		"-a always,exit -F arch=b64 -S execve,execveat -F key=tswatch\n",
		"-a always,exit -F arch=b32 -S execve,execveat -F key=tswatch\n",
		"-a always,exit -F arch=b64 -S connect -F saddr_fam=2 -F key=tswatch\n",
		"-a always,exit -F arch=b32 -S connect -F saddr_fam=10 -F key=tswatch\n",
		"-a always,exit -F arch=b32 -S socketcall -F a0=3 -F saddr_fam=2 -F key=tswatch\n",
		"-a always,exit -F arch=b64 -S connect -F path=/run/x.sock -F key=tswatch\n",
		"-a always,exit -F arch=b64 -S ptrace -F a0=16 -F key=tswatch\n",
		"-a always,exit -F path=/etc/passwd -F perm=wa -F key=tswatch\n",
	} {
		if !strings.Contains(all, wanted) {
			t.Errorf("%q is not in\n%s", wanted, all)
		}
	}
	two := lines(Plan{HostRoot: "/none", UIDs: []uint32{5, 6}})
	one := lines(Plan{HostRoot: "/none", UIDs: []uint32{5}})
	if strings.Count(two, "uid=5") != strings.Count(one, "uid=5") || strings.Count(two, "uid=6") != strings.Count(one, "uid=5") {
		t.Errorf("for two users:\n%s", two)
	}
	if strings.Contains(one, "perm=wa") {
		t.Errorf("a host without files:\n%s", one)
	}
}

// TestNumbersOfCalls: the same names are other numbers in each table.
func TestNumbersOfCalls(t *testing.T) {
	t.Parallel()
	for arch, wanted := range map[uint32][]int{
		audit.ArchAMD64: {42, 59, 322, 165, 429},
		audit.ArchI386:  {362, 11, 358, 21, 429},
		audit.ArchARM64: {203, 221, 281, 40, 429},
		audit.ArchARM:   {283, 11, 387, 21, 429},
	} {
		got := numbersOf(arch, []string{"connect", "execve", "execveat", "mount", "move_mount"})
		slices.Sort(wanted)
		if !slices.Equal(got, wanted) {
			t.Errorf("%#x: %v, wanted %v", arch, got, wanted)
		}
	}
	for _, machine := range []string{"amd64", "arm64"} {
		for _, arch := range arches(machine) {
			for _, c := range calls {
				if len(numbersOf(arch, c.names)) == 0 && c.names[0] != "socketcall" {
					t.Errorf("%s %#x: no number for %v", machine, arch, c.names)
				}
			}
		}
	}
}

// TestBeforeFamilies: what a kernel is asked for that does not know families of addresses.
func TestBeforeFamilies(t *testing.T) {
	t.Parallel()
	replaced := map[string]bool{}
	for _, r := range (Plan{HostRoot: "/none"}).wanted(1) {
		if old, ok := r.beforeFamilies(); ok {
			replaced[old.String()] = true
		}
	}
	for _, wanted := range []string{"-F arch=b64 -S connect -F a2=16", "-F arch=b64 -S connect -F a2=28", "-F arch=b32 -S connect -F a2=16", "-F arch=b32 -S connect -F a2=28"} {
		if !replaced["-a always,exit "+wanted+" -F key=tswatch"] {
			t.Errorf("%s is not in %v", wanted, replaced)
		}
	}
	if len(replaced) != 4 {
		t.Errorf("%d rules are replaced: %v", len(replaced), replaced)
	}
}

func FuzzDecodeRule(f *testing.F) {
	for _, r := range (Plan{HostRoot: "/none", UIDs: []uint32{7}}).wanted(1)[:3] {
		f.Add(r.encode())
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		r, err := decodeRule(b)
		if err != nil {
			return
		}
		_ = r.String()
		if again, err := decodeRule(r.encode()); err != nil || !again.equals(r) {
			t.Errorf("%s became %s, %v", r, again, err)
		}
	})
}
