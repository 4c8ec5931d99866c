// Package audit lends the machine's audit state to one test at a time. All of the machine shares it: who gets the records,
// whether there are any, the rules. It is put back as it was.
package audit

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/tsboot/tsboot/integration/require"
	"github.com/tsboot/tsboot/integration/wait"
)

// aLongTime bounds the wait for the tests of other packages that borrow the state, one after the other.
const aLongTime = 5 * time.Minute

// Borrow gives the state to the test until that ends. It skips the test where something else of the machine uses audit.
func Borrow(t testing.TB) {
	t.Helper()
	require.Tools(t, "root", "auditctl")
	lock(t)
	before := State(t)
	if rules := Ctl(t, "-l"); before["pid"] != "0" || before["enabled"] == "2" || !strings.Contains(rules, "No rules") {
		require.Missing(t, "audit", fmt.Errorf("audit is in use: pid %s, enabled %s, %s", before["pid"], before["enabled"], rules))
	}
	t.Cleanup(func() {
		Ctl(t, "-D")
		Ctl(t, "-e", before["enabled"])
	})
}

// lock waits for the test of another package that has the state.
func lock(t testing.TB) {
	t.Helper()
	file, err := os.OpenFile(filepath.Join(os.TempDir(), "tsboot-test-audit.lock"), os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { file.Close() })
	wait.For(t, aLongTime, "nobody else's test has the audit state", func() bool {
		return unix.Flock(int(file.Fd()), unix.LOCK_EX|unix.LOCK_NB) == nil
	})
}

// State is what `auditctl -s` says, by name: "pid" is who gets the records, "0" for nobody.
func State(t testing.TB) map[string]string {
	t.Helper()
	state := map[string]string{}
	for line := range strings.Lines(Ctl(t, "-s")) {
		name, value, _ := strings.Cut(strings.TrimSpace(line), " ")
		state[name] = value
	}
	return state
}

// Ctl runs auditctl and gives what it prints.
func Ctl(t testing.TB, args ...string) string {
	t.Helper()
	out, err := exec.Command("auditctl", args...).CombinedOutput()
	if err != nil {
		t.Errorf("auditctl %q: %v: %s", args, err, out)
	}
	return string(out)
}
