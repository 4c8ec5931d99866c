//go:build linux

package watch

import (
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strconv"
	"syscall"
	"testing"
	"time"

	"github.com/tsboot/tsboot/integration/audit"
	"github.com/tsboot/tsboot/integration/wait"
)

// TestLoss: of many events, 100,000 at the socket of a tswatch that is stopped, each serial that does not come is said to be lost,
// once, wherever it went: there, in a queue that is too short, in the kernel.
func TestLoss(t *testing.T) {
	for _, c := range []struct {
		name   string
		flags  []string
		events string
		where  string
		stop   bool   // tswatch stands still
		wait   bool   // system calls wait for the kernel
		limit  string // of the kernel, in place of tswatch's
	}{
		// Neither is so small that it has no room for the records of the start.
		{"socket", []string{"--receive-buffer", "262144"}, "100000", "socket", true, true, ""},
		{"queue", []string{"--queue", "512"}, "20000", "queue", false, true, ""},
		{"kernel", nil, "20000", "kernel", false, false, "4"},
		{"unicast kernel", []string{"--audit-mode", "unicast", "--receive-buffer", "262144"}, "20000", "kernel", true, false, ""},
		{"unicast queue", []string{"--audit-mode", "unicast", "--queue", "512"}, "20000", "queue", false, true, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			borrow(t)
			connects := named(t, built(t, standin), "connects")
			if c.where == "queue" {
				t.Setenv("GOMAXPROCS", "1") // so that the line is slower than the reader on any machine
			}
			a := start(t, append(c.flags, "--docker", "off")...)
			asUser(t, nil, connects, "1")
			a.executed("1")
			if c.limit != "" {
				limit := audit.State(t)["backlog_limit"]
				audit.Ctl(t, "-b", c.limit)
				defer audit.Ctl(t, "-b", limit)
			}
			if c.wait {
				audit.Ctl(t, "--backlog_wait_time", "15000") // so that the kernel loses none
				defer audit.Ctl(t, "--backlog_wait_time", "0")
			}
			if c.stop {
				a.signal(syscall.SIGSTOP)
			}
			asUser(t, nil, connects, c.events)
			a.signal(syscall.SIGCONT)
			t.Logf("%+v", a.accounted(connects, c.where))
		})
	}
}

// accounted waits until something is lost at a place, each serial between the first event and the last has come or is said to be
// lost, and the status says the same as the lines. What is missing is known by what comes later, if that is not missing, too:
// connects makes that.
func (a *agent) accounted(connects, where string) (now status) {
	a.t.Helper()
	problem := "nothing is lost at " + where
	for marker := 2; marker < 10; marker++ {
		asUser(a.t, nil, connects, strconv.Itoa(marker))
		if wait.Until(4*time.Second, func() bool {
			if next := a.status(); !reflect.DeepEqual(next, now) || next.LostWhere[where] == 0 { // while much comes the lines are not worth a look
				now = next
				return false
			}
			events := a.events()
			if slices.ContainsFunc(events, func(e event) bool {
				return slices.Equal(e.Process.Args[min(1, len(e.Process.Args)):], []string{strconv.Itoa(marker)})
			}) {
				problem = unaccounted(events, now)
			}
			return problem == ""
		}) {
			return now
		}
	}
	a.t.Fatalf("%s; status %+v", problem, now)
	return now
}

// unaccounted says what is not right; empty: every serial is there, or lost, once. It begins with the first exec: what comes
// before is of the start, when the kernel still has records of what tswatch changed.
func unaccounted(events []event, now status) string {
	var came, lost uint64 // events, serials
	where := map[string]uint64{}
	serials := map[uint32]bool{}
	var first, last uint32
	var said time.Time
	for _, e := range events {
		serial := e.Event.Sequence
		switch {
		case e.Event.Action == "audit-lost":
			lost += e.Tswatch.Lost.Serials
			where[e.Tswatch.Lost.Where] += e.Tswatch.Lost.Serials
			if e.Tswatch.Lost.Where == "kernel" {
				where["kernel"] += e.Tswatch.Lost.Records
			}
			if !said.IsZero() && e.Timestamp.Sub(said) < time.Second {
				return fmt.Sprintf("two lines about losses are %v apart", e.Timestamp.Sub(said))
			}
			said = e.Timestamp
		case e.Event.Kind != "event":
		case serials[serial]:
			return fmt.Sprintf("event %d came twice", serial)
		case first == 0 && e.Event.Action != "executed":
			came++
		default:
			if first == 0 {
				first = serial
			}
			came++
			last = max(last, serial)
			serials[serial] = true
		}
	}
	for _, places := range []map[string]uint64{where, now.LostWhere} {
		maps.DeleteFunc(places, func(_ string, n uint64) bool { return n == 0 })
	}
	if given := uint64(last-first) + 1; uint64(len(serials))+lost != given || came != now.Events || !maps.Equal(where, now.LostWhere) {
		return fmt.Sprintf("of %d serials from %d on %d came, and %d are lost: %v", given, first, len(serials), lost, where)
	}
	return ""
}
