package audit

import (
	"slices"
	"strings"
	"testing"
)

// TestText decodes by the name of the field, never by the shape of the value.
func TestText(t *testing.T) {
	t.Parallel()
	const absent = "(absent)"
	syscall := `arch=c000003e syscall=59 a0=4142 ppid=5051 pid=4142 tty=(none) comm=4142 exe=2F746D702F612062 key=(null)`
	for _, test := range []struct {
		typ              Type
		data, name, want string
	}{
		{TypeSyscall, syscall, "comm", "AB"},
		{TypeSyscall, syscall, "exe", "/tmp/a b"},
		{TypeSyscall, syscall, "a0", "4142"},
		{TypeSyscall, syscall, "pid", "4142"},
		{TypeSyscall, syscall, "tty", absent},
		{TypeSyscall, syscall, "key", absent},
		{TypeSyscall, syscall, "cwd", absent},
		{TypeSyscall, `comm="4142"`, "comm", "4142"},
		{TypeSyscall, `comm="(null)"`, "comm", "(null)"},
		{TypeSyscall, `comm="a=b" exe="/x"`, "exe", "/x"},
		{TypeSyscall, `comm="pid=7" pid=8`, "pid", "8"},
		{TypeSyscall, `comm="" exe="/x"`, "comm", ""},
		{TypeSyscall, `comm=`, "comm", ""},
		{TypeSyscall, `comm=C3A4FF`, "comm", "ä\xff"},
		{TypeSyscall, `comm=414`, "comm", "414"},
		{TypeSyscall, `comm=4a4b`, "comm", "JK"},
		{TypeExecve, `argc=2 a0="x" a1=c3a4`, "a1", "ä"},
		{TypeUserCmd, `pid=1 msg='acct=cafe cmd=6c73 res=success'`, "acct", "cafe"},
		{TypeUserCmd, `pid=1 msg='acct=CAFE cmd=6C73 res=success'`, "cmd", "ls"},
		{TypeSyscall, `comm="open`, "comm", `"open`},
		{TypeSyscall, `comm="x" key=(null)ARCH=x86_64 SYSCALL=write AUID="unset"`, "key", absent},
		{TypeSyscall, `comm="x" key="a"ARCH=x86_64 SYSCALL=write AUID="unset"`, "key", "a"},
		{TypeCwd, ` cwd="/"`, "cwd", "/"},
		{TypePath, `item=0 name=(null) inode=1`, "name", absent},
		{TypePath, `item=0 name=2F610A62 nametype=NORMAL`, "name", "/a\nb"},
		{TypePath, `item=0 name="/a" nametype=PARENT`, "nametype", "PARENT"},
		{TypeExecve, `argc=2 a0="x" a1=20`, "a1", " "},
		{TypeProctitle, `proctitle=6C73002D6C`, "proctitle", "ls\x00-l"},
		{TypeProctitle, `proctitle="top"`, "proctitle", "top"},
		{1701, `pid=7 comm="x" exe="/x" sig=11 reason="memory violation" res=1`, "reason", "memory violation"},
		{1701, `pid=7 comm="x" exe="/x" sig=11 reason="memory violation" res=1`, "res", "1"},
		{TypeAVC, `avc:  denied  { read } for  pid=9 comm="cat" name="shadow" dev="dm-0" tclass=file`, "name", "shadow"},
		{TypeAVC, `apparmor="DENIED" operation="open" info="no such file" profile="a" name=2F612062 pid=3`, "name", "/a b"},
		{TypeConfigChange, `auid=0 ses=1 op=add_rule key="x" list=4 res=1`, "op", "add_rule"},
		{TypeLogin, `pid=1 uid=0 old-auid=4294967295 auid=0 old-ses=4294967295 ses=1 res=1`, "auid", "0"},
		{TypeLogin, `login pid=1 uid=0 old auid=4294967295 new auid=1000 old ses=4294967295 new ses=2`, "auid", "1000"},
		{TypeLogin, `login pid=1 uid=0 old auid=4294967295 new auid=1000 old ses=4294967295 new ses=2`, "old-ses", "4294967295"},
	} {
		got, ok := Record{Type: test.typ, Data: test.data}.Fields().Text(test.name)
		if !ok {
			got = absent
		}
		if got != test.want {
			t.Errorf("%v %s: %s is %q, want %q", test.typ, test.data, test.name, got, test.want)
		}
	}
}

// TestTextOfProgram reads what programs write: inside msg='...', with words, lists and brackets of their own.
func TestTextOfProgram(t *testing.T) {
	t.Parallel()
	const absent = "(absent)"
	kernel := `pid=900 uid=0 auid=1000 ses=3 subj=unconfined msg=`
	for _, test := range []struct{ msg, name, want string }{
		{`'op=PAM:session_open grantors=pam_unix,pam_systemd acct="root" exe="/usr/bin/sudo" hostname=? addr=? terminal=/dev/pts/0 res=success'`, "exe", "/usr/bin/sudo"},
		{`'op=PAM:session_open acct="root" hostname=? res=success'`, "hostname", absent},
		{`'op=PAM:session_open acct="root" hostname=? res=success'`, "res", "success"},
		{`'op=PAM:session_open acct="root" res=success'`, "pid", "900"},
		{`'op=login acct=28756E6B6E6F776E207573657229 exe="/usr/sbin/sshd" res=failed'`, "acct", "(unknown user)"},
		{`'cwd="/root" cmd=6C73202D6C terminal=pts/0 res=success'`, "cmd", "ls -l"},
		{`'cwd="/root" cmd="ls" terminal=pts/0 res=success'`, "cmd", "ls"},
		{`'pid=1 uid=1 op=x'`, "pid", "900"},
		{`'op=it's pid=1 res=success'`, "res", "success"},
		{`'op=cut off acct="root" res=fail`, "acct", "root"},
		{`'op=adding user to group acct="x" exe="/usr/sbin/useradd" res=success'`, "op", "adding"},
		{`'unit=cron comm="systemd" exe="/usr/lib/systemd/systemd" hostname=? addr=? terminal=? res=success'`, "unit", "cron"},
		{`'PAM: authentication acct="root" : exe="/bin/su" (hostname=?, addr=10.0.0.1, terminal=pts/0 res=success)'`, "addr", "10.0.0.1"},
		{`'PAM: authentication acct="root" : exe="/bin/su" (hostname=?, addr=10.0.0.1, terminal=pts/0 res=success)'`, "res", "success"},
		{`'PAM: authentication acct="root" : exe="/bin/su" (hostname=?, addr=10.0.0.1, terminal=pts/0 res=success)'`, "hostname", absent},
		{`'avc:  received policyload notice (seqno=2) exe="/usr/bin/dbus-daemon" sauid=81'`, "seqno", "2"},
		{`''`, "op", absent},
		{`'`, "op", absent},
		{``, "op", absent},
	} {
		got, ok := Record{Type: TypeUserCmd, Data: kernel + test.msg}.Fields().Text(test.name)
		if !ok {
			got = absent
		}
		if got != test.want {
			t.Errorf("%s: %s is %q, want %q", test.msg, test.name, got, test.want)
		}
	}
}

func TestNumbers(t *testing.T) {
	t.Parallel()
	r := Record{Type: TypeSyscall, Data: `arch=c000003e syscall=42 exit=-115 a0=ffffffffffffff9c ppid=12 pid=34 comm="pid=5" ses=4294967295`}
	f := r.Fields()
	for name, want := range map[string]int64{"exit": -115, "ppid": 12, "pid": 34, "ses": 4294967295} {
		if got, ok := f.Int(name); !ok || got != want {
			t.Errorf("%s is %d, %v, want %d", name, got, ok, want)
		}
		if got, ok := r.Int(name); !ok || got != want {
			t.Errorf("alone, %s is %d, %v, want %d", name, got, ok, want)
		}
	}
	for _, name := range []string{"arch", "comm", "id", "pi", "xpid", ""} {
		if got, ok := f.Int(name); ok {
			t.Errorf("%q is a number, %d", name, got)
		}
		if got, ok := r.Int(name); ok {
			t.Errorf("alone, %q is a number, %d", name, got)
		}
	}
	user := Record{Type: TypeUserCmd, Data: `pid=900 uid=0 msg='op=x pid=1 ppid=2 res=success'`}
	if got, ok := user.Int("pid"); !ok || got != 900 {
		t.Errorf("alone, the pid of a program's record is %d, %v", got, ok)
	}
	if got, ok := user.Int("ppid"); ok {
		t.Errorf("alone, a program's text is taken for the kernel's: %d", got)
	}
	for name, want := range map[string]uint64{"arch": 0xc000003e, "a0": 1<<64 - 100} {
		if got, ok := f.Hex(name); !ok || got != want {
			t.Errorf("%s is %x, %v, want %x", name, got, ok, want)
		}
	}
	if _, ok := f.Hex("a1"); ok {
		t.Error("a field that is not there is a number")
	}
}

func TestKeys(t *testing.T) {
	t.Parallel()
	for data, want := range map[string][]string{
		`key="tswatch"`:      {"tswatch"},
		`key="a,b"`:          {"a,b"},
		`key=6101622063`:     {"a", "b c"},
		`key=(null)`:         nil,
		`key=""`:             nil,
		`exe="/x"`:           nil,
		`key=74737761746368`: {"tswatch"},
	} {
		if got := (Record{Type: TypeSyscall, Data: data}).Fields().Keys(); !slices.Equal(got, want) {
			t.Errorf("%s: got %q, want %q", data, got, want)
		}
	}
}

// TestResetForgets: fields of one record never show up in the next.
func TestResetForgets(t *testing.T) {
	t.Parallel()
	f := Record{Type: TypeSyscall, Data: "pid=1 comm=4142"}.Fields()
	f.Reset(Record{Type: TypePath, Data: `item=0`})
	if _, ok := f.Raw("pid"); ok {
		t.Error("the field of another record is there")
	}
	if got, ok := f.Int("item"); !ok || got != 0 {
		t.Error("the field of the record is not there")
	}
}

func FuzzFields(f *testing.F) {
	for _, line := range execLines {
		if r, err := ParseLine(line); err == nil {
			f.Add(uint16(r.Type), r.Data, "comm")
		}
	}
	f.Add(uint16(TypeUserCmd), `pid=1 msg='op="x y" acct=41 (res=success)'`, "acct")
	f.Add(uint16(TypeUserCmd), `msg='msg='a=b''`, "a")
	f.Add(uint16(TypeLogin), `login pid=1 old auid=1 new auid=2`, "old-auid")
	f.Add(uint16(TypeAVC), `avc:  denied  { read } for  pid=9 comm="cat`, "pid")
	f.Add(uint16(TypeSyscall), ` = == a= =b 'c d'="e`, "")
	f.Fuzz(func(t *testing.T, typ uint16, data, name string) {
		r := Record{Type: Type(typ), Data: data}
		fields := r.Fields()
		raw, there := fields.Raw(name)
		if there && !strings.Contains(data, strings.TrimPrefix(name, "old-")+"="+raw) {
			t.Errorf("%q has no field %q with the value %q", data, name, raw)
		}
		text, ok := fields.Text(name)
		if ok && !there || len(text) > len(raw) {
			t.Errorf("%q: the text of %q is %q", data, raw, text)
		}
		n, ok := fields.Int(name)
		if alone, found := r.Int(name); ok && found && alone != n && !strings.ContainsAny(data, `'"`) && r.Type != TypeLogin {
			t.Errorf("%q: %q is %d, and alone %d", data, name, n, alone)
		}
		fields.Hex(name)
		fields.Keys()
	})
}

func FuzzParseLine(f *testing.F) {
	for _, line := range execLines {
		f.Add(line)
	}
	f.Add("node=a type=UNKNOWN[1999] msg=audit(1.000:4294967295): \x1dA=B")
	f.Add("type=KERNEL msg=audit(0.000:1):")
	f.Add("type=DAEMON_START msg=audit(1700000000.1:1): op=start")
	f.Fuzz(func(t *testing.T, line string) {
		r, err := ParseLine(line)
		if err != nil {
			if r != (Record{}) {
				t.Errorf("%q: refused, and %+v", line, r)
			}
			return
		}
		if !strings.Contains(line, r.Data) || strings.Contains(r.Data, interpreted) || r.Time.Year() > 9999 {
			t.Errorf("%q is read as %+v", line, r)
		}
		again, err := ParseLine(line + "\x1dX=Y\r\n")
		if err != nil || again != r {
			t.Errorf("%q is read as %+v, and with words behind it as %+v, %v", line, r, again, err)
		}
	})
}

func FuzzParseMessage(f *testing.F) {
	for _, line := range execLines {
		_, payload, _ := strings.Cut(line, "msg=")
		f.Add(uint16(1300), []byte(payload))
	}
	f.Add(uint16(1329), []byte{1, 0, 0, 0})
	f.Fuzz(func(t *testing.T, typ uint16, payload []byte) {
		r, err := ParseMessage(Type(typ), payload)
		if err == nil && (r.Type != Type(typ) || len(r.Data) > len(payload)) {
			t.Errorf("%q is read as %+v", payload, r)
		}
	})
}
