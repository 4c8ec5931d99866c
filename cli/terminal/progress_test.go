package terminal

import (
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// lines keeps what it was to show.
type lines struct {
	mu      sync.Mutex
	shown   []string
	flushes int
}

func (l *lines) Show(text string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.shown = append(l.shown, text)
}

func (l *lines) Flush() { l.flushes++ }

func (l *lines) last() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.shown) == 0 {
		return "nothing"
	}
	return l.shown[len(l.shown)-1]
}

func TestProgress(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var l lines
		p := StartProgress(&l, func(time.Time) string { return "waiting" })
		after := func(d time.Duration, want string) {
			t.Helper()
			<-time.After(d)
			synctest.Wait()
			if got := l.last(); got != want {
				t.Errorf("%q, want %q", got, want)
			}
		}
		after(250*time.Millisecond, "nothing")
		after(100*time.Millisecond, "waiting")
		resume := p.Suspend()
		after(time.Second, "")
		resume()
		after(time.Second, "waiting")
		p.Leave()
		p.Leave()
		after(time.Second, "")
		if l.flushes != 2 {
			t.Errorf("%d flushes, want one for each line that was taken away", l.flushes)
		}
	})
}

// TestProgressOfNothing: what is over at once, and what has nothing to say, shows nothing and flushes nothing.
func TestProgressOfNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var l lines
		p := StartProgress(&l, func(time.Time) string { return "" })
		<-time.After(time.Second)
		p.Leave()
		StartProgress(&l, func(time.Time) string { return "waiting" }).Leave()
		<-time.After(time.Second)
		if len(l.shown) > 0 || l.flushes > 0 {
			t.Errorf("%q, %d flushes", l.shown, l.flushes)
		}
		none := StartProgress(nil, nil)
		none.Suspend()()
		none.Leave()
	})
}

func TestFit(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		text    string
		columns int
		want    string
	}{
		{"short", 80, "short"},
		{"cut off", 3, "cut"},
		{"", 10, ""},
		{"none", 0, ""},
		{"none", -1, ""},
		{"a\x1b[31m\nb", 80, `a\u001b[31m\u000ab`},
		{"größe", 80, `gr\u00f6\u00dfe`},
		{"日本", 7, `\u65e5`},
		{"\xff", 80, "?"},
		{"\U0001f600", 80, `\U0001f600`},
	} {
		if got := Fit(c.text, c.columns); got != c.want {
			t.Errorf("Fit(%q, %d): %q, want %q", c.text, c.columns, got, c.want)
		}
	}
}
