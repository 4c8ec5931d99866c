package wait

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

func TestUntil(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		begin, looks := time.Now(), 0
		if !Until(time.Minute, func() bool { looks++; return looks == 4 }) || time.Since(begin) != 3*interval {
			t.Errorf("%d looks in %v", looks, time.Since(begin))
		}
		begin = time.Now()
		if Until(time.Second, func() bool { return false }) || time.Since(begin) != time.Second {
			t.Errorf("gave up after %v", time.Since(begin))
		}
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		if looks = 0; Context(ctx, func() bool { looks++; return false }) || looks == 0 {
			t.Errorf("%d looks", looks)
		}
	})
}

// recorded is a Test that keeps what it was told.
type recorded struct{ text string }

func (r *recorded) Fatalf(format string, args ...any) { r.text = fmt.Sprintf(format, args...) }

func TestFor(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var r recorded
		if For(&r, time.Second, "the file", func() bool { return true }); r.text != "" {
			t.Error(r.text)
		}
		if For(&r, time.Second, "the file", func() bool { return false }); !strings.Contains(r.text, "the file") || !strings.Contains(r.text, "1s") {
			t.Errorf("it says %q", r.text)
		}
	})
}
