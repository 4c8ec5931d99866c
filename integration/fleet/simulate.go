package main

import (
	"container/heap"
	"math/rand/v2"
	"time"

	"github.com/tsboot/tsboot/secrets/secretstest"
)

// The way to the endpoint and back takes between shortest and longest; a fleet that starts "at once" does so within
// salvo.
const (
	shortest = 15 * time.Millisecond
	longest  = 35 * time.Millisecond
	salvo    = 50 * time.Millisecond
)

// A fleet of hosts, each of which makes so many calls, one after the other.
type fleet struct {
	hosts, calls int
	limit        float64       // calls a second that the account lets through
	burst        int           // calls that it lets through at once
	splay        time.Duration // the first call comes after a random wait up to this
}

// floor is the least time in which the account can let all the calls through.
func (f fleet) floor() time.Duration {
	return time.Duration(float64(f.hosts*f.calls) / f.limit * float64(time.Second))
}

// An outcome is what became of a fleet.
type outcome struct {
	booted int           // hosts that made all their calls
	last   time.Duration // when the last of these was done
	calls  int           // made, by all hosts
}

// A host in the queue of those that will make another call.
type host struct {
	client client
	at     time.Duration // of its next call
	calls  int           // still to be made
	failed int           // how often the one under way was refused
}

type queue []*host

func (q queue) Len() int           { return len(q) }
func (q queue) Less(i, j int) bool { return q[i].at < q[j].at }
func (q queue) Swap(i, j int)      { q[i], q[j] = q[j], q[i] }
func (q *queue) Push(x any)        { *q = append(*q, x.(*host)) }
func (q *queue) Pop() any {
	last := (*q)[len(*q)-1]
	*q = (*q)[:len(*q)-1]
	return last
}

// run boots the fleet. The hosts start at the time 0; their splay counts against their deadline.
func (f fleet) run(make maker, seed uint64) outcome {
	random := rand.New(rand.NewPCG(seed, 0))
	var q queue
	for range f.hosts {
		q = append(q, &host{client: make(), at: time.Duration(random.Float64() * float64(f.splay+salvo)), calls: f.calls})
	}
	heap.Init(&q)
	var result outcome
	bucket, epoch := secretstest.NewBucket(f.limit, f.burst), time.Unix(0, 0)
	for q.Len() > 0 {
		h := q[0]
		result.calls++
		goes := h.call(bucket.Take(epoch.Add(h.at)), random)
		if h.calls == 0 {
			result.booted++
			result.last = max(result.last, h.at)
		}
		if goes {
			heap.Fix(&q, 0)
		} else {
			heap.Pop(&q)
		}
	}
	return result
}

// call is told whether the account let the call through, and says whether the host makes another one.
func (h *host) call(granted bool, random *rand.Rand) bool {
	h.at += shortest + time.Duration(random.Float64()*float64(longest-shortest))
	deadline := h.client.deadline()
	switch {
	case deadline > 0 && h.at > deadline: // before the answer came
		return false
	case granted:
		h.client.granted()
		h.failed = 0
		h.calls--
		return h.calls > 0
	}
	h.failed++
	wait, again := h.client.throttled(h.failed, h.at, random)
	h.at += wait
	return again
}
