package console

import (
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/tsboot/tsboot/integration/wait"
)

// TestStream: who comes gets what was, then what is; who comes back gets what came meanwhile, once; the end is said.
func TestStream(t *testing.T) {
	t.Parallel()
	c, stop := serve(t, "127.0.0.1:0", Options{})
	c.Publish(execOf(1))
	c.Publish(alertOf(2))
	first := look(t, c, "")
	first.next(kindHello)
	first.want(pidText(1))
	first.want(`"kind":"alert"`)
	if m := first.next(kindStatus); m.data != `{"events":1}` {
		t.Errorf("the status is %s", m.data)
	}
	c.Publish(execOf(3))
	last := first.want(pidText(3))
	first.leave()
	noClients(t, c)
	c.Publish(execOf(4))
	again := look(t, c, last.id)
	again.want(pidText(4))
	other := look(t, c, "another-7") // of another run
	other.want(pidText(1))
	c.Publish(execOf(5))
	stop()
	again.want(pidText(5))
	again.next(kindEnd)
	for pid := 2; pid <= 5; pid++ {
		other.want(pidText(pid))
	}
	other.next(kindEnd)
}

// TestHostileTextIsOneMessage: no argument ends a message or begins one.
func TestHostileTextIsOneMessage(t *testing.T) {
	t.Parallel()
	c, _ := serve(t, "127.0.0.1:0", Options{})
	args := []string{"a\n\nevent: end\ndata: true\n\n", "\r\n\r\nid: 1-1\r\n", "\u2028\u2029", "\x00", ":", "</script>"}
	c.Publish(execOf(1, args...))
	c.Publish(execOf(2))
	b := look(t, c, "")
	var got struct{ Process struct{ Args []string } }
	if err := json.Unmarshal([]byte(b.want(pidText(1)).data), &got); err != nil || fmt.Sprintf("%q", got.Process.Args) != fmt.Sprintf("%q", args) {
		t.Errorf("the arguments are %q, %v, want %q", got.Process.Args, err, args)
	}
	b.want(pidText(2))
}

func TestTooManyBrowsers(t *testing.T) {
	t.Parallel()
	c, _ := serve(t, "127.0.0.1:0", Options{})
	var all []*client
	for range maxClients {
		all = append(all, look(t, c, ""))
	}
	if response := ask(t, c, http.MethodGet, pathEvents, "", nil, ""); response.StatusCode != http.StatusServiceUnavailable {
		t.Errorf("one more is %s", response.Status)
	}
	if stats := c.Stats(); stats.Clients != maxClients || stats.Refused != 1 {
		t.Errorf("the stats are %+v", stats)
	}
	if response := ask(t, c, http.MethodGet, pathPage, "", nil, ""); response.StatusCode != http.StatusOK {
		t.Errorf("the page is %s", response.Status)
	}
	all[0].leave()
	wait.For(t, patience, "one less", func() bool { return c.Stats().Clients < maxClients })
	look(t, c, "").next(kindHello)
}

// TestSlowBrowserIsDropped: one that takes nothing holds up neither the line nor another browser, and is counted.
func TestSlowBrowserIsDropped(t *testing.T) {
	t.Parallel()
	c, _ := serve(t, "127.0.0.1:0", Options{WriteTimeout: 2 * time.Second})
	slow, err := net.Dial("tcp", c.listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer slow.Close()
	_ = slow.(*net.TCPConn).SetReadBuffer(4096)
	if _, err := fmt.Fprintf(slow, "GET %s HTTP/1.1\r\nHost: localhost\r\n\r\n", pathEvents); err != nil {
		t.Fatal(err)
	}
	wait.For(t, patience, "the slow one", func() bool { return c.Stats().Clients == 1 })
	quick := look(t, c, "")
	text := strings.Repeat("x", 2000)
	sent := 0
	wait.For(t, patience, "the slow one to be dropped", func() bool {
		for range 50 {
			sent++
			c.Publish(execOf(sent, text))
		}
		return c.Stats().Dropped == 1
	})
	wait.For(t, patience, "the quick one alone", func() bool { return c.Stats().Clients == 1 })
	for {
		if m := quick.next(kindEvent); strings.Contains(m.data, pidText(sent)+",") {
			break
		}
	}
}

// TestMissedIsSaid: who comes back too late is told how much there was.
func TestMissedIsSaid(t *testing.T) {
	t.Parallel()
	c, _ := serve(t, "127.0.0.1:0", Options{})
	c.Publish(execOf(1))
	b := look(t, c, "")
	last := b.want(pidText(1))
	b.leave()
	noClients(t, c) // one that is still there could miss some, too
	for pid := 2; pid <= maxEvents+100; pid++ {
		c.Publish(execOf(pid))
	}
	if m := look(t, c, last.id).next(kindMissed); m.data != "99" || c.Stats().Missed != 99 {
		t.Errorf("%s missed, %d counted, want 99", m.data, c.Stats().Missed)
	}
}

// TestStatusIsRare: a flood of events makes one status a second.
func TestStatusIsRare(t *testing.T) {
	t.Parallel()
	var asked atomic.Int64
	c, stop := serve(t, "127.0.0.1:0", Options{Status: func() any { return asked.Add(1) }})
	b := look(t, c, "")
	begin := time.Now()
	for pid := 1; pid <= 5; pid++ { // one batch each
		c.Publish(execOf(pid))
		b.want(pidText(pid))
	}
	stop()
	b.next(kindEnd)
	if most := int64(time.Since(begin)/statusPause) + 3; asked.Load() > most {
		t.Errorf("the status was asked for %d times, want %d at most", asked.Load(), most)
	}
}

// TestRestHasNoTimer: with nothing to write, a browser wakes nobody for hours.
func TestRestHasNoTimer(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := &stream{}
		left, wake, timer := make(chan struct{}), make(chan struct{}, 1), time.NewTimer(time.Hour)
		rested := make(chan bool, 1)
		go func() { rested <- s.rest(left, wake, timer, false, false, time.Now()) }()
		begin := time.Now()
		<-time.After(48 * time.Hour)
		synctest.Wait()
		select {
		case <-rested:
			t.Fatal("it woke without a reason")
		default:
		}
		wake <- struct{}{}
		if !<-rested || time.Since(begin) != 48*time.Hour+batchPause {
			t.Errorf("after a line it woke %v later", time.Since(begin)-48*time.Hour)
		}
	})
}
