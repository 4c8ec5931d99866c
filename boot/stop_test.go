package boot

import (
	"maps"
	"testing"

	"github.com/tsboot/tsboot/supervisor"
)

func TestParseRewrites(t *testing.T) {
	got, err := parseRewrites(nil, []string{"TERM:QUIT", "1:0", "SIGRTMIN+3:15"})
	want := map[supervisor.Signal]supervisor.Signal{15: 3, 1: 0, 37: 15}
	if err != nil || !maps.Equal(got, want) {
		t.Errorf("got %v, %v, want %v", got, err, want)
	}
	for _, bad := range []string{"TERM", "TERM:", ":QUIT", "0:1", "TERM:NOPE", "99:1"} {
		if _, err := parseRewrites(nil, []string{bad}); KindOf(err) != Usage {
			t.Errorf("%q: error %v, want a usage error", bad, err)
		}
	}
}

func TestParseRemaps(t *testing.T) {
	got, err := parseRemaps(nil, []string{"143", "5:7", "0:255"})
	want := map[int]int{143: 0, 5: 7, 0: 255}
	if err != nil || !maps.Equal(got, want) {
		t.Errorf("got %v, %v, want %v", got, err, want)
	}
	for _, bad := range []string{"", "x", "256", "-1", "1:256", "1:", "1:2:3"} {
		if _, err := parseRemaps(nil, []string{bad}); KindOf(err) != Usage {
			t.Errorf("%q: error %v, want a usage error", bad, err)
		}
	}
}
