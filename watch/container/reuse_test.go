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
		{32768, 1, true, 655360 * time.Microsecond},
		{32768, 2, true, 327680 * time.Microsecond},
		{4194304, 2, true, 41943040 * time.Microsecond},
		{4194304, 64, true, 1310720 * time.Microsecond},
		{4194304, 2, false, 327680 * time.Microsecond}, // the limit of another pid namespace
		{1024, 2, false, 10240 * time.Microsecond},
		{32768, 0, true, 655360 * time.Microsecond}, // the /proc does not say
		{0, 0, true, 20 * time.Microsecond},
	} {
		if got := pidReuse(c.pids, c.processors, c.hosts); got != c.want {
			t.Errorf("%+v: got %s", c, got)
		}
	}
	p := newTree(t)
	p.write("stat", "cpu  1 2 3\ncpu0 1 2 3\ncpu1 1 2 3\nintr 1\n")
	if got := PIDReuse(p.dir); got != 327680*time.Microsecond {
		t.Errorf("of a /proc: %s", got)
	}
	if got := PIDReuse("/none/proc"); got != 655360*time.Microsecond {
		t.Errorf("of no /proc: %s", got)
	}
}
