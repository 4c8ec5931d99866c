//go:build linux

package watch

import (
	"syscall"
	"testing"
	"time"

	"github.com/tsboot/tsboot/integration/wait"
)

// TestLoss: a reader that is stopped loses events at its socket. Together with those that came they are as many as there were,
// and the lines say so.
func TestLoss(t *testing.T) {
	borrow(t)
	connects := named(t, built(t, standin), "connects")
	a := start(t, "--receive-buffer", "65536")
	before := a.status()
	a.signal(syscall.SIGSTOP)
	asUser(t, nil, connects, "2000") // four records each: the kernel has room for 8192
	a.signal(syscall.SIGCONT)
	all := before.Events + before.Lost + 2000 + 1 // with the exec
	var now status
	for came, tries := false, 0; !came && tries < 8; tries++ {
		asUser(t, nil, connects, "1") // what is missing is known by what comes later, if that is not missing, too
		all += 1 + 1
		came = wait.Until(4*time.Second, func() bool {
			now = a.status()
			return now.Events+now.Lost >= all && now.LostWhere["socket"] > 0
		})
	}
	if now.Events+now.Lost != all || now.LostWhere["socket"] != now.Lost {
		t.Fatalf("of %d events the status has %+v", all, now)
	}
	checkLossLines(t, a, now)
}

// checkLossLines waits until the lines say what the status does, serials and the events that came, each once.
func checkLossLines(t *testing.T, a *agent, want status) {
	t.Helper()
	var lost uint64
	var said []event
	serials := map[uint32]bool{}
	wait.For(t, aLongTime, "the lines say what is lost", func() bool {
		lost, said = 0, nil
		for _, e := range a.events() {
			switch {
			case e.Event.Action == "audit-lost":
				lost += e.Tswatch.Lost.Serials
				said = append(said, e)
			case e.Event.Kind == "event":
				serials[e.Event.Sequence] = true
			}
		}
		return lost >= want.Lost
	})
	if lost != want.Lost || uint64(len(serials)) != want.Events {
		t.Errorf("the lines have %d lost and %d events, the status %+v", lost, len(serials), want)
	}
	for i := 1; i < len(said); i++ {
		if apart := said[i].Timestamp.Sub(said[i-1].Timestamp); apart.Milliseconds() < 1000 {
			t.Errorf("two lines about losses are %v apart", apart)
		}
	}
}
