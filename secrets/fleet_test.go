package secrets

import (
	"container/heap"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/tsboot/tsboot/secrets/secretstest"
)

// A fleet starts as one against an account's bucket, in virtual time, each
// host with the policy that ships.
type fleet struct {
	hosts, pages int
	rate         float64
	splay        time.Duration
	seed         uint64
}

type host struct {
	at        time.Duration // of its next call
	pages     int
	count     int
	congested time.Duration // when it was first throttled; negative: never
	start     time.Duration
}

type hosts []*host

func (h hosts) Len() int           { return len(h) }
func (h hosts) Less(i, j int) bool { return h[i].at < h[j].at }
func (h hosts) Swap(i, j int)      { h[i], h[j] = h[j], h[i] }
func (h *hosts) Push(x any)        { *h = append(*h, x.(*host)) }
func (h *hosts) Pop() any {
	old := *h
	last := old[len(old)-1]
	*h = old[:len(old)-1]
	return last
}

// run returns when the last of those that boot has all its pages, how many
// calls were made, and how many hosts gave up.
func (f fleet) run(r retryer) (last time.Duration, calls, lost int) {
	random := rand.New(rand.NewPCG(f.seed, 0))
	queue := f.start(random)
	bucket, epoch := secretstest.NewBucket(f.rate, int(f.rate)), time.Unix(0, 0)
	for queue.Len() > 0 {
		h := queue[0]
		calls++
		ok := bucket.Take(epoch.Add(h.at))
		h.at += time.Duration((0.015 + 0.02*random.Float64()) * float64(time.Second)) // the way there and back
		var again bool
		if ok {
			if h.pages, h.count = h.pages-1, 0; h.pages == 0 {
				last = max(last, h.at)
			}
			again = h.pages > 0
		} else if again = h.throttled(r, random); !again {
			lost++
		}
		if again {
			heap.Fix(&queue, 0)
		} else {
			heap.Pop(&queue)
		}
	}
	return last, calls, lost
}

// start draws when each host makes its first call.
func (f fleet) start(random *rand.Rand) hosts {
	var queue hosts
	for range f.hosts {
		at := time.Duration(random.Float64() * float64(f.splay+50*time.Millisecond))
		queue = append(queue, &host{at: at, pages: f.pages, congested: -1, start: at})
	}
	heap.Init(&queue)
	return queue
}

func (h *host) throttled(r retryer, random *rand.Rand) bool {
	h.count++
	if h.congested < 0 {
		h.congested = h.at
	}
	wait, again := r(h, random)
	h.at += wait
	return again
}

// The goals of the policy: on the average of a few runs, for a small fleet's
// last host is a matter of luck.
func TestFleet(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		hosts, pages int
		splay        float64 // in floors
		last, calls  float64 // at most, in floors and in calls at least needed
	}{
		{200, 1, 0, 1.15, 0}, {1000, 1, 0, 1.15, 0}, {5000, 1, 0, 1.15, 0}, {200, 3, 0, 1.15, 0}, {1000, 3, 0, 1.15, 0}, {5000, 3, 0, 1.15, 0},
		{200, 1, 1.02, 1.05, 1.25}, {1000, 1, 1.02, 1.05, 1.25}, {5000, 1, 1.02, 1.05, 1.25}, {200, 3, 1.02, 1.05, 1.25}, {1000, 3, 1.02, 1.05, 1.25}, {5000, 3, 1.02, 1.05, 1.25},
	} {
		floor := time.Duration(float64(test.hosts*test.pages) / 40 * float64(time.Second))
		runs := max(1, min(5, 5000/(test.hosts*test.pages)))
		var last, calls float64
		for seed := range uint64(runs) {
			f := fleet{test.hosts, test.pages, 40, time.Duration(test.splay * float64(floor)), seed}
			l, c, lost := f.run(ours(DefaultPolicy(), 0))
			last += float64(l) / float64(floor) / float64(runs)
			calls += float64(c) / float64(test.hosts*test.pages) / float64(runs)
			if lost > 0 {
				t.Errorf("%+v: %d hosts gave up", f, lost)
			}
		}
		t.Logf("%d hosts, %d pages, splay %.2f: last %.3f, calls %.2f", test.hosts, test.pages, test.splay, last, calls)
		if last > test.last || test.calls > 0 && calls > test.calls {
			t.Errorf("%d hosts, %d pages, splay %.2f: the last boots after %.3f floors (want %.2f) with %.2f times the calls (want %.2f)",
				test.hosts, test.pages, test.splay, last, test.last, calls, test.calls)
		}
	}
}

// Within the default deadline all of five thousand hosts read their page.
func TestFleetWithinTheDefaultDeadline(t *testing.T) {
	t.Parallel()
	for _, f := range []fleet{{5000, 1, 40, 0, 1}, {5000, 1, 40, 2 * time.Minute, 2}} {
		if last, calls, lost := f.run(ours(DefaultPolicy(), 5*time.Minute)); lost > 0 {
			t.Errorf("%+v: %d hosts gave up; the last booted after %v, %d calls", f, lost, last, calls)
		}
	}
}
