package pipeline

import (
	"strings"
	"testing"
	"time"

	"github.com/tsboot/tsboot/watch/audit"
	"github.com/tsboot/tsboot/watch/container"
	"github.com/tsboot/tsboot/watch/detect"
	"github.com/tsboot/tsboot/watch/event"
	"github.com/tsboot/tsboot/watch/sink"
)

// nowhere takes the lines, as sink.Fan does.
type nowhere struct{ bytes int }

func (n *nowhere) Put(item sink.Item) error { n.bytes += len(item.Line); return nil }
func (n *nowhere) Flush() error             { return nil }

// BenchmarkExec is one exec in a container, from the text of its records through the queue and the line to its JSON.
func BenchmarkExec(b *testing.B) {
	rules, err := detect.Load(detect.Options{Sets: []string{detect.BaseRuleSet, detect.DockerRuleSet}})
	if err != nil {
		b.Fatal(err)
	}
	out := &nowhere{}
	s := Settings{Host: "h", Format: event.FormatECS, Emit: EmitAll, Judge: rules, Out: out, Dropped: func() uint64 { return 0 }, Counters: NewCounters()}
	l := newLine(s)
	q := newQueue(1 << 16)
	at := container.Attribution{Method: container.MethodCgroup, Container: &container.Container{ID: strings.Repeat("6064b7b66a22beef", 4)}, VPID: 7}
	messages := map[audit.Type]string{
		audit.TypeSyscall:   `arch=c000003e syscall=59 success=yes exit=0 a0=55e5a9b0f2a0 a1=55e5a9b0f2e0 a2=55e5a9b0f300 a3=8 items=1 ppid=32090 pid=32105 auid=4294967295 uid=0 gid=0 euid=0 suid=0 fsuid=0 egid=0 sgid=0 fsgid=0 tty=(none) ses=4294967295 comm="true" exe="/usr/bin/true" key="tswatch"`,
		audit.TypeExecve:    `argc=2 a0="true" a1="x"`,
		audit.TypeCwd:       `cwd="/"`,
		audit.TypePath:      `item=0 name="/usr/bin/true" inode=1234 dev=fd:00 mode=0100755 ouid=0 ogid=0 rdev=00:00 nametype=NORMAL cap_fp=0 cap_fi=0 cap_fe=0 cap_fver=0 cap_frootid=0`,
		audit.TypeProctitle: `proctitle="true"`,
		audit.TypeEOE:       ``,
	}
	order := []audit.Type{audit.TypeSyscall, audit.TypeExecve, audit.TypeCwd, audit.TypePath, audit.TypeProctitle, audit.TypeEOE}
	payloads := map[audit.Type][]byte{}
	for kind, text := range messages {
		payloads[kind] = []byte("audit(1700000000.123:45): " + text)
	}
	now := time.Now()
	b.ReportAllocs()
	b.ResetTimer()
	for i := range b.N {
		for _, kind := range order {
			r, err := audit.ParseMessage(kind, payloads[kind])
			if err != nil {
				b.Fatal(err)
			}
			r.Serial = uint32(i)
			e := entry{record: r}
			if pid, _, ok := pidsOf(r); ok {
				e.from = &origin{pid, at}
			}
			q.put(e)
		}
		if i%32 == 31 {
			for chunk, _ := q.take(); len(chunk) > 0; chunk, _ = q.take() {
				for _, e := range chunk {
					if err := l.add(e.record, e.from, now); err != nil {
						b.Fatal(err)
					}
				}
				q.giveBack(chunk)
			}
		}
	}
}
