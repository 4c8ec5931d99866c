package process

import "testing"

func TestPreempts(t *testing.T) {
	for godebug, want := range map[string]bool{
		"": false, "madvdontneed=1": false, "asyncpreemptoff=1": false, "asyncpreemptoff=x": false,
		"asyncpreemptoff=0": true, "gctrace=1,asyncpreemptoff=0": true,
		"asyncpreemptoff=0,asyncpreemptoff=1": false, "asyncpreemptoff=1,asyncpreemptoff=0": true,
	} {
		if got := Preempts([]string{"A=asyncpreemptoff=0", "GODEBUG=" + godebug, "GODEBUG=asyncpreemptoff=0"}); got != want {
			t.Errorf("%q: %v", godebug, got)
		}
	}
	if Preempts(nil) {
		t.Error("without GODEBUG")
	}
}
