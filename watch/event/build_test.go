package event

import (
	"fmt"
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

// TestVerdict: a record of a security module is a denial only where it says so.
func TestVerdict(t *testing.T) {
	for text, want := range map[string]string{
		`AVC: avc:  denied  { read } for  pid=7 comm="a" name="granted" tclass=file permissive=0`:                         "intrusion_detection denied",
		`AVC: avc:  granted  { execmem } for  pid=7 comm="avc: denied" tclass=process`:                                    "intrusion_detection allowed",
		`AVC: apparmor="DENIED" operation="open" profile="a" name="/x" pid=7 comm="cat" requested_mask="r"`:               "intrusion_detection denied",
		`AVC: apparmor="ALLOWED" operation="open" profile="a" name="/x" pid=7 comm="cat" requested_mask="r"`:              "intrusion_detection allowed",
		`AVC: apparmor="AUDIT" operation="open" profile="a" name="/x" pid=7 comm="cat"`:                                   "intrusion_detection allowed",
		`AVC: apparmor="STATUS" operation="profile_load" profile="unconfined" name="denied" pid=7 comm="apparmor_parser"`: "configuration change",
		`AVC: apparmor="HINT" operation="x" pid=7`:                                                                        "configuration info",
		`AVC: lsm=SMACK fn=smack_inode_permission action=denied subject="_" object="*" pid=7 comm="cat"`:                  "intrusion_detection denied",
		`APPARMOR_DENIED: apparmor="DENIED" operation="open" profile="a" name="/x" pid=7 comm="cat"`:                      "intrusion_detection denied",
		`UNKNOWN[1503]: apparmor="DENIED" operation="open" profile="a" name="/x" pid=7 comm="cat"`:                        "intrusion_detection denied",
		`LANDLOCK_ACCESS: domain=195ba459b blockers=fs.read_file path="/etc/passwd" dev="vda1" ino=7`:                     "intrusion_detection denied",
		`MAC_CALIPSO_ADD: netlabel: auid=0 ses=1 calipso_doi=1 calipso_type=pass res=1`:                                   "configuration change",
		`MAC_STATUS: enforcing=0 old_enforcing=1 auid=0 ses=1 res=1`:                                                      "configuration change",
		`USER_AVC: pid=7 uid=0 msg='avc:  denied  { start } for auid=0 uid=0 path="/x" exe="/usr/bin/dbus-daemon"'`:       "intrusion_detection denied",
		`USER_AVC: pid=7 uid=0 msg='avc:  received policyload notice (seqno=2) exe="/usr/bin/dbus-daemon" sauid=81'`:      "configuration info",
		`USER_AVC: pid=7 uid=0 msg='apparmor="DENIED" operation="dbus_method_call" bus="system" mask="send"'`:             "intrusion_detection denied",
	} {
		typ, data, _ := strings.Cut(text, ": ")
		e := New(records(t, "type="+typ+" msg=audit(1.000:1): "+data), container.Attribution{}, "h")
		if got := e.Event.Category[0] + " " + e.Event.Type[0]; got != want {
			t.Errorf("%s: %s, want %s", text, got, want)
		}
	}
}

func TestApplet(t *testing.T) {
	for _, c := range []struct {
		name string
		args []string
		want string
	}{
		{"busybox", []string{"busybox", "wget", "http://x.example/"}, "wget"},
		{"busybox", []string{"/bin/busybox", "nc", "-e", "sh"}, "nc"},
		{"toybox", []string{"toybox", "ls"}, "ls"},
		{"busybox", []string{"busybox"}, "busybox"},
		{"busybox", []string{"busybox", ""}, "busybox"},
		{"busybox", []string{"busybox", "--install", "/bin"}, "busybox"},
		{"busybox", []string{"busybox", "/bin/scp"}, "busybox"},
		{"busybox", []string{"x", "scp"}, "busybox"},
		{"sh", []string{"sh", "wget"}, "sh"},
	} {
		if got := applet(c.name, c.args); got != c.want {
			t.Errorf("%s %q: %s, want %s", c.name, c.args, got, c.want)
		}
	}
}

// TestUserRecords has every type of a user-space record that has a name.
func TestUserRecords(t *testing.T) {
	for _, typ := range []string{"USER_AUTH", "USER_ACCT", "USER_MGMT", "CRED_ACQ", "CRED_DISP", "USER_START", "USER_END", "USER_AVC",
		"USER_CHAUTHTOK", "USER_ERR", "CRED_REFR", "USYS_CONFIG", "USER_LOGIN", "USER_LOGOUT", "ADD_USER", "DEL_USER", "ADD_GROUP", "DEL_GROUP",
		"CHGRP_ID", "TEST", "TRUSTED_APP", "USER_CMD", "USER_TTY", "GRP_AUTH", "SYSTEM_BOOT", "SYSTEM_SHUTDOWN", "SYSTEM_RUNLEVEL",
		"SERVICE_START", "SERVICE_STOP", "ANOM_LOGIN_FAILURES", "ANOM_ADD_ACCT", "CRYPTO_KEY_USER", "CRYPTO_SESSION", "SOFTWARE_UPDATE",
		"DAEMON_START", "DAEMON_END"} {
		e := New(records(t, "type="+typ+` msg=audit(1.000:1): pid=7 uid=0 auid=4294967295 msg='op=x acct="anna" exe="/usr/bin/x" res=failed'`),
			container.Attribution{Method: container.MethodHost}, "h")
		if want := strings.ReplaceAll(strings.ToLower(typ), "_", "-"); e.Event.Action != want {
			t.Errorf("%s: action %q", typ, e.Event.Action)
		}
		if outcome := e.Event.Outcome; outcome != OutcomeFailure && !strings.HasPrefix(typ, "ANOM_") {
			t.Errorf("%s: outcome %q", typ, outcome)
		}
		if e.Process == nil || e.Process.PID != 7 || e.Process.Name != "x" || e.User.Audit != nil || e.User.Name != "anna" {
			t.Errorf("%s: %+v %+v", typ, e.Process, e.User)
		}
	}
}

// TestTypesToCome has names of types that no table here has, and numbers that have no name.
func TestTypesToCome(t *testing.T) {
	const syscall = "\ntype=SYSCALL msg=audit(1.000:1): arch=c000003e syscall=257 success=no exit=-13 a0=ffffff9c pid=7"
	for text, want := range map[string]string{
		`type=SECRET_AREA2 msg=audit(1.000:1): pid=7 uid=0 res=0`:                         "secret-area2 failure 7",
		`type=SECRET_AREA2 msg=audit(1.000:1): pid=7 uid=0 res=0` + syscall:               "openat failure 7",
		`type=UNKNOWN[1999] msg=audit(1.000:1): pid=7 uid=0`:                              "unknown[1999]  7",
		`type=UNKNOWN[0] msg=audit(1.000:1): pid=7 uid=0`:                                 "unknown[0]  7",
		`type=UNKNOWN[1424] msg=audit(1.000:1): domain=1 pid=7 uid=0`:                     "landlock-domain  7",
		`type=USER_NAP msg=audit(1.000:1): pid=7 uid=0 msg='pid=8 ppid=9 res=success'`:    "user-nap success 7",
		`type=DAEMON_NAP msg=audit(1.000:1): op=nap pid=7 uid=0 auid=1000 res=success`:    "daemon-nap success 7",
		`type=DM_CTRL msg=audit(1.000:1): module=crypt op=ctr pid=7 uid=0 res=1`:          "dm-ctrl success 7",
		`type=MAC_OBJ_CONTEXTS msg=audit(1.000:1): obj_smack=_` + syscall:                 "openat failure 7",
		`type=EVENT_LISTENER msg=audit(1.000:1): pid=7 uid=0 nl-mcgrp=1 op=connect res=1`: "event-listener success 7",
	} {
		e := New(records(t, text), container.Attribution{Method: container.MethodHost}, "h")
		if got := fmt.Sprint(e.Event.Action, " ", e.Event.Outcome, " ", e.Process.PID); got != want || e.Process.Parent != nil {
			t.Errorf("%s: %s, want %s", text, line(t, e, FormatECS), want)
		}
	}
}

// TestProgramsWord has a program say in its text what only the kernel knows.
func TestProgramsWord(t *testing.T) {
	e := New(records(t, `type=USER_CMD msg=audit(1.000:1): pid=7 uid=1000 auid=1000 ses=1 msg='pid=1 uid=0 ppid=1 euid=0 auid=0 key="x" res=success'`),
		container.Attribution{Method: container.MethodHost}, "h")
	if e.Process.PID != 7 || e.Process.Parent != nil || e.User.ID != "1000" || e.User.Effective != nil || e.User.Audit.ID != "1000" || e.Tags != nil {
		t.Errorf("%s", line(t, e, FormatECS))
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
