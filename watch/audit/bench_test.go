package audit

import (
	"strings"
	"testing"
	"time"

	"github.com/elastic/go-libaudit/v2/auparse"
)

// execLines are the records of one exec, as the kernel sends them.
var execLines = []string{
	`type=SYSCALL msg=audit(1700000000.123:45): arch=c000003e syscall=59 success=yes exit=0 a0=55d0c0a3c2d0 a1=55d0c0a3c1f0 a2=55d0c0a3b010 a3=8 items=2 ppid=32090 pid=32105 auid=4294967295 uid=0 gid=0 euid=0 suid=0 fsuid=0 egid=0 sgid=0 fsgid=0 tty=pts0 ses=4294967295 comm="curl" exe="/usr/bin/curl" key="tswatch"`,
	`type=EXECVE msg=audit(1700000000.123:45): argc=3 a0="curl" a1="-O" a2="http://x.example/a"`,
	`type=CWD msg=audit(1700000000.123:45): cwd="/"`,
	`type=PATH msg=audit(1700000000.123:45): item=0 name="/usr/bin/curl" inode=1053297 dev=00:36 mode=0100755 ouid=0 ogid=0 rdev=00:00 nametype=NORMAL cap_fp=0 cap_fi=0 cap_fe=0 cap_fver=0 cap_frootid=0`,
	`type=PATH msg=audit(1700000000.123:45): item=1 name="/lib64/ld-linux-x86-64.so.2" inode=1052847 dev=00:36 mode=0100755 ouid=0 ogid=0 rdev=00:00 nametype=NORMAL cap_fp=0 cap_fi=0 cap_fe=0 cap_fver=0 cap_frootid=0`,
	`type=PROCTITLE msg=audit(1700000000.123:45): proctitle=6375726C002D4F00687474703A2F2F782E6578616D706C652F61`,
	`type=EOE msg=audit(1700000000.123:45): `,
}

// payloads are the same records as netlink messages.
func payloads(b *testing.B) (types []Type, payloads [][]byte) {
	for _, line := range execLines {
		r, err := ParseLine(line)
		if err != nil {
			b.Fatal(err)
		}
		_, payload, _ := strings.Cut(line, "msg=")
		types, payloads = append(types, r.Type), append(payloads, []byte(payload))
	}
	return types, payloads
}

// BenchmarkEvent is the work for one exec: seven messages, the event, what is read of its fields, its arguments.
func BenchmarkEvent(b *testing.B) {
	types, messages := payloads(b)
	b.Run("tswatch", func(b *testing.B) {
		b.ReportAllocs()
		a, gaps, now := NewAssembler(1024, 2*time.Second), NewGaps(2*time.Second), time.Unix(1700000000, 0)
		var fields Fields
		for b.Loop() {
			for i, message := range messages {
				r, err := ParseMessage(types[i], message)
				if err != nil {
					b.Fatal(err)
				}
				gaps.See(r, now)
				for _, e := range a.Add(r, nil, now) {
					if args, exact := ExecArgs(&e); !exact || len(args) != 3 {
						b.Fatal(args)
					}
					for _, r := range e.Records {
						fields.Reset(r)
						fields.Text("comm")
						fields.Text("exe")
						fields.Text("name")
						fields.Int("pid")
					}
				}
			}
		}
	})
	b.Run("auparse", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			for i, message := range messages {
				m, err := auparse.Parse(auparse.AuditMessageType(types[i]), string(message))
				if err != nil {
					b.Fatal(err)
				}
				if types[i] != TypeEOE {
					if _, err := m.Data(); err != nil {
						b.Fatal(err)
					}
				}
			}
		}
	})
}

// BenchmarkRecord is the work for one record: SYSCALL, the longest, from auditd's log.
func BenchmarkRecord(b *testing.B) {
	b.Run("tswatch", func(b *testing.B) {
		b.ReportAllocs()
		var fields Fields
		for b.Loop() {
			r, err := ParseLine(execLines[0])
			if err != nil {
				b.Fatal(err)
			}
			fields.Reset(r)
		}
	})
	b.Run("auparse", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			m, err := auparse.ParseLogLine(execLines[0])
			if err != nil {
				b.Fatal(err)
			}
			if _, err := m.Data(); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("header", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			r, _ := ParseLine(execLines[0])
			if pid, ok := r.Int("pid"); !ok || pid != 32105 {
				b.Fatal(pid)
			}
		}
	})
}
