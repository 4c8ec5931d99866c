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
			Record{TypeSyscall, at, 45, "", "arch=c000003e syscall=59"}},
		{"node", `node=web-1.example type=CWD msg=audit(1700000000.123:45): cwd="/"`,
			Record{TypeCwd, at, 45, "web-1.example", `cwd="/"`}},
		{"interpreted", "type=CWD msg=audit(1700000000.123:45): cwd=\"/\"\x1dARCH=x86_64", Record{TypeCwd, at, 45, "", `cwd="/"`}},
		{"interpreted after a space", "type=CWD msg=audit(1700000000.123:45): cwd=\"/\" \x1d", Record{TypeCwd, at, 45, "", `cwd="/"`}},
		{"end of event", "type=EOE msg=audit(1700000000.123:45): \r\n", Record{TypeEOE, at, 45, "", ""}},
		{"auditd before 3", `type=DAEMON_CONFIG msg=audit(1700000000.123:45) config changed, res=success`,
			Record{1203, at, 45, "", "config changed, res=success"}},
		{"end of event, bare", "type=EOE msg=audit(1700000000.123:45):", Record{TypeEOE, at, 45, "", ""}},
		{"unknown type", "type=UNKNOWN[1999] msg=audit(1700000000.123:45): a=b", Record{1999, at, 45, "", "a=b"}},
		{"newer type", "type=LANDLOCK_ACCESS msg=audit(1700000000.123:45): a=b", Record{1423, at, 45, "", "a=b"}},
		{"number", "type=1300 msg=audit(1700000000.123:45): a=b", Record{TypeSyscall, at, 45, "", "a=b"}},
		{"further EXECVE", "type=EXECVE msg=audit(1700000000.123:45):  a1[1]=41", Record{TypeExecve, at, 45, "", " a1[1]=41"}},
		{"largest serial", "type=EOE msg=audit(1700000000.123:4294967295): ", Record{TypeEOE, at, 1<<32 - 1, "", ""}},
		{"early", "type=KERNEL msg=audit(0.007:1): state=initialized",
			Record{TypeKernel, time.Unix(0, 7e6).UTC(), 1, "", "state=initialized"}},
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
		"":                 "begin with type=",
		"----":             "begin with type=",
		"node=a":           "node=",
		"node= type=CWD":   "node=",
		"type=SYSCALL":     "ends after type=",
		"type=NONSENSE x":  `unknown type "NONSENSE"`,
		"type=70000 x":     `unknown type "70000"`,
		"type= x":          `unknown type ""`,
		"type=CWD cwd=\"/": "msg=",
		"type=CWD msg=op":  "audit(",
		"type=CWD msg=audit(1700000000.123:45 a=b":                  "has no end",
		"type=CWD msg=audit(1700000000.12:45): a=b":                 "SECONDS.MILLISECONDS:SERIAL",
		"type=CWD msg=audit(1700000000:45): a=b":                    "SECONDS.MILLISECONDS:SERIAL",
		"type=CWD msg=audit(-1.123:45): a=b":                        "not a time",
		"type=CWD msg=audit(9999999999999.123:45): a=b":             "not a time",
		"type=CWD msg=audit(1700000000.1x3:45): a=b":                "not a time",
		"type=CWD msg=audit(1700000000.123:4294967296): a=b":        "not a serial",
		"type=CWD msg=audit(1700000000.123:): a=b":                  "not a serial",
		"type=CWD msg=audit(1700000000.123:-5): a=b":                "not a serial",
		"type=" + strings.Repeat("X", 1e5) + " msg=audit(1.000:1):": "unknown type",
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
