package detect

import (
	"testing"

	"github.com/tsboot/tsboot/watch/event"
)

// BenchmarkJudge is one event against both built-in sets. At 1,000 events a second, 10 µs are 1 % of a processor.
func BenchmarkJudge(b *testing.B) {
	rules, err := Load(Options{Sets: []string{BaseRuleSet, DockerRuleSet}})
	if err != nil {
		b.Fatal(err)
	}
	quiet := func(action, name string, args ...string) *event.Event {
		e := scp(nginx())
		e.Event.Action = action
		e.Process.Name, e.Process.Executable, e.Process.Args = name, "/usr/bin/"+name, args
		return e
	}
	connect := quiet("connected-to", "node", "node", "server.js")
	connect.Destination = &event.Destination{IP: "192.0.2.1", Port: 443}
	host, named := quiet("executed", "date", "date", "+%s"), quiet("executed", "cat", "cat", "/proc/stat") // rules look at what cat reads
	host.Container, named.Container = nil, nil
	for name, e := range map[string]*event.Event{
		"executed": quiet("executed", "true", "true"), "connected": connect, "host": host, "named": named, "openat": quiet("openat", "cat"),
		"alert": scp(nginx()),
	} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for range b.N {
				rules.Judge(e)
			}
		})
	}
	if len(rules.failed) > 0 {
		b.Error(rules.failed)
	}
}

func BenchmarkLoad(b *testing.B) {
	b.ReportAllocs()
	for range b.N {
		if _, err := Load(Options{Sets: []string{BaseRuleSet, DockerRuleSet}}); err != nil {
			b.Fatal(err)
		}
	}
}
