//go:build linux

package process

import (
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"golang.org/x/sys/unix"
)

func TestParseSignal(t *testing.T) {
	t.Parallel()
	for s, want := range map[string]Signal{
		"SIGTERM": 15, "term": 15, "Int": 2, "15": 15, "64": 64, "1": 1, "SIGIOT": 6, "CLD": 17, "poll": 29, "STKFLT": 16, "sys": 31, "PWR": 30,
		"RTMIN": 34, "SIGRTMIN": 34, "SIGRTMIN+3": 37, "rtmin+30": 64, "SIGRTMAX": 64, "RTMAX-14": 50, "RTMAX-30": 34, "WINCH": 28,
	} {
		if got, err := ParseSignal(s); err != nil || got != want {
			t.Errorf("%q: got %d, %v; want %d", s, int(got), err, int(want))
		}
	}
	for _, s := range []string{"", "0", "65", "-1", "+5", "TERMINATE", "SIG", "RTMIN3", "RTMIN-1", "RTMAX+1", "RTMIN+31", "RTMAX-31", "RT", "RTMIN+", "1.5", " TERM"} {
		if got, err := ParseSignal(s); err == nil {
			t.Errorf("%q: got %d, want an error", s, int(got))
		}
	}
}

func TestSignalNamesReadBack(t *testing.T) {
	t.Parallel()
	for sig := Signal(1); sig <= MaxSignal; sig++ {
		name := sig.String()
		if sig == 32 || sig == 33 {
			if name != "signal 32" && name != "signal 33" {
				t.Errorf("%d is %q", int(sig), name)
			}
			continue
		}
		if got, err := ParseSignal(name); err != nil || got != sig {
			t.Errorf("%d is %q, which is %d, %v", int(sig), name, int(got), err)
		}
	}
}

func TestLookupIdentity(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	passwd, group := filepath.Join(dir, "passwd"), filepath.Join(dir, "group")
	for path, content := range map[string]string{
		passwd: "root:x:0:0::/root:/bin/sh\nagent:x:100:200::/var/agent:/bin/false\nbroken line\n",
		group:  "root:x:0:\nagent:x:200:\nlogs:x:300:agent,other\n",
	} {
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for spec, want := range map[string]Identity{
		"agent":      {UID: 100, GID: 200, Groups: []int{200, 300}, Home: "/var/agent", Name: "agent"},
		"100":        {UID: 100, GID: 200, Groups: []int{200, 300}, Home: "/var/agent", Name: "agent"},
		"agent:logs": {UID: 100, GID: 300, Groups: []int{300}, Home: "/var/agent", Name: "agent"},
		"agent:7":    {UID: 100, GID: 7, Groups: []int{7}, Home: "/var/agent", Name: "agent"},
		"4242":       {UID: 4242, GID: 0, Groups: []int{0}, Home: "/"},
		"4242:4343":  {UID: 4242, GID: 4343, Groups: []int{4343}, Home: "/"},
	} {
		got, err := lookupIdentity(spec, passwd, group)
		if err != nil {
			t.Errorf("%q: %v", spec, err)
			continue
		}
		if !reflect.DeepEqual(*got, want) {
			t.Errorf("%q: got %+v, want %+v", spec, *got, want)
		}
	}
	for _, spec := range []string{"", ":", ":logs", "nobody-here", "agent:no-such-group", "-1", "99999999999"} {
		if got, err := lookupIdentity(spec, passwd, group); err == nil {
			t.Errorf("%q: got %+v, want an error", spec, got)
		}
	}
	if _, err := lookupIdentity("root:none", passwd, group); err == nil || !strings.Contains(err.Error(), "a group in "+group) {
		t.Errorf("where groups are is not said: %v", err)
	}
	if got, err := lookupIdentity("5:6", "/nonexistent", "/nonexistent"); err != nil || got.UID != 5 || got.GID != 6 {
		t.Errorf("without Files: %+v, %v", got, err)
	}
}

func TestParseStat(t *testing.T) {
	t.Parallel()
	rest := " S 10 20 30 34816 40 4194304 1 2 3 4 5 6 7 8 20 0 1 0 12345 100 200"
	for name, line := range map[string]string{
		"plain": "7 (agent)" + rest, "parentheses": "7 (a) Z 1 1 1 (b))" + rest, "newline": "7 (a\nb)" + rest,
	} {
		want := Stat{State: 'S', PPID: 10, Group: 20, Session: 30, Threads: 1, Start: 12345}
		if got, ok := parseStat([]byte(line)); !ok || got != want {
			t.Errorf("%s: got %+v, %v", name, got, ok)
		}
	}
	for _, line := range []string{"", "7 (agent", "7 (agent) S 1 2"} {
		if _, ok := parseStat([]byte(line)); ok {
			t.Errorf("%q is taken for a stat line", line)
		}
	}
	self, ok := ReadStat(os.Getpid())
	if !ok || self.PPID != os.Getppid() || self.Start == 0 || self.Threads < 2 {
		t.Errorf("our own: %+v, %v", self, ok)
	}
}

func TestIsBelow(t *testing.T) {
	t.Parallel()
	pid, self := startChild(t), os.Getpid()
	if !isBelow(pid, self) {
		t.Error("the child is not below the test")
	}
	if isBelow(self, pid) || isBelow(self, self) || isBelow(1, self) || isBelow(4194303, self) {
		t.Error("a process is said to be below another by mistake")
	}
	if signalDescendant(os.Getppid(), Signal(unix.SIGCONT)) || signalDescendant(self, Signal(unix.SIGCONT)) {
		t.Error("a signal went to a process that is not below the test")
	}
}

func TestWaysToFindChildrenAgree(t *testing.T) {
	t.Parallel()
	pid := startChild(t)
	byFile, ok := ChildrenOf(os.Getpid())
	if ok && !slices.Contains(byFile, pid) {
		t.Errorf("%d is not among %v", pid, byFile)
	}
	if byStat := parentsOf()[os.Getpid()]; !slices.Contains(byStat, pid) {
		t.Errorf("%d is not among %v", pid, byStat)
	}
	_, child := askAboutChild(pid)
	_, parent := askAboutChild(os.Getppid())
	_, own := askAboutChild(os.Getpid())
	if !child || parent || own {
		t.Error("the kernel says otherwise")
	}
}

func TestReadOOM(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		self  string
		files map[string]string
		want  OOMCounter
	}{
		"version 2":               {"0::/a/b\n", map[string]string{"a/b/memory.events": "low 0\noom 2\noom_kill 3\noom_group_kill 0\n"}, OOMCounter{3, true}},
		"version 2, own root":     {"0::/\n", map[string]string{"memory.events": "oom_kill 1\n"}, OOMCounter{1, true}},
		"version 2, hidden path":  {"0::/../../docker/x\n", map[string]string{"memory.events": "oom_kill 4\n"}, OOMCounter{4, true}},
		"version 1":               {"9:memory:/docker/x\n1:name=systemd:/\n", map[string]string{"memory/docker/x/memory.oom_control": "oom_kill_disable 0\nunder_oom 0\noom_kill 5\n"}, OOMCounter{5, true}},
		"version 1 in container":  {"9:cpu,memory:/docker/x\n", map[string]string{"memory/memory.oom_control": "oom_kill 6\n"}, OOMCounter{6, true}},
		"both, memory in 1":       {"9:memory:/x\n0::/x\n", map[string]string{"memory/x/memory.oom_control": "oom_kill 7\n", "unified/x/cgroup.events": ""}, OOMCounter{7, true}},
		"old kernel without it":   {"9:memory:/\n", map[string]string{"memory/memory.oom_control": "oom_kill_disable 0\nunder_oom 0\n"}, OOMCounter{}},
		"damaged":                 {"0::/\n", map[string]string{"memory.events": "oom_kill many\n"}, OOMCounter{}},
		"nothing":                 {"", nil, OOMCounter{}},
		"odd lines":               {"nonsense\n\n0::/a\n", map[string]string{"a/memory.events": "oom_kill 8\n"}, OOMCounter{8, true}},
		"oom_kill_disable alone":  {"9:memory:/\n", map[string]string{"memory/memory.oom_control": "oom_kill_disable 1\n"}, OOMCounter{}},
		"a path with a colon":     {"0::/a:b\n", map[string]string{"a:b/memory.events": "oom_kill 9\n"}, OOMCounter{9, true}},
		"memory is not memoryfoo": {"9:memoryfoo:/x\n", map[string]string{"memory/x/memory.oom_control": "oom_kill 1\n"}, OOMCounter{}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			self := filepath.Join(dir, "self")
			if err := os.WriteFile(self, []byte(test.self), 0o600); err != nil {
				t.Fatal(err)
			}
			for file, content := range test.files {
				path := filepath.Join(dir, "cgroup", file)
				if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
					t.Fatal(err)
				}
				if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
					t.Fatal(err)
				}
			}
			if got := readOOMIn(self, filepath.Join(dir, "cgroup")); got != test.want {
				t.Errorf("got %+v, want %+v", got, test.want)
			}
		})
	}
}

func TestStatusFromTheKernel(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		ws   unix.WaitStatus
		want Status
	}{
		"exit":   {0x0700, Status{Code: 7, Reason: ReasonExited}},
		"signal": {9, Status{Code: 137, Signal: Signal(unix.SIGKILL), Reason: ReasonSignalled}},
		"core":   {0x80 | 11, Status{Code: 139, Signal: 11, CoreDumped: true, Reason: ReasonSignalled}},
	} {
		if got := NewStatus(test.ws, 0); got != test.want {
			t.Errorf("%s: got %+v", name, got)
		}
	}
}
