package ssm

import (
	"testing"
	"time"
)

func TestPolicyBounds(t *testing.T) {
	t.Parallel()
	p := DefaultPolicy()
	for class := Permanent; class <= Local; class++ {
		for _, count := range []int{1, 2, 3, 4, 10, 1000, 1 << 30} {
			for _, left := range []time.Duration{-1, 0, 1, time.Millisecond, time.Second, 5 * time.Minute} {
				for _, hint := range []time.Duration{0, time.Second, time.Hour} {
					for _, random := range []float64{0, 0.5, 0.999999} {
						f := Failure{Class: class, Count: count, Left: left, Hint: hint, Congested: time.Duration(count) * time.Second}
						wait, again := p.Next(f, random)
						if wait < 0 || again && left >= 0 && wait > left {
							t.Errorf("%+v: waits %v", f, wait)
						}
						if again && left < 0 && wait < hint && hint <= p.HintMax && class != Expired {
							t.Errorf("%+v: waits %v, less than was asked", f, wait)
						}
						if most := 2*p.HintMax + p.Max; wait > most {
							t.Errorf("%+v: waits %v", f, wait)
						}
					}
				}
			}
		}
	}
}

func TestPolicyClasses(t *testing.T) {
	t.Parallel()
	p := DefaultPolicy()
	for _, test := range []struct {
		class Class
		count int
		again bool
	}{
		{Permanent, 1, false}, {Limited, 3, true}, {Limited, 4, false}, {Expired, 2, true}, {Expired, 3, false},
		{Throttled, 1 << 20, true}, {Transient, 1 << 20, true}, {Local, 1 << 20, true}, {Class(99), 1, false},
	} {
		if _, again := p.Next(Failure{Class: test.class, Count: test.count, Left: -1}, 0.5); again != test.again {
			t.Errorf("class %d, failure %d: again is %v", test.class, test.count, again)
		}
	}
}

func TestPolicyGrows(t *testing.T) {
	t.Parallel()
	p := DefaultPolicy()
	var last time.Duration
	for n := 1; n < 20; n++ {
		wait, _ := p.Next(Failure{Class: Transient, Count: n, Left: -1}, 0)
		if wait < last || wait > p.Max {
			t.Errorf("failure %d waits %v after %v", n, wait, last)
		}
		last = wait
	}
	if last != p.Max/2 {
		t.Errorf("the least of the longest waits is %v", last)
	}
	if first, _ := p.Next(Failure{Class: Transient, Count: 1, Left: -1}, 0.999); first > p.Base {
		t.Errorf("the first wait is %v", first)
	}
}

// A deadline is used to its end: the last try is made near it, and then no more.
func TestPolicyUsesTheDeadline(t *testing.T) {
	t.Parallel()
	p := DefaultPolicy()
	for _, random := range []float64{0, 0.3, 0.7, 0.999} {
		left, tries := 5*time.Minute, 0
		for {
			wait, again := p.Next(Failure{Class: Throttled, Count: tries + 1, Left: left, Congested: 5*time.Minute - left}, random)
			if !again {
				break
			}
			if tries++; tries > 200 {
				t.Fatal("tries without end")
			}
			left -= wait
		}
		if left > time.Second {
			t.Errorf("random %v: the last of %d tries was made %v before the deadline", random, tries, left)
		}
	}
}

func TestAttemptTime(t *testing.T) {
	t.Parallel()
	p := DefaultPolicy()
	for _, test := range []struct {
		tooLong int
		left    time.Duration
		want    time.Duration
	}{
		{0, -1, 10 * time.Second}, {1, -1, 20 * time.Second}, {2, -1, 40 * time.Second}, {3, -1, time.Minute}, {99, -1, time.Minute},
		{0, 5 * time.Minute, 10 * time.Second}, {0, 10 * time.Second, 5 * time.Second}, {0, 3 * time.Second, 2 * time.Second}, {0, time.Second, time.Second}, {0, 0, 0},
	} {
		if got := p.AttemptTime(test.tooLong, test.left); got != test.want {
			t.Errorf("AttemptTime(%d, %v) = %v, want %v", test.tooLong, test.left, got, test.want)
		}
	}
}
