package event

import (
	"strings"
	"testing"

	"github.com/tsboot/tsboot/watch/audit"
	"github.com/tsboot/tsboot/watch/container"
)

// records are the lines of text as one event.
func records(t testing.TB, text string) audit.Event {
	t.Helper()
	var e audit.Event
	for line := range strings.Lines(text) {
		if strings.TrimSpace(line) == "" {
			continue
		}
		r, err := audit.ParseLine(line)
		if err != nil {
			t.Fatalf("%q: %v", line, err)
		}
		e.Time, e.Serial, e.Node = r.Time, r.Serial, r.Node
		e.Records = append(e.Records, r)
	}
	return e
}

const curl = `
type=SYSCALL msg=audit(1767323045.678:13445): arch=c000003e syscall=59 success=yes exit=0 a0=55 a1=1 a2=2 a3=3 items=2 ppid=32090 pid=32105 auid=1000 uid=0 gid=0 euid=0 suid=0 fsuid=0 egid=0 sgid=0 fsgid=0 tty=pts0 ses=3 comm="curl" exe="/usr/bin/curl" key=(null)
type=EXECVE msg=audit(1767323045.678:13445): argc=3 a0="curl" a1="-O" a2="http://x.example/a"
type=CWD msg=audit(1767323045.678:13445): cwd="/"
type=PATH msg=audit(1767323045.678:13445): item=0 name="/usr/bin/curl" inode=1 dev=fe:00 mode=0100755 ouid=0 ogid=0 rdev=00:00 nametype=NORMAL
type=PATH msg=audit(1767323045.678:13445): item=1 name="/lib64/ld-linux-x86-64.so.2" inode=2 dev=fe:00 mode=0100755 ouid=0 ogid=0 rdev=00:00 nametype=NORMAL
type=PROCTITLE msg=audit(1767323045.678:13445): proctitle=6375726C002D4F00687474703A2F2F782E6578616D706C652F61
`

func nginx() container.Attribution {
	return container.Attribution{Method: container.MethodCgroup, VPID: 8, Latency: 180_000, Container: &container.Container{
		ID: strings.Repeat("6064b7b66a22dead", 4), Name: "some-nginx", Runtime: "docker",
		Image: container.Image{Name: "nginx", Tag: "1.27", Hashes: []string{"sha256:" + strings.Repeat("0", 64)}},
	}}
}

// TestExample is the event that the contract shows, to the byte.
func TestExample(t *testing.T) {
	got, err := New(records(t, curl), nginx(), "ip-10-0-0-7").Append(nil, FormatECS)
	if err != nil {
		t.Fatal(err)
	}
	want := `{"@timestamp":"2026-01-02T03:04:05.678Z","ecs":{"version":"9.0.0"},` +
		`"event":{"kind":"event","category":["process"],"type":["start"],"action":"executed","outcome":"success","sequence":13445,"dataset":"tswatch.audit"},` +
		`"host":{"hostname":"ip-10-0-0-7"},` +
		`"process":{"pid":32105,"vpid":8,"parent":{"pid":32090},"executable":"/usr/bin/curl","name":"curl","args":["curl","-O","http://x.example/a"],"args_count":3,"command_line":"curl -O http://x.example/a","working_directory":"/"},` +
		`"user":{"id":"0","effective":{"id":"0"},"audit":{"id":"1000"}},` +
		`"container":{"id":"` + strings.Repeat("6064b7b66a22dead", 4) + `","name":"some-nginx","runtime":"docker","image":{"name":"nginx","tag":["1.27"],"hash":{"all":["sha256:` + strings.Repeat("0", 64) + `"]}}},` +
		`"tswatch":{"attribution":{"method":"cgroup","latency_us":180},"tty":"pts0"}}`
	if string(got) != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}
