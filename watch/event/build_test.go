package event

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/tsboot/tsboot/watch/audit"
	"github.com/tsboot/tsboot/watch/container"
)

func TestResolve(t *testing.T) {
	for _, c := range []struct{ directory, name, want string }{
		{"/etc", "shadow", "/etc/shadow"},
		{"/etc", "./shadow", "/etc/shadow"},
		{"/etc", "", ""},
		{"/etc", ".", "/etc"},
		{"/etc", "..", "/"},
		{"/srv/a", "../b", "/srv/b"},
		{"/srv/a", "../../../../b", "/b"},
		{"/", "b", "/b"},
		{"/srv/a", ".././../etc//shadow", "/etc/shadow"},
		{"/srv", "link/../shadow", "/srv/link/../shadow"},
		{"", "shadow", "shadow"},
		{"(unreachable)/x", "shadow", "shadow"},
		{"/x", "/etc/shadow", "/etc/shadow"},
		{"/x", "//etc/./shadow", "/etc/shadow"},
		{"/x", "/tmp/", "/tmp"},
		{"/x", "/", "/"},
		{"/x", "/a/../b", "/a/../b"},
		{"/x", "/a/..b/...", "/a/..b/..."},
		{"/x", "/.hidden/.x", "/.hidden/.x"},
	} {
		if got := resolve(c.directory, c.name); got != c.want {
			t.Errorf("resolve(%q, %q) = %q, want %q", c.directory, c.name, got, c.want)
		}
	}
}

func TestTitleIsOwn(t *testing.T) {
	for _, c := range []struct {
		comm, exe, argument string
		own                 bool
	}{
		{"curl", "/usr/bin/curl", "curl", true},
		{"curl", "/usr/bin/curl", "/usr/local/bin/curl", true},
		{"bash", "/usr/bin/bash", "-bash", true},
		{"sh", "/usr/bin/dash", "sh", true},
		{"sh", "/usr/bin/dash", "setpriv", false},
		{"sh", "/usr/bin/dash", "sudo", false},
		{"su", "/usr/bin/su", "sudo", false},
		{"backup.sh", "/usr/bin/dash", "/bin/sh", true},
		{"apt", "/usr/bin/python3.11", "/usr/bin/python3", true},
		{"MainThread", "/usr/bin/node", "node", true},
		{"nc", "/usr/bin/nc.openbsd", "nc", true},
		{"nginx", "/usr/sbin/nginx", "nginx: worker process", true},
		{"sshd", "/usr/sbin/sshd", "sshd: anna@pts/0", true},
		{"wget", "/bin/busybox", "wget", true},
		{"dpkg-preconfigu", "/usr/bin/perl", "/usr/sbin/dpkg-preconfigure", true},
		{"x", "/tmp/x (deleted)", "./x", true},
		{"curl", "/usr/bin/curl", "", false},
		{"", "", "anything", true},
		{"foo", "", "env", false},
	} {
		b := builder{comm: c.comm, exe: c.exe}
		if got := b.isOwn(c.argument); got != c.own {
			t.Errorf("comm %q, exe %q, title %q: %v", c.comm, c.exe, c.argument, got)
		}
	}
}

// TestActionOfSyscall goes by the number, as the kernel writes it, on each architecture.
func TestActionOfSyscall(t *testing.T) {
	for syscall, want := range map[string]string{
		"arch=c000003e syscall=59":         ActionExecuted,
		"arch=c000003e syscall=322":        ActionExecuted, // execveat
		"arch=c00000b7 syscall=221":        ActionExecuted,
		"arch=c00000b7 syscall=281":        ActionExecuted,
		"arch=40000003 syscall=11":         ActionExecuted,
		"arch=40000028 syscall=11":         ActionExecuted,
		"arch=c000003e syscall=42":         ActionConnected,
		"arch=c00000b7 syscall=203":        ActionConnected,
		"arch=40000003 syscall=362":        ActionConnected,
		"arch=40000003 syscall=102 a0=3":   ActionConnected,
		"arch=40000003 syscall=102 a0=2":   "socketcall",
		"arch=c000003e syscall=272":        ActionChangedNamespace, // unshare
		"arch=c000003e syscall=308":        ActionChangedNamespace, // setns
		"arch=c000003e syscall=165":        ActionMounted,
		"arch=c000003e syscall=429":        ActionMounted, // move_mount
		"arch=c000003e syscall=166":        "umount2",
		"arch=c000003e syscall=175":        ActionLoadedModule,
		"arch=c000003e syscall=313":        ActionLoadedModule,
		"arch=c000003e syscall=176":        "delete_module",
		"arch=c000003e syscall=101 a0=10":  ActionTraced,
		"arch=c000003e syscall=257":        "openat",
		"arch=c000003e syscall=84":         "rmdir",
		"arch=c000003e syscall=1000000":    "syscall-1000000",
		"arch=deadbeef syscall=59":         "syscall-59",
		"arch=c000003e syscall=-1":         "syscall--1",
		"syscall=59":                       "syscall-59",
		"arch=c000003e syscall=4294967296": "syscall-4294967296",
	} {
		e := New(records(t, "type=SYSCALL msg=audit(1.000:1): "+syscall+" pid=1"), container.Attribution{}, "h")
		if e.Event.Action != want {
			t.Errorf("%s: %s, want %s", syscall, e.Event.Action, want)
		}
	}
}

// TestTypeOfOpen goes by the flags and by what became of the file.
func TestTypeOfOpen(t *testing.T) {
	path := "\ntype=PATH msg=audit(1.000:1): item=0 name=\"/etc/passwd\" nametype="
	for text, want := range map[string]string{
		"arch=c000003e syscall=257 a2=0" + path + "NORMAL":                                                                "access",
		"arch=c000003e syscall=257 a2=80000" + path + "NORMAL":                                                            "access",
		"arch=c000003e syscall=257 a2=1" + path + "NORMAL":                                                                "change",
		"arch=c000003e syscall=257 a2=80002" + path + "NORMAL":                                                            "change",
		"arch=c000003e syscall=257 a2=200" + path + "NORMAL":                                                              "change",
		"arch=c000003e syscall=257 a2=241" + path + "CREATE":                                                              "creation",
		"arch=c000003e syscall=2 a1=2 a2=0" + path + "NORMAL":                                                             "change",
		"arch=c000003e syscall=2 a1=7ffd5f2d3a53" + path + "NORMAL":                                                       "access",
		"arch=c000003e syscall=304 a2=2" + path + "NORMAL":                                                                "change",
		"arch=40000003 syscall=5 a1=8241" + path + "NORMAL":                                                               "change",
		"arch=c00000b7 syscall=56 a2=241" + path + "NORMAL":                                                               "change",
		"arch=c000003e syscall=437 a2=7ffd5f2d3a53" + path + "NORMAL":                                                     "access",
		"arch=c000003e syscall=257 a2=0":                                                                                  "access",
		"arch=c000003e syscall=437\ntype=OPENAT2 msg=audit(1.000:1): oflag=02000002 mode=0 resolve=0x0" + path + "NORMAL": "change",
		"arch=c000003e syscall=437\ntype=OPENAT2 msg=audit(1.000:1): oflag=02000000 mode=0 resolve=0x0" + path + "NORMAL": "access",
	} {
		e := New(records(t, "type=SYSCALL msg=audit(1.000:1): pid=1 "+text), container.Attribution{}, "h")
		if e.Event.Category[0] != "file" || e.Event.Type[0] != want {
			t.Errorf("%s: %s %s, want %s", text, e.Event.Category, e.Event.Type, want)
		}
	}
}

func TestApplet(t *testing.T) {
	for _, c := range []struct {
		name, executable string
		args             []string
		want             string
	}{
		{"busybox", "/bin/busybox", []string{"busybox", "wget", "http://x.example/"}, "wget"},
		{"busybox", "/bin/busybox", []string{"/bin/busybox", "nc", "-e", "sh"}, "nc"},
		{"toybox", "/bin/toybox", []string{"toybox", "ls"}, "ls"},
		{"busybox", "/bin/busybox", []string{"busybox"}, "busybox"},
		{"busybox", "/bin/busybox", []string{"busybox", ""}, "busybox"},
		{"busybox", "/bin/busybox", []string{"busybox", "--install", "/bin"}, "busybox"},
		{"busybox", "/bin/busybox", []string{"busybox", "/bin/scp"}, "busybox"},
		{"busybox", "/bin/busybox", []string{"x", "scp"}, "busybox"},
		{"sh", "/bin/sh", []string{"sh", "wget"}, "sh"},
		{"exe", "/bin/busybox", []string{"wget", "http://x.example/"}, "wget"},
		{"exe", "/bin/sh", []string{"nc", "-e", "sh"}, "nc"},
		{"exe", "/bin/busybox", []string{"busybox", "nc", "h"}, "nc"},
		{"exe", "/bin/busybox", nil, "exe"},
		{"exe", "/opt/chrome", []string{"/proc/self/exe", "--type=zygote"}, "exe"},
		{"exe", "/opt/exe", []string{"innocent"}, "exe"},
	} {
		if got := applet(c.name, c.executable, c.args); got != c.want {
			t.Errorf("%s %q: %s, want %s", c.name, c.args, got, c.want)
		}
	}
}

// TestNeverAGuess is for attributions that name no container: none may be in the event.
func TestNeverAGuess(t *testing.T) {
	c := &container.Container{ID: "aa"}
	for _, a := range []container.Attribution{
		{}, {Method: container.MethodHost}, {Method: container.MethodHost, Container: c}, {Method: container.MethodNone, Container: c},
		{Method: container.MethodCgroup, Container: &container.Container{Name: "x"}}, {Method: container.MethodCgroup},
	} {
		e := New(records(t, curl), a, "h")
		if e.Container != nil || e.Orchestrator != nil || e.AWS != nil {
			t.Errorf("%+v: %+v", a, e.Container)
		}
		if own := e.Tswatch.Attribution; own == nil || own.Method == "" {
			t.Errorf("%+v: %+v", a, own)
		}
	}
}

// TestAlert is the event again: what is not the alert's stays, and the event itself does not change.
func TestAlert(t *testing.T) {
	e := New(records(t, curl), nginx(), "h")
	before := string(line(t, e, FormatECS))
	alert := e.Alert(Rule{ID: "a", Name: "A", Ruleset: "R"}, 2, []string{"T1"}, "message")
	last := alert.Repeat(3)
	if string(line(t, e, FormatECS)) != before || alert.Tswatch.Repeated != 0 || last.Tswatch.Repeated != 3 {
		t.Error("an alert changed its event")
	}
	if alert.Event.Kind != KindAlert || alert.Event.Severity != 2 || alert.Message != "message" || alert.Rule.ID != "a" ||
		!slices.Equal(alert.Threat.Technique.ID, []string{"T1"}) || alert.Container != e.Container || alert.Process != e.Process {
		t.Errorf("%+v", alert)
	}
	if e.Alert(Rule{}, 2, nil, "").Threat != nil {
		t.Error("a rule without a technique is a threat")
	}
}

func TestLoss(t *testing.T) {
	e := NewLoss(Lost{Records: 1 << 40, Serials: 0, Where: "kernel"}, time.UnixMilli(1767323045678), "h")
	want := `{"@timestamp":"2026-01-02T03:04:05.678Z","ecs":{"version":"9.0.0"},"event":{"kind":"metric","category":["host"],"type":["info"],` +
		`"action":"audit-lost","dataset":"tswatch.audit"},"host":{"hostname":"h"},` +
		`"tswatch":{"lost":{"records":1099511627776,"serials":0,"where":"kernel"}}}`
	if got := string(line(t, e, FormatECS)); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

func TestParseFormat(t *testing.T) {
	for _, name := range []string{"ecs", "ocsf", "falco"} {
		if f, err := ParseFormat(name); err != nil || string(f) != name {
			t.Errorf("%s: %q, %v", name, f, err)
		}
	}
	for _, name := range []string{"", "ECS", "json", "cef"} {
		if _, err := ParseFormat(name); err == nil || !strings.Contains(err.Error(), "ecs, ocsf, falco") {
			t.Errorf("%q: %v", name, err)
		}
	}
	b, err := new(Event).Append([]byte("before"), "xml")
	if err == nil || string(b) != "before" {
		t.Errorf("%q, %v", b, err)
	}
}

// TestAppendKeepsWhatIsThere is for sinks that gather lines in one buffer.
func TestAppendKeepsWhatIsThere(t *testing.T) {
	e := New(records(t, curl), nginx(), "h")
	for _, f := range []Format{FormatECS, FormatOCSF, FormatFalco} {
		b, err := e.Append([]byte("{}\n"), f)
		if want := "{}\n" + string(line(t, e, f)); err != nil || string(b) != want {
			t.Errorf("%s: %v\n%s\nwant\n%s", f, err, b, want)
		}
	}
}

func BenchmarkNew(b *testing.B) {
	e := records(b, curl)
	a := nginx()
	b.ReportAllocs()
	for b.Loop() {
		New(e, a, "h")
	}
}

func BenchmarkAppend(b *testing.B) {
	e := New(records(b, curl), nginx(), "h")
	for _, f := range []Format{FormatECS, FormatOCSF, FormatFalco} {
		b.Run(string(f), func(b *testing.B) {
			b.ReportAllocs()
			var line []byte
			for b.Loop() {
				line, _ = e.Append(line[:0], f)
			}
			b.SetBytes(int64(len(line)))
		})
	}
}

// BenchmarkParse is what comes before New, for comparison.
func BenchmarkParse(b *testing.B) {
	lines := strings.Split(strings.TrimSpace(curl), "\n")
	b.ReportAllocs()
	for b.Loop() {
		for _, line := range lines {
			if _, err := audit.ParseLine(line); err != nil {
				b.Fatal(err)
			}
		}
	}
}
