package secrets

import "testing"

func TestNearest(t *testing.T) {
	t.Parallel()
	known := []string{"env", "grace", "restart", "start-limit-interval", "run", "zabbix-agent2", "zabbix-agent"}
	for word, want := range map[string]string{
		"gracee": "grace", "GRACE": "grace", "garce": "grace", "restrat": "restart", "rnu": "run", "rum": "run", "ru": "",
		"start-limit-intreval": "start-limit-interval", "start-limits-intervals": "start-limit-interval",
		"": "", "x": "", "rats": "", "en": "", "ev": "", "port": "", "trace-me": "", "stop": "", "limit": "", "sta": "start-limit-interval", "rest": "restart", "re": "", "runs": "run",
		"zabix": "zabbix-agent", "zabbx": "zabbix-agent", "zabb": "zabbix-agent", "zbix": "", "limits": "",
	} {
		if got := Nearest(word, known); got != want {
			t.Errorf("%q: got %q, want %q", word, got, want)
		}
	}
}
