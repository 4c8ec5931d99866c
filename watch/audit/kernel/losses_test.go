package kernel

import "testing"

// TestLosses: the counter is followed past another program that sets it back, and not believed while the kernel keeps
// records for an audit daemon that is not there.
func TestLosses(t *testing.T) {
	t.Parallel()
	type step struct {
		counter uint32
		daemon  bool
		want    uint64
	}
	for name, c := range map[string]struct {
		keeps bool
		steps []step
	}{
		"none":         {false, []step{{100, false, 0}, {100, true, 0}}},
		"some":         {false, []step{{103, false, 3}, {110, true, 10}}},
		"set back":     {false, []step{{150, false, 50}, {0, false, 50}, {7, false, 57}}},
		"no daemon":    {true, []step{{5000, false, 0}, {9000, false, 0}}},
		"daemon comes": {true, []step{{5000, false, 0}, {5002, true, 2}, {5003, false, 2}}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			l := losses{counter: 100, keeps: c.keeps}
			for _, s := range c.steps {
				if got := l.upTo(s.counter, s.daemon); got != s.want {
					t.Errorf("at %d %d are lost, want %d", s.counter, got, s.want)
				}
			}
		})
	}
}

func TestKeepsForDaemon(t *testing.T) {
	t.Parallel()
	for line, want := range map[string]bool{
		"":                                   false,
		"root=/dev/vda audit=1 quiet":        true,
		"audit=on\n":                         true,
		"audit=1 audit=0":                    false,
		"noaudit=1 audit_backlog_limit=8192": false,
	} {
		if got := keepsForDaemon(line); got != want {
			t.Errorf("%q: %v", line, got)
		}
	}
}
