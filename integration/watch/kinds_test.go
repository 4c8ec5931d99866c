//go:build linux

package watch

import (
	"crypto/rand"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/tsboot/tsboot/integration/wait"
)

// TestKindsOfContainers: short processes, and orphans of others that are as short, in containers of all kinds: none is said
// to be elsewhere. Where the pid namespace is the host's, orphans are adopted by the runtime.
func TestKindsOfContainers(t *testing.T) {
	const times = 30
	const script = `i=0; while [ $i -lt 30 ]; do tiny $0; (tiny $0 &); i=$((i+1)); done; sleep 0.2`
	kinds := map[string][]string{
		"plain":         nil,
		"init":          {"--init"},
		"pid-host":      {"--pid", "host"},
		"cgroup-parent": {"--cgroup-parent", "/tsw-it/" + strings.Repeat("0123456789abcdef", 4)},
		"own-cgroups":   {"--cgroupns", "private"},
	}
	ref := image(t)
	borrow(t)
	a := start(t)
	prefix := "kind-" + strings.ToLower(rand.Text()) + "-"
	ids := map[string]string{}
	for kind, options := range kinds {
		file := filepath.Join(t.TempDir(), kind)
		args := append([]string{"run", "--rm", "--name", prefix + kind, "--user", "54323", "--network", "none", "--cidfile", file}, options...)
		docker(t, append(args, ref, "sh", "-c", script, kind)...)
		id, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		ids[kind] = string(id)
	}
	came, methods := map[string]int{}, map[string]int{}
	wait.For(t, aLongTime, "all have come", func() bool {
		clear(came)
		clear(methods)
		all := 0
		for _, e := range a.events() {
			if e.Event.Action != "executed" || e.Event.Kind != "event" || e.Process.Name != "tiny" || e.Event.Outcome != "success" {
				continue
			}
			kind, from := e.Process.Args[1], e.Tswatch.Attribution
			methods[kind+": "+from.Method+" "+from.Reason]++
			all++
			switch {
			case e.Container != nil && e.Container.ID == ids[kind] && e.Container.Name == prefix+kind:
				came[kind]++
			case e.Container != nil || from.Method != "none" || from.Reason == "":
				t.Fatalf("one of %s is said to be in %+v, by %+v; it is in %s", kind, e.Container, from, ids[kind])
			case kind == "pid-host" && e.Process.VPID != 0 && e.Process.VPID != e.Process.PID:
				t.Errorf("of %s the vpid is %d, the pid %d", kind, e.Process.VPID, e.Process.PID)
			}
		}
		return all+int(a.status().Lost) >= 2*times*len(kinds)
	})
	t.Log(methods)
	for kind := range kinds {
		if came[kind] < times {
			t.Errorf("of %s %d are right, of %d: %v", kind, came[kind], 2*times, methods)
		}
	}
}
