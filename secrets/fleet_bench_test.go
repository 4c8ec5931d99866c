package secrets

import (
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws/retry"
)

// A retryer is what a loader does about ThrottlingException: ours runs the
// policy that ships, the others the SDK's own code.
type retryer func(h *host, random *rand.Rand) (wait time.Duration, again bool)

// ours is the shipping policy with a deadline.
func ours(p Policy, timeout time.Duration) retryer {
	return func(h *host, random *rand.Rand) (time.Duration, bool) {
		left := time.Duration(-1)
		if timeout > 0 {
			left = h.start + timeout - h.at
		}
		return p.Next(Failure{Class: Throttled, Count: h.count, Congested: h.at - h.congested, Left: left}, random.Float64())
	}
}

// theirs is the SDK's standard retryer: three tries, or ten as chamber has it.
// (Its jitter is drawn from the system, not from the seed.)
func theirs(tries int) retryer {
	standard := retry.NewStandard(func(o *retry.StandardOptions) { o.MaxAttempts = tries })
	return func(h *host, _ *rand.Rand) (time.Duration, bool) {
		if h.count >= tries {
			return 0, false
		}
		wait, err := standard.RetryDelay(h.count, throttling)
		return wait, err == nil
	}
}

// BenchmarkFleet is the night a fleet redeploys, in virtual time: hosts that
// start as one, or spread over a splay, against the account's limit. By path a
// host makes a call a page; by name one for ten names, against the limit of
// that call where high throughput is on.
//
//	go test ./secrets -run '^$' -bench '^BenchmarkFleet$' -benchtime 1x
func BenchmarkFleet(b *testing.B) {
	for _, account := range []struct {
		how   string
		limit float64
		calls []int
	}{
		{"by-path", 40, []int{1, 3}}, {"by-path-high-throughput", 100, []int{1, 3}}, {"by-name-high-throughput", 3000, []int{1}},
	} {
		for _, hosts := range []int{200, 1000, 5000} {
			for _, calls := range account.calls {
				floor := time.Duration(float64(hosts*calls) / account.limit * float64(time.Second))
				deadline := max(5*time.Minute, 2*floor)
				for _, splay := range []float64{0, 1.02} {
					f := fleet{hosts: hosts, pages: calls, rate: account.limit, splay: time.Duration(splay * float64(floor))}
					for name, r := range map[string]retryer{"tsboot": ours(DefaultPolicy(), deadline), "sdk-default": theirs(3), "chamber": theirs(10)} {
						b.Run(fmt.Sprintf("%s/limit=%v/hosts=%d/calls=%d/splay=%.2f/%s", account.how, account.limit, hosts, calls, splay, name), func(b *testing.B) { f.report(b, r, floor) })
					}
				}
			}
		}
	}
}

func (f fleet) report(b *testing.B, r retryer, floor time.Duration) {
	var last, calls, booted float64
	for i := range b.N {
		f.seed = uint64(i + 1)
		l, c, lost := f.run(r)
		last += l.Seconds()
		calls += float64(c)
		booted += float64(f.hosts-lost) / float64(f.hosts)
	}
	n := float64(b.N)
	b.ReportMetric(0, "ns/op") // virtual time: how long the simulation takes says nothing
	b.ReportMetric(100*booted/n, "%booted")
	b.ReportMetric(last/n, "s-last")
	b.ReportMetric(last/n/floor.Seconds(), "last/floor")
	b.ReportMetric(calls/n/float64(f.hosts*f.pages), "calls/needed")
}
