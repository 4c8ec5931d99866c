package boot

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/tsboot/tsboot/configgen/profile"
	"github.com/tsboot/tsboot/supervisor"
)

// validOptions are the defaults of the flags.
func validOptions() *Options {
	return &Options{
		Profile: ProfileAuto,
		Sources: Sources{Fetch: FetchByPath, Timeout: 5 * time.Minute},
		Restart: Restart{BackoffInitial: time.Second, BackoffMax: 30 * time.Second},
		Stop:    Stop{Scope: supervisor.ScopeGroup, Grace: 25 * time.Second},
	}
}

// TestProblemsByPart: each part has its own first error, and what the program found comes first.
func TestProblemsByPart(t *testing.T) {
	t.Parallel()
	if p := validOptions().Validate(Problems{}); p != (Problems{}) || p.First() != nil {
		t.Errorf("valid options: %v", p)
	}
	o := validOptions()
	o.Sources.Paths = []string{"no/slash", "/"}
	o.Restart.Policy = "sometimes"
	o.Stop.Grace = -1
	o.Environment.Pass = []string{"A*B"}
	o.Given = Given{"ssm-path": "TSBOOT_SSM_PATH", "restart": "--restart"}
	found := errors.New("found by the program")
	p := o.Validate(Problems{Process: found})
	for _, test := range []struct {
		err  error
		says string
	}{{p.Sources, "variable TSBOOT_SSM_PATH \"no/slash\""}, {p.Restart, "--restart \"sometimes\""}, {p.Stop, "--grace"}, {p.Process, found.Error()}} {
		if test.err == nil || !strings.HasPrefix(test.err.Error(), test.says) {
			t.Errorf("got %v, want %s", test.err, test.says)
		}
	}
	if p.First() != p.Sources || KindOf(p.Sources) != Usage {
		t.Errorf("the first is %v", p.First())
	}
	if o.Sources.Paths[0] != "no/slash" {
		t.Error("Validate changes the options")
	}
}

// TestWordsOfProfiles: a profile may use every word for restart and on-refresh that the supervisor knows, and no other.
func TestWordsOfProfiles(t *testing.T) {
	t.Parallel()
	accepts := func(key, word string) bool {
		text := fmt.Sprintf("name: x\ndescription: x\nrun: {argv: [/agent], %s: %q}\n", key, word)
		_, err := profile.Parse("x.yaml", []byte(text))
		return err == nil
	}
	for key, words := range map[string][]string{
		"restart":    {string(supervisor.RestartNo), string(supervisor.RestartOnFailure), string(supervisor.RestartAlways)},
		"on-refresh": {string(supervisor.RefreshRestart), string(supervisor.RefreshSetupAndRestart), string(supervisor.RefreshSignal) + ":SIGHUP"},
	} {
		for _, word := range words {
			if !accepts(key, word) {
				t.Errorf("%s: %s is refused", key, word)
			}
		}
		if accepts(key, "sometimes") {
			t.Errorf("%s takes any word", key)
		}
	}
}
