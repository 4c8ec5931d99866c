package audit

import (
	"strings"
	"testing"
	"time"
)

func TestParseLine(t *testing.T) {
	t.Parallel()
	at := time.Date(2023, 11, 14, 22, 13, 20, 123e6, time.UTC)
	for _, test := range []struct {
		name, line string
		want       Record
	}{
		{"kernel", `type=SYSCALL msg=audit(1700000000.123:45): arch=c000003e syscall=59`,
			Record{TypeSyscall, 45, at, "", "", "arch=c000003e syscall=59"}},
		{"node", `node=web-1.example type=CWD msg=audit(1700000000.123:45): cwd="/"`,
			Record{TypeCwd, 45, at, "web-1.example", "", `cwd="/"`}},
		{"interpreted", "type=CWD msg=audit(1700000000.123:45): cwd=\"/\"\x1dARCH=x86_64", Record{TypeCwd, 45, at, "", "", `cwd="/"`}},
		{"interpreted after a space", "type=CWD msg=audit(1700000000.123:45): cwd=\"/\" \x1d", Record{TypeCwd, 45, at, "", "", `cwd="/"`}},
		{"end of event", "type=EOE msg=audit(1700000000.123:45): \r\n", Record{TypeEOE, 45, at, "", "", ""}},
		{"auditd before 3", `type=DAEMON_CONFIG msg=audit(1700000000.123:45) config changed, res=success`,
			Record{1203, 45, at, "", "", "config changed, res=success"}},
		{"end of event, bare", "type=EOE msg=audit(1700000000.123:45):", Record{TypeEOE, 45, at, "", "", ""}},
		{"unknown type", "type=UNKNOWN[1999] msg=audit(1700000000.123:45): a=b", Record{1999, 45, at, "", "", "a=b"}},
		{"newer type", "type=LANDLOCK_ACCESS msg=audit(1700000000.123:45): a=b", Record{1423, 45, at, "", "", "a=b"}},
		{"type of an auditd to come", `type=SECRET_AREA2 msg=audit(1700000000.123:45): pid=7 msg=x`,
			Record{typeOther, 45, at, "", "SECRET_AREA2", "pid=7 msg=x"}},
		{"type of a program to come", `node=a type=USER_NAP msg=audit(1700000000.123:45): pid=7 msg='op=x'`,
			Record{typeOtherUser, 45, at, "a", "USER_NAP", "pid=7 msg='op=x'"}},
		{"type of auditd's own to come", `type=DAEMON_NAP msg=audit(1700000000.123:45): op=nap res=success`,
			Record{typeOtherDaemon, 45, at, "", "DAEMON_NAP", "op=nap res=success"}},
		{"number", "type=1300 msg=audit(1700000000.123:45): a=b", Record{TypeSyscall, 45, at, "", "", "a=b"}},
		{"further EXECVE", "type=EXECVE msg=audit(1700000000.123:45):  a1[1]=41", Record{TypeExecve, 45, at, "", "", " a1[1]=41"}},
		{"largest serial", "type=EOE msg=audit(1700000000.123:4294967295): ", Record{TypeEOE, 1<<32 - 1, at, "", "", ""}},
		{"early", "type=KERNEL msg=audit(0.007:1): state=initialized",
			Record{TypeKernel, 1, time.Unix(0, 7e6).UTC(), "", "", "state=initialized"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			got, err := ParseLine(test.line)
			if err != nil || got != test.want {
				t.Errorf("got %+v, %v\nwant %+v", got, err, test.want)
			}
		})
	}
}

func TestParseLineRefuses(t *testing.T) {
	t.Parallel()
	for line, want := range map[string]string{
		"":               "begin with type=",
		"----":           "begin with type=",
		"node=a":         "node=",
		"node= type=CWD": "node=",
		"type=SYSCALL":   "ends after type=",

		"node=" + strings.Repeat("x", 256) + " type=EOE msg=audit(1.000:1):": "longer than 255 bytes",

		"type=NONSENSE x":   "msg= does not follow type=",
		"type=SYS-CALL x":   `"SYS-CALL" is not a type`,
		"type=_X x":         `"_X" is not a type`,
		"type=X[1300] x":    `"X[1300]" is not a type`,
		"type=UNKNOWN[x] x": `"UNKNOWN[x]" is not a type`,
		"type=70000 x":      `"70000" is not a type`,
		"type= x":           `"" is not a type`,
		"type=CWD cwd=\"/":  "msg=",
		"type=CWD msg=op":   "audit(",
		"type=CWD msg=audit(1700000000.123:45 a=b":                  "has no end",
		"type=CWD msg=audit(1700000000.12:45): a=b":                 "SECONDS.MILLISECONDS:SERIAL",
		"type=CWD msg=audit(1700000000:45): a=b":                    "SECONDS.MILLISECONDS:SERIAL",
		"type=CWD msg=audit(-1.123:45): a=b":                        "not a time",
		"type=CWD msg=audit(9999999999999.123:45): a=b":             "not a time",
		"type=CWD msg=audit(1700000000.1x3:45): a=b":                "not a time",
		"type=CWD msg=audit(1700000000.123:4294967296): a=b":        "not a serial",
		"type=CWD msg=audit(1700000000.123:): a=b":                  "not a serial",
		"type=CWD msg=audit(1700000000.123:-5): a=b":                "not a serial",
		"type=" + strings.Repeat("X", 1e5) + " msg=audit(1.000:1):": "is not a type",
	} {
		_, err := ParseLine(line)
		if err == nil || !strings.Contains(err.Error(), want) || len(err.Error()) > 200 {
			t.Errorf("%.60q: got %v, want %q", line, err, want)
		}
	}
}

func TestParseMessage(t *testing.T) {
	t.Parallel()
	payload := []byte("audit(1700000000.123:45): cwd=\"/tmp\"\x00")
	r, err := ParseMessage(TypeCwd, payload)
	for i := range payload {
		payload[i] = 'X'
	}
	if err != nil || r.Data != `cwd="/tmp"` || r.Serial != 45 || r.Type != TypeCwd {
		t.Errorf("got %+v, %v", r, err)
	}
	if _, err := ParseMessage(TypeReplace, []byte{1, 2, 0, 0}); err == nil {
		t.Error("a message that is no record is read")
	}
}

func TestTypeNames(t *testing.T) {
	t.Parallel()
	for n := range 3000 {
		name := Type(n).String()
		if got, ok := ParseType(name); !ok || got != Type(n) {
			t.Errorf("%d is %s, which is read as %d, %v", n, name, got, ok)
		}
	}
}
