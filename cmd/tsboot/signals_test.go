package main

import (
	"maps"
	"testing"

	"github.com/tsboot/tsboot/boot"
	"github.com/tsboot/tsboot/supervisor"
)

func TestParseRewrites(t *testing.T) {
	got, err := new(settings).parseRewrites([]string{"TERM:QUIT", "1:0", "SIGRTMIN+3:15"})
	want := map[supervisor.Signal]supervisor.Signal{15: 3, 1: 0, 37: 15}
	if err != nil || !maps.Equal(got, want) {
		t.Errorf("got %v, %v, want %v", got, err, want)
	}
	for _, bad := range []string{"TERM", "TERM:", ":QUIT", "0:1", "TERM:NOPE", "99:1"} {
		if _, err := new(settings).parseRewrites([]string{bad}); boot.KindOf(err) != boot.Usage {
			t.Errorf("%q: error %v, want a usage error", bad, err)
		}
	}
}

func TestParseRemaps(t *testing.T) {
	got, err := new(settings).parseRemaps([]string{"143", "5:7", "0:255"})
	want := map[int]int{143: 0, 5: 7, 0: 255}
	if err != nil || !maps.Equal(got, want) {
		t.Errorf("got %v, %v, want %v", got, err, want)
	}
	for _, bad := range []string{"", "x", "256", "-1", "1:256", "1:", "1:2:3"} {
		if _, err := new(settings).parseRemaps([]string{bad}); boot.KindOf(err) != boot.Usage {
			t.Errorf("%q: error %v, want a usage error", bad, err)
		}
	}
}

func TestPreempts(t *testing.T) {
	for godebug, want := range map[string]bool{
		"": false, "madvdontneed=1": false, "asyncpreemptoff=1": false, "asyncpreemptoff=x": false,
		"asyncpreemptoff=0": true, "gctrace=1,asyncpreemptoff=0": true,
		"asyncpreemptoff=0,asyncpreemptoff=1": false, "asyncpreemptoff=1,asyncpreemptoff=0": true,
	} {
		if got := preempts([]string{"A=asyncpreemptoff=0", "GODEBUG=" + godebug, "GODEBUG=asyncpreemptoff=0"}); got != want {
			t.Errorf("%q: %v", godebug, got)
		}
	}
	if preempts(nil) {
		t.Error("without GODEBUG")
	}
}
