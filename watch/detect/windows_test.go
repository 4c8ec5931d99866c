package detect

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/tsboot/tsboot/watch/event"
)

const twoRules = `name: Own
rules:
- {id: minute, name: A, severity: 1, when: 'process.name != ""', dedup: 60s}
- {id: each, name: B, severity: 1, when: 'process.name == "each"'}
`

var epoch = time.Date(2026, 1, 2, 3, 4, 0, 0, time.UTC)

// at is an event of an executable, so many seconds after the epoch.
func at(seconds int, executable, container string) *event.Event {
	e := &event.Event{Timestamp: epoch.Add(time.Duration(seconds) * time.Second)}
	e.Process = &event.Process{PID: 1000 + seconds, Name: "x", Executable: executable}
	if container != "" {
		e.Container = &event.Container{ID: container}
	}
	return e
}

// lines are alerts as second, executable and how many were held back.
func lines(alerts []*event.Event) string {
	var all []string
	for _, a := range alerts {
		line := fmt.Sprintf("%d%s", int(a.Timestamp.Sub(epoch).Seconds()), a.Process.Executable)
		if a.Container != nil {
			line += "@" + a.Container.ID
		}
		if a.Tswatch.Repeated > 0 {
			line += fmt.Sprintf("+%d", a.Tswatch.Repeated)
		}
		all = append(all, line)
	}
	return strings.Join(all, " ")
}

func TestWindows(t *testing.T) {
	t.Parallel()
	rules := load(t, twoRules, "Own")
	for _, c := range []struct {
		e    *event.Event
		want string
	}{
		{at(0, "/a", ""), "0/a"},
		{at(1, "/a", ""), ""},
		{at(2, "/b", ""), "2/b"},
		{at(3, "/a", "c1"), "3/a@c1"},
		{at(4, "/a", "c2"), "4/a@c2"},
		{at(-5, "/a", ""), ""}, // late, and still as near as the window is long
		{at(59, "/a", ""), ""},
		{at(60, "/a", ""), "59/a+3 60/a"},
		{at(61, "/b", ""), ""},
		{at(130, "/z", ""), "61/b+1 130/z"},
		{at(131, "/a", ""), "131/a"},
		{at(-3600, "/a", ""), "-3600/a"}, // another file of a replay
		{at(-3599, "/a", ""), ""},
	} {
		if got := lines(rules.Judge(c.e)); got != c.want {
			t.Errorf("%s: %q, want %q", lines([]*event.Event{c.e}), got, c.want)
		}
	}
	if got := lines(rules.Expire(epoch.Add(-3541 * time.Second))); got != "" {
		t.Errorf("too early: %q", got)
	}
	if got := lines(rules.Expire(epoch.Add(-3540 * time.Second))); got != "-3599/a+1" {
		t.Errorf("expired: %q", got)
	}
	rules.Judge(at(300, "/a", ""))
	rules.Judge(at(301, "/a", ""))
	if got := lines(rules.Flush()); got != "301/a+1" {
		t.Errorf("flushed: %q", got)
	}
	if got := lines(rules.Flush()); got != "" {
		t.Errorf("flushed twice: %q", got)
	}
	each := at(400, "/e", "")
	each.Process.Name = "each"
	for range 3 {
		if got := rules.Judge(each); got[len(got)-1].Rule.ID != "each" {
			t.Errorf("a rule without dedup: %q", lines(got))
		}
	}
}

// TestRepeatedSums: whatever comes in whatever order, each alert is a line or counted in one, once.
func TestRepeatedSums(t *testing.T) {
	t.Parallel()
	rules := load(t, twoRules, "Own")
	random := rand.New(rand.NewPCG(1, 2))
	emitted, held, now := 0, 0, 0
	count := func(alerts []*event.Event) {
		for _, a := range alerts {
			if a.Tswatch.Repeated > 0 {
				held += a.Tswatch.Repeated
			} else {
				emitted++
			}
		}
	}
	const events = 4_000
	for range events {
		now += random.IntN(3) - random.IntN(2)
		count(rules.Judge(at(now, fmt.Sprintf("/x%d", random.IntN(30)), fmt.Sprintf("c%d", random.IntN(10)))))
		if random.IntN(100) == 0 {
			count(rules.Expire(epoch.Add(time.Duration(now) * time.Second)))
		}
	}
	count(rules.Flush())
	if emitted+held != events || held == 0 {
		t.Errorf("%d emitted and %d held of %d", emitted, held, events)
	}
	if len(rules.held.byKey) != 0 || len(rules.held.ends) != 0 || rules.held.size != 0 {
		t.Errorf("left: %d, %d, %d bytes", len(rules.held.byKey), len(rules.held.ends), rules.held.size)
	}
}

// TestBounded: many executables of many containers, and large events, stay within the limits.
func TestBounded(t *testing.T) {
	t.Parallel()
	rules := load(t, twoRules, "Own")
	large := strings.Repeat("x", 1<<20)
	early := 0
	for i := range maxWindows + 200 {
		for range 2 {
			e := at(0, fmt.Sprintf("/%d", i), "")
			if i%10 == 0 {
				e.Process.CommandLine = large
			}
			early += len(rules.Judge(e)) - 1
		}
		if len(rules.held.ends) > maxWindows || len(rules.held.byKey) > maxWindows || rules.held.size > maxHeld {
			t.Fatalf("%d windows, %d bytes", len(rules.held.ends), rules.held.size)
		}
	}
	if rest := len(rules.Flush()); rest > maxWindows || early+rest < 0 {
		t.Errorf("%d early, %d at the end", early, rest)
	}
}

// TestTogether: the agent judges, and a status is asked for, at the same time.
func TestTogether(t *testing.T) {
	t.Parallel()
	rules := load(t, twoRules, "Own")
	var all sync.WaitGroup
	for i := range 4 {
		all.Go(func() {
			for j := range 50 {
				rules.Judge(at(j, fmt.Sprint("/", i), ""))
				rules.Failed()
				rules.Expire(epoch)
				rules.Next()
			}
		})
	}
	all.Wait()
	if got := len(rules.Flush()); got != 4 {
		t.Errorf("%d windows", got)
	}
}
