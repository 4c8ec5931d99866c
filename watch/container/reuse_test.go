package container

import (
	"testing"
	"time"
)

func TestPIDReuse(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		pids       int64
		processors int
		hosts      bool
		want       time.Duration
	}{
		{32768, 1, true, 327680 * time.Microsecond},
		{32768, 2, true, 163840 * time.Microsecond},
		{4194304, 2, true, 20971520 * time.Microsecond},
		{4194304, 64, true, 655360 * time.Microsecond},
		{4194304, 2, false, 163840 * time.Microsecond}, // the limit of another pid namespace
		{1024, 2, false, 5120 * time.Microsecond},
		{32768, 0, true, 327680 * time.Microsecond}, // the /proc does not say
		{0, 0, true, 10 * time.Microsecond},
	} {
		if got := pidReuse(c.pids, c.processors, c.hosts); got != c.want {
			t.Errorf("%+v: got %s", c, got)
		}
	}
	p := newTree(t)
	p.write("stat", "cpu  1 2 3\ncpu0 1 2 3\ncpu1 1 2 3\nintr 1\n")
	if got := PIDReuse(p.dir); got != 163840*time.Microsecond {
		t.Errorf("of a /proc: %s", got)
	}
	if got := PIDReuse("/none/proc"); got != 327680*time.Microsecond {
		t.Errorf("of no /proc: %s", got)
	}
}
