//go:build linux

package watch

import (
	"crypto/rand"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/tsboot/tsboot/integration/wait"
)

// TestShortContainers: containers whose only process is the shortest that there is, and which are removed with it, and the
// same program by docker exec. The process has often ended before it can be looked at, and what started it is a runtime: that
// must not make it the host's. With containerd, which says the pids, the containers are known.
func TestShortContainers(t *testing.T) {
	ref := image(t)
	borrow(t)
	a := start(t)
	const times = 20
	prefix := "short-" + strings.ToLower(rand.Text()) + "-"
	ids, names := map[string]string{}, map[string]string{} // by the argument of the program
	dir := t.TempDir()
	for i := range times {
		argument := "r" + strconv.Itoa(i)
		names[argument] = prefix + argument
		file := filepath.Join(dir, argument)
		docker(t, "run", "--rm", "--name", names[argument], "--user", "54323", "--network", "none", "--cidfile", file, ref, "tiny", argument)
		id, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		ids[argument] = string(id)
	}
	long := container(t, prefix+"long", ref, "--network", "none")
	for i := range times {
		argument := "e" + strconv.Itoa(i)
		ids[argument], names[argument] = long, prefix+"long"
		docker(t, "exec", prefix+"long", "tiny", argument)
	}
	methods := map[string]int{}
	var came map[string]bool
	wait.For(t, aLongTime, "all have come", func() bool {
		came = map[string]bool{}
		clear(methods)
		for _, e := range a.events() {
			if e.Event.Action != "executed" || e.Event.Kind != "event" || e.Process.Name != "tiny" || len(e.Process.Args) != 2 {
				continue
			}
			argument := e.Process.Args[1]
			came[argument] = true
			from := e.Tswatch.Attribution
			methods[argument[:1]+" "+from.Method+" "+from.Reason]++
			switch {
			case e.Container == nil && from.Method == "none" && from.Reason != "":
			case e.Container == nil || e.Container.ID != ids[argument] || e.Container.Name != names[argument]:
				t.Fatalf("%s is said to be in %+v, by %+v; it is in %s, %s", argument, e.Container, from, ids[argument], names[argument])
			}
		}
		return len(came) == 2*times
	})
	t.Log(methods)
	unknown := 0
	for method, n := range methods {
		if strings.Contains(method, " none ") {
			unknown += n
		}
	}
	if unknown > 2*times/10 && os.Getenv("CONTAINERD_ADDRESS") != "" {
		t.Errorf("%d of %d are not known: %v", unknown, 2*times, methods)
	}
}
