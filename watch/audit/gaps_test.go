package audit

import (
	"fmt"
	"math/rand/v2"
	"testing"
	"time"
)

// see shows g one event of each serial, a millisecond apart.
func see(g *Gaps, from time.Time, serials ...uint32) time.Time {
	for _, serial := range serials {
		g.See(Record{Type: TypeSyscall, Time: from, Serial: serial}, from)
		from = from.Add(time.Millisecond)
	}
	return from
}

func TestGaps(t *testing.T) {
	t.Parallel()
	const end = 1<<32 - 1
	for _, test := range []struct {
		name    string
		serials []uint32
		want    uint64
	}{
		{"none", []uint32{5, 6, 7}, 0},
		{"records of one event", []uint32{5, 5, 5, 6, 6}, 0},
		{"one", []uint32{5, 7}, 1},
		{"some", []uint32{5, 9, 12}, 5},
		{"many", []uint32{5, 1000000}, 999994},
		{"out of order", []uint32{5, 8, 7, 6, 9}, 0},
		{"out of order, and one is missing", []uint32{5, 9, 7, 6, 10}, 1},
		{"out of order from the first on", []uint32{5, 4, 3, 6}, 0},
		{"it wraps", []uint32{end - 1, end, 0, 1}, 0},
		{"it wraps, and some are missing", []uint32{end - 1, 2}, 3},
		{"it wraps out of order", []uint32{end - 1, 1, 0, end, 2}, 0},
		{"twice", []uint32{5, 7, 7, 5, 8}, 1},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			g := NewGaps(2 * time.Second)
			now := see(g, start, test.serials...)
			if got := g.Lost(now); got != 0 {
				t.Errorf("%d are lost before their time is over", got)
			}
			if got := g.Lost(now.Add(2 * time.Second)); got != test.want {
				t.Errorf("%d are lost, want %d", got, test.want)
			}
			if got := g.Flush(); got != test.want {
				t.Errorf("%d are lost at the end, want %d", got, test.want)
			}
		})
	}
}

// TestGapsOfOneRow: where auditd's own records are numbered in one row with the others, none is missing. A real gap beside
// one is counted.
func TestGapsOfOneRow(t *testing.T) {
	t.Parallel()
	g := NewGaps(2 * time.Second)
	for serial, typ := range []Type{TypeDaemonStart, TypeSyscall, TypeSyscall, TypeDaemonStart, TypeSyscall, TypeDaemonStart} {
		g.See(Record{Type: typ, Time: start, Serial: uint32(serial)}, start)
	}
	see(g, start, 6, 8)
	g.See(Record{Type: TypeDaemonStart, Time: start, Serial: 7}, start)
	if got := g.Flush(); got != 1 {
		t.Errorf("%d are lost, want 1", got)
	}
}

// TestGapsOfEnds: an event of which only the end came is lost.
func TestGapsOfEnds(t *testing.T) {
	t.Parallel()
	g := NewGaps(2 * time.Second)
	for serial := range uint32(5) {
		if serial != 2 {
			g.See(Record{Type: TypeSyscall, Time: start, Serial: serial}, start)
		}
		g.See(Record{Type: TypeEOE, Time: start, Serial: serial}, start)
	}
	if got := g.Flush(); got != 1 {
		t.Errorf("%d are lost, want 1", got)
	}
}

// TestGapsOfRestarts: serials begin again with another kernel, and what the old one did not send is still lost.
func TestGapsOfRestarts(t *testing.T) {
	t.Parallel()
	hour := start.Add(time.Hour)
	for _, test := range []struct {
		name string
		run  func(g *Gaps)
		want uint64
	}{
		{"lower", func(g *Gaps) { see(g, start, 500, 501, 503); see(g, hour, 1, 2, 4) }, 2},
		{"much lower", func(g *Gaps) { see(g, start, 3e9, 3e9+1); see(g, hour, 7, 8) }, 0},
		{"the same serials", func(g *Gaps) { see(g, start, 5, 6, 8); see(g, hour, 5, 6, 8) }, 2},
		{"the last again", func(g *Gaps) { see(g, start, 5, 6); see(g, hour, 6, 8) }, 1},
		{"twice", func(g *Gaps) { see(g, start, 9); see(g, hour, 5, 7); see(g, hour.Add(time.Hour), 1, 3) }, 2},
		{"the kernel says so, before its clock is right", func(g *Gaps) {
			see(g, start, 500, 501)
			g.See(Record{Type: TypeKernel, Time: time.Unix(0, 1e8), Serial: 1}, start)
			see(g, hour, 2, 4)
		}, 1},
		{"auditd's serials are its own", func(g *Gaps) {
			see(g, start, 500, 501)
			g.See(Record{Type: TypeDaemonStart, Time: start, Serial: 7654}, start)
			see(g, start.Add(time.Second), 502, 503)
			g.See(Record{Type: 1201, Time: hour, Serial: 2}, hour)
			see(g, hour, 504)
		}, 0},
		{"an old event is late, and is no restart", func(g *Gaps) {
			see(g, start, 500, 501, 502)
			see(g, start.Add(-time.Minute), 400, 401)
			see(g, hour, 503)
		}, 0},
		{"a call that took long has an old time", func(g *Gaps) {
			see(g, start, 500)
			g.See(Record{Type: TypeSyscall, Time: start, Serial: 502}, hour)
			see(g, hour, 501, 503)
		}, 0},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			g := NewGaps(2 * time.Second)
			if test.run(g); g.Flush() != test.want {
				t.Errorf("%d are lost, want %d", g.Flush(), test.want)
			}
		})
	}
}

// TestLateIsNotLostTwice: a serial that comes when it is already counted changes nothing.
func TestLateIsNotLostTwice(t *testing.T) {
	t.Parallel()
	g := NewGaps(2 * time.Second)
	now := see(g, start, 5, 8).Add(time.Minute)
	if got := g.Lost(now); got != 2 {
		t.Errorf("%d are lost, want 2", got)
	}
	g.See(Record{Type: TypeSyscall, Time: start, Serial: 6}, now)
	see(g, now, 9, 10)
	if got := g.Flush(); got != 2 {
		t.Errorf("%d are lost, want 2", got)
	}
}

// TestGapsOfNodes: machines have serials of their own.
func TestGapsOfNodes(t *testing.T) {
	t.Parallel()
	g := NewGaps(2 * time.Second)
	for i := range uint32(100) {
		for n := range uint32(3) {
			if i%10 != 5 || n != 2 {
				g.See(Record{Type: TypeSyscall, Time: start, Serial: 1000*n + i, Node: fmt.Sprint("n", n)}, start)
			}
		}
	}
	if got := g.Flush(); got != 10 {
		t.Errorf("%d are lost, want 10", got)
	}
}

// TestGapsAreBounded: no input makes it hold more and more, and what it forgets is counted.
func TestGapsAreBounded(t *testing.T) {
	t.Parallel()
	g := NewGaps(time.Hour)
	const n = 3 * maxGaps
	for i := range uint32(n) {
		see(g, start, 2*i)
	}
	if held := len(g.nodes[""].gaps); held > maxGaps {
		t.Errorf("%d gaps are held", held)
	}
	if got := g.Flush(); got != n-1 {
		t.Errorf("%d are lost, want %d", got, n-1)
	}
	for i := range n {
		node := fmt.Sprint("n", i)
		g.See(Record{Type: TypeSyscall, Time: start, Serial: 1, Node: node}, start)
		g.See(Record{Type: TypeSyscall, Time: start, Serial: 3, Node: node}, start)
	}
	if len(g.nodes) > maxNodes {
		t.Errorf("%d nodes are held", len(g.nodes))
	}
	if got := g.Flush(); got != n-1+n {
		t.Errorf("%d are lost, want %d", got, n-1+n)
	}
}

// TestGapsOfAnyKind loses random serials of several boots, sends the rest several times and out of order within the
// window, and compares with what was lost. What is lost before the first of a boot or after its last cannot be known.
func TestGapsOfAnyKind(t *testing.T) {
	t.Parallel()
	for seed := range uint64(60) {
		random := rand.New(rand.NewPCG(seed, 3))
		g := NewGaps(2 * time.Second)
		now, want := start, uint64(0)
		serial := random.Uint32()
		if random.IntN(2) == 0 {
			serial = -random.Uint32N(400) // it wraps
		}
		for range 1 + random.IntN(3) {
			arrived := lossy(random, serial, 50+random.IntN(500))
			want += missing(arrived)
			for _, s := range arrived {
				for range 1 + random.IntN(3) {
					g.See(Record{Type: TypeSyscall, Time: now, Serial: s}, now)
				}
				now = now.Add(time.Millisecond)
				if random.IntN(10) == 0 {
					g.Lost(now)
				}
			}
			serial = g.nodes[""].head - random.Uint32N(1<<20) // another kernel's first
			now = now.Add(time.Minute)
		}
		if got := g.Flush(); got != want {
			t.Fatalf("seed %d: %d are lost, want %d", seed, got, want)
		}
	}
}

// lossy is n serials from first on, which comes first, without some, each at most 200 places from its own.
func lossy(random *rand.Rand, first uint32, n int) []uint32 {
	var arrived []uint32
	for i := range uint32(n) {
		if i == 0 || random.IntN(5) > 0 {
			arrived = append(arrived, first+i)
		}
	}
	for at := 1; at < len(arrived); {
		part := arrived[at:min(at+1+random.IntN(200), len(arrived))]
		random.Shuffle(len(part), func(i, j int) { part[i], part[j] = part[j], part[i] })
		at += len(part)
	}
	return arrived
}

// missing is how many serials are missing between the first and the highest.
func missing(arrived []uint32) uint64 {
	highest := uint32(0)
	for _, s := range arrived {
		highest = max(highest, s-arrived[0])
	}
	return uint64(highest) + 1 - uint64(len(arrived))
}
