package kernel

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	state "github.com/tsboot/tsboot/integration/audit"
)

// TestRulesAreAuditctls: auditctl lists what is wanted in its own words, and what it makes of those words is for the
// kernel the same rule.
func TestRulesAreAuditctls(t *testing.T) {
	state.Borrow(t)
	plan := planFor(t, testUID)
	plan.HostRoot = t.TempDir()
	for _, dir := range []string{"etc/cron.d", "root/.ssh", "run"} {
		if err := os.MkdirAll(filepath.Join(plan.HostRoot, dir), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	plan.Sockets = []string{filepath.Join(plan.HostRoot, "run/docker.sock")}
	held := take(t, plan)
	if notes := strings.Join(held.Notes(), "\n"); strings.Contains(notes, "not recorded") {
		t.Error(notes)
	}
	listed := state.Ctl(t, "-l")
	if err := held.Release(); err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "rules")
	if err := os.WriteFile(file, []byte(listed), 0o600); err != nil {
		t.Fatal(err)
	}
	state.Ctl(t, "-R", file)
	c, err := openControl()
	if err != nil {
		t.Fatal(err)
	}
	defer c.close()
	there, err := c.rules()
	if err != nil {
		t.Fatal(err)
	}
	wanted := plan.wanted(os.Getpid())
	if len(there) != len(wanted) {
		t.Errorf("auditctl made %d rules of %d", len(there), len(wanted))
	}
	for _, r := range wanted {
		if !slices.ContainsFunc(there, r.equals) {
			t.Errorf("auditctl does not make %s\nfrom\n%s", r, listed)
		}
	}
}
