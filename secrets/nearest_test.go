package secrets

import "testing"

func TestNearest(t *testing.T) {
	t.Parallel()
	known := []string{"env", "grace", "restart", "start-limit-interval", "run"}
	for word, want := range map[string]string{
		"gracee": "grace", "GRACE": "grace", "garce": "grace", "restrat": "restart", "rnu": "run", "rum": "run", "ru": "",
		"start-limit-intreval": "start-limit-interval", "start-limits-intervals": "start-limit-interval",
		"": "", "x": "", "rats": "", "en": "", "ev": "", "port": "", "trace-me": "", "stop": "", "limit": "", "sta": "start-limit-interval", "rest": "restart", "re": "", "runs": "run",
	} {
		if got := Nearest(word, known); got != want {
			t.Errorf("%q: got %q, want %q", word, got, want)
		}
	}
}
